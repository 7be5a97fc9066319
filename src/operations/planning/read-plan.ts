// Reads a saved plan (drift.plan/1, docs/reference/json.md) and says what moved since it was made.
import { createHash } from 'node:crypto';
import type { Host } from '../../host/host.ts';
import { readNamedFile } from '../../host/manifest-files.ts';
import { fromText, normalizePath } from '../../model/bytes.ts';
import { PLAN_SCHEMA, type PackageChange, type Plan } from '../../model/plan.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { changeOf, isPackageAction } from '../../plan/transactions.ts';
import { invalid, isObject, readSaved, type Json, type SavedKind } from '../reading/read-saved.ts';

const MAX_BYTES = 256 * 1024 * 1024;
const KIND: SavedKind = { what: 'plan', schema: PLAN_SCHEMA, hint: 'make one with drift plan --output FILE' };

/** 'plan-unreadable', 'plan-untrusted', 'plan-invalid'. */
export function readPlan(path: string): Result<Plan> {
  const saved = readSaved(path, KIND);
  if (!saved.ok) return saved;
  const { value } = saved;
  const bytes = withBytes(value) as Json;
  const mistake = mistakeIn(bytes);
  if (mistake !== undefined) return invalid(path, KIND, mistake);
  return ok({ ...bytes, manifest: value['manifest'], createdAt: Date.parse(value['createdAt'] as string) } as unknown as Plan);
}

/** What the plan was made from is still so; single files and processes are looked at again right before each act. 'plan-foreign', 'plan-stale'. */
export function checkPlan(plan: Plan, host: Host, machineId: string | undefined): Result<void> {
  if (plan.host.root !== '/') return fail('plan-foreign', `the plan is of the directory ${plan.host.root}, and such a plan is not applied`, 'make one on the host itself');
  if (plan.host.machineId !== machineId) return fail('plan-foreign', `the plan was made on another host (${plan.host.name})`, 'a plan is of one host: make one here');
  for (const { path, sha256 } of plan.databases) {
    const real = host.realpath(path);
    const now = real.ok ? host.digest(real.value, 'sha256') : real;
    if (!now.ok || now.value !== sha256) return stale(`the package database ${path} was changed`);
  }
  for (const { path, sha256 } of plan.manifest) {
    const now = readNamedFile(path, MAX_BYTES);
    if (!now.ok || createHash('sha256').update(now.value.bytes).digest('hex') !== sha256) return stale(`the manifest ${path} was changed`);
  }
  return ok(undefined);
}

function stale(what: string): Result<never> {
  return fail('plan-stale', `${what} since the plan was made`, 'make a new one: drift plan');
}

const BYTES: ReadonlySet<string> = new Set(['path', 'target', 'root']);

/** Text back to the bytes that it stands for; the exact ones stand beside it where the text is not all of them. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !(key.endsWith('Base64') && BYTES.has(key.slice(0, -6)))).map(([key, item]) => {
    const exact = value[`${key}Base64`];
    if (BYTES.has(key) && typeof exact === 'string') return [key, Buffer.from(exact, 'base64').toString('latin1')];
    return [key, BYTES.has(key) && typeof item === 'string' ? fromText(item) : withBytes(item)];
  }));
}

/** Somebody may have edited it, or cut it off: nothing that an act goes by is taken on trust. */
function mistakeIn(plan: Json): string | undefined {
  const { actions, createdAt, databases, findings, host, limits, manifest, notes, refusals, transactions } = plan;
  if (typeof createdAt !== 'string' || Number.isNaN(Date.parse(createdAt)) || !isObject(host) || typeof host['name'] !== 'string' || typeof host['root'] !== 'string' || !isObject(host['os'])) return '"host" or "createdAt" is not as it should be';
  for (const [name, list] of Object.entries({ actions, databases, findings, manifest, notes, refusals, transactions })) if (!Array.isArray(list)) return `"${name}" is no list`;
  if (!isObject(limits) || !isLimit(limits['removals']) || !isLimit(limits['quarantines'])) return '"limits" is not as it should be';
  for (const each of [...databases as unknown[], ...manifest as unknown[]]) if (!isObject(each) || typeof each['path'] !== 'string' || typeof each['sha256'] !== 'string') return '"databases" or "manifest" is not as it should be';
  const bad = (actions as unknown[]).findIndex((action) => !isAction(action));
  if (bad >= 0) return `action ${bad + 1} is not as it should be`;
  const odd = (transactions as unknown[]).findIndex((transaction) => !isTransaction(transaction));
  return odd < 0 ? unmatched(plan as unknown as Plan) : `transaction ${odd + 1} is not as it should be`;
}

