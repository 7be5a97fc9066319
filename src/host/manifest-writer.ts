// Puts another content in the place of a manifest that a person named: whole or not at all, only as long as it is what was read, with its owner and permissions (rename(2)).
import { chmodSync, linkSync, lstatSync, mkdirSync, renameSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { shellWord } from '../model/shell-word.ts';
import { errnoWords, writingHint } from './errno-words.ts';
import { readNamedFile, stepsTo, type PathStep } from './manifest-files.ts';
import { writeBeside } from './write-beside.ts';

export interface ManifestFile {
  /** As it was named. */
  readonly path: string;
  /** Undefined: there is none yet. */
  readonly bytes: Uint8Array | undefined;
  /** Once. 'manifest-changed' when somebody else wrote it since it was opened, 'manifest-unwritable' when the system refuses; nothing is changed then. */
  replace(content: string): Result<void>;
}

export interface OpenOptions {
  readonly maxBytes: number;
  /** Makes the directory that is to hold a new manifest; only the last one. */
  readonly makeDirectory: boolean;
  /** manifest/trust.ts `untrustedManifest`. */
  untrusted(steps: readonly PathStep[], euid: number): Failure | undefined;
}

/** 'manifest-link' for a link, because the name would lead elsewhere afterwards; 'manifest-untrusted' where somebody else could write what root is about to believe. */
export function openManifest(path: string, options: OpenOptions): Result<ManifestFile> {
  const target = resolve(path);
  const before = standing(target, path);
  if (!before.ok) return before;
  const found = before.value;
  if (found === undefined) return newManifest(path, target, options);
  const steps = stepsTo(target);
  if (!steps.ok) return unreadable(path, steps.error);
  const refusal = options.untrusted(steps.value, process.geteuid!());
  if (refusal !== undefined) return { ok: false, error: refusal };
  const content = readNamedFile(target, options.maxBytes);
  if (!content.ok) return unreadable(path, content.error);
  const { bytes } = content.value;
  const { uid, gid, mode } = found;
  return ok({
    path, bytes,
    replace: (text) => written(path, () => {
      writeBeside(target, Buffer.from(text, 'utf8'), {
        mode: mode & 0o7777, owner: { uid, gid },
        place(temporary) {
          if (!isStill(target, found, bytes, options.maxBytes)) throw new ChangedMeanwhile();
          renameSync(temporary, target);
          return true;
        },
      });
    }),
  });
}

function newManifest(path: string, target: string, options: OpenOptions): Result<ManifestFile> {
  const directory = dirname(target);
  const steps = stepsTo(directory);
  const make = !steps.ok && steps.error.reason === 'ENOENT' && options.makeDirectory;
  const above = make ? stepsTo(dirname(directory)) : steps;
  if (!above.ok) return above.error.reason === 'ENOENT' ? fail('manifest-unwritable', `cannot write ${path}: the directory ${make ? dirname(directory) : directory} does not exist`, `make it first: mkdir -p ${shellWord(directory)}`) : unreadable(path, above.error);
  // The file as it will be stands at the end of the way to it.
  const own = { mode: 0o100_644, uid: process.geteuid!(), gid: process.getegid!() };
  const stat = { ...above.value.at(-1)!.stat, ...own };
  const refusal = options.untrusted([...above.value, { path: join(directory, basename(target)), stat }], process.geteuid!());
  if (refusal !== undefined) return { ok: false, error: refusal };
  return ok({
    path, bytes: undefined,
    replace: (text) => written(path, () => {
      if (make) {
        mkdirSync(directory);
        // Whatever the umask: what is in it may be read by those who run drift without being root.
        chmodSync(directory, 0o755);
      }
      writeBeside(target, Buffer.from(text, 'utf8'), {
        mode: 0o644,
        place(temporary) {
          // Never over a file that appeared a moment ago.
          linkSync(temporary, target);
          return false;
        },
      });
    }),
  });
}

function standing(target: string, path: string): Result<Stats | undefined> {
  let stat;
  try {
    stat = lstatSync(target, { throwIfNoEntry: false });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return unreadable(path, { reason: code, message: errnoWords(code) });
  }
  if (stat?.isSymbolicLink() === true) return fail('manifest-link', `the manifest ${path} is a link, and writing would replace it by a file`, 'name the file that it leads to with --manifest');
  if (stat !== undefined && !stat.isFile()) return fail('manifest-untrusted', `the manifest ${path} is not a regular file`, 'name a regular file');
  return ok(stat);
}

class ChangedMeanwhile extends Error {}

/** Another writer, a link or another file of the same name: whatever it is, it was not what the new content was made from. */
function isStill(target: string, before: Stats, bytes: Uint8Array, maxBytes: number): boolean {
  const now = lstatSync(target, { throwIfNoEntry: false });
  if (now === undefined || !now.isFile() || now.ino !== before.ino || now.dev !== before.dev) return false;
  const content = readNamedFile(target, maxBytes);
  return content.ok && Buffer.compare(content.value.bytes, bytes) === 0;
}

function written(path: string, write: () => void): Result<void> {
  try {
    write();
    return ok(undefined);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ChangedMeanwhile || code === 'EEXIST') return fail('manifest-changed', `${path} was changed by somebody else in the meantime`, 'look at it, and try again');
    if (code === undefined) throw error;
    return fail('manifest-unwritable', `cannot write ${path}: ${errnoWords(code)}`, [writingHint(code), 'print the change with --print-patch'].filter((part) => part !== undefined).join(', or '));
  }
}

function unreadable(path: string, { message, hint }: Failure): Result<never> {
  return fail('manifest-unreadable', `the manifest ${path} cannot be read: ${message}`, hint ?? (process.geteuid!() === 0 ? undefined : 'run drift as root'));
}
