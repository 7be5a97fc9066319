// The bundle that `npm ci` prepares so that a checkout starts fast: used only while every source has the size and time that it was made from.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { constants, Script } from 'node:vm';

const SOURCES = ['src', 'package.json', 'package-lock.json', 'rolldown.config.js'];

/** What the bundle exports, or undefined when it is missing or was made from other sources. */
export function preparedBundle(root) {
  let state;
  try {
    state = readFileSync(join(root, 'build', 'sources.txt'), 'utf8');
  } catch {
    return undefined;
  }
  return state === stateOf(root) ? run(root) : undefined;
}

/** After the bundle was made: compiles it once, so that no start has to, and writes down what it was made from. */
export function recordBundle(root, state) {
  writeFileSync(codeCache(root), compile(root).createCachedData());
  writeFileSync(join(root, 'build', 'sources.txt'), state);
}

function run(root) {
  const file = join(root, 'build', 'drift.cjs');
  const module = { exports: {} };
  let cachedData;
  try {
    cachedData = readFileSync(codeCache(root));
  } catch {
    // It then compiles as it goes.
  }
  compile(root, cachedData).runInThisContext()(module.exports, createRequire(file), module, file, join(root, 'build'));
  return module.exports;
}

/** V8 takes a code cache only from the same V8 with the same flags; another one compiles anew. */
function compile(root, cachedData) {
  const filename = join(root, 'build', 'drift.cjs');
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'latin1')}\n})`;
  return new Script(source, { filename, cachedData, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
}

function codeCache(root) {
  return join(root, 'build', `drift.cjs.${process.version}.cache`);
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
