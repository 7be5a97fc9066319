// Puts into a built root what does not come with packages: settings of the list by its own script, and the backup set. Both run inside the root and nowhere else.
import { runContained } from '../../host/contained.ts';
import type { Host } from '../../host/host.ts';
import { localHost } from '../../host/local-host.ts';
import { resolveOutside } from '../../host/outside.ts';
import { fromText, type BytePath } from '../../model/bytes.ts';
import { typeOfMode } from '../../model/file.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { shellForm } from '../../rebuild/shell/shell-form.ts';
import { memberPaths } from './make-room.ts';
import { toolFailure, type Proving } from './proving.ts';

const UNPACK_MS = 4 * 3600_000;
const SETTINGS_MS = 1800_000;
/** Who has which number, before packages make accounts of their own. */
const ACCOUNT_FILES = ['passwd', 'group', 'shadow', 'gshadow', 'subuid', 'subgid'] as const;
const MAX_ACCOUNTS = 16 * 1024 * 1024;

/** By the first bytes of the file, as magic(5) has them. */
const COMPRESSIONS: readonly (readonly [magic: string, option: string])[] = [
  ['\x1f\x8b', '--gzip'], ['\xfd7zXZ\0', '--xz'], ['(\xb5/\xfd', '--zstd'], ['BZh', '--bzip2'],
];

export interface BackupSet {
  /** A tar archive of this machine. */
  readonly archive: string;
  readonly accounts: ReadonlyMap<string, Buffer>;
  /** Paths that are in it, from its root. */
  readonly members: ReadonlySet<BytePath>;
}

type Steps = Pick<Proving, 'build' | 'stopAsked' | 'step'>;

/** `given`: a tar archive, or a directory that a backup was restored to. 'bad-backup' where it is neither, or names lead out of it. */
export async function openBackup(steps: Steps, given: string, machine: Host): Promise<Result<BackupSet>> {
  const { build, stopAsked } = steps;
  const path = resolveOutside(given);
  const stat = path === undefined ? undefined : machine.stat(fromText(path));
  if (path === undefined || stat?.ok !== true) return fail('bad-backup', `--backup ${given} does not exist, or may not be looked at`, 'name a tar archive, or the directory that a backup was restored to');
  let archive = path;
  if (typeOfMode(stat.value.mode) === 'directory') {
    archive = `${build.path}/backup.tar`;
    const packed = await runContained({ program: { tool: 'tar' }, network: false, timeoutMs: UNPACK_MS, stopAsked, args: ['--create', '--file', archive, '--acls', '--xattrs', '--directory', path, '.'] });
    if (!packed.ok) return packed;
    if (packed.value.exitCode !== 0) return toolFailure('reading the backup set', packed.value);
  }
  const listed = await runContained({ program: { tool: 'tar' }, network: false, timeoutMs: UNPACK_MS, stopAsked, args: ['--list', '--absolute-names', '--quoting-style=escape', '--file', archive] });
  if (!listed.ok) return listed;
  if (listed.value.exitCode !== 0) return fail('bad-backup', `${given} is no whole tar archive: ${listed.value.stderr.trim().split('\n')[0] ?? ''}`, 'make it with what drift rebuild backup --format tar tells');
  const leading = listed.value.stdout.split('\n').find((name) => name.startsWith('/') || name.split('/').includes('..'));
  if (leading !== undefined) return fail('bad-backup', `${given} has a member that leads out of it: ${leading.slice(0, 200)}`, 'a backup set has paths from its root only; nothing was unpacked');
  return ok({ archive, accounts: await accountsOf(steps, archive, listed.value.stdout), members: memberPaths(listed.value.stdout) });
}

