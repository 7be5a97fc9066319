// The bundles that `npm ci` prepares so that a checkout starts fast: used only while every source has the size and time that they were made from.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileFunction, constants } from 'node:vm';

const SOURCES = ['src', 'package.json', 'package-lock.json', 'rolldown.config.js'];

/** What the bundle exports, or undefined when it is missing or was made from other sources. */
export function preparedBundle(root) {
  let state;
  try {
    state = readFileSync(join(root, 'build', 'sources.txt'), 'utf8');
  } catch {
    return undefined;
  }
  return state === stateOf(root) ? run(root, 'drift.cjs') : undefined;
}

/** Whoever started this process has compared the sources and runs the other bundle, so they are not compared again. */
export function runScanner(root) {
  run(root, 'scanner.cjs');
}

/** After the bundles were made: compiles each of their files once, so that no start has to, and writes down what they were made from. */
export function recordBundles(root, state) {
  for (const name of readdirSync(join(root, 'build')).filter((each) => each.endsWith('.cjs'))) {
    writeFileSync(codeCache(root, name), compile(root, name, { produceCachedData: true }).cachedData);
  }
  writeFileSync(join(root, 'build', 'sources.txt'), state);
}

function run(root, name) {
  const builtin = createRequire(join(root, 'build', name));
  const parts = new Map();
  const load = (id) => {
    if (!id.startsWith('./')) return builtin(id);
    const file = id.slice(2);
    const part = parts.get(file);
    if (part !== undefined) return part.exports;
    const module = { exports: {} };
    parts.set(file, module);
    let cachedData;
    try {
      cachedData = readFileSync(codeCache(root, file));
    } catch {
      // It then compiles as it goes.
    }
    compile(root, file, { cachedData })(module.exports, load, module, join(root, 'build', file), join(root, 'build'));
    return module.exports;
  };
  return load(`./${name}`);
}

/** V8 takes a code cache only from the same V8 with the same flags; another one compiles anew. */
function compile(root, name, options) {
  const filename = join(root, 'build', name);
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
  return compileFunction(readFileSync(filename, 'latin1'), parameters, { filename, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER, ...options });
}

function codeCache(root, name) {
  return join(root, 'build', `${name}.${process.version}.cache`);
}

/** One line a file: path, bytes, modification time. */
export function stateOf(root) {
  const lines = [];
  for (const source of SOURCES) visit(root, source, lines);
  return lines.join('\n');
}

function visit(root, path, lines) {
  const full = join(root, path);
  const stat = statSync(full);
  if (!stat.isDirectory()) lines.push(`${path} ${stat.size} ${stat.mtimeMs}`);
  else for (const name of readdirSync(full).sort()) visit(root, `${path}/${name}`, lines);
}
