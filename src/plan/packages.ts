// Findings about packages → what the manager is to do. What it would really do is simulated afterwards, by whoever asked for the plan.
import type { Finding, FindingKind, Subject } from '../model/finding.ts';
import type { DeclaredPackage } from '../model/manifest.ts';
import type { ManagerObservation } from '../model/observed.ts';
import type { InstalledPackage } from '../model/package.ts';
import { packageLabel } from '../model/package.ts';
import type { PackageCommands } from '../model/package-commands.ts';
import type { Refusal } from '../model/plan.ts';
import { refusal, type Draft, type Drafts } from './draft.ts';
import type { Candidate, PlanInput } from './input.ts';
import type { Protected } from './protected.ts';
import { isAskedFor, kindsOf } from './scope.ts';

type PackageSubject = Subject & { readonly type: 'package' };

/** All that one finding needs. */
interface Case {
  readonly finding: Finding;
  readonly subject: PackageSubject;
  readonly manager: ManagerObservation;
  readonly commands: PackageCommands;
  readonly installed: InstalledPackage | undefined;
  readonly input: PlanInput;
  readonly guard: Protected;
}

type Answer = Draft | Refusal;

/* The first that applies decides: what goes needs no other version, no mark and no hold. */
const ORDER: readonly FindingKind[] = [
  'package-forbidden', 'package-broken', 'package-extra', 'package-orphan', 'package-missing', 'package-version', 'package-hold', 'package-mark', 'package-residual', 'package-foreign',
];
const TOGETHER: ReadonlySet<FindingKind> = new Set(['package-version', 'package-hold', 'package-mark']);

/** `adopted`: ids of missing ones that come with a stray of theirs, whether the policy names them or not. */
export function planPackages(scope: readonly Finding[], input: PlanInput, guard: Protected, adopted: ReadonlySet<string>): Drafts {
  const answers = scope.flatMap((finding) => (finding.subject.type === 'package' ? planOne(finding, finding.subject, input, guard, adopted.has(finding.id)) : []));
  return { drafts: answers.filter((each): each is Draft => 'stage' in each), refusals: answers.filter((each): each is Refusal => !('stage' in each)) };
}

function planOne(finding: Finding, subject: PackageSubject, input: PlanInput, guard: Protected, adopted: boolean): readonly Answer[] {
  const manager = input.observed.managers.find((each) => each.manager === subject.manager);
  const commands = input.commands.get(subject.manager);
  const unread = input.observed.coverage.find(({ source, status }) => status !== 'complete' && [`${subject.manager}/inventory`, `${subject.manager}/database`, `${subject.manager}/transaction`].includes(source));
  if (manager?.usable !== true || commands === undefined || unread !== undefined) {
    return [refusal([finding.id], subject, 'unsure', `the package database could not be read as a whole (${unread?.problems[0]?.message ?? subject.manager})`, 'mend that first')];
  }
  const installed = manager.packages.find((each) => each.name === subject.name && each.arch === subject.arch && each.version === subject.version);
  const unsafe = commands.unsafe({ name: subject.name, arch: subject.arch, ...(subject.version === '' ? {} : { from: subject.version }) });
  if (unsafe !== undefined) return [refusal([finding.id], subject, 'unsafe-name', unsafe)];
  const kinds = ORDER.filter((kind) => kindsOf(finding).includes(kind) && (isAskedFor(finding, kind, input) || (adopted && kind === 'package-missing')));
  const decided = kinds[0] !== undefined && TOGETHER.has(kinds[0]) ? kinds.filter((kind) => TOGETHER.has(kind)) : kinds.slice(0, 1);
  return decided.map((kind) => answer(kind, { finding, subject, manager, commands, installed, input, guard }));
}

