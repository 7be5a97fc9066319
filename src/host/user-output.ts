// Writes the one file that the user named for output, whole or not at all: a new file beside it, fsync(2), then rename(2) or link(2) over the name.
import { linkSync, lstatSync, renameSync } from 'node:fs';
import { resolve } from 'node:path';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { errnoWords, writingHint } from './errno-words.ts';
import { writeBeside } from './write-beside.ts';

/**
 * `replace: false` never touches a file that is there, whoever made it and when. A link or anything but a regular file under the name is
 * refused: a name in a directory that others write to must not lead the writer elsewhere. On failure nothing of it is left.
 */
export function writeUserFile(path: string, content: string, options: { readonly replace: boolean }): Result<void> {
  if (path === '') return fail('output-refused', '--output is empty', 'name a file, or leave it out');
  const target = resolve(path);
  const before = standing(target, path, options.replace);
  if (!before.ok) return before;
  try {
    writeBeside(target, Buffer.from(content, 'utf8'), {
      // Who closed the old file to others meant what comes after it too.
      mode: before.value ?? 0o644 & ~process.umask(),
      place(temporary) {
        // link(2) fails where the name exists, also when it appeared a moment ago; rename would replace it.
        if (options.replace) renameSync(temporary, target);
        else linkSync(temporary, target);
        return options.replace;
      },
    });
    return ok(undefined);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && !options.replace) return { ok: false, error: exists(path) };
    return fail('output-failed', `cannot write ${path}: ${code === undefined ? message : errnoWords(code)}`, `${code === undefined || writingHint(code) === undefined ? '' : `${writingHint(code)}; or `}name another file with --output, or leave it out`);
  }
}

/** Permissions of the file that will be replaced; undefined where there is none. */
function standing(target: string, path: string, replace: boolean): Result<number | undefined> {
  let stat;
  try {
    stat = lstatSync(target, { throwIfNoEntry: false });
  } catch (error) {
    return fail('output-failed', `cannot write ${path}: ${(error as NodeJS.ErrnoException).message}`, 'name another file with --output, or leave it out');
  }
  if (stat === undefined) return ok(undefined);
  if (stat.isSymbolicLink()) return fail('output-refused', `${path} is a link`, 'name the file that it leads to');
  if (!stat.isFile()) return fail('output-refused', `${path} is not a regular file`, 'without --output the report goes to standard output');
  return replace ? ok(stat.mode & 0o777) : { ok: false, error: exists(path) };
}

function exists(path: string): Failure {
  return { reason: 'output-exists', message: `${path} exists`, hint: 'name a new file, or move that one away first' };
}
