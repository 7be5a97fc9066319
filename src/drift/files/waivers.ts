// The manifest's allow entries by themselves → waiver-expired, waiver-unused.
import type { Finding } from '../../model/finding.ts';
import type { AllowEntry } from '../../model/manifest.ts';
import type { ObservedState } from '../../model/observed.ts';
import { isExpired } from './allowed.ts';
import type { FindingMaker } from '../finding-id.ts';
import type { StrayComparison } from './strays.ts';

export function compareWaivers(entries: readonly AllowEntry[], observed: ObservedState, strays: StrayComparison, today: string, make: FindingMaker): Finding[] {
  const findings: Finding[] = [];
  const sweptAll = observed.swept !== undefined && observed.coverage.every((one) => one.source !== 'sweep' || one.status === 'complete');
  for (const [index, entry] of entries.entries()) {
    const facts = { reason: entry.reason, ...(entry.owner === undefined ? {} : { owner: entry.owner }), ...(entry.until === undefined ? {} : { until: entry.until }) };
    const subject = { type: 'waiver', name: entry.path } as const;
    if (isExpired(entry, today)) {
      const related = strays.uncovered.get(index) ?? [];
      findings.push(make({
        kind: 'waiver-expired', severity: 'low', subject, remedy: 'manual', declaredAt: entry.declaredAt,
        message: `allowed until ${entry.until ?? ''}, and nothing any more`,
        evidence: [{ source: 'reason', detail: entry.reason }, ...(entry.owner === undefined ? [] : [{ source: 'owner', detail: entry.owner }])],
        facts: { ...facts, ...(related.length === 0 ? {} : { related: [...new Set(related)].slice(0, 50) }) },
      }));
    } else if (sweptAll && !observed.allowMatched.has(index) && !strays.matched.has(index)) {
      findings.push(make({
        kind: 'waiver-unused', severity: 'info', subject, remedy: 'manual', declaredAt: entry.declaredAt,
        message: 'matches no unowned file of this host', evidence: [{ source: 'reason', detail: entry.reason }], facts,
      }));
    }
  }
  return findings;
}
