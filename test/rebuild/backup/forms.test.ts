// Each form is read by its own tool, over a tree with names that mean something to it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BackupTool } from '../../../src/model/backup.ts';
import { backupCommand, backupForm } from '../../../src/rebuild/backup/forms.ts';
import { needs } from '../../support/requirements.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Each once as what is taken and once as what is left; for each there is a neighbour that a pattern would hit. */
const NAMES = ['plain', 'with blank', 'trail ', ' lead', '-dash', '--help', 'a*b', 'q?q', '[a]', '{x,y}', 'back\\slash', '\\', 'quo\'te', 'dou"ble', 'bo\'th"\\', '$HOME', '${HOME}', '~', '#hash', ';semi', '!bang', 'tab\tin', 'caf\xe9', 'new\nline', 'cr\r', '+ plus', '- minus', 'b\xc3\xa4h'];
const NEIGHBOURS = ['trail', 'axb', 'qxq', 'a', 'x', 'y', 'backslash', 'newXline', 'lead', 'quote', '\\\\'];

let tree: string;

function native(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

beforeAll(() => {
  tree = join(temporaryDirectory(), 'root');
  for (const dir of ['take', 'all', 'all/deep']) mkdirSync(join(tree, dir), { recursive: true });
  for (const name of [...NAMES, ...NEIGHBOURS]) {
    for (const dir of ['take', 'all', 'all/deep']) writeFileSync(native(`${tree}/${dir}/${name}`), name);
  }
});

const SELECTION = {
  include: ['/all', ...NAMES.map((name) => `/take/${name}`)],
  exclude: NAMES.map((name) => `/all/${name}`),
};

/** What has to be in a backup when `refused` could not be said. */
function expected(refused: readonly { readonly path: string; readonly wanted: 'take' | 'leave' }[]): string[] {
  const not = new Set(refused.filter(({ wanted }) => wanted === 'take').map(({ path }) => path));
  const also = refused.filter(({ wanted }) => wanted === 'leave').map(({ path }) => path);
  return [
    ...NEIGHBOURS.map((name) => `/all/${name}`), ...[...NAMES, ...NEIGHBOURS].map((name) => `/all/deep/${name}`), ...NAMES.map((name) => `/take/${name}`).filter((path) => !not.has(path)), ...also,
  ].sort();
}

interface Prepared {
  readonly file: string;
  readonly argv: readonly string[];
  readonly refused: ReturnType<typeof backupForm>['refused'];
}

function prepare(tool: BackupTool): Prepared {
  const form = backupForm(tool, SELECTION, tree);
  const file = join(temporaryDirectory(), 'list');
  writeFileSync(file, native(form.include));
  if (form.exclude !== undefined) writeFileSync(`${file}.exclude`, native(form.exclude));
  return { file, argv: backupCommand(tool, file, form.exclude !== undefined, tree), refused: form.refused };
}

function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Buffer {
  return execFileSync(argv[0]!, argv.slice(1), { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', LC_ALL: 'C.UTF-8', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Every file below `directory`, as seen inside it. */
function filesBelow(directory: string): string[] {
  return run(['find', directory, '-type', 'f', '-printf', '/%P\\0']).toString('latin1').split('\0').filter((path) => path !== '').sort();
}

function put(argv: readonly string[], word: string, value: string): string[] {
  return argv.map((each) => each.replace(word, value));
}

describe.skipIf(!needs('a backup list that tar reads', 'tar'))('tar', () => {
  it('takes every name that is named and leaves every name that is not', () => {
    const { argv, refused } = prepare('tar');
    const out = temporaryDirectory();
    run(put(argv, 'BACKUP.tar', `${out}/b.tar`));
    mkdirSync(`${out}/x`);
    run(['tar', '--extract', '--file', `${out}/b.tar`, '--directory', `${out}/x`]);
    expect(refused).toEqual([]);
    expect(filesBelow(`${out}/x`)).toEqual(expected([]));
  });
});

describe.skipIf(!needs('a backup list that rsync reads', 'rsync'))('rsync', () => {
  it('takes every name that is named and leaves every name that is not', () => {
    const { argv, refused } = prepare('rsync');
    const out = temporaryDirectory();
    run(put(argv, 'TARGET/', `${out}/`));
    expect(refused).toEqual([]);
    expect(filesBelow(out)).toEqual(expected([]));
  });
});

describe.skipIf(!needs('a backup list that restic reads', 'restic'))('restic', () => {
  it('takes every name that is named; what does not fit in a line is refused by name', () => {
    const { argv, refused } = prepare('restic');
    const out = temporaryDirectory();
    const env = { RESTIC_REPOSITORY: `${out}/repo`, RESTIC_PASSWORD: 'x', RESTIC_CACHE_DIR: `${out}/cache` };
    run(['restic', 'init'], env);
    run(argv, env);
    run(['restic', 'restore', 'latest', '--target', `${out}/x`], env);
    expect(refused.map(({ path, wanted }) => [path, wanted])).toEqual([['/all/new\nline', 'leave'], ['/all/cr\r', 'leave']]);
    expect(filesBelow(`${out}/x${tree}`)).toEqual(expected(refused));
  });
});

describe.skipIf(!needs('a backup list that borg reads', 'borg'))('borg', () => {
  it('takes every name that is named; what does not fit in a line is refused by name', () => {
    const { argv, refused } = prepare('borg');
    const out = temporaryDirectory();
    const env = { BORG_BASE_DIR: out, BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes' };
    run(['borg', 'init', '--encryption', 'none', `${out}/repo`], env);
    run(put(argv, 'REPOSITORY::ARCHIVE', `${out}/repo::a`), env);
    mkdirSync(`${out}/x`);
    execFileSync('borg', ['extract', `${out}/repo::a`], { cwd: `${out}/x`, env: { PATH: process.env['PATH']!, LC_ALL: 'C.UTF-8', ...env } });
    expect(new Set(refused.map(({ path }) => path))).toEqual(new Set(['take', 'all'].flatMap((dir) => ['caf\xe9', 'new\nline', 'cr\r', 'trail '].map((name) => `/${dir}/${name}`))));
    expect(filesBelow(`${out}/x${tree}`)).toEqual(expected(refused));
  });
});

it('restic and borg are told where the root lies, tar and rsync what lies in it', () => {
  const selection = { include: ['/etc/x'], exclude: [] };
  expect(backupForm('restic', selection, '/mnt/r').include).toBe('/mnt/r/etc/x\0');
  expect(backupForm('borg', selection, '/mnt/r').include).toBe('R /mnt/r/etc/x\n');
  expect(backupForm('tar', selection, '/mnt/r').include).toBe('./etc/x\0');
  expect(backupForm('rsync', selection, '/mnt/r')).toEqual({ include: '/etc/x\0', refused: [] });
  expect(readFileSync(prepare('tar').file).includes(0)).toBe(true);
});
