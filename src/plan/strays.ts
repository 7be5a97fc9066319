// Strays in scope → quarantine, stop, disable; and what of them stays, and why. A stray goes only with everything that would miss it.
import { baseOf, compareBytes, toText, type BytePath } from '../model/bytes.ts';
import type { Finding, Subject } from '../model/finding.ts';
import type { ObservedState, UnownedFile } from '../model/observed.ts';
import type { FileIdentity, Refusal, RefusalReason } from '../model/plan.ts';
import { STEP_ITEMS, type Steps } from '../model/steps.ts';
import { candidatesOf, unitOfLink, whatOf, type Candidate } from './candidates.ts';
import { refusal, type Drafts } from './draft.ts';
import { isLookReason, type PlanInput } from './input.ts';
import type { Protected } from './protected.ts';
import { unitOfPath } from './protected.ts';
import { references, storeOf } from './references.ts';
import { running, type Running } from './running.ts';
import { removals } from './stray-actions.ts';

interface Kept {
  readonly reason: RefusalReason;
  readonly message: string;
  readonly hint?: string;
}

/* Who owns what, and what refers to it. */
const DECISIVE = /(?:^launch-points|\/(?:ownership|database|transaction))$/;
/** A refusal for each is a page nobody reads: of a tree, so many; the rest are counted. */
const TREE_REFUSALS = 20;

export interface StrayPlan extends Drafts {
  /** Findings that it speaks of. */
  readonly answered: ReadonlySet<string>;
}

export function* planStrays(scope: readonly Finding[], input: PlanInput, guard: Protected): Steps<StrayPlan> {
  const { files, findings } = candidatesOf(scope, input);
  const runs = running(input, guard);
  const unsure = blindness(input);
  const kept = new Map<BytePath, Kept>();
  const going = new Map<BytePath, FileIdentity>();
  let at = 0;
  for (const [path, candidate] of [...files].sort(([a], [b]) => compareBytes(a, b))) {
    if (at++ % STEP_ITEMS === 0) yield;
    const stays = unsure ?? staysByItself(candidate, input, guard) ?? staysRunning(path, runs) ?? staysOpen(candidate, input);
    if (stays !== undefined) {
      kept.set(path, stays);
      continue;
    }
    const looked = input.looks.file(path);
    if (!looked.ok) kept.set(path, { reason: isLookReason(looked.error.reason) ? looked.error.reason : 'unreadable', message: looked.error.message });
    else if (!isSame(looked.value, candidate)) kept.set(path, { reason: 'moved', message: 'it changed while the host was read', hint: 'run drift plan again' });
    else going.set(path, looked.value);
  }
  yield* keepWhatIsMissed(files, going, kept, input);
  return { ...removals(files, going, input, runs), refusals: refusalsOf(files, kept), answered: new Set(findings.map(({ id }) => id)) };
}

/** What stays takes what it needs with it, until nothing changes any more. */
function* keepWhatIsMissed(files: ReadonlyMap<BytePath, Candidate>, going: Map<BytePath, FileIdentity>, kept: Map<BytePath, Kept>, input: PlanInput): Steps<void> {
  const refers = references(input);
  const needs = new NeedsOfTheKept();
  for (const [path, stays] of kept) needs.add(files.get(path)!, stays);
  const led = new Set([...files.values()].flatMap(({ file: { facts, resolved } }) => (facts.type === 'link' && resolved !== undefined ? [resolved.path] : [])));
  // Nothing can miss the others, and there may be many.
  const missable = [...going.keys()].filter((path) => refers.concerns(path) || led.has(path) || files.get(path)!.file.facts.launch === 'enablement-link');
  // As the round before left them.
  const paths = new Set(going.keys());
  for (let changed = true; changed;) {
    changed = false;
    yield;
    for (const path of missable) {
      if (!paths.has(path)) continue;
      const referrer = refers.referrer(path, paths);
      const loader = referrer === undefined ? refers.loader(path, paths) : undefined;
      const link = referrer === undefined && loader === undefined ? needs.keptLink(path) : undefined;
      const stays: Kept | undefined = link !== undefined ? link : referrer !== undefined ? { reason: 'referenced', message: referrer, hint: 'take the reference away first, or let one plan take both' }
        : loader === undefined ? needs.linkOf(files.get(path)!) : { reason: 'loaded', message: loader, hint: 'stop that program first' };
      if (stays === undefined) continue;
      going.delete(path);
      kept.set(path, stays);
      needs.add(files.get(path)!, stays);
      changed = true;
    }
    for (const path of missable) if (!going.has(path)) paths.delete(path);
  }
}

