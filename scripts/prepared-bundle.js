// The bundle that `npm ci` prepares so that a checkout starts fast: used only while every source has the size and time that it was made from.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = ['src', 'package.json', 'package-lock.json', 'rolldown.config.js'];

/** Path of the bundle, or undefined when it is missing or was made from other sources. */
export function preparedBundle(root) {
  try {
    const recorded = readFileSync(join(root, 'build', 'sources.txt'), 'utf8');
    return recorded === stateOf(root) ? join(root, 'build', 'drift.cjs') : undefined;
  } catch {
    return undefined;
  }
}

export function recordSources(root, state) {
  writeFileSync(join(root, 'build', 'sources.txt'), state);
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
