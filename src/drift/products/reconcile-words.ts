// What `drift reconcile` would do about one thing, in words and as a remedy: the plan refuses what a packaged file still starts.
import { baseOf, toText, type BytePath } from '../../model/bytes.ts';
import type { FactValue, Finding, FindingKind } from '../../model/finding.ts';
import type { LaunchPoint } from '../../model/launch.ts';
import type { RunningProcess } from '../../model/runtime.ts';
import type { Standings } from '../files/standing.ts';
import type { Start } from '../running/in-use.ts';
import { isStrayFile } from '../running/launches.ts';
import { unitOf } from '../running/process-words.ts';
import { listText } from './list-text.ts';

export interface Involved {
  /** The leading finding and those that go with it. */
  readonly all: readonly Finding[];
  readonly runs: readonly RunningProcess[];
  readonly starts: readonly Start[];
  readonly standings: Standings;
}

const TOLD = 3;
/** Of files that a package owns: they stay where they are. */
const OWNED_KINDS: ReadonlySet<FindingKind> = new Set(['file-modified', 'file-mode', 'file-missing']);

/** Packaged files that were edited and now start it. */
export function editedStarts({ all, starts }: Pick<Involved, 'all' | 'starts'>): BytePath[] {
  return all.flatMap(({ facts, kind, subject }) => {
    const edited = kind === 'file-modified' || facts.alsoKinds?.includes('file-modified') === true;
    return edited && (subject.type === 'path' || subject.type === 'launch') && starts.some(({ point }) => point.path === subject.path) ? [subject.path] : [];
  });
}

/** Tables and units that somebody has to edit first. */
function keptStarts(involved: Involved): BytePath[] {
  const { all, standings } = involved;
  const kept = [...all.flatMap(({ subject }) => (subject.type === 'launch' && !isStrayFile(subject.path, standings) ? [subject.path] : [])), ...editedStarts(involved)];
  return [...new Set(kept)];
}

export function remedyOf(lead: Finding, involved: Involved): Finding['remedy'] {
  return keptStarts(involved).length > 0 ? 'manual' : lead.remedy;
}

export function reconcileText(involved: Involved): string | undefined {
  const { all, runs, starts } = involved;
  const [kept] = keptStarts(involved);
  if (kept !== undefined) return `reconcile would leave it while ${toText(kept)} starts it`;
  const moving = all.filter(({ facts, kind, subject }) => ((subject.type === 'path' && !OWNED_KINDS.has(kind)) || subject.type === 'launch') && packagedName(facts) === undefined);
  const files = new Set(moving.flatMap(({ facts, subject }) => ('path' in subject ? [subject.path, ...enabledBy(facts)] : [])));
  const tree = all.find(({ subject }) => subject.type === 'tree');
  if (files.size === 0 && tree === undefined) {
    const linked = all.map(({ facts }) => packagedName(facts)).find((path) => path !== undefined);
    return linked === undefined ? undefined : `reconcile would leave it: it is another name of the packaged ${toText(linked)}`;
  }
  const units = [...new Set([...runs.map(unitOf).filter((unit) => unit !== undefined), ...starts.filter(({ point }) => isUnit(point)).map(({ point }) => toText(point.name))])];
  const stoppable = units.filter((unit) => starts.some(({ point }) => point.name === unit));
  const moved = tree !== undefined ? `${toText((tree.subject as { readonly path: BytePath }).path)}/` : files.size === 1 ? 'it' : `${files.size} files`;
  if (stoppable.length > 0) return `reconcile would stop ${stoppable.length === 1 ? 'it' : listText(stoppable, TOLD)}, quarantine ${moved}`;
  const goesOn = runs.length === 0 ? '' : `, leave pid ${runs.slice(0, TOLD).map(({ pid }) => pid).join(', ')}${runs.length > TOLD ? ', …' : ''} running`;
  return `reconcile would quarantine ${moved}${goesOn}`;
}

/** A drop-in belongs to a unit that goes on without it, and an environment is none. */
function isUnit({ kind, name, path }: LaunchPoint): boolean {
  return kind === 'systemd-unit' && name === baseOf(path);
}

/** A rename would take the packaged file's own inode along. */
function packagedName(facts: Finding['facts']): BytePath | undefined {
  const linked = facts['hardLinkOf'];
  return typeof linked === 'object' && linked !== null && 'path' in linked && typeof linked['path'] === 'string' ? linked['path'] : undefined;
}

function enabledBy(facts: Finding['facts']): string[] {
  const links = facts['enabledBy'];
  return Array.isArray(links) ? links.flatMap((link: FactValue) => (typeof link === 'object' && link !== null && 'path' in link && typeof link['path'] === 'string' ? [link['path']] : [])) : [];
}
