// Strays that go → actions: what starts them first, then what runs them, then the files; trees as one.
import { compareBytes, toText, type BytePath } from '../model/bytes.ts';
import { append } from '../model/multimap.ts';
import type { FileIdentity, LeftBehind, ProcessIdentity } from '../model/plan.ts';
import type { RunningProcess } from '../model/runtime.ts';
import { unitOfLink, whatOf, type Candidate } from './candidates.ts';
import type { Draft } from './draft.ts';
import type { PlanInput } from './input.ts';
import { processIdentity, type Running } from './running.ts';

const SYSTEM_UNIT = /^\/(?:etc|run|lib|usr\/lib|usr\/local\/lib)\/systemd\/system(?:\.control|\.attached)?\/([^/]+)$/;
/* systemd.unit(5): what a unit's name is made of; a template without an instance cannot be stopped. */
const STOPPABLE = /^[A-Za-z0-9:_.\\@-]+\.(?:service|socket|timer|path)$/;
const UNDO_MOVE = 'drift undo moves it back, byte for byte, with its owner, mode and times';

export function removals(files: ReadonlyMap<BytePath, Candidate>, going: ReadonlyMap<BytePath, FileIdentity>, input: PlanInput, runs: Running): { readonly drafts: readonly Draft[] } {
  const chosen = [...going.keys()].sort(compareBytes).map((path) => files.get(path)!);
  const drafts = [...launchPoints(chosen, going), ...stops(chosen, input, runs), ...plainFiles(chosen, going), ...trees(chosen, files, going, input)];
  const units = drafts.filter(({ action }) => action.kind === 'disable-unit' || (action.kind === 'quarantine' && action.what === 'unit'));
  if (input.systemctl === undefined || units.length === 0) return { drafts };
  const because = [...new Set(units.flatMap(({ action }) => action.because))];
  return { drafts: [...drafts, { stage: 'reload', action: { kind: 'reload-units', because, risk: 'low', undo: 'units are read again after the undo too', argv: [input.systemctl, 'daemon-reload'] } }] };
}

function launchPoints(chosen: readonly Candidate[], going: ReadonlyMap<BytePath, FileIdentity>): Draft[] {
  const links = new Map<string, Candidate[]>();
  for (const candidate of chosen) if (whatOf(candidate) === 'link') append(links, unitOfLink(candidate.file.facts.path), candidate);
  const drafts: Draft[] = [...links].map(([unit, each]) => ({
    stage: 'launch',
    action: {
      kind: 'disable-unit', unit: toText(unit), links: each.map(({ file }) => going.get(file.facts.path)!), because: becauseOf(each), risk: 'low',
      undo: `drift undo puts the ${each.length === 1 ? 'link' : 'links'} back, so that it is enabled as it was`,
    },
  }));
  for (const candidate of chosen) {
    const what = whatOf(candidate);
    if (what !== 'launch' && what !== 'unit') continue;
    drafts.push(move(candidate, what, going, 'launch'));
  }
  return drafts;
}

function plainFiles(chosen: readonly Candidate[], going: ReadonlyMap<BytePath, FileIdentity>): Draft[] {
  return chosen.filter((candidate) => whatOf(candidate) === 'file').map((candidate) => move(candidate, 'file', going, 'quarantine'));
}

function move(candidate: Candidate, what: 'file' | 'launch' | 'unit', going: ReadonlyMap<BytePath, FileIdentity>, stage: 'launch' | 'quarantine'): Draft {
  const { file: { facts: { path } }, findings } = candidate;
  const identity = going.get(path)!;
  // Another name of the same content stays behind, wherever it is.
  const risk = identity.nlink > 1 && identity.type === 'file' ? 'medium' : 'low';
  return { stage, action: { kind: 'quarantine', what, path, files: [identity], left: [], leftMore: 0, because: findings, risk, undo: UNDO_MOVE } };
}

