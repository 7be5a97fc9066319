// Sources that could not be read, or only in part → source-unreadable.
import { toText } from '../model/bytes.ts';
import type { Finding } from '../model/finding.ts';
import type { Coverage } from '../model/coverage.ts';
import type { FindingMaker } from './finding-id.ts';

const SHOWN = 5;

/** Never decides the exit code as drift: what could not be read leads to code 3 (exit-codes.ts). */
export function compareSources(coverage: readonly Coverage[], make: FindingMaker): Finding[] {
  const findings: Finding[] = [];
  for (const one of coverage) {
    if (one.status === 'complete') continue;
    const { problems } = one;
    findings.push(make({
      kind: 'source-unreadable', severity: one.status === 'failed' ? 'high' : 'low', subject: { type: 'source', source: one.source }, remedy: 'manual',
      message: one.status === 'failed' ? 'could not be read: nothing is known of it' : `could not be read wholly: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}`,
      evidence: problems.slice(0, SHOWN).map((problem) => ({ source: problem.path === undefined ? one.source : toText(problem.path), detail: problem.message })),
      facts: { status: one.status, problems: problems.length },
    }));
  }
  return findings;
}
