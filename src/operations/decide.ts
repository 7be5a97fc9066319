// The stories of `drift declare` and `drift allow`: what a person decided, looked at on this host, and written into the manifest.
import { isAbsolute, resolve } from 'node:path';
import { allowDecision, type AllowSubject } from '../drift/decisions/allow-decision.ts';
import type { AllowAsked } from '../drift/decisions/allow-renewal.ts';
import { declareWarnings, plainName } from '../drift/decisions/declare-warnings.ts';
import { managerCalled } from '../managers/registry.ts';
import { parseConstraint, satisfies } from '../manifest/constraint.ts';
import { fromText, type BytePath } from '../model/bytes.ts';
import { typeOfMode } from '../model/file.ts';
import type { AvailablePackage } from '../model/identity.ts';
import type { ManifestEdit } from '../model/manifest-edit.ts';
import { day } from '../model/moment.ts';
import { compilePattern, patternFor } from '../model/pattern.ts';
import type { Progress } from '../model/progress.ts';
import type { DecisionReport } from '../model/recorded.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { ownershipLookup } from '../sweep/ownership-lookup.ts';
import { compareHost, type Compared } from './check.ts';
import { decidingPerson } from './deciding/deciding-person.ts';
import { managerContext } from './manager-context.ts';
import type { TargetOptions } from './options.ts';
import { patternOn } from './observe/path-patterns.ts';
import { recordDecisions, withoutNewManifest } from './deciding/record-decisions.ts';

export interface DeclareOptions extends TargetOptions {
  /** 'NAME' or 'NAME=CONSTRAINT', as typed. */
  readonly packages: readonly string[];
  /** Of this channel; without, of the package manager. */
  readonly channel?: string | undefined;
  readonly printPatch: boolean;
}

export interface AllowOptions extends TargetOptions {
  /** Paths and patterns, as typed. */
  readonly paths: readonly string[];
  readonly asked: AllowAsked;
  readonly printPatch: boolean;
}

export async function runDeclare(options: DeclareOptions, progress: Progress): Promise<Result<DecisionReport>> {
  const edits = options.packages.map((typed) => declareEdit(typed, options.channel));
  const seen = await lookAround(options, false, progress);
  if (!seen.ok) return seen;
  const { compared, warnings } = seen.value;
  // Before anything is looked up: what is no name must not reach a package manager.
  const recorded = recordDecisions(options, edits, { printPatch: options.printPatch, desired: compared?.desired });
  if (!recorded.ok) return recorded;
  const more = compared === undefined || options.channel !== undefined ? [] : await packageWarnings(edits, compared);
  return ok({ recorded: recorded.value, warnings: [...warnings, ...more] });
}

function declareEdit(typed: string, channel: string | undefined): ManifestEdit {
  const at = typed.indexOf('=');
  const name = at < 0 ? typed : typed.slice(0, at);
  const constraint = at < 0 ? 'any' : typed.slice(at + 1).trim();
  return channel === undefined ? { kind: 'package', name, constraint } : { kind: 'channel', channel, name, constraint };
}

async function packageWarnings(edits: readonly ManifestEdit[], compared: Compared): Promise<readonly string[]> {
  const entries = edits.flatMap((edit) => {
    const constraint = edit.kind === 'package' ? parseConstraint(edit.constraint ?? 'any') : undefined;
    if (edit.kind !== 'package' || constraint?.ok !== true) return [];
    return [{ label: edit.name, name: edit.name, constraint: constraint.value, constraintText: edit.constraint ?? 'any', hold: false, declaredAt: { file: '', line: 0, column: 0 } }];
  });
  const { observed: { state: observed }, packages } = compared;
  const available = await availablePackages(compared, entries.map(({ label }) => plainName(label)));
  return entries.flatMap((entry) => declareWarnings(entry, { observed, packages, satisfies, available }));
}

async function availablePackages({ facts, host, observed }: Compared, names: readonly string[]): Promise<readonly AvailablePackage[]> {
  const context = managerContext(host, facts);
  const found: AvailablePackage[] = [];
  for (const { manager } of observed.state.managers) {
    const available = await managerCalled(manager).available(context, { names, paths: [] });
    found.push(...available.value);
  }
  return found;
}

