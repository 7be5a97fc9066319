// What is read in search of copies of packaged files, on a root with a dpkg database of its own.
import { createHash } from 'node:crypto';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import type { Host } from '../../../src/host/host.ts';
import type { BytePath } from '../../../src/model/bytes.ts';
import { managerCalled } from '../../../src/managers/registry.ts';
import { answer } from '../../../src/operations/scan/answers.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const PROGRAM = Buffer.alloc(100_000, 'packaged ');
const LARGE = 40 * 1024 * 1024;
let root: string;
let read: string[];
let host: Host;

beforeEach(() => {
  root = temporaryDirectory();
  for (const dir of ['usr/bin', 'opt', 'var/lib/dpkg/info']) mkdirSync(join(root, dir), { recursive: true });
  writeFileSync(join(root, 'usr/bin/tool'), PROGRAM);
  writeFileSync(join(root, 'var/lib/dpkg/status'), 'Package: tool\nStatus: install ok installed\nMaintainer: A <a@example.invalid>\nArchitecture: all\nVersion: 1.0\nDescription: x\n\n');
  writeFileSync(join(root, 'var/lib/dpkg/info/tool.list'), '/.\n/usr\n/usr/bin\n/usr/bin/tool\n');
  writeFileSync(join(root, 'var/lib/dpkg/info/tool.md5sums'), `${createHash('md5').update(PROGRAM).digest('hex')}  usr/bin/tool\n`);
  for (const name of ['a', 'b']) {
    writeFileSync(join(root, 'opt', name), '');
    truncateSync(join(root, 'opt', name), LARGE);
  }
  writeFileSync(join(root, 'opt/copy'), PROGRAM);
  read = [];
  const real = localHost(root);
  host = Object.assign(localHost(root), {
    digest(path: BytePath, algorithm: string) {
      read.push(path);
      return real.digest(path, algorithm);
    },
  });
});

function copies(ownedSizes?: ReadonlySet<number>): unknown {
  const { value } = managerCalled('apt').ownership(host, { manager: 'apt' });
  return Object.fromEntries(answer({ host, indexes: [value], isProved: () => false, ownedSizes }, { copies: ['/opt/a', '/opt/b', '/opt/copy'] }).copies);
}

const FOUND = { '/opt/copy': { path: '/usr/bin/tool', package: 'tool' } };

it('reads the smallest files whatever their size is, and large ones only when a packaged file has theirs', () => {
  expect(copies(new Set())).toEqual(FOUND);
  expect(read).toEqual(['/opt/copy', '/opt/a']);
});

it('reads a large file that has the size of a packaged one', () => {
  expect(copies(new Set([PROGRAM.length, LARGE]))).toEqual(FOUND);
  expect(read).toEqual(['/opt/copy', '/opt/a', '/opt/b']);
});

it('reads all where no packaged file was looked at', () => {
  expect(copies()).toEqual(FOUND);
  expect(read).toEqual(['/opt/copy', '/opt/a', '/opt/b']);
});
