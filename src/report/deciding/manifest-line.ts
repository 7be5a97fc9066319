// The manifest line that would make a finding ordinary, ready to be pasted below its section. A person has to write the reason.
import { isValidUtf8, toText, type BytePath } from '../../model/bytes.ts';
import type { FactValue, Finding } from '../../model/finding.ts';
import { shellWord } from '../../model/shell-word.ts';

export interface ManifestLine {
  readonly section: 'packages' | 'channels' | 'allow' | 'listeners';
  readonly line: string;
  /** An entry for it is there and no longer holds: the command that has it say what holds now. */
  readonly renew?: string;
}

/** All lines that it takes: those of the parts of a finding, and of what it listens on, after its own. */
export function manifestLinesFor(finding: Finding): ManifestLine[] {
  const { enabledBy, parts } = finding.facts;
  const lines = [manifestLineFor(finding)];
  for (const part of Array.isArray(parts) ? parts : []) lines.push(partLine(part));
  for (const link of Array.isArray(enabledBy) ? enabledBy : []) lines.push(partLine(isRecord(link) ? { ...link, type: 'path' } : null));
  for (const port of listeningPorts(finding)) lines.push(port);
  return lines.filter((line) => line !== undefined).filter((line, index, all) => all.findIndex((each) => each.line === line.line) === index);
}

/** Undefined where no line should (or can) make this ordinary. */
export function manifestLineFor(finding: Finding): ManifestLine | undefined {
  const { subject } = finding;
  switch (finding.kind) {
    case 'package-extra': case 'package-orphan': case 'package-foreign':
      return declare(finding, 'any');
    case 'package-hold':
      return declare(finding, '{ version: any, hold: true }');
    case 'file-stray': case 'file-shadowed': case 'file-privileged': case 'launch-stray':
      // `allow` speaks of unowned files: no line gives a packaged one other privileges.
      if (finding.facts['owners'] !== undefined) return undefined;
      return subject.type === 'path' || subject.type === 'launch' ? allow(subject.path, '', { facts: finding.facts, tree: false }) : undefined;
    case 'channel-extra':
      // Declared as something else, it wants another constraint, and drift cannot know which.
      return subject.type === 'channel' && finding.declaredAt === undefined ? { section: 'channels', line: `${subject.channel}: { ${quoted(subject.name)}: any }` } : undefined;
    case 'tree-stray':
      return subject.type === 'tree' ? allow(subject.path, '/**', { facts: finding.facts, tree: true }) : undefined;
    case 'process-stray':
      // Known to no sweep: plain data that an interpreter runs. What has a name in its own mount namespace only has none that could be allowed.
      return subject.type === 'process' && finding.facts['state'] !== 'elsewhere' ? allow(subject.path, '', { facts: { ...finding.facts, needsDigest: true }, tree: false }) : undefined;
    case 'listener-unconfirmed':
      return subject.type === 'listener' ? confirm(subject, finding.facts) : undefined;
    default:
      return undefined;
  }
}

/** A launch point of a package is nobody's to allow: what it starts is. */
function partLine(part: FactValue): ManifestLine | undefined {
  if (!isRecord(part) || typeof part['path'] !== 'string' || part['owners'] !== undefined) return undefined;
  const suffix = part['type'] === 'tree' ? '/**' : '';
  if (part['type'] !== 'path' && part['type'] !== 'launch' && suffix === '') return undefined;
  return allow(part['path'], suffix, { facts: part, tree: suffix !== '' });
}

/** What an unowned program listens on has to be confirmed beside it. */
function listeningPorts({ facts, kind, subject }: Finding): ManifestLine[] {
  const { contentSha256, listens, sha256 = contentSha256 } = facts;
  if (kind === 'listener-unconfirmed' || subject.type !== 'path' || !Array.isArray(listens)) return [];
  return listens.filter(isRecord).filter(({ reach }) => reach === 'any' || reach === 'address').flatMap(({ address, port, protocol, reach }) => {
    if (typeof port !== 'number' || typeof protocol !== 'string' || typeof address !== 'string') return [];
    return confirm({ address, port, program: subject.path, protocol }, { reach, needsDigest: true, ...(sha256 === undefined ? {} : { sha256 }) }) ?? [];
  });
}

/** Everything that is known of it is named, so that a change of any of it is noticed. Who confirmed it and when has to be written by somebody. */
function confirm({ address, port, program, protocol }: { readonly address: string; readonly port: number; readonly program: BytePath; readonly protocol: string }, facts: Finding['facts']): ManifestLine | undefined {
  if (port === 0 || !isValidUtf8(program)) return undefined;
  const { namespace, package: owner, reach, sha256, unit, user } = facts;
  const unowned = typeof owner !== 'string';
  const fields = [
    `port: ${port}/${protocol}`, `address: ${reach === 'any' ? 'any' : quotedAddress(address)}`, ...(program === '' ? [] : [`program: ${quoted(toText(program))}`]),
    ...(unowned ? [] : [`package: ${quoted(owner)}`]), ...(typeof unit === 'string' && !/\.(?:scope|slice)$/.test(unit) ? [`unit: ${quoted(unit)}`] : []), ...(typeof user === 'string' ? [`user: ${quoted(user)}`] : []),
    ...(unowned && program !== '' ? [`sha256: ${typeof sha256 === 'string' ? sha256 : '…'}`] : []), ...(typeof namespace === 'string' ? [`namespace: ${quoted(namespace)}`] : []),
  ];
  return { section: 'listeners', line: `- { ${fields.join(', ')}, confirmed: { by: "…", on: "…" } }` };
}

function quotedAddress(address: string): string {
  return /^[0-9.]+$/.test(address) ? address : JSON.stringify(address);
}

function isRecord(value: FactValue | undefined): value is { readonly [key: string]: FactValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function declare({ declaredAt, facts, subject }: Finding, value: string): ManifestLine | undefined {
  if (subject.type !== 'package' || declaredAt !== undefined) return undefined;
  const name = typeof facts['manifestName'] === 'string' ? facts['manifestName'] : subject.name;
  return { section: 'packages', line: `${quoted(name)}: ${value}` };
}

interface About {
  readonly facts: Finding['facts'];
  readonly tree: boolean;
}

function allow(path: BytePath, suffix: string, about: About): ManifestLine | undefined {
  // A manifest is UTF-8 text: a name that is not cannot be written in it.
  if (!isValidUtf8(path)) return undefined;
  const pattern = quoted(`${toText(path).replaceAll(/[*?[\\]/g, '[$&]')}${suffix}`);
  const { entry } = about.facts;
  const renew = isRecord(entry) ? { renew: `drift allow ${shellWord(toText(path))} --renew${entry['expired'] === true ? ' --until YYYY-MM-DD' : ''}` } : {};
  return { section: 'allow', line: `- { path: ${pattern}, ${digestPart(about)}reason: "…" }`, ...renew };
}

/** Setuid, capable and launched files, and what others than root can change, are only allowed with their digest (DESIGN "Allow"). A link has none. */
function digestPart({ facts, tree }: About): string {
  if (facts['needsDigest'] !== true) return '';
  if (tree) return 'sums: …, ';
  const { contentSha256, sha256 = contentSha256 } = facts;
  return `sha256: ${typeof sha256 === 'string' ? sha256 : '…'}, `;
}

const PLAIN_SCALAR = /^[A-Za-z/_][A-Za-z0-9/_.@+-]*$/;
const YAML_WORD = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function quoted(text: string): string {
  return PLAIN_SCALAR.test(text) && !YAML_WORD.test(text) ? text : JSON.stringify(text);
}