function answer(kind: FindingKind, one: Case): Answer {
  const { commands, finding, installed, subject } = one;
  switch (kind) {
    case 'package-forbidden': case 'package-extra': case 'package-orphan': return removed(one, false);
    case 'package-residual': return removed(one, true);
    case 'package-missing': return install(one);
    case 'package-version': return setVersion(one);
    case 'package-broken': return repaired(one);
    case 'package-hold': {
      const hold = finding.facts['wanted'] === true;
      return state(one, hold ? 'package-hold' : 'package-unhold', commands.hold(subject, hold), `drift undo ${hold ? 'takes the hold away' : 'holds it'} again`);
    }
    case 'package-mark': {
      const argv = commands.mark(subject, 'manual');
      if (argv === undefined) return noCommand(one);
      return { stage: 'states', action: { kind: 'package-mark', ...nameOf(one), mark: 'manual', was: installed?.reason ?? 'unknown', argv, because: [finding.id], risk: 'low', undo: 'drift undo sets the mark as it was' } };
    }
    default: return refusal([finding.id], subject, 'manual', 'no repository vouches for it, and whether it stays is for a person to say', 'declare it absent, or add the repository that it comes from');
  }
}

function nameOf({ subject: { arch, manager, name } }: Case): { readonly manager: string; readonly name: string; readonly arch: string } {
  return { manager, name, arch };
}

function noCommand({ finding, subject }: Case): Refusal {
  return refusal([finding.id], subject, 'manual', `${subject.manager} has no command for it`);
}

function removed(one: Case, purge: boolean): Answer {
  const { finding, guard, installed, subject } = one;
  if (installed === undefined) return refusal([finding.id], subject, 'moved', 'it is not installed any more', 'run drift plan again');
  const why = guard.package(installed);
  if (why !== undefined && !purge) return refusal([finding.id], subject, 'protected', why, 'what is protected is removed by hand');
  const back = installed.origins === undefined || installed.origins.length === 0 ? 'no repository has this version any more: what comes back may be another' : 'drift undo installs it again from its repository; what its scripts did is not undone';
  return {
    stage: 'packages',
    action: {
      kind: 'package-remove', ...nameOf(one), version: subject.version, purge, because: [finding.id], risk: purge || back.startsWith('no ') ? 'high' : 'medium',
      undo: purge ? 'its configuration is deleted: drift undo cannot bring it back' : back,
    },
  };
}

function declaredFor({ finding: { declaredAt }, input: { desired } }: Case): DeclaredPackage | undefined {
  return desired?.packages?.find((each) => each.declaredAt.file === declaredAt?.file && each.declaredAt.line === declaredAt.line && each.declaredAt.column === declaredAt.column);
}

function install(one: Case): Answer {
  const { commands, finding, input, manager, subject } = one;
  const declared = declaredFor(one);
  const offers = offersOf(one, subject.arch === '' ? input.observed.host.arch : subject.arch);
  const [newest] = offers;
  if (newest === undefined) return refusal([finding.id], subject, 'not-available', 'no configured repository has it', 'add the repository that has it, or update the lists of packages');
  const found = offers.find(({ version }) => declared === undefined || input.satisfies(declared.constraint, version, manager.versions).ok);
  if (found === undefined) return refusal([finding.id], subject, 'not-available', `the newest version of the repositories is ${newest.version}, and the manifest wants ${declared!.constraintText}`);
  const unsafe = commands.unsafe({ name: found.name, arch: found.arch, to: found.version });
  if (unsafe !== undefined) return refusal([finding.id], subject, 'unsafe-name', unsafe);
  return { stage: 'packages', action: { kind: 'package-install', manager: subject.manager, name: found.name, arch: found.arch, version: found.version, because: [finding.id], risk: 'medium', undo: 'drift undo removes it, and what came with it' } };
}

/** Of repositories, in this architecture or none, the newest first. */
function offersOf({ input: { candidates }, manager: { versions }, subject: { manager, name } }: Case, arch: string): readonly Candidate[] {
  return candidates.filter((each) => each.manager === manager && each.name === name && (arch === '' || each.arch === arch || isAnyArch(each.arch))).sort((a, b) => versions.compare(b.version, a.version));
}

function isAnyArch(arch: string): boolean {
  return arch === 'all' || arch === 'noarch';
}

