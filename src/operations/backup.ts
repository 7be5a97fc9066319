// What of a host belongs into its backup: the stock that the sweep took, with what `check` knows of single files. Reads only.
import type { Host } from '../host/host.ts';
import { allowVerdict } from '../drift/files/allowed.ts';
import { BACKUP_SCHEMA, type BackupClass, type BackupEntry, type BackupList, type BackupReport, type BackupTool, type Placed } from '../model/backup.ts';
import { compareBytes, isWithin, joinPath, parentOf, toText, type BytePath } from '../model/bytes.ts';
import { typeOfMode } from '../model/file.ts';
import type { OwnedChange, StoreGroup, UnownedFile } from '../model/observed.ts';
import { provedBy, stockEntries, type Judged } from '../rebuild/backup/backup-list.ts';
import { backupCommand, backupForm } from '../rebuild/backup/forms.ts';
import { quiesceHint } from '../rebuild/backup/quiesce.ts';
import { selectionOf } from '../rebuild/backup/selection.ts';
import { isInsideStore } from '../sweep/stores.ts';
import { launchRules } from '../sweep/launch.ts';
import type { Coverage } from '../model/coverage.ts';
import type { Progress } from '../model/progress.ts';
import { ok, type Result } from '../model/result.ts';
import { shellWord } from '../model/shell-word.ts';
import { compareHost, type Compared } from './check.ts';
import { keptPaths } from './observe/kept-lists.ts';
import type { TargetOptions } from './options.ts';
import { VERSION } from './version.ts';

export interface BackupOptions extends TargetOptions {
  /** Strays and what runs things too, approved or not. */
  readonly asIs: boolean;
  readonly withLogs: boolean;
}

export interface BackupResult {
  readonly report: BackupReport;
  readonly coverage: readonly Coverage[];
}

export async function runBackup(options: BackupOptions, progress: Progress): Promise<Result<BackupResult>> {
  const compared = await compareHost(options, { verify: false, sweep: true, inventory: true }, progress);
  if (!compared.ok) return compared;
  return ok({ report: reportOf(compared.value, options), coverage: compared.value.observed.state.coverage });
}

/** `compared` with `inventory`. */
export function reportOf(compared: Compared, options?: Pick<BackupOptions, 'asIs' | 'withLogs'>): BackupReport {
  const { desired, observed: { state } } = compared;
  const { name, os, root } = state.host;
  return {
    schema: BACKUP_SCHEMA, drift: VERSION, host: { name, os: { id: os.id, versionId: os.versionId }, root }, manifest: desired?.files ?? [], ...backupOf(compared, options),
    incomplete: state.coverage.flatMap(({ problems, source }) => problems.map(({ message }) => ({ source, message }))),
  };
}

export interface ToolFiles {
  /** What to write, and behind which name. */
  readonly files: readonly { readonly path: string; readonly content: Buffer }[];
  readonly refused: readonly { readonly path: BytePath; readonly wanted: 'take' | 'leave'; readonly because: string }[];
  /** What to type then. */
  readonly command: string;
}

/** An old list of what is to be left must not stand beside a new one of what is taken: where a tool wants two files, both are written, the one that leaves first. */
export function toolFiles(tool: BackupTool, report: BackupReport, file: string): ToolFiles {
  const { exclude, include, refused } = backupForm(tool, selectionOf(report), report.host.root);
  const two = tool === 'restic' || tool === 'rsync';
  return {
    files: [...(two ? [{ path: `${file}.exclude`, content: Buffer.from(exclude ?? '', 'latin1') }] : []), { path: file, content: Buffer.from(include, 'latin1') }],
    refused, command: backupCommand(tool, file, two, toText(report.host.root)).map(shellWord).join(' '),
  };
}

/** What comes and goes with its files: people's own directories, and what services keep, are more than the code in them. */
const SOFTWARE: readonly BytePath[] = ['/opt', '/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64'];
const TREE_THRESHOLD = 5;
/** What a person may be asked to approve. */
const MAX_APPROVED_BYTES = 16 * 1024 * 1024;

