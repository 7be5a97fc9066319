// One package transaction from end to end on a copy of a host: what `drift plan` says would happen, what then happened in the real database, and that a second run has nothing to do.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { debVersions } from '../../src/managers/apt/version.ts';
import { rpmVersions } from '../../src/managers/dnf/version.ts';
import { inside } from './chroot-host.ts';
import { schemaErrors } from './report-schema.ts';
import { inRoot } from './run-command.ts';
import { drift } from './run-cli.ts';
import { workingCopy } from './working-copy.ts';

export interface Scenario {
  readonly name: string;
  /** Shell lines that the host runs before. */
  readonly given?: string;
  /** Of `packages`, beside what was installed by choice ('any'); undefined = not declared. */
  readonly packages?: Readonly<Record<string, string | undefined>>;
  /** Lines of `policy`. */
  readonly policy?: readonly string[];
  readonly flags?: readonly string[];
  /** All that changes: 'remove leaf 1', 'install fresh 1', 'upgrade app 2.0-1', 'hold app', 'manual lib', …; absent = nothing. */
  readonly does?: readonly string[];
  /** Reason and name. */
  readonly refuses?: readonly string[];
  /** What a refusal has to say. */
  readonly saying?: RegExp;
  /** Only with DRIFT_FAULTS=all. */
  readonly long?: true;
}

export interface TransactionHost {
  readonly manager: 'apt' | 'dnf';
  /** Pristine. */
  root(): string;
  readonly chosen: readonly string[];
}

interface Change { readonly change: string; readonly name: string; readonly from?: string; readonly to?: string }
interface PlanJson {
  readonly actions: readonly { readonly kind: string; readonly name: string; readonly mark?: string }[];
  readonly transactions: readonly { readonly simulated?: readonly Change[] }[];
  readonly refusals: readonly { readonly reason: string; readonly message: string; readonly subject: { readonly name: string } }[];
}

interface RunJson {
  readonly error?: unknown;
  readonly run: { readonly results: readonly { readonly result: string }[] };
  readonly left: readonly unknown[];
}

const RECONCILED = '[package-forbidden, package-missing, package-version, package-hold, package-mark, package-broken, package-extra, package-orphan]';
const MANIFEST = '/etc/drift/manifest.yaml';
const PLAN = '/root/plan.json';
/** These are about packages: nothing else is looked at. */
const SWEEP = 'sweep: { exclude: ["/usr/**", "/etc/**", "/var/**", "/srv/**", "/mnt/**", "/root/**", "/boot/**"] }';

export function manifestOf({ packages = {}, policy = [] }: Pick<Scenario, 'packages' | 'policy'>, chosen: readonly string[]): string {
  const declared: Record<string, string | undefined> = { ...Object.fromEntries(chosen.map((name) => [name, 'any'])), ...packages };
  const lines = Object.entries(declared).flatMap(([name, value]) => (value === undefined ? [] : [`  ${JSON.stringify(name)}: ${value}`]));
  const asked = policy.some((line) => line.startsWith('reconcile:')) ? policy : [`reconcile: ${RECONCILED}`, ...policy];
  return ['drift: 1', 'packages:', ...lines, 'policy:', ...asked.map((line) => `  ${line}`), SWEEP, ''].join('\n');
}

