// Coverage of one source that came from several places, put together.
import type { Coverage, Problem } from '../../model/coverage.ts';

const WORST = { complete: 0, partial: 1, failed: 2 } as const;

/** One entry a source, in the order of first mention. */
export function inOneList(coverage: readonly Coverage[]): readonly Coverage[] {
  const bySource = new Map<string, Coverage>();
  for (const one of coverage) {
    const before = bySource.get(one.source);
    if (before === undefined) {
      bySource.set(one.source, one);
      continue;
    }
    const problems = new Map<string, Problem>([...before.problems, ...one.problems].map((problem) => [`${problem.path ?? ''}\0${problem.message}`, problem]));
    bySource.set(one.source, {
      source: one.source, status: WORST[one.status] > WORST[before.status] ? one.status : before.status,
      problems: [...problems.values()], skipped: [...before.skipped, ...one.skipped],
    });
  }
  return [...bySource.values()];
}