/** Launch points of a tree go as launch points; the rest of its code is one action. */
function trees(chosen: readonly Candidate[], files: ReadonlyMap<BytePath, Candidate>, going: ReadonlyMap<BytePath, FileIdentity>, { looks }: PlanInput): Draft[] {
  const byTree = new Map<BytePath, Candidate[]>();
  for (const candidate of chosen) if (candidate.tree !== undefined && whatOf(candidate) === 'tree') append(byTree, candidate.tree, candidate);
  const moved = new Set(going.keys());
  return [...byTree].sort(([a], [b]) => compareBytes(a, b)).map(([path, members]): Draft => {
    const { left, leftMore } = looks.tree(path, moved);
    const written = looks.written(path);
    const why = ({ path: each, why: first }: LeftBehind): LeftBehind['why'] => (written.has(each) ? 'open' : files.has(each) && !moved.has(each) ? 'refused' : first);
    return {
      stage: 'quarantine',
      action: {
        kind: 'quarantine', what: 'tree', path, files: members.map(({ file }) => going.get(file.facts.path)!), left: left.map((each) => ({ path: each.path, why: why(each) })), leftMore,
        because: becauseOf(members), risk: 'medium', undo: 'drift undo moves each file back, byte for byte, with its owner, mode and times',
      },
    };
  });
}

/** A unit is stopped where it goes itself, or where nothing else runs in it; else the processes are, one by one. */
function stops(chosen: readonly Candidate[], { systemctl }: PlanInput, runs: Running): Draft[] {
  const paths = new Set(chosen.map(({ file }) => file.facts.path));
  const because = new Map<string, string[]>();
  const note = (key: string, ids: readonly string[]): void => ids.forEach((id) => append(because, key, id));
  const units = new Set<string>();
  const processes = new Map<number, RunningProcess>();
  for (const { file: { facts: { path } }, findings } of chosen) {
    const own = systemctl === undefined ? undefined : stoppableUnit(path);
    if (own !== undefined) {
      units.add(own);
      note(own, findings);
    }
    for (const process of runs.of(path)) {
      const unit = systemctl !== undefined && process.userUnit === undefined && process.unit !== undefined && STOPPABLE.test(process.unit) && runs.inUnit(process.unit).every((each) => isGoing(each, paths)) ? process.unit : undefined;
      if (unit === undefined) processes.set(process.pid, process);
      else units.add(unit);
      note(unit ?? String(process.pid), findings);
    }
  }
  // What would start a service again is stopped before it.
  const order = [...units].sort((a, b) => Number(a.endsWith('.service')) - Number(b.endsWith('.service')) || compareBytes(a, b));
  const drafts: Draft[] = order.map((unit) => ({
    stage: 'stop',
    action: {
      kind: 'stop-unit', unit, argv: [systemctl!, 'stop', '--', unit], processes: identities(runs.inUnit(unit)), because: [...new Set(because.get(unit))], risk: runs.inUnit(unit).length === 0 ? 'low' : 'medium',
      undo: 'drift undo --start starts it again',
    },
  }));
  for (const process of [...processes.values()].sort((a, b) => a.pid - b.pid)) {
    if (process.unit !== undefined && units.has(process.unit)) continue;
    const identity = processIdentity(process);
    if (identity === undefined) continue;
    drafts.push({ stage: 'stop', action: { kind: 'stop-process', process: identity, because: [...new Set(because.get(String(process.pid)))], risk: 'medium', undo: 'it is not started again: what it held in memory is lost' } });
  }
  return drafts;
}

function stoppableUnit(path: BytePath): string | undefined {
  const name = SYSTEM_UNIT.exec(path)?.[1];
  return name === undefined || !STOPPABLE.test(name) || /@\.[a-z]+$/.test(name) ? undefined : name;
}

function isGoing({ exe, script }: RunningProcess, paths: ReadonlySet<BytePath>): boolean {
  return (exe !== undefined && paths.has(exe.path)) || (script !== undefined && paths.has(script.path));
}

function identities(processes: readonly RunningProcess[]): readonly ProcessIdentity[] {
  return processes.map(processIdentity).filter((each) => each !== undefined);
}

function becauseOf(candidates: readonly Candidate[]): readonly string[] {
  return [...new Set(candidates.flatMap(({ findings }) => findings))];
}
