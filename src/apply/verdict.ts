// What a command of a package manager did, from what was installed before and what is installed after it: the exit code says nothing of that.
import type { CommandResult, PackageFact, PackageSetting } from '../model/package-journal.ts';
import type { InstalledPackage } from '../model/package.ts';
import type { PackageChange } from '../model/plan.ts';

export interface Verdict {
  readonly result: CommandResult;
  /** Of `changes`, those that did not happen. */
  readonly missing: readonly PackageChange[];
  /** What differs from what was to happen, each in words. */
  readonly differences: readonly string[];
  /** Packages that it left half-done. */
  readonly broken: readonly PackageFact[];
}

export function factOf({ arch, held, installedAt, name, reason, state, version }: InstalledPackage): PackageFact {
  return { name, arch, version, state, mark: reason, held, ...(installedAt === undefined ? {} : { installedAt }) };
}

export interface Meant {
  readonly changes: readonly PackageChange[];
  readonly sets?: readonly PackageSetting[];
}

/** All that is installed, before and after. Marks that the command sets by itself are not looked at. */
export function verdictOf({ changes, sets = [] }: Meant, before: readonly PackageFact[], after: readonly PackageFact[]): Verdict {
  const [was, is] = [byPackage(before), byPackage(after)];
  const missing = changes.filter((change) => !happened(change, ofName(before, change), ofName(after, change)));
  const asked = new Set(changes.flatMap(({ arch, name, toArch = arch }) => [keyOf({ name, arch }), keyOf({ name, arch: toArch })]));
  const others = [...new Set([...was.keys(), ...is.keys()])].filter((key) => !asked.has(key)).sort();
  const besides = others.flatMap((key) => otherwise(was.get(key) ?? [], is.get(key) ?? []));
  const broken = after.filter((fact) => isBroken(fact) && !(was.get(keyOf(fact)) ?? []).some((each) => each.version === fact.version && each.state === fact.state));
  const unset = sets.filter((setting) => !isSet(setting, after));
  const differences = [
    ...missing.map((change) => `${wordsOf(change)} did not happen`), ...unset.map((setting) => `${setting.name} is not ${settingWords(setting)}`), ...besides,
    ...broken.map(({ name, state, version }) => `${name} ${version} is ${state} now`),
  ];
  if (differences.length === 0) return { result: 'done', missing, differences, broken };
  const none = missing.length === changes.length && unset.length === sets.length && besides.length === 0 && broken.length === 0;
  const untouched = none && [...changes, ...sets].every((each) => sameInstances(ofName(before, each), ofName(after, each)));
  return { result: untouched ? 'nothing' : 'part', missing, differences, broken };
}

function isSet({ arch, name, set }: PackageSetting, after: readonly PackageFact[]): boolean {
  const of = after.filter((each) => each.name === name && each.arch === arch && each.state !== 'residual');
  switch (set.kind) {
    case 'mark': return of.some(({ mark }) => mark === set.mark);
    case 'hold': return of.some(({ held }) => held === set.held);
    case 'configured': return of.some((fact) => !isBroken(fact));
  }
}

/** As in 'leaf is not held'. */
export function settingWords({ set }: Pick<PackageSetting, 'set'>): string {
  switch (set.kind) {
    case 'mark': return `marked ${set.mark}`;
    case 'hold': return set.held ? 'held' : 'without a hold';
    case 'configured': return 'configured';
  }
}

/** What the manager still has in its own journal is not done, whatever its database says. */
export function withInterruption(verdict: Verdict, interrupted: string | undefined): Verdict {
  return interrupted === undefined ? verdict : { ...verdict, result: 'part', differences: [...verdict.differences, interrupted] };
}

/** For whoever has to mend what a command left half-done; `mend`: the manager's own command. */
export function mending(mend: string): string {
  return `${mend}; what that leaves broken: drift reconcile --only package-broken; what it had not come to: drift reconcile`;
}

export function isBroken({ state }: Pick<PackageFact, 'state'>): boolean {
  return state !== 'installed' && state !== 'residual';
}

export function keyOf({ arch, name }: Pick<PackageFact, 'name' | 'arch'>): string {
  return `${name}\0${arch}`;
}

function byPackage(facts: readonly PackageFact[]): ReadonlyMap<string, readonly PackageFact[]> {
  return Map.groupBy(facts, keyOf);
}

function ofName(facts: readonly PackageFact[], { name }: Pick<PackageChange, 'name'>): readonly PackageFact[] {
  return facts.filter((fact) => fact.name === name);
}

/** `was`, `is`: all of that name. */
function happened({ arch, change, from, to, toArch = arch }: PackageChange, was: readonly PackageFact[], is: readonly PackageFact[]): boolean {
  const there = (version: string | undefined, of: string): PackageFact | undefined => is.find((each) => each.arch === of && bare(each.version) === bare(version ?? '') && each.state !== 'residual');
  switch (change) {
    case 'install': return there(to, toArch)?.state === 'installed';
    case 'upgrade': case 'downgrade': return there(to, toArch)?.state === 'installed' && there(from, arch) === undefined;
    case 'remove': return there(from, arch) === undefined;
    case 'purge': return !is.some((each) => each.arch === arch && (from === undefined || bare(each.version) === bare(from)));
    case 'reinstall': {
      const now = there(to, toArch);
      const then = was.find((each) => each.arch === arch && bare(each.version) === bare(to ?? ''));
      return now?.state === 'installed' && (then === undefined || isBroken(then) || then.installedAt !== now.installedAt);
    }
  }
}

function otherwise(was: readonly PackageFact[], is: readonly PackageFact[]): readonly string[] {
  const gone = was.filter((each) => !is.some((one) => one.version === each.version));
  const come = is.filter((each) => !was.some((one) => one.version === each.version));
  const changed = is.filter((each) => was.some((one) => one.version === each.version && one.state !== each.state && !isBroken(each)));
  return [
    ...gone.map(({ name, version }) => `${name} ${version} went besides`), ...come.map(({ name, version }) => `${name} ${version} came besides`),
    ...changed.map(({ name, state, version }) => `${name} ${version} is ${state} now`),
  ];
}

function sameInstances(was: readonly PackageFact[], is: readonly PackageFact[]): boolean {
  return was.length === is.length && was.every((each, at) => each.version === is[at]!.version && each.state === is[at]!.state && each.installedAt === is[at]!.installedAt);
}

export function wordsOf({ change, from, name, to }: PackageChange): string {
  return `${change} ${name}${to === undefined ? (from === undefined ? '' : ` ${from}`) : ` ${to}`}`;
}

/** rpm's tools leave an epoch of 0 out, and its database may not. */
function bare(version: string): string {
  return version.replace(/^0:/, '');
}
