// Reports full of names that a host could have, for the formats.
import type { Finding } from '../../src/model/finding.ts';
import type { CheckReport } from '../../src/model/report.ts';
import type { Verdict } from '../../src/report/check/verdict.ts';
import { hostileNames } from './hostile-names.ts';
import { finding, report } from './sample-report.ts';

/** As with `--fail-on low`. */
export const DRIFT: Verdict = { exitCode: 2, counts: ({ kind, severity }) => severity !== 'info' && kind !== 'source-unreadable' };
export const IN_SYNC: Verdict = { ...DRIFT, exitCode: 0 };
export const INCOMPLETE: Verdict = { ...DRIFT, exitCode: 3 };

/** One stray with each name; the name is in its message and evidence too, as text that drift composed. */
export function hostileReport(names: readonly string[] = hostileNames()): CheckReport {
  return report({ findings: names.map((path) => finding('file-stray', 'high', { type: 'path', path }, { evidence: [{ source: 'owner', detail: Buffer.from(path, 'latin1').toString('utf8') }] })) });
}

/** A host that is full of them: everything that a real finding has. */
export function crowdedReport(many: number): CheckReport {
  const findings = Array.from({ length: many }, (_, index): Finding => finding('file-stray', index % 50 === 0 ? 'critical' : 'medium', { type: 'path', path: `/opt/vendor/agent/lib/modules/part-${index}/bin/helper-${index}` }, {
    message: 'copy of the packaged /usr/bin/factor, from no package',
    evidence: [
      { source: 'identity', detail: 'same content as /usr/bin/factor of coreutils' }, { source: 'owner', detail: 'no package owns it' },
      { source: 'place', detail: 'lies below /opt/vendor/agent' }, { source: 'mode', detail: '0755, root:root, 48112 bytes, changed 2026-11-02' }, { source: 'reconcile', detail: 'reconcile would quarantine 1 file' },
    ],
    facts: { sha256: 'ab'.repeat(32), needsDigest: true },
  }));
  return report({ findings });
}