export async function runAllow(options: AllowOptions, progress: Progress): Promise<Result<DecisionReport>> {
  const { until } = options.asked;
  if (until !== undefined && until < day(Date.now())) return fail('bad-until', `${until} is past: the entry would hold on no day`, 'name a day to come, as YYYY-MM-DD');
  const seen = await lookAround(options, true, progress);
  if (!seen.ok) return seen;
  const { compared, warnings } = seen.value;
  if (compared === undefined) return fail('no-host', 'there is no package database here, so that nothing can be said of what no package owns', 'write the entry by hand, or run drift on the host that it is for');
  const { allow, desired, host, observed } = compared;
  let indexes: ReturnType<typeof ownershipLookup> | undefined;
  const context = {
    unowned: observed.state.unowned, stores: observed.state.stores, allow,
    isInUse: (path: BytePath) => observed.state.owners?.get(path)?.length === 0,
    owners: (path: BytePath) => (indexes ??= ownershipLookup(observed.ownership())).owners(path),
    digestOf: (path: BytePath) => host.digest(path, 'sha256'),
  };
  const person = decidingPerson(process.env);
  // That root answers for a file tells nobody whom to ask.
  const asked = person === 'root' ? options.asked : { ...options.asked, person };
  const edits: ManifestEdit[] = [];
  const notes = [...warnings, ...blindSpots(compared)];
  for (const typed of options.paths) {
    const subject = subjectOf(typed, compared);
    const decided = subject.ok ? allowDecision(subject.value, asked, context) : subject;
    if (!decided.ok) return decided;
    edits.push(decided.value.edit);
    notes.push(...decided.value.warnings);
  }
  const recorded = recordDecisions(options, edits, { printPatch: options.printPatch, desired });
  return recorded.ok ? ok({ recorded: recorded.value, warnings: notes }) : recorded;
}

/** A name that is there means itself, whatever signs are in it; a directory means what is below it. */
function subjectOf(typed: string, { host }: Compared): Result<AllowSubject> {
  if (!host.live && !isAbsolute(typed)) return fail('bad-path', `${typed} is not absolute`, 'name it as it is seen inside --root');
  const text = resolve('/', host.live ? resolve(typed) : typed);
  const shown = fromText(text);
  const real = host.realParent(shown);
  const stat = real.ok ? host.lstat(real.value) : real;
  if (!stat.ok) {
    if (stat.error.reason !== 'ENOENT' && stat.error.reason !== 'ENOTDIR') return fail('bad-path', `${text} cannot be looked at: ${stat.error.message}`, 'run drift as root');
    return /[*?[\\]/.test(text) ? patternSubject(text, host) : ok({ kind: 'path', path: shown, shown, type: undefined });
  }
  const type = typeOfMode(stat.value.mode);
  if (type === 'directory') return patternSubject(`${patternFor(shown)}${shown === '/' ? '' : '/'}**`, host);
  return ok({ kind: 'path', path: real.ok ? real.value : shown, shown, type });
}

function patternSubject(text: string, host: Compared['host']): Result<AllowSubject> {
  const compiled = compilePattern(text);
  if (!compiled.ok) return fail('bad-path', compiled.error.message, compiled.error.hint);
  return ok({ kind: 'pattern', text, pattern: patternOn(host, text) });
}

/** What was not looked at may need a digest all the same. */
function blindSpots({ observed: { state } }: Compared): readonly string[] {
  const blind = state.coverage.filter(({ status }) => status !== 'complete').map(({ source }) => source);
  return blind.length === 0 ? [] : [`could not be read completely: ${blind.join(', ')}; an entry may lack a digest that it needs`];
}

interface Surroundings {
  /** Undefined: no package database is here. */
  readonly compared: Compared | undefined;
  readonly warnings: readonly string[];
}

/** The manifest may not be there yet, or be for other hosts: that is no reason not to write into it. */
async function lookAround(options: TargetOptions, sweep: boolean, progress: Progress): Promise<Result<Surroundings>> {
  const there = withoutNewManifest(options);
  if (!there.ok) return there;
  const looking = { verify: false, sweep };
  const compared = await compareHost(there.value, looking, progress);
  if (compared.ok) return ok({ compared: compared.value, warnings: [] });
  if (compared.error.reason === 'no-host') return ok({ compared: undefined, warnings: ['there is no package database here, so that the names were not looked up'] });
  if (compared.error.reason !== 'manifest-not-for-this-host') return compared;
  const alone = await compareHost({ ...options, manifestFiles: [], explicitManifest: true }, looking, progress);
  return alone.ok ? ok({ compared: alone.value, warnings: ['the manifest is for other hosts; what is said here is of this one'] }) : alone;
}
