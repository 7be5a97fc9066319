// Paths that a person typed, outside any root: resolved by the kernel, as this machine sees them.
import { realpathSync, statSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';

export function resolveOutside(path: string): string | undefined {
  try {
    return realpathSync(resolve(path));
  } catch {
    return undefined;
  }
}

export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** '/' itself, also spelled '//' or '/.', and no link to it. */
export function isRootAsTyped(path: string): boolean {
  return resolve(path) === '/';
}

/** Whether `path` is the same directory as '/', by inode. */
export function isSystemRoot(path: string): boolean {
  return isSameDirectory(path, '/');
}

/** By inode. Links of /proc lead to places that their text does not name. */
export function isSameDirectory(one: string, other: string): boolean {
  const [left, right] = [statOf(resolve(one)), statOf(resolve(other))];
  return left !== undefined && right !== undefined && left.dev === right.dev && left.ino === right.ino;
}
