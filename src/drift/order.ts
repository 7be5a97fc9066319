// The order of every report: worst first, then by kind, then by subject, byte by byte.
import { compareBytes } from '../model/bytes.ts';
import { FINDING_KINDS, severityRank, subjectKey, type Finding } from '../model/finding.ts';

const KIND_RANK: ReadonlyMap<string, number> = new Map(FINDING_KINDS.map((kind, index) => [kind, index]));

export function inOrder(findings: readonly Finding[]): Finding[] {
  return findings
    .map((finding) => ({ finding, key: subjectKey(finding.subject) }))
    .sort((a, b) => severityRank(b.finding.severity) - severityRank(a.finding.severity)
      || (KIND_RANK.get(a.finding.kind) ?? 0) - (KIND_RANK.get(b.finding.kind) ?? 0)
      || compareBytes(a.key, b.key))
    .map((each) => each.finding);
}
