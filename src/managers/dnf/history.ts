// What dnf and yum remember: why a package came and from where. dnf 4 history.sqlite, dnf 5 state files and transaction_history.sqlite (dnf5-system-state(7)), yum 3 yumdb.
import { fromText, toText, type BytePath } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import type { InstallReason } from '../../model/package.ts';
import { ok, type Result } from '../../model/result.ts';
import { querySqlite, type SqlRow } from '../../host/sqlite.ts';
import type { ManagerContext } from '../manager.ts';
import type { Removal } from './dump.ts';
import { parseToml, type TomlTable, type TomlValue } from './toml.ts';

const DNF4_HISTORY: BytePath = '/var/lib/dnf/history.sqlite';
const DNF5_STATE: BytePath = '/usr/lib/sysimage/libdnf5';
const DNF5_HISTORY: BytePath = `${DNF5_STATE}/transaction_history.sqlite`;
const YUMDB: BytePath = '/var/lib/yum/yumdb';

export interface Run {
  /** Seconds since 1970. */
  readonly begin: number;
  readonly end: number;
}

export interface HistoryEvent {
  /** Seconds since 1970. */
  readonly at: number;
  /** libdnf's action: 'install', 'upgrade', 'downgrade', 'remove', … */
  readonly action: string;
  readonly name: string;
  readonly arch: string;
  /** epoch:version-release without an epoch of 0. */
  readonly evr: string;
  /** Repository id; '' = unknown, '@commandline' or '@System' are no repository. */
  readonly repository: string;
  /** Number of the transaction in its own database. */
  readonly transaction: number;
}

export interface History {
  /** 'name.arch' → reason. */
  readonly reasons: ReadonlyMap<string, InstallReason>;
  /** 'name.arch evr' → repository id that it was installed from. */
  readonly origins: ReadonlyMap<string, string>;
  /** Oldest first. */
  readonly events: readonly HistoryEvent[];
  /** Files that were read, for messages. */
  readonly sources: readonly BytePath[];
  readonly problems: readonly Problem[];
}

/** libdnf TransactionItemReason: 0 unknown, 1 dependency, 2 user, 3 clean, 4 weak dependency, 5 group. */
function reasonOfCode(code: number): InstallReason {
  switch (code) {
    case 1: case 4: return 'automatic';
    case 2: case 3: case 5: return 'manual';
    default: return 'unknown';
  }
}

/** dnf 5's and yum's words for the same; 'External User' is a package that rpm installed behind dnf's back. */
function reasonOfWord(word: string): InstallReason {
  switch (word.toLowerCase()) {
    case 'dependency': case 'weak dependency': case 'dep': return 'automatic';
    case 'user': case 'group': case 'clean': return 'manual';
    default: return 'unknown';
  }
}

const DNF4_ACTIONS: Readonly<Record<number, string>> = {
  1: 'install', 2: 'downgrade', 3: 'downgraded', 4: 'obsolete', 5: 'obsoleted', 6: 'upgrade', 7: 'upgraded', 8: 'remove', 9: 'reinstall', 10: 'reinstalled', 11: 'reason-change',
};
/** The half of a pair that goes out (the old version of an upgrade); it says nothing of what is there now. */
const OUTGOING: ReadonlySet<string> = new Set(['downgraded', 'obsoleted', 'upgraded', 'reinstalled', 'replaced']);

const DNF4_ITEMS = `SELECT r.name, r.epoch, r.version, r.release, r.arch, ti.action, ti.reason, coalesce(p.repoid, ''), t.dt_end, t.id
  FROM trans_item ti JOIN trans t ON t.id = ti.trans_id JOIN rpm r ON r.item_id = ti.item_id LEFT JOIN repo p ON p.id = ti.repo_id
  WHERE t.state = 1 ORDER BY ti.trans_id, ti.id`;
const DNF5_ITEMS = `SELECT n.name, r.epoch, r.version, r.release, a.name, ta.name, rs.name, coalesce(p.repoid, ''), t.dt_end, t.id
  FROM trans_item ti JOIN trans t ON t.id = ti.trans_id JOIN rpm r ON r.item_id = ti.item_id JOIN pkg_name n ON n.id = r.name_id JOIN arch a ON a.id = r.arch_id
  JOIN trans_item_action ta ON ta.id = ti.action_id JOIN trans_item_reason rs ON rs.id = ti.reason_id LEFT JOIN repo p ON p.id = ti.repo_id
  JOIN trans_state s ON s.id = t.state_id WHERE s.name = 'Ok' ORDER BY ti.trans_id, ti.id`;
