// The directory that the manifest has rebuild lists kept in, as this machine sees it, and the files there (stat(2), access(2), utimensat(2)).
import { accessSync, closeSync, constants, fstatSync, futimesSync, lstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptPlace } from '../model/kept-lists.ts';
import { ok, type Result } from '../model/result.ts';
import { errnoWords } from './errno-words.ts';
import { writeUserFile } from './user-output.ts';

export function keptPlace(directory: string): KeptPlace {
  try {
    const stat = statSync(directory, { throwIfNoEntry: false });
    if (stat === undefined) return { directory, problem: 'it is not there', onRoot: false };
    const onRoot = stat.dev === statSync('/').dev;
    if (!stat.isDirectory()) return { directory, problem: 'it is no directory', onRoot };
    if ((stat.uid !== 0 && stat.uid !== process.geteuid!()) || (stat.mode & 0o022) !== 0) return { directory, problem: 'others than root can write there', onRoot };
    accessSync(directory, constants.W_OK | constants.X_OK);
    return { directory, onRoot };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { directory, problem: errnoWords(code), onRoot: false };
  }
}

/** When it was last written or found to be right, in milliseconds since 1970; undefined where it is not there or is not only its owner's. */
export function keptAt(directory: string, name: string): number | undefined {
  try {
    const stat = lstatSync(join(directory, name), { throwIfNoEntry: false });
    return stat?.isFile() === true && (stat.uid === 0 || stat.uid === process.geteuid!()) && (stat.mode & 0o077) === 0 ? stat.mtimeMs : undefined;
  } catch {
    return undefined;
  }
}

/** For its owner alone, whole or not at all; what stands there with the same bytes gets the time of day and nothing else. True where it was written. */
export function keepFile(directory: string, name: string, content: Buffer): Result<boolean> {
  const path = join(directory, name);
  if (stands(path, content)) return ok(false);
  const written = writeUserFile(path, content, { replace: true, exactMode: 0o600 });
  return written.ok ? ok(true) : { ok: false, error: { ...written.error, hint: 'mend it, or name another directory in policy.rebuild.to' } };
}

function stands(path: string, content: Buffer): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || (stat.mode & 0o7777) !== 0o600 || stat.uid !== process.geteuid!() || stat.size !== content.length || !readFileSync(descriptor).equals(content)) return false;
    const now = new Date();
    futimesSync(descriptor, now, now);
    return true;
  } catch {
    // Whatever it is, writing says what is wrong with it.
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
