// Proves links of the alternatives database of chkconfig and of SUSE (alternatives(8)): /var/lib/alternatives/*, /var/lib/rpm/alternatives/*, /etc/alternatives.
import type { Host } from '../../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../../../model/bytes.ts';
import type { FileFacts } from '../../../model/file.ts';
import type { OwnershipIndex } from '../../../model/ownership.ts';
import type { Proof, ProofRule } from '../../../model/proof.ts';
import { ownedTarget } from './owned.ts';

export const ALTERNATIVES: readonly BytePath[] = ['/var/lib/alternatives', '/var/lib/rpm/alternatives'];
const LINKS: BytePath = '/etc/alternatives';
const MAX_BYTES = 1024 * 1024;

export interface Alternative {
  /** Name in /etc/alternatives. */
  readonly name: ByteString;
  /** The link on PATH or wherever the program is looked for. */
  readonly link: BytePath;
  readonly targets: ReadonlySet<BytePath>;
  /** The database file that says so. */
  readonly file: BytePath;
}

export function alternativesRule(host: Host, index: OwnershipIndex): ProofRule {
  let known: ReadonlyMap<ByteString, Alternative> | undefined;
  function prove(facts: FileFacts): Proof | undefined {
    if (facts.type !== 'link' || facts.target === undefined) return undefined;
    const inEtc = parentOf(facts.path) === LINKS;
    const absolute = facts.target.startsWith('/') ? facts.target : joinPath(parentOf(facts.path), facts.target);
    if (!inEtc && !absolute.includes('/alternatives/')) return undefined;
    known ??= readAlternatives(host);
    const alternative = known.get(baseOf(inEtc ? facts.path : absolute));
    if (alternative === undefined) return undefined;
    const middle = joinPath(LINKS, alternative.name);
    if (!inEtc) {
      // Both the place of the link and where it leads must be what the database has, in whatever spelling.
      const place = host.realParent(alternative.link);
      const target = host.realParent(absolute);
      if (!place.ok || place.value !== facts.path || !target.ok || target.value !== middle) return undefined;
    }
    const choice = host.readlink(middle);
    if (!choice.ok || !alternative.targets.has(choice.value)) return undefined;
    // A choice that nobody owns is a stray with a link on PATH; this proof must not hide it.
    const owned = ownedTarget(host, index, choice.value);
    if (owned === undefined) return undefined;
    return {
      mechanism: 'alternatives',
      detail: `link of the alternative ${alternative.name}, which is set to ${choice.value} of ${owned.owner}`,
      files: [alternative.file, middle, owned.path],
      package: owned.owner,
    };
  }
  return { mechanism: 'alternatives', prove };
}

function readAlternatives(host: Host): ReadonlyMap<ByteString, Alternative> {
  const out = new Map<ByteString, Alternative>();
  for (const directory of ALTERNATIVES) {
    const entries = host.readDirectory(directory);
    if (!entries.ok) continue;
    for (const { name } of entries.value) {
      const file = joinPath(directory, name);
      const content = host.readBytes(file, MAX_BYTES);
      if (content.ok) for (const each of parseAlternative(name, file, content.value)) out.set(each.name, each);
    }
  }
  return out;
}

/**
 * Mode and link; pairs of a follower's name and link up to a blank line; then each choice: its path, its priority ('@family@10 service'),
 * and one path for each follower.
 */
export function parseAlternative(name: ByteString, file: BytePath, text: ByteString): readonly Alternative[] {
  const lines = text.split('\n');
  const master = lines[1];
  if ((lines[0] !== 'auto' && lines[0] !== 'manual') || !master?.startsWith('/')) return [];
  const group: { name: ByteString; link: BytePath; targets: Set<BytePath> }[] = [{ name, link: master, targets: new Set() }];
  let at = 2;
  for (; at + 1 < lines.length && lines[at] !== ''; at += 2) group.push({ name: lines[at]!, link: lines[at + 1]!, targets: new Set() });
  for (at++; at < lines.length && lines[at] !== ''; at += group.length + 1) {
    for (const [follower, each] of group.entries()) {
      // The priority stands between the choice and what its followers lead to.
      const target = lines[follower === 0 ? at : at + 1 + follower];
      if (target?.startsWith('/')) each.targets.add(target);
    }
  }
  return group.map((each) => ({ ...each, file }));
}
