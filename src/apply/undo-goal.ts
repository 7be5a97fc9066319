// What would take one command of a package manager back, from what was installed before it, what it left, and what is installed now. What came since is not overwritten.
import type { NotPutBack, PackageFact, RanCommand } from '../model/package-journal.ts';
import type { PackageChange } from '../model/plan.ts';
import { isBroken } from './verdict.ts';

export interface UndoGoal {
  readonly changes: readonly PackageChange[];
  /** Of instances that are there once the changes are done. */
  readonly marks: readonly PackageFact[];
  readonly holds: readonly PackageFact[];
  /** What cannot be put back. */
  readonly left: readonly NotPutBack[];
}

/** `now`: all that is installed. `commands`: of the whole run, an undo that was cut off among them. */
export function undoGoal({ after, ran }: RanCommand, now: readonly PackageFact[], commands: readonly RanCommand[] = []): UndoGoal {
  const begun = new Set(commands.filter((each) => each.ran.undoes === ran.command).flatMap((each) => each.ran.changes.map(({ name }) => name)));
  const changes: PackageChange[] = [];
  const marks: PackageFact[] = [];
  const holds: PackageFact[] = [];
  const left: NotPutBack[] = [];
  for (const name of [...new Set([...ran.before, ...after, ...ran.changes].map((each) => each.name))].sort()) {
    const of = (facts: readonly PackageFact[]): readonly PackageFact[] => facts.filter((each) => each.name === name && each.state !== 'residual');
    const [was, made, is] = [of(ran.before), of(after), of(now)];
    const back = sameVersions(was, is) ? [] : sameVersions(made, is) ? backOf(name, was, is, ran.changes) : undefined;
    if (back === undefined) {
      left.push({ name, message: `${name} was changed since (${versions(is)}, and not ${versions(made)}): it stays as it is` });
      continue;
    }
    changes.push(...back);
    if (is.some(isBroken)) left.push({ name, message: `${name} is ${is.find(isBroken)!.state}` });
    for (const fact of was) {
      const there = is.find((each) => same(each, fact));
      const leftAs = made.find((each) => same(each, fact));
      // A package that comes back is marked as whoever asks for it by name has it marked.
      const ours = there === undefined || leftAs === undefined;
      const comes = back.length > 0 || begun.has(name);
      if (fact.mark !== 'unknown' && (ours ? comes : there.mark === leftAs.mark && leftAs.mark !== fact.mark)) marks.push(fact);
      if (ours ? fact.held && comes : there.held === leftAs.held && leftAs.held !== fact.held) holds.push(fact);
    }
    left.push(...lost(name, ran));
  }
  return { changes, marks, holds, left };
}

/** Instances of one name. Several versions of it may stand side by side. */
function backOf(name: string, was: readonly PackageFact[], is: readonly PackageFact[], ran: readonly PackageChange[]): readonly PackageChange[] {
  const goes = is.filter((each) => !was.some((one) => same(one, each)));
  const comes = was.filter((each) => !is.some((one) => same(one, each)));
  const changes: PackageChange[] = [];
  for (const { arch, version } of comes) {
    // Only where one took the place of the other.
    const at = is.length !== was.length ? -1 : Math.max(goes.findIndex((each) => each.arch === arch), goes.length === 1 ? 0 : -1);
    const [other] = at < 0 ? [] : goes.splice(at, 1);
    if (other === undefined) {
      changes.push({ change: 'install', name, arch, to: version });
      continue;
    }
    const done = ran.find((each) => each.name === name && each.arch === arch)?.change;
    changes.push({ change: done === 'downgrade' ? 'upgrade' : 'downgrade', name, arch: other.arch, ...(other.arch === arch ? {} : { toArch: arch }), from: other.version, to: version });
  }
  return [...changes, ...goes.map(({ arch, version }): PackageChange => ({ change: 'remove', name, arch, from: version }))];
}

/** What the command did that nothing takes back. */
function lost(name: string, { before, changes }: RanCommand['ran']): readonly NotPutBack[] {
  const purged = changes.find((each) => each.name === name && each.change === 'purge');
  if (purged !== undefined) return [{ name, message: `the configuration of ${name} was purged, and is not kept` }];
  const half = before.find((each) => each.name === name && isBroken(each));
  return half === undefined ? [] : [{ name, message: `${name} was ${half.state}, and is not made so again` }];
}

function same(a: Pick<PackageFact, 'arch' | 'version'>, b: Pick<PackageFact, 'arch' | 'version'>): boolean {
  return a.arch === b.arch && a.version === b.version;
}

function sameVersions(a: readonly PackageFact[], b: readonly PackageFact[]): boolean {
  return a.length === b.length && a.every((each) => b.some((one) => same(one, each)));
}

function versions(facts: readonly PackageFact[]): string {
  return facts.length === 0 ? 'not installed' : facts.map(({ version }) => version).sort().join(', ');
}
