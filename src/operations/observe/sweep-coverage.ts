// What is said of the sweep where it was not asked for, or where nobody can tell what is unowned.
import type { Coverage } from '../../model/coverage.ts';

/** Where it is not known who owns what, everything would look like a stray: a file counts as owned when in doubt (DESIGN §6.2). */
export function nobodysFiles(blind: readonly string[]): readonly Coverage[] {
  if (blind.length === 0) return [];
  const message = `what no package owns cannot be told, because ${blind.join(' and ')} could not be read`;
  return [{ source: 'sweep', status: 'failed', problems: [{ message }], skipped: [] }];
}

const NO_SWEEP = '--no-sweep';

/** Nothing of the disk was looked at. */
export function notWalked(): readonly Coverage[] {
  return [
    { source: 'sweep', status: 'complete', problems: [], skipped: [{ what: 'files that no package owns', reason: NO_SWEEP }] },
    { source: 'owned-files', status: 'complete', problems: [], skipped: [{ what: 'files of packages', reason: NO_SWEEP }] },
  ];
}

/** Owned files were looked at, others not. */
export function withoutSweep(coverage: readonly Coverage[]): readonly Coverage[] {
  return coverage.map((one) => (one.source === 'sweep' ? { ...one, skipped: [...one.skipped, { what: 'files that no package owns', reason: NO_SWEEP }] } : one));
}
