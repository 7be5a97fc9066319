// A small root with files of every sort, a plan that moves some of them, and the whole of it compared before and after: for the tests of apply/.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readlinkSync, readFileSync } from 'node:fs';
import { applyPlan, type Applied, type ApplyOptions } from '../../src/apply/apply-plan.ts';
import { pruneRun } from '../../src/apply/prune-run.ts';
import type { AccountIds } from '../../src/model/account-ids.ts';
import { settleRun } from '../../src/apply/settle-run.ts';
import { openState } from '../../src/apply/state-directory.ts';
import { undoRun, type Undone } from '../../src/apply/undo-run.ts';
import { readDriftRuns } from '../../src/host/drift-runs.ts';
import { localHost } from '../../src/host/local-host.ts';
import { writableHost } from '../../src/host/writable-host.ts';
import type { BytePath } from '../../src/model/bytes.ts';
import { typeOfMode } from '../../src/model/file.ts';
import type { RunRecord } from '../../src/model/journal.ts';
import { PLAN_SCHEMA, type Action, type FileIdentity, type Plan, type QuarantineAction } from '../../src/model/plan.ts';
import type { Result } from '../../src/model/result.ts';
import { settleRuns } from '../../src/operations/changing/settle-runs.ts';
import { fakePackages, withFakePackages, type FakePackages } from './fake-packages.ts';
import { foundEntries } from './found-entries.ts';
import { workDirectory } from './working-copy.ts';

export function applyRoot(label: string): string {
  const root = `${workDirectory(label)}/root`;
  mkdirSync(`${root}/var/lib`, { recursive: true });
  return root;
}

function native(root: string, path: BytePath): Buffer {
  return Buffer.from(`${Buffer.from(root, 'utf8').toString('latin1')}${path}`, 'latin1');
}

export function identityOf(root: string, path: BytePath): FileIdentity {
  const stat = lstatSync(native(root, path));
  const type = typeOfMode(stat.mode);
  const { dev, ino, size, mtimeMs, uid, gid, nlink } = stat;
  return {
    path, type, dev, ino, size, mtimeMs, mode: stat.mode & 0o7777, uid, gid, nlink,
    ...(type === 'file' ? { sha256: createHash('sha256').update(readFileSync(native(root, path))).digest('hex') } : {}),
    ...(type === 'link' ? { target: readlinkSync(native(root, path), { encoding: 'latin1' as BufferEncoding }) } : {}),
  };
}

export function quarantineAction(id: string, files: readonly FileIdentity[], what: QuarantineAction['what'] = 'file'): QuarantineAction {
  return { kind: 'quarantine', id, because: [`f${id}`], risk: 'low', undo: 'moved back', what, path: files[0]!.path, files, left: [], leftMore: 0 };
}

export function planOf(actions: readonly Action[]): Plan {
  const limit = { count: 0, limit: 100, because: 'test' };
  return {
    schema: PLAN_SCHEMA, drift: '0.0.0', createdAt: 0, host: { name: 'test', os: { id: 'debian', versionId: '12' }, arch: 'amd64', root: '/' }, manifest: [], databases: [],
    findings: [], actions, transactions: [], refusals: [], limits: { removals: limit, quarantines: limit }, notes: [],
  };
}

/** One action for each path. */
export function planToMove(root: string, paths: readonly BytePath[]): Plan {
  return planOf(paths.map((path, at) => quarantineAction(`a${at + 1}`, [identityOf(root, path)])));
}

/** Of a host with no other user. */
export const ROOTS: AccountIds = { user: (name) => (name === 'root' ? 0 : undefined), group: (name) => (name === 'root' ? 0 : undefined) };

/** Of a host without packages. */
const NOBODY = { user: () => undefined, group: () => undefined };

