// What would miss a stray if it went: launch points that stay, login shells, links and scripts that are allowed, and programs that have it loaded.
import { isWithin, toText, type BytePath } from '../model/bytes.ts';
import type { LaunchPoint } from '../model/launch.ts';
import { append } from '../model/multimap.ts';
import type { ObservedState } from '../model/observed.ts';
import { hasPath, type RunningFile, type RunningProcess } from '../model/runtime.ts';
import type { PlanInput } from './input.ts';

export interface References {
  /** Whether there is anything that could miss it. */
  concerns(path: BytePath): boolean;
  /** Who refers to it and stays: a clause for a person. `going`: paths that the plan takes away. */
  referrer(path: BytePath, going: ReadonlySet<BytePath>): string | undefined;
  /** A process that has it loaded, or its root directory above it, and goes on. */
  loader(path: BytePath, going: ReadonlySet<BytePath>): string | undefined;
}

export function references({ isStray, loginShells, observed }: Pick<PlanInput, 'isStray' | 'loginShells' | 'observed'>): References {
  const points = new Map<BytePath, LaunchPoint[]>();
  for (const point of observed.launches ?? []) {
    // One that is off refers to nothing that works; what only names directories is no reference to a file.
    if (point.enabled === false) continue;
    for (const { directory, exists, path } of point.targets) if (exists && directory !== true && path !== point.path) append(points, path, point);
  }
  const words = new Map<BytePath, string[]>();
  for (const { facts, resolved } of observed.unowned) {
    if (isStray(facts.path)) continue;
    if (resolved !== undefined && resolved.path !== facts.path) append(words, resolved.path, `the link ${toText(facts.path)}, which may stay, leads to it`);
    const interpreter = facts.interpreter?.split(/\s/)[0];
    if (interpreter !== undefined && interpreter !== '') append(words, interpreter, `${toText(facts.path)}, which may stay, is run by it`);
  }
  const loaded = new Map<BytePath, RunningProcess[]>();
  for (const process of observed.runtime?.processes ?? []) for (const library of process.libraries) if (hasPath(library)) append(loaded, library.path, process);
  // To those all that lies in it is what /usr is to others.
  const rooted = observed.runtime?.processes.filter(({ root }) => root !== undefined) ?? [];
  return {
    concerns: (path) => points.has(path) || words.has(path) || loaded.has(path) || loginShells.has(path) || rooted.some(({ root }) => isWithin(path, root!)),
    referrer(path, going) {
      const users = loginShells.get(path);
      if (users !== undefined && users.length > 0) return `it is the login shell of ${users.slice(0, 3).map(toText).join(', ')}${users.length > 3 ? ', …' : ''}`;
      const point = points.get(path)?.find((each) => !going.has(each.path));
      return point === undefined ? words.get(path)?.[0] : `${toText(point.path)} names it${point.when === 'load' ? ' for loading' : ''}`;
    },
    loader(path, going) {
      const staying = ({ exe, script }: RunningProcess): boolean => !runsFrom(exe, going) && !runsFrom(script, going);
      const inside = rooted.find((process) => isWithin(path, process.root!) && staying(process));
      if (inside !== undefined) return `${programOf(inside)} (pid ${inside.pid}) has its root directory in ${toText(inside.root!)}`;
      const holders = loaded.get(path)?.filter(staying) ?? [];
      if (holders.length === 0) return undefined;
      // Where the file that has it loaded goes with it, what runs now keeps its copy and what starts later does without.
      if (points.get(path)?.some((each) => each.when === 'load' && going.has(each.path)) === true) return undefined;
      const first = holders[0]!;
      return `${programOf(first)} (pid ${first.pid}) has it loaded${holders.length > 1 ? `, and ${holders.length - 1} more` : ''}`;
    },
  };
}

function programOf({ comm, exe }: RunningProcess): string {
  return toText(exe === undefined ? comm : exe.path);
}

export function runsFrom(file: RunningFile | undefined, going: ReadonlySet<BytePath>): boolean {
  return file !== undefined && hasPath(file) && going.has(file.path);
}

/** The store of a container, snap or flatpak runtime that holds it. */
export function storeOf(path: BytePath, { stores }: Pick<ObservedState, 'stores'>): string | undefined {
  return stores.find((store) => isWithin(path, store.path))?.runtime;
}
