// How far a command of a package manager came: by its database, by its own journal, and, where it was cut off, by the files of what it was to remove.
import type { PackageFact } from '../model/package-journal.ts';
import type { PackageWork } from '../model/package-work.ts';
import { verdictOf, withInterruption, type Meant, type Verdict } from './verdict.ts';

/** `cutOff`: it did not end by itself. rpm takes the files of a package away first, and then forgets it: in between its database knows of nothing. */
export async function judgeCommand(work: PackageWork, manager: string, meant: Meant, before: readonly PackageFact[], after: readonly PackageFact[], cutOff: boolean): Promise<Verdict> {
  const verdict = withInterruption(verdictOf(meant, before, after), work.interrupted(manager)?.message);
  const going = cutOff ? verdict.missing.filter(({ change }) => change === 'remove' || change === 'purge') : [];
  const here = after.filter(({ arch, name, state }) => state === 'installed' && going.some((change) => change.name === name && change.arch === arch));
  if (here.length === 0) return verdict;
  const gone = await work.lacking(manager, here);
  return gone.length === 0 ? verdict : { ...verdict, result: 'part', differences: [...verdict.differences, ...gone] };
}
