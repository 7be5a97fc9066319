// Files that a person named (manifests, digest lists), outside any root: read whole, regular files only, so that a FIFO or a device cannot hang the run.
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, resolve } from 'node:path';
import fastGlob from 'fast-glob';
import { fail, ok, type Result } from '../model/result.ts';
import type { FileStat } from '../model/file.ts';

export interface NamedFile {
  readonly bytes: Uint8Array;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

export function readNamedFile(path: string, maxBytes: number): Result<NamedFile> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    return fail(codeOf(error), codeOf(error) === 'ENOENT' ? `${path} does not exist` : `${path} cannot be opened (${codeOf(error)})`);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return fail('not-regular', `${path} is not a regular file`);
    if (stat.size > maxBytes) return fail('too-large', `${path} has ${stat.size} bytes, more than the ${maxBytes} that are read`);
    const bytes = readFileSync(fd);
    return ok({
      bytes,
      // Where nobody asks for it (manifest lint), node:crypto is not loaded, which takes longer than to read the manifest.
      get sha256() {
        return createHash('sha256').update(bytes).digest('hex');
      },
    });
  } catch (error) {
    return fail(codeOf(error), `${path} cannot be read (${codeOf(error)})`);
  } finally {
    closeSync(fd);
  }
}

/** Paths of files below `directory` that fit `glob`, relative to it, sorted; links to files too. Links to directories are not followed. */
export function listNamedFiles(directory: string, glob: string): Result<readonly string[]> {
  try {
    // fast-glob takes a directory that is not there for an empty one.
    statSync(directory === '' ? '.' : directory);
    const found = fastGlob.sync(glob, { cwd: directory, onlyFiles: false, objectMode: true, followSymbolicLinks: false, dot: true, braceExpansion: false, extglob: false });
    // What a link leads to is seen when it is read: one that leads nowhere is an error there, and must not pass as no file.
    return ok(found.filter(({ dirent }) => dirent.isFile() || dirent.isSymbolicLink()).map(({ path }) => path).toSorted());
  } catch (error) {
    return fail(codeOf(error), `${directory} cannot be listed (${codeOf(error)})`);
  }
}

/** Whether something stands under this name, links not followed: a link that leads nowhere is not nothing. Failures: errno names but ENOENT. */
export function standsThere(path: string): Result<boolean> {
  try {
    return ok(lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  } catch (error) {
    return fail(codeOf(error), `${path} cannot be looked at (${codeOf(error)})`);
  }
}

export interface PathStep {
  readonly path: string;
  readonly stat: FileStat;
}

/** Every directory and link on the way to what `path` leads to, by lstat(2), and last the file itself. 'ENOENT' and the like where a step is not there. */
export function stepsTo(path: string): Result<readonly PathStep[]> {
  const steps = new Map<string, FileStat>();
  let target = resolve(path);
  for (let links = 0; links <= 40; links++) {
    const parts = target.slice(1).split('/').filter((part) => part !== '');
    let at = parse(target).root;
    steps.set(at, lstatSync(at));
    let link: string | undefined;
    for (const [index, part] of parts.entries()) {
      at = join(at, part);
      let stat;
      try {
        stat = lstatSync(at);
        // Last, so that the file itself ends the list whatever led there.
        steps.delete(at);
        steps.set(at, stat);
        if (!stat.isSymbolicLink()) continue;
        const text = readlinkSync(at);
        link = join(isAbsolute(text) ? text : join(dirname(at), text), ...parts.slice(index + 1));
        break;
      } catch (error) {
        return fail(codeOf(error), `${path} cannot be read (${codeOf(error)})`);
      }
    }
    if (link === undefined) return ok([...steps].map(([step, stat]) => ({ path: step, stat })));
    target = link;
  }
  return fail('ELOOP', `${path} leads through more than 40 links`);
}

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  return code;
}
