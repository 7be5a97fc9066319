// Writes the one file that the user named for output, whole or not at all: a new file beside it, fsync(2), then rename(2) or link(2) over the name.
import { existsSync, linkSync, lstatSync, readlinkSync, renameSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fromText } from '../model/bytes.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { openDirectoryAt, type DirectoryHandle } from './directory-handle.ts';
import { errnoWords, writingHint } from './errno-words.ts';
import { writeBeside } from './write-beside.ts';

/**
 * `replace: false` never touches a file that is there, whoever made it and when. A link or anything but a regular file under the name is
 * refused, and so is a link on the way to it that somebody else could have put there: what others write to must not lead the writer elsewhere.
 * On failure nothing of it is left. `mode` is of a file that is not there yet, `exactMode` of any.
 */
export function writeUserFile(path: string, content: string | Buffer, options: { readonly replace: boolean; readonly mode?: number; readonly exactMode?: number }): Result<void> {
  if (path === '') return fail('output-refused', '--output is empty', 'name a file, or leave it out');
  const directory = openParent(dirname(resolve(path)), path);
  if (!directory.ok) return directory;
  // By descriptor: whoever swaps a directory of the way meanwhile moves nothing.
  const target = join(directory.value.byDescriptor ?? directory.value.path, basename(resolve(path)));
  try {
    const before = standing(target, path, options.replace);
    if (!before.ok) return before;
    writeBeside(target, typeof content === 'string' ? Buffer.from(content, 'utf8') : content, {
      // Who closed the old file to others meant what comes after it too.
      mode: options.exactMode ?? before.value ?? (options.mode ?? 0o644) & ~process.umask(),
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
  } finally {
    directory.value.handle?.close();
  }
}

interface Parent {
  /** Without a link. */
  readonly path: string;
  /** Undefined, and so is its path, where /proc is not mounted. */
  readonly handle?: DirectoryHandle;
  readonly byDescriptor?: string;
}

const MOST_LINKS = 40;

function openParent(wanted: string, path: string): Result<Parent> {
  let real = '/';
  let links = 0;
  const rest = wanted.split('/').filter((name) => name !== '');
  try {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      if (name === '..') real = dirname(real);
      if (name === '' || name === '.' || name === '..') continue;
      const next = join(real, name);
      const stat = lstatSync(next);
      if (stat.isSymbolicLink()) {
        if (!isOurs(stat, lstatSync(real))) return fail('output-refused', `${path}: ${next} is a link in a directory that others can write to`, 'name the directory that it leads to');
        if (links++ > MOST_LINKS) return fail('output-failed', `cannot write ${path}: ${errnoWords('ELOOP')}`);
        const leads = readlinkSync(next);
        rest.unshift(...leads.split('/'));
        if (leads.startsWith('/')) real = '/';
      } else real = next;
    }
  } catch (error) {
    return fail('output-failed', `cannot write ${path}: ${errnoWords((error as NodeJS.ErrnoException).code ?? '')}`, 'name another file with --output, or leave it out');
  }
  if (!existsSync('/proc/self/fd')) return ok({ path: real });
  const handle = openDirectoryAt(fromText(real));
  if (!handle.ok) return fail('output-failed', `cannot write ${path}: ${handle.error.message}`, 'name another file with --output, or leave it out');
  return ok({ path: real, handle: handle.value, byDescriptor: dirname(handle.value.native('x').toString('latin1')) });
}

/** As the kernel's protected_symlinks (proc_sys_fs(5)) has it, wherever others can write: with a sticky bit they cannot replace what is not theirs. */
function isOurs(link: Stats, directory: Stats): boolean {
  if ((directory.mode & 0o022) === 0) return true;
  return (directory.mode & 0o1000) !== 0 && (link.uid === process.geteuid!() || link.uid === 0);
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