function isLimit(value: unknown): boolean {
  return isObject(value) && typeof value['count'] === 'number' && typeof value['limit'] === 'number' && typeof value['because'] === 'string';
}

function isAction(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { because, id, kind, undo } = value;
  if (typeof id !== 'string' || !/^a\d{1,7}$/.test(id) || typeof kind !== 'string' || typeof undo !== 'string' || !Array.isArray(because) || !because.every((each) => typeof each === 'string')) return false;
  switch (kind) {
    case 'quarantine': return isPath(value['path']) && isFiles(value['files']) && Array.isArray(value['left']);
    case 'disable-unit': return typeof value['unit'] === 'string' && isFiles(value['links']);
    case 'repository-remove': return isFile(value['file']);
    case 'stop-unit': return typeof value['unit'] === 'string' && Array.isArray(value['processes']) && value['processes'].every(isProcess);
    case 'stop-process': return isProcess(value['process']);
    case 'restore-mode': return isFile(value['file']) && isObject(value['to']);
    case 'package-install': case 'package-remove': case 'package-set-version': return isOnePackage(value);
    case 'package-reinstall': return isOnePackage(value) && Array.isArray(value['files']) && value['files'].every(isFile);
    case 'package-configure': case 'package-hold': case 'package-unhold': case 'package-mark': return isOnePackage(value) && isWords(value['argv']);
    case 'reload-units': return true;
    default: return false;
  }
}

function isOnePackage({ arch, manager, name }: Json): boolean {
  return [arch, manager, name].every((each) => typeof each === 'string');
}

function isWords(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
}

function isTransaction(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { actions, argv, changes, download, id, manager, simulated } = value;
  return typeof id === 'string' && /^t\d{1,7}$/.test(id) && typeof manager === 'string' && isWords(actions) && isWords(argv) && (download === undefined || isWords(download)) && isChanges(changes) && isChanges(simulated);
}

const CHANGES: readonly unknown[] = ['install', 'remove', 'purge', 'upgrade', 'downgrade', 'reinstall'];

function isChanges(value: unknown): boolean {
  const isText = (each: unknown): boolean => each === undefined || typeof each === 'string';
  return Array.isArray(value) && value.every((each) => isObject(each) && CHANGES.includes(each['change']) && typeof each['name'] === 'string' && typeof each['arch'] === 'string' && isText(each['from']) && isText(each['to']) && isText(each['toArch']));
}

/** Each package action is done by one command, and each command does what its actions say and no more; whether it is drift's own, whoever applies it looks. */
function unmatched({ actions, transactions }: Pick<Plan, 'actions' | 'transactions'>): string | undefined {
  const words = (change: PackageChange): string => [change.change, change.name, change.arch, change.toArch ?? '', change.from ?? '', change.to ?? ''].join('\0');
  const asked = actions.filter(isPackageAction);
  for (const { actions: ids, changes, id, manager } of transactions) {
    const members = ids.map((each) => asked.find((action) => action.id === each));
    const same = members.length === changes.length && members.every((action, at) => action?.manager === manager && words(changeOf(action)) === words(changes[at]!));
    if (!same) return `transaction ${id} does not do what its actions say`;
  }
  const done = transactions.flatMap((transaction) => transaction.actions);
  const left = asked.find(({ id }) => done.filter((each) => each === id).length !== 1);
  return left === undefined ? undefined : `action ${left.id} is not done by one transaction`;
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && value.length > 1 && value.startsWith('/') && !value.includes('\0') && normalizePath(value) === value;
}

function isFiles(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isFile);
}

const NUMBERS = ['dev', 'ino', 'size', 'mtimeMs', 'mode', 'uid', 'gid', 'nlink'];

function isFile(value: unknown): boolean {
  return isObject(value) && isPath(value['path']) && typeof value['type'] === 'string' && NUMBERS.every((name) => typeof value[name] === 'number');
}

function isProcess(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { exe, pid, startTicks } = value;
  return Number.isSafeInteger(pid) && (pid as number) > 1 && typeof startTicks === 'string' && isObject(exe) && typeof exe['path'] === 'string' && typeof exe['dev'] === 'number' && typeof exe['ino'] === 'number';
}