const DNF4_ASKERS = "SELECT id, user_id, coalesce(cmdline, '') FROM trans";
const DNF5_ASKERS = "SELECT id, user_id, coalesce(description, '') FROM trans";
const HISTORIES: readonly (readonly [BytePath, string, string])[] = [[DNF4_HISTORY, DNF4_ITEMS, DNF4_ASKERS], [DNF5_HISTORY, DNF5_ITEMS, DNF5_ASKERS]];
const RUNS = 'SELECT dt_begin, dt_end FROM trans WHERE dt_end IS NOT NULL ORDER BY id';

/** Runs of dnf with their ends, and what they removed; none where there is no history or it cannot be read (`readHistory` says so). */
export function readRuns(context: ManagerContext): { readonly runs: readonly Run[]; readonly removals: readonly Removal[] } {
  const runs: Run[] = [];
  const events: HistoryEvent[] = [];
  for (const [path, select] of HISTORIES) {
    const rows = queryCopy(context, path, RUNS);
    if (!rows?.ok) continue;
    for (const row of rows.value) runs.push({ begin: Number(row[0]), end: Number(row[1]) });
    const items = queryCopy(context, path, select);
    if (items?.ok) for (const row of items.value) takeItem(row, new Map(), new Map(), events);
  }
  const removals = events.filter(({ action }) => action === 'remove' || action === 'obsoleted');
  return { runs, removals: removals.map(({ at, name, evr }) => ({ at, name: fromText(name), evr: fromText(evr) })) };
}

/** Everything that dnf 4, dnf 5 and yum 3 left on this host; where several speak, the newest manager wins. */
export function readHistory(context: ManagerContext): History {
  const reasons = new Map<string, InstallReason>();
  const origins = new Map<string, string>();
  const events: HistoryEvent[] = [];
  const sources: BytePath[] = [];
  const problems: Problem[] = [];
  readYumdb(context, reasons, origins, sources);
  for (const [path, select] of HISTORIES) {
    const rows = queryCopy(context, path, select);
    if (rows === undefined) continue;
    if (!rows.ok) {
      problems.push({ message: `the history of dnf cannot be read: ${rows.error.message}`, path });
      continue;
    }
    sources.push(path);
    for (const row of rows.value) takeItem(row, reasons, origins, events);
  }
  readDnf5State(context, reasons, origins, sources, problems);
  events.sort((a, b) => a.at - b.at);
  return { reasons, origins, events, sources, problems };
}

function takeItem(row: SqlRow, reasons: Map<string, InstallReason>, origins: Map<string, string>, events: HistoryEvent[]): void {
  const name = String(row[0]);
  const arch = String(row[4]);
  const epoch = Number(row[1]);
  const evr = `${epoch > 0 ? `${epoch}:` : ''}${String(row[2])}-${String(row[3])}`;
  const action = typeof row[5] === 'string' ? row[5].toLowerCase().replaceAll(' ', '-') : DNF4_ACTIONS[Number(row[5])] ?? 'unknown';
  const repository = String(row[7]);
  events.push({ at: Number(row[8]), action, name, arch, evr, repository, transaction: Number(row[9]) });
  if (OUTGOING.has(action)) return;
  const key = `${name}.${arch}`;
  if (action === 'remove') reasons.delete(key);
  else reasons.set(key, typeof row[6] === 'string' ? reasonOfWord(row[6]) : reasonOfCode(Number(row[6])));
  // A change of the reason names no repository, and takes none away.
  if (action !== 'reason-change' && action !== 'remove') origins.set(`${key} ${evr}`, repository);
}

/** One database of dnf's history, with who asked for each transaction. */
export interface RecordedHistory {
  readonly path: BytePath;
  readonly events: readonly HistoryEvent[];
  readonly askers: ReadonlyMap<number, { readonly uid: number; readonly command: string }>;
}

/** dnf 4 and dnf 5, whichever are there. What cannot be read is a problem. */
export function readRecorded(context: ManagerContext, problems: Problem[]): readonly RecordedHistory[] {
  const out: RecordedHistory[] = [];
  for (const [path, select, askersOf] of HISTORIES) {
    const rows = queryCopy(context, path, select);
    if (rows === undefined) continue;
    if (!rows.ok) {
      problems.push({ message: `the history of dnf cannot be read: ${rows.error.message}`, path });
      continue;
    }
    const events: HistoryEvent[] = [];
    for (const row of rows.value) takeItem(row, new Map(), new Map(), events);
    // Who asked is an extra: old databases lack the columns.
    const asked = queryCopy(context, path, askersOf);
    const askers = new Map(asked?.ok ? asked.value.map((row) => [Number(row[0]), { uid: Number(row[1]), command: String(row[2]) }]) : []);
    out.push({ path, events, askers });
  }
  return out;
}