/** Read as of a root of their own: no link among them leads anywhere. */
async function accountsOf({ build, stopAsked }: Steps, archive: string, names: string): Promise<ReadonlyMap<string, Buffer>> {
  const present = new Set(names.split('\n'));
  const members = ACCOUNT_FILES.flatMap((name) => [`./etc/${name}`, `etc/${name}`].filter((member) => present.has(member)));
  if (members.length === 0) return new Map();
  const directory = build.directory('backup-accounts');
  await runContained({ program: { tool: 'tar' }, network: false, timeoutMs: UNPACK_MS, stopAsked, args: ['--extract', '--file', archive, '--directory', directory, '--no-same-owner', '--', ...members] });
  const host = localHost(fromText(directory));
  return new Map(ACCOUNT_FILES.flatMap((name) => {
    const content = host.readFile(`/etc/${name}`, MAX_ACCOUNTS);
    return content.ok ? [[name, content.value] as const] : [];
  }));
}

/** Marks, holds, sources, keys, alternatives, diversions, units, accounts. What failed of it the comparison tells; its words are handed back. */
export async function applySettings({ build, list, step, stopAsked }: Proving): Promise<Result<readonly string[]>> {
  step('settings');
  const end = await runContained({ program: { inside: '/bin/sh' }, args: ['-s', '--', '--apply'], root: build.root, input: shellForm(list), network: false, timeoutMs: SETTINGS_MS, stopAsked });
  if (!end.ok) return end;
  return ok(end.value.stderr.split('\n').filter((line) => /^(?:FAILED|warning):/.test(line)).slice(0, 50));
}

export async function unpackBackup({ build, step, stopAsked }: Steps, { accounts, archive }: BackupSet, machine: Host): Promise<Result<void>> {
  step('unpacking the backup set');
  const root = localHost(fromText(build.root));
  const program = ['/usr/bin/tar', '/bin/tar'].find((path) => root.exists(path));
  if (program === undefined) return fail('no-tar', 'the rebuilt root has no tar, and a backup set is unpacked by nothing of this machine', 'add tar to the packages of the list, or prove it without --backup');
  const head = machine.readHead(fromText(archive), 8);
  const compression = head.ok ? COMPRESSIONS.find(([magic]) => head.value.toString('latin1').startsWith(magic))?.[1] : undefined;
  // The accounts of the set are there, so that its numbers mean what they did; names may be those of the machine that packed it.
  const numbers = accounts.has('passwd') && accounts.has('group') ? ['--numeric-owner'] : [];
  const end = await runContained({
    program: { inside: program }, args: [...(isBusybox(root, program) ? ['-x', '-p'] : ['--extract', ...numbers, '--preserve-permissions', '--same-owner', '--acls', '--xattrs', '--xattrs-include=*', ...(compression === undefined ? [] : [compression])]), '-f', '-', '-C', '/'],
    root: build.root, inputFile: archive, network: false, timeoutMs: UNPACK_MS, stopAsked,
  });
  if (!end.ok) return end;
  return end.value.exitCode === 0 ? ok(undefined) : toolFailure('unpacking the backup set', end.value);
}

function isBusybox(root: Host, program: BytePath): boolean {
  const real = root.realpath(program);
  return real.ok && real.value.endsWith('/busybox');
}

/** With all below them: configuration that was deleted on the host and that packages brought back, and what is in the way of the set. */
export async function removeInside({ build, stopAsked }: Steps, paths: readonly BytePath[]): Promise<Result<void>> {
  if (paths.length === 0) return ok(undefined);
  // Names are bytes, and Node gives programs text: they go as numbers. '$(…)' takes line ends off the end of a name, so that something else has to stand there.
  const input = paths.map((path) => `name=$(printf '${octals(path)}x'); rm -rf -- "\${name%x}"\n`).join('');
  const end = await runContained({ program: { inside: '/bin/sh' }, args: ['-s'], root: build.root, input, network: false, timeoutMs: SETTINGS_MS, stopAsked });
  return !end.ok ? end : ok(undefined);
}

function octals(bytes: string): string {
  return [...bytes].map((each) => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`).join('');
}