export async function play({ chosen, manager, root: pristine }: TransactionHost, scenario: Scenario): Promise<void> {
  const { does = [], flags = [], given, refuses = [], saying } = scenario;
  const { remove, root } = workingCopy(pristine(), 'transaction');
  try {
    if (given !== undefined) inRoot(root, ['sh', '-euc', given]);
    mkdirSync(join(root, 'etc/drift'));
    writeFileSync(join(root, MANIFEST), manifestOf(scenario, chosen));
    const before = given === undefined ? pristineState(root, manager) : installed(root, manager);
    const databases = databasesOf(root, manager);
    const answer = await drift(['plan', ...flags, '--json', '--output', PLAN], inside(root));
    expect(answer.stderr).toBe('');
    const plan = answer.json<PlanJson>();
    expect(answer.json<{ error?: unknown }>().error).toBeUndefined();
    expect(schemaErrors(plan)).toEqual([]);
    expect(answer.code).toBe(plan.actions.length > 0 ? 2 : 0);
    expect(plan.refusals.map(({ reason, subject }) => `${reason} ${subject.name}`).toSorted()).toEqual([...refuses].toSorted());
    if (saying !== undefined) expect(plan.refusals.map(({ message }) => message).join('\n')).toMatch(saying);
    expect([...simulatedIn(plan), ...statesIn(plan)].toSorted()).toEqual([...does].toSorted());
    expect(databasesOf(root, manager)).toEqual(databases);

    // Nothing was changed: there is nothing that a second run could do.
    if (plan.actions.length === 0) return;

    const reconciled = await drift(['reconcile', PLAN, '--yes', '--json'], inside(root));
    const run = reconciled.json<RunJson>();
    expect(run.error).toBeUndefined();
    expect(schemaErrors(run)).toEqual([]);
    expect(run.run.results.filter(({ result }) => result !== 'done')).toEqual([]);
    expect(run.left).toEqual([]);
    // What was refused is left.
    expect(reconciled.code).toBe(refuses.length > 0 ? 2 : 0);
    expect(differenceOf(before, installed(root, manager), manager)).toEqual([...does].toSorted());

    const again = (await drift(['plan', ...flags, '--json'], inside(root))).json<PlanJson>();
    expect(again.actions).toEqual([]);
    expect(again.refusals.map(({ reason, subject }) => `${reason} ${subject.name}`).filter((each) => !refuses.includes(each))).toEqual([]);
  } finally {
    remove();
  }
}

function simulatedIn(plan: PlanJson): string[] {
  return plan.transactions.flatMap(({ simulated = [] }) => simulated.map(({ change, from, name, to }) => `${change} ${name} ${to ?? from}`));
}

function statesIn({ actions }: PlanJson): string[] {
  const words: Readonly<Record<string, string>> = { 'package-hold': 'hold', 'package-unhold': 'unhold', 'package-configure': 'configure' };
  return actions.flatMap(({ kind, mark, name }) => (kind === 'package-mark' ? [`${mark} ${name}`] : words[kind] === undefined ? [] : [`${words[kind]} ${name}`]));
}

/** One installed instance. */
interface Instance {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  readonly state: string;
  readonly mark: string;
  readonly held: boolean;
  /** Another one after it was unpacked again. */
  readonly stamp: string;
  /** What a removal leaves. */
  readonly leaves: boolean;
}

type Installed = ReadonlyMap<string, readonly Instance[]>;

/** By name; what was removed and left its configuration is there too. */
export function installed(root: string, manager: 'apt' | 'dnf'): Installed {
  return Map.groupBy(manager === 'apt' ? debInstances(root) : rpmInstances(root), ({ name }) => name);
}

function debInstances(root: string): Instance[] {
  const automatic = new Set(inRoot(root, ['apt-mark', 'showauto']).split('\n'));
  const info = join(root, 'var/lib/dpkg/info');
  const lists = new Set(readdirSync(info));
  return inRoot(root, ['dpkg-query', '-W', '-f', '${Package}\\t${Architecture}\\t${Version}\\t${Status}\\n']).trimEnd().split('\n').map((line) => {
    const [name = '', arch = '', version = '', status = ''] = line.split('\t');
    const list = [`${name}.list`, `${name}:${arch}.list`].find((each) => lists.has(each));
    const [want, , state = ''] = status.split(' ');
    return {
      name, arch, version, state, held: want === 'hold', mark: automatic.has(name) || automatic.has(`${name}:${arch}`) ? 'automatic' : 'manual',
      stamp: list === undefined ? '' : String(statSync(join(info, list), { bigint: true }).mtimeNs), leaves: lists.has(`${name}.conffiles`) || lists.has(`${name}:${arch}.conffiles`),
    };
  });
}