/** Asked for each file that would go: a lookup, however many stay. */
class NeedsOfTheKept {
  /** By where a kept link leads; of several links the one that was kept first. */
  readonly #links = new Map<BytePath, { readonly path: BytePath; readonly hint: string | undefined }>();
  /** Kept unit files by the unit's name. */
  readonly #units = new Map<string, BytePath>();

  add({ file: { facts: { launch, path, type }, resolved } }: Candidate, { hint }: Kept): void {
    if (type === 'link' && launch === undefined && resolved !== undefined && !this.#links.has(resolved.path)) this.#links.set(resolved.path, { path, hint });
    const unit = launch === 'systemd-unit' ? unitOfPath(path) : undefined;
    if (unit !== undefined && !this.#units.has(unit)) this.#units.set(unit, path);
  }

  /** A program whose name others use stays as long as the name leads to it. */
  keptLink(path: BytePath): Kept | undefined {
    const link = this.#links.get(path);
    return link === undefined ? undefined : { reason: 'referenced', message: `the link ${toText(link.path)}, which stays, leads to it`, ...(link.hint === undefined ? {} : { hint: link.hint }) };
  }

  /** The link that enables a unit stays with the unit. */
  linkOf({ file: { facts } }: Candidate): Kept | undefined {
    const unit = facts.launch === 'enablement-link' ? this.#units.get(unitOfLink(facts.path)) : undefined;
    return unit === undefined ? undefined : { reason: 'depends-on-refused', message: `it enables ${toText(unit)}, which stays` };
  }
}

function staysByItself({ file }: Candidate, { isStray, observed, ownPid }: PlanInput, guard: Protected): Kept | undefined {
  const { facts } = file;
  const { path } = facts;
  const protectedPath = guard.path(path);
  if (protectedPath !== undefined) return { reason: 'protected', message: protectedPath, hint: 'look at it, and move it away by hand if it has to go' };
  const unit = facts.launch === 'systemd-unit' || facts.launch === 'enablement-link' ? unitOfPath(path) : undefined;
  const runsDrift = unit !== undefined && ownPid !== undefined && observed.runtime?.processes.some((process) => process.pid === ownPid && process.unit === unit) === true;
  const protectedUnit = unit === undefined ? undefined : runsDrift ? 'it runs drift' : guard.unit(unit);
  if (protectedUnit !== undefined) return { reason: 'protected', message: `it is about ${toText(unit!)}, and ${protectedUnit.replace(/^it /, 'that ')}`, hint: 'look at it, and move it away by hand if it has to go' };
  // Packages need the name; whose program it leads to is what has to change.
  if (facts.type === 'link' && facts.target?.startsWith('/etc/alternatives/') === true) return { reason: 'manual', message: 'it is a name of the alternatives system, and others need it', hint: `update-alternatives --config ${toText(baseOf(facts.target))} leads it elsewhere` };
  const personal = personalFile(file, isStray, observed);
  if (personal !== undefined) return personal;
  const store = storeOf(path, observed);
  if (store !== undefined) return { reason: 'container', message: `it lies in the store of ${store}`, hint: `remove it with ${store}'s own tools` };
  if (facts.hardLinkOf !== undefined) return { reason: 'hard-link', message: `it is another name of the packaged ${toText(facts.hardLinkOf)}`, hint: 'remove this name by hand, with rm' };
  if (facts.type === 'directory') return { reason: 'special-file', message: 'it is a directory, and what lies in it is not for moving', hint: 'take its setgid bit or its write permission away' };
  return undefined;
}

/* Settings of the whole system in one file, with lines of many origins. */
const SHARED_FILE = /^\/etc\/(?:profile|bash\.bashrc|bashrc|environment|(?:zsh\/)?z(?:shrc|shenv|profile|login|logout)|csh\.(?:cshrc|login)|ld\.so\.conf|modules|sysctl\.conf|aliases|gitconfig|hosts\.(?:allow|deny)|default\/[^/]+|sysconfig\/[^/]+)$/;

/** Files of many lines that people write themselves: one line may be wrong, and the others are theirs. */
function personalFile({ facts: { launch, path } }: UnownedFile, isStray: PlanInput['isStray'], observed: ObservedState): Kept | undefined {
  if (launch === 'profile' && !path.startsWith('/etc/')) return { reason: 'manual', message: 'it is a start file that its owner writes', hint: 'look at it, and take out what is wrong' };
  if (launch !== undefined && SHARED_FILE.test(path)) return { reason: 'manual', message: 'it is a file of the whole system, and other lines of it are needed', hint: 'look at it, and take out what is wrong' };
  if (launch !== 'cron' || !path.startsWith('/var/spool/')) return undefined;
  const lines = new Map<number, boolean>();
  for (const point of observed.launches ?? []) {
    if (point.path !== path) continue;
    for (const target of point.targets) if (target.line !== undefined) lines.set(target.line, lines.get(target.line) === true || isStray(target.path));
  }
  return [...lines.values()].every((stray) => stray) ? undefined : { reason: 'manual', message: 'it is a crontab that has other lines too', hint: 'take the line out with crontab -e' };
}

function staysRunning(path: BytePath, runs: Running): Kept | undefined {
  for (const process of runs.of(path)) {
    const keeps = runs.keeps(process);
    if (keeps !== undefined) return { ...keeps, ...(keeps.reason === 'login-session' ? { hint: 'log in another way first' } : {}) };
  }
  return undefined;
}

/** Of a tree only: what is one file was named by itself, and a writer keeps the inode that it has. */
function staysOpen({ file, tree }: Candidate, { looks }: PlanInput): Kept | undefined {
  if (tree === undefined || !looks.written(tree).has(file.facts.path)) return undefined;
  return { reason: 'open', message: 'a process has it open for writing', hint: 'stop that process first' };
}

/** A file counts as owned when in doubt (DESIGN §6.2), and as in use where nobody could look. */
function blindness({ observed }: PlanInput): Kept | undefined {
  // Of a single process that may not be looked into the plan has a note: what it runs is not lost when its file moves.
  const blind = observed.coverage.find(({ source, status }) => status === 'failed' ? source === 'runtime/processes' || DECISIVE.test(source) : status === 'partial' && DECISIVE.test(source));
  if (blind === undefined) return undefined;
  return { reason: 'unsure', message: `${blind.source} could not be read as a whole (${blind.problems[0]?.message ?? 'no reason known'})`, hint: 'mend that, or run drift as root' };
}

function isSame(now: FileIdentity, { file: { facts: { stat } } }: Candidate): boolean {
  return now.dev === stat.dev && now.ino === stat.ino && now.size === stat.size && now.mtimeMs === stat.mtimeMs;
}

function refusalsOf(files: ReadonlyMap<BytePath, Candidate>, kept: ReadonlyMap<BytePath, Kept>): readonly Refusal[] {
  const out: Refusal[] = [];
  const inTree = new Map<BytePath, { readonly findings: readonly string[]; count: number }>();
  for (const [path, { hint, message, reason }] of [...kept].sort(([a], [b]) => compareBytes(a, b))) {
    const candidate = files.get(path)!;
    const { findings, tree } = candidate;
    if (tree !== undefined) {
      const seen = inTree.get(tree) ?? { findings, count: 0 };
      inTree.set(tree, seen);
      seen.count++;
      if (seen.count > TREE_REFUSALS) continue;
    }
    out.push(refusal(findings, subjectOf(candidate), reason, message, hint));
  }
  for (const [path, { count, findings }] of inTree) {
    if (count > TREE_REFUSALS) out.push(refusal(findings, { type: 'tree', path }, 'depends-on-refused', `${count - TREE_REFUSALS} more of its files stay, for reasons like these`));
  }
  return out;
}

function subjectOf(candidate: Candidate): Subject {
  const { facts: { path, target } } = candidate.file;
  return whatOf(candidate) === 'file' || whatOf(candidate) === 'tree' ? { type: 'path', path } : { type: 'launch', path, target: target ?? '' };
}
