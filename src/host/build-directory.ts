// The directory that a root is built in for `drift rebuild prove`: 0700, on a disk and not in memory, gone when the proof is over. What a drift that was killed left is taken away by the next.
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
      remove: () => removeTree(path),
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return fail(code === 'ENOENT' || code === 'ENOTDIR' ? 'bad-directory' : 'build-failed', `nothing can be built in ${parent}: ${errnoWords(code)}`, 'name another directory with --directory');
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