/** `compared` with `inventory`. What runs things is kept where the manifest names its content: `allow` or `watch` with its sha256. */
export function backupOf(compared: Compared, { asIs, withLogs }: Pick<BackupOptions, 'asIs' | 'withLogs'> = { asIs: false, withLogs: false }): BackupList {
  const { desired, host, observed: { state, stock } } = compared;
  if (stock === undefined) throw new Error('the disk was walked without taking stock');
  const digests = new Map<BytePath, string>();
  const known = approvals(compared, digests);
  const approved = (path: BytePath): boolean => known(path) || asIs;
  const also = new Set<BackupClass>([...(asIs ? ['stray' as const] : []), ...(withLogs ? ['log' as const] : [])]);
  const strayTrees = softwareTrees(compared);
  const stocked = stockEntries({ directories: stock.directories, judged: judgedFiles(compared), strayTrees, approved, also });
  const entries = [
    ...stocked,
    ...state.ownedChanges.flatMap((change) => changedEntry(change, host, approved)),
    ...state.stores.flatMap((store) => storeEntries(host, store)),
  ].map((entry) => finished(entry, host, digests)).sort((a, b) => compareBytes(a.path, b.path) || compareBytes(a.class, b.class) || compareBytes(a.because, b.because));
  const unowned = stocked.reduce((sum, { directories, files }) => sum + directories + files, 0);
  return {
    entries, accounts: { entries: stock.entries, packaged: Math.max(0, stock.entries - unowned) },
    notLookedAt: [...new Set([...stock.notWalked, ...keptPaths(state.host.name, desired)])].sort(compareBytes),
  };
}

function softwareTrees({ allow, observed: { state } }: Compared): readonly BytePath[] {
  const strays = new Map<BytePath, number>();
  for (const file of state.unowned) {
    if (file.tree !== undefined && file.proof === undefined && allowVerdict(file, allow)?.covers !== true) strays.set(file.tree, (strays.get(file.tree) ?? 0) + 1);
  }
  return [...strays].filter(([tree, count]) => count >= TREE_THRESHOLD && SOFTWARE.some((place) => isWithin(tree, place))).map(([tree]) => tree).sort(compareBytes);
}

function judgedFiles({ allow, findings, observed: { state } }: Compared): readonly Judged[] {
  const ids = new Map(findings.flatMap(({ id, subject }) => (subject.type === 'path' || subject.type === 'launch' ? [[subject.path, id] as const] : [])));
  return state.unowned.flatMap((file): readonly Judged[] => {
    const { path, stat, type } = file.facts;
    if (type === 'directory') return [];
    const verdict = file.proof === undefined ? allowVerdict(file, allow) : undefined;
    const placed = placedBy(file, verdict?.covers === true ? verdict.entry.reason : undefined, ids.get(path));
    return placed === undefined ? [] : [{ path, bytes: type === 'file' ? stat.size : 0, placed }];
  });
}

function placedBy({ facts, proof }: UnownedFile, allowedBecause: string | undefined, finding: string | undefined): Placed | undefined {
  if (proof !== undefined) return provedBy(proof);
  // Sources of packages are the list's, which has them as far as they are declared.
  if (facts.launch === 'package-source') return undefined;
  if (facts.launch !== undefined && facts.code === undefined) return { class: 'config-runs', because: runsBecause(facts.launch) };
  if (allowedBecause !== undefined) return { class: 'allowed', because: `the manifest allows it: ${allowedBecause}` };
  return { class: 'stray', because: `no package brought it${finding === undefined ? '' : ` (${finding})`}` };
}

function runsBecause(launch: string): string {
  return `it starts or loads something (${launch})`;
}

/** Answers once for each path; the digest of what runs things goes to `digests`. */
function approvals({ allow, desired, host, observed, today }: Compared, digests: Map<BytePath, string>): (path: BytePath) => boolean {
  const declared = new Set<string>();
  for (const entry of desired?.allow ?? []) {
    if (entry.until !== undefined && entry.until < today) continue;
    if (entry.sha256 !== undefined) declared.add(entry.sha256);
    for (const digest of entry.sums?.values() ?? []) declared.add(digest);
  }
  const covered = new Set(observed.state.unowned.filter((file) => file.proof === undefined && allowVerdict(file, allow)?.covers === true).map(({ facts }) => facts.path));
  for (const entry of desired?.watch ?? []) if (entry.kind === 'present' && entry.sha256 !== undefined) declared.add(entry.sha256);
  return (path) => {
    const stat = host.lstat(path);
    if (!stat.ok || typeOfMode(stat.value.mode) !== 'file' || stat.value.size > MAX_APPROVED_BYTES) return covered.has(path);
    const digest = host.digest(path, 'sha256');
    if (!digest.ok) return false;
    digests.set(path, digest.value);
    return covered.has(path) || declared.has(digest.value);
  };
}

