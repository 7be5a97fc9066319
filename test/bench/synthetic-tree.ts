// Grows a Debian root of millions of small files: a tenth owned by packages, the rest data that nobody owns.
import { closeSync, mkdirSync, openSync, readFileSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { statusStanza, tinyDebRoot } from '../support/tiny-deb-root.ts';
import { run } from '../support/run-command.ts';

const IN_DIRECTORY = 100;
const EXTENSIONS = ['dat', 'html', 'json', 'md', 'py', 'txt', 'png', 'h'];

/** Small enough to lie in the inode. */
const CONTENT = Buffer.from('some data of a service\n');

export interface SyntheticTree {
  readonly root: string;
  readonly entries: number;
  /** Adds files until there are this many entries. */
  growTo(entries: number): void;
}

/** What the kernel keeps of the tree when it is warm, in bytes. */
export function memoryFor(entries: number): number {
  return entries * 1500;
}

export function freeMemory(): number {
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'latin1'))![1]) * 1024;
}

export function syntheticTree(directory: string): SyntheticTree {
  const root = join(directory, 'tree');
  run('cp', ['-a', tinyDebRoot('synthetic'), root]);
  let entries = 60;
  let packages = 0;
  let unowned = 0;
  const info = join(root, 'var/lib/dpkg/info');
  const status = join(root, 'var/lib/dpkg/status');

  const addPackage = (): void => {
    const name = `synthetic-${packages++}`;
    const lines = ['/.', '/usr', '/usr/share'];
    for (let part = 0; part < 5; part += 1) {
      const dir = `/usr/share/${name}${part === 0 ? '' : `/part-${part}`}`;
      mkdirSync(join(root, dir));
      lines.push(dir);
      fill(join(root, dir), IN_DIRECTORY, (file) => lines.push(`${dir}/${file}`));
    }
    writeFileSync(join(info, `${name}.list`), `${lines.join('\n')}\n`);
    writeFileSync(join(info, `${name}.md5sums`), '');
    // Files of a package are older than its list, as dpkg leaves them; the list is written last.
    const now = new Date(Date.now() + 1000);
    utimesSync(join(info, `${name}.list`), now, now);
    writeFileSync(status, statusStanza({ name, files: {} }), { flag: 'a' });
    entries += 5 * (IN_DIRECTORY + 1) + 2;
  };
  const addData = (): void => {
    const dir = join(root, 'srv', `shelf-${Math.floor(unowned / 100)}`, `box-${unowned++}`);
    mkdirSync(dir, { recursive: true });
    fill(dir, IN_DIRECTORY, () => {});
    entries += IN_DIRECTORY + 1;
  };
  return {
    root,
    get entries() { return entries; },
    growTo(wanted) {
      while (entries < wanted) {
        addPackage();
        for (let box = 0; box < 45 && entries < wanted; box += 1) addData();
      }
    },
  };
}

function fill(dir: string, count: number, made: (file: string) => void): void {
  for (let index = 0; index < count; index += 1) {
    const file = `file-${index}.${EXTENSIONS[index % EXTENSIONS.length]!}`;
    const fd = openSync(`${dir}/${file}`, 'w', 0o644);
    writeSync(fd, CONTENT);
    closeSync(fd);
    made(file);
  }
}