export async function apply(root: string, plan: Plan, options: Partial<ApplyOptions> = {}, packages: FakePackages = fakePackages()): Promise<Result<Applied>> {
  const host = withFakePackages(must(writableHost(root)), packages);
  const state = openState(host);
  if (!state.ok) return state;
  try {
    return await applyPlan(host, state.value, plan, {
      drift: '0.0.0', planText: JSON.stringify(plan), stopAsked: () => false, databasesMoved: () => false, databasesChanged: () => {}, packages: packages.work, accounts: NOBODY, patienceMs: 300, tell: () => {},
      progress: () => {}, begun: () => {}, ...options,
    });
  } finally {
    state.value.close();
  }
}

/** The last run, settled where it was cut off. Undefined: there is none. */
export function settleLast(root: string): Result<RunRecord> | undefined {
  const host = must(writableHost(root));
  const state = must(openState(host));
  try {
    const run = must(state.list()).at(-1);
    if (run === undefined) return undefined;
    const settled = settleRun(host, state, run);
    if (!settled.ok && ['journal-empty', 'ENOENT'].includes(settled.error.reason)) return undefined;
    return settled.ok ? { ok: true, value: settled.value.record } : settled;
  } finally {
    state.close();
  }
}

export async function undoLast(root: string, packages: FakePackages = fakePackages()): Promise<Result<Undone>> {
  const host = withFakePackages(must(writableHost(root)), packages);
  const state = openState(host);
  if (!state.ok) return state;
  try {
    const names = state.value.list();
    return names.ok ? await undoRun(host, state.value, names.value.at(-1)!, { packages: packages.work, patienceMs: 300, tell: () => {}, start: false, stopAsked: () => false, progress: () => {}, begun: () => {} }) : names;
  } finally {
    state.value.close();
  }
}

/** What `drift recover` does: the notes of each run that had been cut off. */
export async function recoverAll(root: string, packages: FakePackages = fakePackages()): Promise<Result<readonly string[]>> {
  const host = withFakePackages(must(writableHost(root)), packages);
  const state = openState(host);
  if (!state.ok) return state;
  try {
    const settled = await settleRuns(host, state.value, packages.work, { stopAsked: () => false, tell: () => {}, patienceMs: 300 });
    if (!settled.ok) return settled;
    const notes: string[] = [];
    for (const { notes: own, record } of settled.value.runs) {
      notes.push(`run ${record.run}`, ...own);
      if (record.phase !== 'undoing') continue;
      const undone = await undoRun(host, state.value, record.run, { packages: packages.work, patienceMs: 300, tell: () => {}, start: false, stopAsked: () => false, progress: () => {}, begun: () => {} });
      if (!undone.ok) return undone;
      if (undone.value.failure !== undefined) return { ok: false, error: undone.value.failure };
    }
    return { ok: true, value: notes };
  } finally {
    state.value.close();
  }
}

export function pruneLast(root: string): Result<RunRecord> {
  const host = must(writableHost(root));
  const state = must(openState(host));
  try {
    return pruneRun(host, state, must(state.list()).at(-1)!);
  } finally {
    state.close();
  }
}

/** As a reader of the root sees them. */
export function runsOf(root: string): Result<readonly RunRecord[]> {
  const read = readDriftRuns(localHost(root));
  return read.ok ? { ok: true, value: read.value.runs } : read;
}

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.message}`);
  return result.value;
}

/** Each entry with its type, mode, owner, size, time, inode and content, but for drift's own directory; of directories not the time, which every move changes. */
export function stateOf(root: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const { path: name, facts: [type, facts, time] } of foundEntries(root, ['%y', '%m %U:%G %s %i %l', '%T@'], ['var/lib/drift'])) {
    const path = `/${name}`;
    const own = type === 'd' ? facts!.replace(/ \d+ \d+ /, ' ') : `${facts} ${time}`;
    out.set(path, `${type} ${own} ${type === 'f' ? createHash('sha1').update(readFileSync(native(root, path))).digest('hex') : ''}`);
  }
  return out;
}