function rpmInstances(root: string): Instance[] {
  const manual = new Set(inRoot(root, ['dnf', '-q', '-C', 'repoquery', '--userinstalled', '--qf', '%{name}.%{arch}']).split('\n'));
  const locked = readFileSync(join(root, 'etc/dnf/plugins/versionlock.list'), 'utf8').split('\n');
  return inRoot(root, ['rpm', '-qa', '--qf', '%{NAME}\\t%{ARCH}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\t%{DBINSTANCE}\\n']).trimEnd().split('\n').filter((line) => !line.startsWith('gpg-pubkey')).map((line) => {
    const [name = '', arch = '', version = '', stamp = ''] = line.split('\t');
    return { name, arch, version: version.replace(/^0:/, ''), state: 'installed', mark: manual.has(`${name}.${arch}`) ? 'manual' : 'automatic', held: locked.some((each) => each.startsWith(`${name}-`)), stamp, leaves: false };
  });
}

const pristineStates = new Map<'apt' | 'dnf', Installed>();

/** Of a copy that nobody changed yet: to ask dnf takes half a second of a processor, and each copy gives the same answer. */
function pristineState(root: string, manager: 'apt' | 'dnf'): Installed {
  const known = pristineStates.get(manager) ?? installed(root, manager);
  pristineStates.set(manager, known);
  return known;
}

const DATABASES: Readonly<Record<'apt' | 'dnf', readonly string[]>> = {
  apt: ['var/lib/dpkg/status', 'var/lib/apt/extended_states'],
  dnf: [...['var/lib/rpm/rpmdb.sqlite', 'var/lib/dnf/history.sqlite'].flatMap((path) => [path, `${path}-wal`]), 'etc/dnf/plugins/versionlock.list'],
};

/** Digests of what a manager keeps packages, marks and holds in. */
function databasesOf(root: string, manager: 'apt' | 'dnf'): readonly string[] {
  return DATABASES[manager].map((path) => (existsSync(join(root, path)) ? `${path} ${createHash('sha256').update(readFileSync(join(root, path))).digest('hex')}` : `${path} is not there`));
}

/** In the words of a scenario. */
export function differenceOf(before: Installed, after: Installed, manager: 'apt' | 'dnf'): string[] {
  const { compare } = manager === 'apt' ? debVersions : rpmVersions;
  const words: string[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name) ?? [], after.get(name) ?? []];
    const come = is.filter((each) => isHere(each) && !was.some((other) => isHere(other) && isSame(other, each)));
    for (const each of was) {
      const now = is.find((other) => isSame(other, each));
      if (now !== undefined && isHere(now) === isHere(each)) {
        if (now.stamp !== each.stamp) words.push(`reinstall ${name} ${each.version}`);
        words.push(...stateWords(now.stamp === each.stamp ? each : { ...each, state: 'installed' }, now));
        continue;
      }
      if (!isHere(each)) {
        if (now === undefined) words.push(`purge ${name} ${each.version}`);
        continue;
      }
      // Kernels and the like stand side by side.
      const at = was.length > 1 && manager === 'dnf' ? -1 : come.findIndex(({ arch }) => was.length === 1 || arch === each.arch);
      const [successor] = at < 0 ? [] : come.splice(at, 1);
      if (successor !== undefined) words.push(`${compare(each.version, successor.version) < 0 ? 'upgrade' : 'downgrade'} ${name} ${successor.version}`, ...stateWords(each, successor));
      else words.push(`${each.leaves && now === undefined && !is.some((other) => other.arch === each.arch) ? 'purge' : 'remove'} ${name} ${each.version}`);
    }
    words.push(...come.map(({ version }) => `install ${name} ${version}`));
  }
  return words.toSorted();
}

function stateWords(was: Instance, is: Instance): string[] {
  const { name } = was;
  return [
    ...(was.mark === is.mark ? [] : [`${is.mark} ${name}`]), ...(was.held === is.held ? [] : [`${is.held ? 'hold' : 'unhold'} ${name}`]),
    ...(was.state === is.state ? [] : [`${is.state === 'installed' ? 'configure' : is.state} ${name}`]),
  ];
}

function isSame(a: Instance, b: Instance): boolean {
  return a.arch === b.arch && a.version === b.version;
}

function isHere({ state }: Instance): boolean {
  return state !== 'config-files' && state !== 'not-installed';
}