/** Undefined where there is no such file; the copy has the write-ahead log beside it. */
function queryCopy(context: ManagerContext, path: BytePath, select: string): Result<readonly SqlRow[]> | undefined {
  if (!context.host.exists(path)) return undefined;
  const scratch = context.scratch();
  const name = `history/${path.slice(path.lastIndexOf('/') + 1)}`;
  scratch.remove('history');
  const copied = scratch.copyFrom(context.host, path, name);
  if (!copied.ok) return copied;
  if (copied.value.size === 0) return ok([]);
  if (context.host.exists(`${path}-wal`)) {
    const log = scratch.copyFrom(context.host, `${path}-wal`, `${name}-wal`);
    if (!log.ok) return log;
  }
  const rows = querySqlite(`${scratch.path}/${name}`, select);
  scratch.remove('history');
  return rows;
}

/** yumdb/L/PKGID-NAME-VERSION-RELEASE-ARCH/{reason,from_repo}: names may hold '-', so the directory is read from its end. */
function readYumdb(context: ManagerContext, reasons: Map<string, InstallReason>, origins: Map<string, string>, sources: BytePath[]): void {
  const letters = context.host.readDirectory(YUMDB);
  if (!letters.ok) return;
  sources.push(YUMDB);
  for (const letter of letters.value) {
    const entries = context.host.readDirectory(`${YUMDB}/${letter.name}`);
    if (!entries.ok) continue;
    for (const entry of entries.value) {
      const parts = entry.name.split('-');
      if (parts.length < 5) continue;
      const [version, release, arch] = parts.slice(-3);
      const key = `${parts.slice(1, -3).join('-')}.${arch}`;
      const reason = context.host.readBytes(`${YUMDB}/${letter.name}/${entry.name}/reason`, 4096);
      if (reason.ok) reasons.set(key, reasonOfWord(reason.value.trim()));
      const repository = context.host.readBytes(`${YUMDB}/${letter.name}/${entry.name}/from_repo`, 4096);
      if (repository.ok) origins.set(`${key} ${version}-${release}`, repository.value.trim());
    }
  }
}

function readDnf5State(context: ManagerContext, reasons: Map<string, InstallReason>, origins: Map<string, string>, sources: BytePath[], problems: Problem[]): void {
  const packages = readTable(context, `${DNF5_STATE}/packages.toml`, 'packages', sources, problems);
  for (const [key, value] of packages) {
    const reason = value instanceof Map ? value.get('reason') : undefined;
    if (typeof reason === 'string') reasons.set(key, reasonOfWord(reason));
  }
  const nevras = readTable(context, `${DNF5_STATE}/nevras.toml`, 'nevras', sources, problems);
  for (const [nevra, value] of nevras) {
    const repository = value instanceof Map ? value.get('from_repo') : undefined;
    const parts = splitNevra(nevra);
    if (typeof repository === 'string' && parts !== undefined) origins.set(`${parts.name}.${parts.arch} ${parts.evr}`, repository);
  }
}

function readTable(context: ManagerContext, path: BytePath, table: string, sources: BytePath[], problems: Problem[]): TomlTable {
  const content = context.host.readBytes(path);
  if (!content.ok) {
    if (content.error.reason !== 'ENOENT' && content.error.reason !== 'ENOTDIR') problems.push({ message: content.error.message, path });
    return new Map();
  }
  const parsed = parseToml(toText(content.value));
  const found: TomlValue | undefined = parsed?.get(table);
  if (!(found instanceof Map)) {
    problems.push({ message: `${path} is damaged or empty; dnf5-system-state(7) says how it is made anew`, path });
    return new Map();
  }
  sources.push(path);
  return found;
}

/** 'name-[epoch:]version-release.arch' */
export function splitNevra(nevra: string): { readonly name: string; readonly evr: string; readonly arch: string } | undefined {
  const dot = nevra.lastIndexOf('.');
  const release = nevra.lastIndexOf('-', dot);
  const version = nevra.lastIndexOf('-', release - 1);
  if (dot <= 0 || release <= 0 || version <= 0) return undefined;
  return { name: nevra.slice(0, version), evr: nevra.slice(version + 1, dot).replace(/^0:/, ''), arch: nevra.slice(dot + 1) };
}
