// The directory that a root is built in for `drift rebuild prove`: 0700, on a disk and not in memory, gone when the proof is over. What a drift that was killed left is taken away by the next.
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { fail, ok, type Result } from '../model/result.ts';
import { errnoWords } from './errno-words.ts';
import { parseMountinfo } from './mounts.ts';

export interface BuildDirectory {
  readonly path: string;
  /** Where the root comes; it is not there yet. */
  readonly root: string;
  /** A file beside the root; `name` may hold '/'. Its path. */
  write(name: string, content: string | Buffer, mode?: number): string;
  directory(name: string): string;
  names(name: string): readonly string[];
  read(name: string): Buffer;
  /** Gives the root its place for good, by rename(2). 'keep-refused' where that is taken, or lies on another file system. */
  keep(path: string): Result<void>;
  remove(): Result<void>;
}

const PREFIX = 'drift-prove-';
/** Programs are told paths below it in words that must not be taken apart. */
const PLAIN = /^\/[A-Za-z0-9._/-]*$/;

/** `parent` as typed: an existing directory. 'bad-directory', and errno names where nothing can be made there. */
export function buildDirectory(parent: string): Result<BuildDirectory> {
  if (!PLAIN.test(parent)) return fail('bad-directory', `${parent} cannot be built in: its path has to be absolute and of plain characters`, 'name another with --directory');
  try {
    removeLeft(parent);
    const path = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
    chmodSync(path, 0o700);
    const inside = (name: string): string => {
      const file = join(path, name);
      if (!file.startsWith(`${path}/`)) throw new Error(`'${name}' leads out of the build directory`);
      return file;
    };
    return ok({
      path, root: join(path, 'root'),
      write(name, content, mode = 0o600) {
        const file = inside(name);
        mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
        writeFileSync(file, content, { mode, flag: 'wx' });
        chmodSync(file, mode);
        return file;
      },
      directory(name) {
        const directory = inside(name);
        mkdirSync(directory, { recursive: true, mode: 0o755 });
        return directory;
      },
      names: (name) => (existsSync(inside(name)) ? readdirSync(inside(name)).sort() : []),
      read: (name) => readFileSync(inside(name)),
      keep: (to) => keepRoot(join(path, 'root'), to),
      remove: () => removeTree(path),
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return fail(code === 'ENOENT' || code === 'ENOTDIR' ? 'bad-directory' : 'build-failed', `nothing can be built in ${parent}: ${errnoWords(code)}`, 'name another directory with --directory');
  }
}

/** Before hours are spent on a root that then has no place. */
export function mayBeKept(path: string, parent: string): Result<void> {
  const refuse = (why: string): Result<void> => fail('keep-refused', `the root cannot be kept as ${path}: ${why}`, 'name a directory that is not there yet, on the disk of --directory');
  try {
    if (!isAbsolute(path)) return refuse('the path has to begin with /');
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return refuse('it is there already');
    const [here, there] = [statSync(dirname(path)), statSync(parent)];
    if (!here.isDirectory()) return refuse(`${dirname(path)} is no directory`);
    return here.dev === there.dev ? ok(undefined) : refuse(`it lies on another file system than ${parent}, where it is built`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return refuse(errnoWords(code));
  }
}

/** rename(2) would take the place of an empty directory too. */
function keepRoot(root: string, path: string): Result<void> {
  const free = mayBeKept(path, dirname(root));
  if (!free.ok) return free;
  try {
    renameSync(root, path);
    return ok(undefined);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return fail('keep-refused', `the root could not be kept as ${path}: ${errnoWords(code)}`);
  }
}

/** Of drifts that are gone. */
function removeLeft(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = /^drift-prove-([0-9]{1,9})-[A-Za-z0-9]{6}$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const stat = lstatSync(join(parent, name));
    if (stat.isDirectory() && stat.uid === process.geteuid!()) removeTree(join(parent, name));
  }
}

/** Never through a mount: what was mounted there would be emptied with it. */
function removeTree(path: string): Result<void> {
  const mounted = parseMountinfo(readFileSync('/proc/self/mountinfo', 'latin1')).find((mount) => mount.path.startsWith(`${path}/`));
  if (mounted !== undefined) return fail('still-mounted', `${mounted.path} is a mount, so that ${path} is left as it is`, `umount ${mounted.path}; then remove ${path}`);
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    return ok(undefined);
  } catch (error) {
    return fail('build-left', `${path} could not be removed as a whole: ${(error as Error).message}`, `remove it: rm -r --one-file-system ${path}`);
  }
}
