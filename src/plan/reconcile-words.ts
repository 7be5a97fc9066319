// What a plan does about one finding, in a few words: for reports that are not about the plan.
import { toText } from '../model/bytes.ts';
import type { Finding, FindingKind } from '../model/finding.ts';
import { append } from '../model/multimap.ts';
import type { Action, Refusal } from '../model/plan.ts';
import type { Decided } from './make-plan.ts';

interface ReconcileWords {
  readonly text: string;
  /** Something of it would be done. */
  readonly acts: boolean;
}

const TOLD = 3;

const STRAY_KINDS: ReadonlySet<FindingKind> = new Set(['file-stray', 'tree-stray', 'launch-stray']);

export function isAboutStray({ facts, kind }: Finding): boolean {
  return STRAY_KINDS.has(kind) || facts.alsoKinds?.some((each) => STRAY_KINDS.has(each)) === true;
}

/** The same findings: those of `isTold` say what the plan does, and a stray that it leaves is for a person. */
export function withReconcileWords(findings: readonly Finding[], decided: Pick<Decided, 'actions' | 'refusals'>, isTold: (finding: Finding) => boolean): readonly Finding[] {
  const mine = new Map<string, Action[]>();
  for (const action of decided.actions) if (action.kind !== 'reload-units') for (const id of new Set(action.because)) append(mine, id, action);
  const kept = new Map<string, Refusal[]>();
  for (const refusal of decided.refusals) for (const id of new Set(refusal.findings)) append(kept, id, refusal);
  return findings.map((finding) => {
    const words = isAboutStray(finding) || isTold(finding) ? reconcileWords(finding, mine.get(finding.id) ?? [], kept.get(finding.id) ?? []) : undefined;
    if (words === undefined) return finding;
    return !isTold(finding) ? { ...finding, remedy: words.acts ? finding.remedy : 'manual' } : { ...finding, remedy: words.acts ? 'automatic' : 'manual', evidence: [...finding.evidence, { source: 'reconcile', detail: words.text }] };
  });
}

/** Undefined where the plan does not speak of it. `mine`: what is done because of it. */
function reconcileWords({ subject }: Pick<Finding, 'subject'>, mine: readonly Action[], kept: readonly Refusal[]): ReconcileWords | undefined {
  const own = 'path' in subject ? subject.path : undefined;
  const itself = kept.find((refusal) => own !== undefined && 'path' in refusal.subject && refusal.subject.path === own);
  const done = [stopWords(mine), moveWords(mine, own), comeWords(mine)].filter((each) => each !== undefined);
  if (done.length === 0) {
    const first = itself ?? kept[0];
    return first === undefined ? undefined : { text: `reconcile would leave it: ${first.message}`, acts: false };
  }
  if (itself !== undefined) done.push(`leave it: ${itself.message}`);
  else if (kept.length > 0) done.push(`leave ${kept.length}: ${kept[0]!.message}`);
  return { text: `reconcile would ${done.join(', ')}`, acts: true };
}

/** A unit in which nothing runs is only made sure of. */
function stopWords(actions: readonly Action[]): string | undefined {
  const units = actions.flatMap((action) => (action.kind === 'stop-unit' && (action.processes.length > 0 || !action.unit.endsWith('.service')) ? [action.unit] : []));
  const pids = actions.flatMap((action) => (action.kind === 'stop-process' ? [action.process.pid] : []));
  if (units.length === 1 && pids.length === 0) return 'stop it';
  const told = [...units, ...pids.slice(0, TOLD).map((pid, at) => (at === 0 ? `pid ${pid}` : String(pid))), ...(pids.length > TOLD ? [`${pids.length - TOLD} more`] : [])];
  return told.length === 0 ? undefined : `stop ${told.length === 1 ? told[0] : `${told.slice(0, -1).join(', ')} and ${told.at(-1)}`}`;
}

function moveWords(actions: readonly Action[], own: string | undefined): string | undefined {
  const paths = actions.flatMap((action) => {
    switch (action.kind) {
      case 'quarantine': return action.files.map(({ path }) => path);
      case 'disable-unit': return action.links.map(({ path }) => path);
      case 'repository-remove': return [action.file.path];
      default: return [];
    }
  });
  if (paths.length === 0) return undefined;
  return paths.length === 1 && paths[0] === own ? 'quarantine it' : `quarantine ${paths.length} ${paths.length === 1 ? 'file' : 'files'}`;
}

function comeWords(actions: readonly Action[]): string | undefined {
  const names = actions.flatMap((action) => (action.kind === 'package-install' ? [toText(action.name)] : []));
  return names.length === 0 ? undefined : `install ${names.join(', ')} in its place`;
}
