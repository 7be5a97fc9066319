// One finding in full, for `drift explain`: every reason on its own line, and the manifest line that would make it ordinary.
import type { Finding } from '../../model/finding.ts';
import { manifestLinesFor } from '../deciding/manifest-line.ts';
import { reasonsOf, type Detail } from '../check/reasons.ts';
import { findingSubject } from '../subject.ts';
import type { TextOptions } from '../text-options.ts';
import { treeReasons } from '../check/tree-reasons.ts';
import { visibleMessage } from '../visible.ts';
import { wrap } from '../wrap.ts';

/** `heading`: what the lines above are about, as text. */
export function explainedFinding(finding: Finding, heading: string, detail: Detail, options: TextOptions): string[] {
  const also = finding.facts.alsoKinds ?? [];
  const subject = findingSubject(finding);
  const about = subject === heading ? '' : `${subject}: `;
  const lines = wrap(`${finding.severity}: ${about}${visibleMessage(finding.message)}`, '  ', '    ', options.width);
  lines[0] = `  ${options.paint(finding.severity, finding.severity)}${lines[0]!.slice(2 + finding.severity.length)}`;
  lines.push(...wrap(`${[finding.kind, ...also].join(', ')}; finding ${finding.id}`, '    ', '    ', options.width).map((line) => options.paint('dim', line)));
  for (const reason of [...treeReasons(finding), ...reasonsOf(finding, detail)]) lines.push(...wrap(reason, '    - ', '      ', options.width));
  const lacking = manifestLinesFor(finding);
  const all = lacking.filter(({ renew }) => renew === undefined);
  for (const { renew } of lacking) if (renew !== undefined) lines.push('  an entry is there; to have it say what holds now:', `    ${visibleMessage(renew)}`);
  for (const [section, group] of Map.groupBy(all, (line) => line.section)) {
    const verb = section === 'allow' ? 'allow' : section === 'listeners' ? 'confirm' : 'declare';
    lines.push(`  to ${verb} it, below ${section}: in the manifest:`, ...group.map(({ line }) => `    ${visibleMessage(line)}`));
  }
  if (all.some(({ line }) => line.includes('sha256: …'))) lines.push('  with its digest, as sha256sum prints it');
  if (all.some(({ line }) => line.includes('sums: …'))) lines.push('  with a file of digests, as sha256sum prints them');
  return lines;
}
