// The bundles that `npm ci` prepares so that a checkout starts fast: used only while every source has the size and time that they were made from.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { constants, Script } from 'node:vm';

const SOURCES = ['src', 'package.json', 'package-lock.json', 'rolldown.config.js'];

/** What the bundle exports, or undefined when it is missing or was made from other sources. */
export function preparedBundle(root) {
  const directory = join(root, 'build');
  let state;
  try {
    state = readFileSync(join(directory, 'sources.txt'), 'utf8');
  } catch {
    return undefined;
  }
  return state === stateOf(root) ? loadBundle(directory, 'drift.cjs') : undefined;
}

/** Whoever started this process has compared the sources and runs the other bundle, so they are not compared again. */
export function runScanner(root) {
  loadBundle(join(root, 'build'), 'scanner.cjs');
}

/** What the bundle's file `name` exports. */
export function loadBundle(directory, name, compile = scriptOf) {
  const builtin = createRequire(join(directory, name));
  const parts = new Map();
  const load = (id) => {
    if (!id.startsWith('./')) return builtin(id);
    const file = id.slice(2);
    const part = parts.get(file);
    if (part !== undefined) return part.exports;
    const module = { exports: {} };
    parts.set(file, module);
    compile(directory, file).runInThisContext()(module.exports, load, module, join(directory, file), directory);
    return module.exports;
  };
  return load(`./${name}`);
}

/** V8 takes a code cache only from the same V8 with the same flags; without one it compiles as it goes. */
export function scriptOf(directory, file, filename = join(directory, file)) {
  let cachedData;
  try {
    cachedData = readFileSync(codeCache(directory, file));
  } catch {
    // None was made.
  }
  return new Script(readFileSync(join(directory, file), 'latin1'), { filename, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER, ...(cachedData === undefined ? {} : { cachedData }) });
}

export function codeCache(directory, file) {
  return join(directory, `${file}.${process.version}.cache`);
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