function setVersion(one: Case): Answer {
  const { commands, finding, input, installed, manager, subject } = one;
  const declared = declaredFor(one);
  if (installed === undefined || declared === undefined || finding.facts['applied'] === false) return refusal([finding.id], subject, 'manual', 'what version it should have cannot be told from the manifest', 'write the constraint in the order of the package manager');
  const offers = offersOf(one, isAnyArch(subject.arch) ? input.observed.host.arch : subject.arch);
  const found = offers.find(({ version }) => input.satisfies(declared.constraint, version, manager.versions).ok);
  if (found === undefined) return refusal([finding.id], subject, 'not-available', `no version in the repositories is ${declared.constraintText}${offers[0] === undefined ? '' : ` (the newest is ${offers[0].version})`}`);
  const to = found.version;
  const unsafe = commands.unsafe({ name: subject.name, arch: found.arch, to });
  if (unsafe !== undefined) return refusal([finding.id], subject, 'unsafe-name', unsafe);
  if (standsBeside(installed, manager)) {
    return { stage: 'packages', action: { kind: 'package-install', ...nameOf(one), arch: found.arch, version: to, because: [finding.id], risk: 'medium', undo: 'drift undo removes it again; the versions beside it stay' } };
  }
  const order = manager.versions.compareToBound(installed.version, to);
  if (order === 0) return refusal([finding.id], subject, 'manual', `${installed.version} is installed, and it is not told from ${to}`);
  const direction = order > 0 ? 'downgrade' : 'upgrade';
  if (direction === 'downgrade' && !input.options.allowDowngrade) {
    return refusal([finding.id], subject, 'downgrade', `from ${installed.version} back to ${to}: packages are not made to be taken back`, 'change the manifest, or plan with --allow-downgrade');
  }
  return {
    stage: 'packages',
    action: { kind: 'package-set-version', ...nameOf(one), from: installed.version, to, ...(found.arch === installed.arch ? {} : { toArch: found.arch }), direction, because: [finding.id], risk: direction === 'downgrade' ? 'high' : 'medium', undo: `drift undo puts ${installed.version} back where a repository or the cache still has it` },
  };
}

/** Kernels and the like: a new version comes beside the others (dnf.conf(5), installonlypkgs). */
function standsBeside({ arch, name, provides }: InstalledPackage, { packages }: ManagerObservation): boolean {
  return provides.some((each) => each.name.startsWith('installonlypkg(')) || packages.filter((each) => each.name === name && each.arch === arch).length > 1;
}

function repaired(one: Case): Answer {
  const { commands, finding, installed, subject } = one;
  if (installed === undefined || installed.state === 'damaged') return refusal([finding.id], subject, 'manual', 'its entry in the database is damaged', 'restore the database from its backup');
  if (installed.state === 'half-installed' || installed.reinstRequired === true) return reinstalled([finding.id], subject, installed);
  return state(one, 'package-configure', commands.configure(subject), 'what its scripts did is not undone');
}

/** Of the version that is there, and of no other. */
function reinstalled(because: readonly string[], subject: Subject, installed: InstalledPackage): Answer {
  if (installed.origins === undefined || installed.origins.length === 0) return refusal(because, subject, 'not-available', `no configured repository has ${packageLabel(installed)}`, 'update the lists of packages, or bring the package in another way');
  const { arch, manager, name, version } = installed;
  return { stage: 'packages', action: { kind: 'package-reinstall', manager, name, arch, version, files: [], because, risk: 'medium', undo: 'what it replaced is kept with the run, and drift undo puts it back' } };
}

function state(one: Case, kind: 'package-configure' | 'package-hold' | 'package-unhold', argv: readonly string[] | undefined, undo: string): Answer {
  if (argv === undefined) return noCommand(one);
  return { stage: kind === 'package-configure' ? 'configure' : 'states', action: { kind, ...nameOf(one), argv, because: [one.finding.id], risk: kind === 'package-configure' ? 'medium' : 'low', undo } };
}
