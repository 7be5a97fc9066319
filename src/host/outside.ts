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

/** Whether `path` is the same directory as '/', by inode. */
export function isSystemRoot(path: string): boolean {
  const given = statSync(path);
  const root = statSync('/');
  return given.dev === root.dev && given.ino === root.ino;
}
