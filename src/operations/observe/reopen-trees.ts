// Walks trees again of which the first walk opened too little to say what is in them.
import type { Host } from '../../host/host.ts';
import { compareBytes } from '../../model/bytes.ts';
import type { Coverage } from '../../model/coverage.ts';
import type { Pattern } from '../../model/pattern.ts';
import { treesToReopen } from '../../sweep/judge.ts';
import { unopenedText } from '../../sweep/walk-result.ts';
import { createScan, type ScanOptions, type ScanResult } from '../scan/scan.ts';

/** Trees whose code files all turned out to be proved or allowed are walked again, because data files in them were not opened. */
export async function withReopenedTrees(host: Host, first: ScanResult, asked: ScanOptions, allow: readonly Pattern[]): Promise<ScanResult> {
  const again = treesToReopen(first, first.unowned, (file) => file.proof === undefined && !allow.some((pattern) => pattern.matches(file.facts.path)))
    // Where an entry covers the whole tree it covers the data in it too.
    .filter(({ path }) => !allow.some((pattern) => pattern.matchesAllBelow(path)));
  if (again.length === 0) return first;
  const trees = new Set(again.map(({ path }) => path));
  const scan = createScan(host);
  const second = await scan.run({ ...asked, verify: 'none', inventory: false, allow: [], again }).finally(() => scan.stop());
  const lost = second.coverage.filter(({ status }) => status !== 'complete');
  // What was found the first time still stands; that there may be more is said.
  if (lost.some(({ status }) => status === 'failed')) return { ...first, coverage: [...first.coverage, ...lost] };
  const kept = first.unowned.filter(({ tree }) => tree === undefined || !trees.has(tree));
  // Which owned file another name is of was told by the look at owned files, of which there was one.
  const hardLinks = new Map(first.unowned.flatMap(({ facts: { hardLinkOf, path } }) => (hardLinkOf === undefined ? [] : [[path, hardLinkOf] as const])));
  const reopened = second.unowned.map((file) => (hardLinks.has(file.facts.path) ? { ...file, facts: { ...file.facts, hardLinkOf: hardLinks.get(file.facts.path)! } } : file));
  const unowned = [...kept, ...reopened].sort((a, b) => compareBytes(a.facts.path, b.facts.path));
  return { ...first, unowned, coverage: [...withoutReopened(first.coverage, first, trees), ...lost] };
}

/** "Not opened" is no longer true of these trees. */
function withoutReopened(coverage: readonly Coverage[], first: ScanResult, reopened: ReadonlySet<string>): readonly Coverage[] {
  const said = new Set(first.unopened.filter(({ tree }) => reopened.has(tree)).map(({ tree, files }) => unopenedText(tree, files)));
  return coverage.map((one) => (one.source === 'sweep' ? { ...one, skipped: one.skipped.filter(({ what }) => !said.has(what)) } : one));
}
