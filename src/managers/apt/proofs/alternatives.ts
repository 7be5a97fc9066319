// Proves links of the alternatives database: /var/lib/dpkg/alternatives/* and /etc/alternatives (update-alternatives(1)).
import type { Host } from '../../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../../../model/bytes.ts';
import type { FileFacts } from '../../../model/file.ts';
import type { OwnershipIndex } from '../../../model/ownership.ts';
import type { Proof, ProofRule } from '../../../model/proof.ts';
import { DPKG } from '../database.ts';
import { ownerOf } from './owned.ts';

const DATABASE: BytePath = `${DPKG}/alternatives`;
const LINKS: BytePath = '/etc/alternatives';

interface Alternative {
  /** The database file that describes it. */
  readonly file: BytePath;
  readonly link: BytePath;
  readonly choices: ReadonlySet<BytePath>;
}

export function alternativesRule(host: Host, index: OwnershipIndex): ProofRule {
  let database: ReadonlyMap<ByteString, Alternative> | undefined;
  return {
    mechanism: 'alternatives',
    prove(facts) {
      if (facts.type !== 'link' || facts.target === undefined) return undefined;
      const name = alternativeName(facts);
      if (name === undefined) return undefined;
      database ??= readAlternatives(host);
      const alternative = database.get(name);
      return alternative === undefined ? undefined : prove(host, index, facts, name, alternative);
    },
  };
}

/** The name in /etc/alternatives that this link is, or leads to. */
function alternativeName(facts: FileFacts): ByteString | undefined {
  if (facts.path.startsWith(`${LINKS}/`)) return facts.path.slice(LINKS.length + 1);
  if (!facts.target!.includes('/alternatives/')) return undefined;
  const target = facts.target!.startsWith('/') ? facts.target! : `${parentOf(facts.path)}/${facts.target!}`;
  return parentOf(target).endsWith(LINKS) ? baseOf(target) : undefined;
}

function prove(host: Host, index: OwnershipIndex, facts: FileFacts, name: ByteString, alternative: Alternative): Proof | undefined {
  const inEtc = joinPath(LINKS, name);
  if (facts.path !== inEtc) {
    // Both the place of the link and what it says must be what the database has, by whatever spelling of the directory.
    const place = host.realParent(alternative.link);
    if (!place.ok || place.value !== facts.path) return undefined;
    const target = host.realParent(facts.target!.startsWith('/') ? facts.target! : joinPath(parentOf(facts.path), facts.target!));
    if (!target.ok || target.value !== inEtc) return undefined;
  }
  const place = host.realParent(inEtc);
  const choice = place.ok ? host.readlink(place.value) : place;
  if (!choice.ok || !alternative.choices.has(choice.value)) return undefined;
  // A choice that nobody owns is a stray with a link on PATH: that is what this proof must not hide.
  const owner = ownerOf(host, index, choice.value);
  if (owner === undefined) return undefined;
  return {
    mechanism: 'alternatives',
    detail: `link of the alternative ${name}, which is set to ${choice.value} of ${owner}`,
    files: [alternative.file, inEtc, choice.value],
    package: owner,
  };
}

/** By the name in /etc/alternatives: masters and slaves alike. */
function readAlternatives(host: Host): ReadonlyMap<ByteString, Alternative> {
  const out = new Map<ByteString, Alternative>();
  const listed = host.readDirectory(DATABASE);
  if (!listed.ok) return out;
  for (const { name, type } of listed.value) {
    if (type !== 'file') continue;
    const file = joinPath(DATABASE, name);
    const content = host.readBytes(file);
    if (content.ok) for (const [each, alternative] of parseAlternative(name, file, content.value)) out.set(each, alternative);
  }
  return out;
}

/** Mode, link, pairs of slave name and link up to a blank line, then for each choice its path, priority and one path a slave. */
export function parseAlternative(name: ByteString, file: BytePath, text: ByteString): readonly (readonly [ByteString, Alternative])[] {
  const lines = text.split('\n');
  const link = lines[1];
  if (link === undefined || !link.startsWith('/')) return [];
  const names = [name];
  const links = [link];
  let at = 2;
  for (; at + 1 < lines.length && lines[at] !== ''; at += 2) {
    names.push(lines[at]!);
    links.push(lines[at + 1]!);
  }
  const choices = names.map(() => new Set<BytePath>());
  for (at++; at < lines.length && lines[at] !== ''; at += names.length + 1) {
    choices[0]!.add(lines[at]!);
    for (let slave = 1; slave < names.length; slave++) {
      const path = lines[at + 1 + slave];
      if (path !== undefined && path !== '') choices[slave]!.add(path);
    }
  }
  return names.map((each, i) => [each, { file, link: links[i]!, choices: choices[i]! }]);
}