/** Configuration that was edited or deleted. Programs of packages come back as these bring them. */
function changedEntry(change: OwnedChange, host: Host, approved: (path: BytePath) => boolean): readonly BackupEntry[] {
  const { conffile, diff, facts, issues, owners, path } = change;
  const names = [...new Set(owners.map(({ name }) => name))];
  const owner = names.length === 0 || names.length > 3 ? {} : { owner: names.join(', ') };
  const words = issues.map(({ issue }) => issue).join(', ');
  if (!conffile) {
    if (facts?.type === 'directory' || issues.every(({ issue }) => issue === 'missing')) return [];
    return [{ path, class: 'stray', tree: false, kept: false, files: 1, directories: 0, bytes: facts?.stat.size ?? 0, ...owner, because: `of a package, and not as it brought it (${words}): the package brings its own` }];
  }
  const nothing = { path, class: 'config-changed', tree: false, kept: false, files: 0, directories: 0, bytes: 0, ...owner } as const;
  if (change.mounted !== undefined) return [{ ...nothing, because: `${toText(change.mounted)} is mounted over it: what the disk has below it is not seen` }];
  if (facts === undefined) return [{ ...nothing, because: 'deleted: its package brings it back', removed: true }];
  const launch = launchOf(host, path, facts.stat.mode);
  const runs = launch !== undefined;
  return [{
    path, class: runs ? 'config-runs' : 'config-changed', tree: false, kept: !runs || approved(path), files: 1, directories: 0, bytes: facts.type === 'file' ? facts.stat.size : 0, ...owner,
    because: `edited (${words})${runs ? `, and ${runsBecause(launch)}` : ''}`, ...(diff === undefined ? {} : { diff }),
  }];
}

const rulesOf = new WeakMap<Host, ReturnType<typeof launchRules>>();

function launchOf(host: Host, path: BytePath, mode: number): string | undefined {
  let rules = rulesOf.get(host);
  if (rules === undefined) rulesOf.set(host, rules = launchRules(host));
  const type = typeOfMode(mode);
  const match = rules.rule(parentOf(path))?.match({ name: path.slice(path.lastIndexOf('/') + 1), type, mode });
  if (match?.words === undefined) return match?.kind;
  const text = host.readBytes(path, MAX_APPROVED_BYTES);
  return !text.ok || match.words.test(text.value) ? match.kind : undefined;
}

/** Images are fetched again; what containers keep is not. */
const STORE_DATA = /^(?:volumes|storage-pools|custom)$/;
const WHOLE_SYSTEMS: ReadonlySet<string> = new Set(['lxc', 'lxd', 'incus', 'systemd-machined']);

function storeEntries(host: Host, store: StoreGroup): readonly BackupEntry[] {
  const listed = host.readDirectory(store.path);
  if (!listed.ok) return [];
  const whole = WHOLE_SYSTEMS.has(store.runtime);
  return listed.value.filter(({ name, type }) => type === 'directory' && isInsideStore(store, name)).map(({ name }): BackupEntry => {
    const data = whole || STORE_DATA.test(name);
    const because = whole ? `a system of ${store.runtime}` : data ? `volumes of ${store.runtime}` : `of ${store.runtime}, which fetches it again`;
    return { path: joinPath(store.path, name), class: data ? 'data' : 'derived', tree: true, kept: data, files: 0, directories: 0, bytes: 0, owner: store.runtime, because, unmeasured: true };
  });
}

function finished(entry: BackupEntry, host: Host, digests: ReadonlyMap<BytePath, string>): BackupEntry {
  const quiesce = entry.kept ? quiesceHint(entry) : undefined;
  const sha256 = digests.get(entry.path) ?? strayDigest(entry, host);
  return { ...entry, ...(quiesce === undefined ? {} : { quiesce }), ...(sha256 === undefined ? {} : { sha256 }) };
}

function strayDigest({ class: of, tree, path }: BackupEntry, host: Host): string | undefined {
  if (of !== 'allowed' || tree) return undefined;
  const digest = host.digest(path, 'sha256');
  return digest.ok ? digest.value : undefined;
}
