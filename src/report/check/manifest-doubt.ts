// In one sentence: why a manifest looks like one for another host.
import type { ManifestDoubt } from '../../model/report.ts';
import { visibleText } from '../visible.ts';

export function manifestDoubtText({ declared, known, missing, writtenFor }: ManifestDoubt): string {
  const all = missing === declared;
  const here = all ? `none of its ${declared} packages is here` : `${missing} of its ${declared} packages are not here`;
  const could = known === undefined ? '' : `, and the repositories have ${known === 0 ? 'none' : known} of ${all ? 'them' : 'those'}`;
  return `Is this the right manifest? ${here[0]!.toUpperCase()}${here.slice(1)}${could}${writtenFor.length === 0 ? '' : `; it looks like one for ${writtenFor.map((manager) => visibleText(manager)).join(' and ')}`}.`;
}
