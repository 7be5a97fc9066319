// Looks at the files that decide who is root, against what distributions ship: passwd(5), shadow(5), group(5), gshadow(5), sudoers(5), sshd(8) AUTHORIZED_KEYS.
import { nameOf, readAccounts, type Accounts } from '../host/accounts.ts';
import type { Host } from '../host/host.ts';
import { compareBytes, joinPath, type BytePath } from '../model/bytes.ts';
import { covered, type Observation, type Problem } from '../model/coverage.ts';
import { octal, typeOfMode, type FileStat } from '../model/file.ts';
import type { WatchEntry } from '../model/manifest.ts';
import type { WatchedSetting } from '../model/observed.ts';

interface Rule {
  readonly path: BytePath;
  /** Bits that may be set; stricter is never told. */
  readonly allowed: number;
  /** What distributions ship, for the report. */
  readonly shipped: string;
  /** Group names besides root that may own it. */
  readonly groups: readonly string[];
}

/** What the manifest says of a path itself, which then counts instead of the rule. */
type Field = 'owner' | 'group' | 'mode';

/**
 * A file that is not there is fine: stock hosts lack each of these somewhere. What `watch` of the manifest says of one of them (its mode, owner or
 * group, or that it must not be there) is compared by that and not by the rule.
 */
export function watchedSettings(host: Host, watch: readonly WatchEntry[] = []): Observation<readonly WatchedSetting[]> {
  const accounts = readAccounts(host);
  const problems: Problem[] = [...accounts.problems];
  const settings: WatchedSetting[] = [];
  const said = new Map(watch.map((entry) => [entry.path, fieldsOf(entry)]));
  for (const rule of [...accountFiles(accounts), ...sudoFiles(host, problems), ...keyFiles(accounts)]) settings.push(...check(host, rule, said.get(rule.path) ?? NONE, accounts, problems));
  settings.push(...secondRoots(accounts));
  settings.sort((a, b) => compareBytes(a.path, b.path) || compareBytes(a.account ?? '', b.account ?? ''));
  return { value: settings, coverage: covered('watched-settings', problems) };
}

const NONE: ReadonlySet<Field> = new Set();
const ALL: readonly Field[] = ['owner', 'group', 'mode'];

function fieldsOf(entry: WatchEntry): ReadonlySet<Field> {
  return new Set(ALL.filter((field) => entry.kind === 'absent' || entry[field] !== undefined));
}

function accountFiles({ groups }: Accounts): readonly Rule[] {
  // Where there is a group 'shadow' (Debian, SUSE) it may read the hashes; elsewhere nobody may, and root needs no permission.
  const secret = groups.known.has('shadow')
    ? { allowed: 0o640, shipped: '0640 root:shadow', groups: ['shadow'] }
    : { allowed: 0o600, shipped: '0000 root:root', groups: [] };
  const open = { allowed: 0o644, shipped: '0644 root:root', groups: [] };
  return [
    { path: '/etc/passwd', ...open }, { path: '/etc/group', ...open }, { path: '/etc/shadow', ...secret }, { path: '/etc/gshadow', ...secret },
    // The backups hold the same hashes.
    { path: '/etc/shadow-', ...secret }, { path: '/etc/gshadow-', ...secret },
  ];
}

function sudoFiles(host: Host, problems: Problem[]): readonly Rule[] {
  const rules: Rule[] = [{ path: '/etc/sudoers', allowed: 0o640, shipped: '0440 root:root', groups: [] }, { path: '/etc/sudoers.d', allowed: 0o755, shipped: '0755 root:root', groups: [] }];
  const listed = host.readDirectory('/etc/sudoers.d');
  if (!listed.ok) {
    if (listed.error.reason !== 'ENOENT' && listed.error.reason !== 'ENOTDIR') problems.push({ message: listed.error.message, path: '/etc/sudoers.d' });
    return rules;
  }
  // sudo itself passes over names with a '.' or ending in '~'.
  const names = listed.value.map(({ name }) => name).filter((name) => !name.includes('.') && !name.endsWith('~')).sort();
  return [...rules, ...names.map((name) => ({ path: joinPath('/etc/sudoers.d', name), allowed: 0o644, shipped: '0440 root:root', groups: [] }))];
}

function keyFiles({ accounts }: Accounts): readonly Rule[] {
  const home = accounts.find(({ id }) => id === 0)?.home ?? '';
  const root = home.startsWith('/') && home !== '/' ? home : '/root';
  const rule = { allowed: 0o644, shipped: '0600 root:root', groups: [] };
  return [
    // Whoever may write one of these directories may put another file in its place.
    { path: root, allowed: 0o755, shipped: '0700 root:root', groups: [] },
    { path: joinPath(root, '.ssh'), allowed: 0o755, shipped: '0700 root:root', groups: [] },
    { path: joinPath(root, '.ssh/authorized_keys'), ...rule }, { path: joinPath(root, '.ssh/authorized_keys2'), ...rule },
  ];
}

function check(host: Host, rule: Rule, said: ReadonlySet<Field>, accounts: Accounts, problems: Problem[]): readonly WatchedSetting[] {
  // Followed inside the root: some distributions keep root's keys elsewhere, behind a link.
  const read = host.stat(rule.path);
  if (!read.ok) {
    if (read.error.reason !== 'ENOENT' && read.error.reason !== 'ENOTDIR') problems.push({ message: read.error.message, path: rule.path });
    return [];
  }
  const problem = problemOf(read.value, rule, said, accounts);
  if (problem === undefined) return [];
  const { mode, uid, gid } = read.value;
  return [{
    path: rule.path, problem, expected: rule.shipped,
    actual: `${octal(mode)} ${nameOf(accounts.users, uid)}:${nameOf(accounts.groups, gid)}`,
  }];
}

function problemOf(stat: FileStat, rule: Rule, said: ReadonlySet<Field>, { groups, users }: Accounts): string | undefined {
  const extra = said.has('mode') ? 0 : stat.mode & 0o7777 & ~rule.allowed;
  const directory = typeOfMode(stat.mode) === 'directory';
  if (!said.has('owner') && stat.uid !== 0) return `it belongs to ${nameOf(users, stat.uid)}, who may change it`;
  if ((extra & 0o002) !== 0) return 'everybody may write it';
  if ((extra & 0o020) !== 0) return `the group ${nameOf(groups, stat.gid)} may write it`;
  if ((extra & 0o004) !== 0) return 'everybody may read it';
  // Where the group may read or write, it must be the one that the distribution means.
  const secret = (rule.allowed & 0o004) === 0;
  if (!said.has('group') && secret && (stat.mode & 0o070) !== 0 && stat.gid !== 0 && !(groups.byId.get(stat.gid) ?? []).some((name) => rule.groups.includes(name))) return `the group ${nameOf(groups, stat.gid)} may read it`;
  if ((extra & 0o040) !== 0) return `the group ${nameOf(groups, stat.gid)} may read it`;
  if (!directory && extra !== 0) return 'it has bits that no distribution sets';
  return undefined;
}

function secondRoots({ accounts }: Accounts): readonly WatchedSetting[] {
  const roots = accounts.filter(({ id }) => id === 0);
  const first = roots.find(({ name }) => name === 'root') ?? roots[0];
  return roots.filter((account) => account !== first).map(({ name }) => ({
    path: '/etc/passwd', problem: 'has uid 0, so it is root under another name', expected: 'root alone has uid 0', actual: 'uid 0', account: name,
  }));
}
