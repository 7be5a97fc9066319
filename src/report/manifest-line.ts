// The manifest line that would make a finding ordinary, ready to be pasted below its section. A person has to write the reason.
import { isValidUtf8, toText, type BytePath } from '../model/bytes.ts';
import type { Finding } from '../model/finding.ts';

export interface ManifestLine {
  readonly section: 'packages' | 'allow';
  readonly line: string;
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
      return subject.type === 'path' || subject.type === 'launch' ? allow(subject.path, '', finding) : undefined;
    case 'tree-stray':
      return subject.type === 'tree' ? allow(subject.path, '/**', finding) : undefined;
    default:
      return undefined;
  }
}

function declare({ declaredAt, facts, subject }: Finding, value: string): ManifestLine | undefined {
  if (subject.type !== 'package' || declaredAt !== undefined) return undefined;
  const name = typeof facts['manifestName'] === 'string' ? facts['manifestName'] : subject.name;
  return { section: 'packages', line: `${quoted(name)}: ${value}` };
}

function allow(path: BytePath, suffix: string, finding: Finding): ManifestLine | undefined {
  // A manifest is UTF-8 text: a name that is not cannot be written in it.
  if (!isValidUtf8(path)) return undefined;
  const pattern = quoted(`${toText(path).replaceAll(/[*?[\\]/g, '[$&]')}${suffix}`);
  return { section: 'allow', line: `- { path: ${pattern}, ${digestPart(finding)}reason: "…" }` };
}

/** Setuid, capable and launched files, and what others than root can change, are only allowed with their digest (DESIGN "Allow"). A link has none. */
function digestPart({ facts, subject }: Finding): string {
  if (facts['needsDigest'] !== true) return '';
  if (subject.type === 'tree') return 'sums: …, ';
  const { sha256 } = facts;
  return `sha256: ${typeof sha256 === 'string' ? sha256 : '…'}, `;
}

const PLAIN_SCALAR = /^[A-Za-z/_][A-Za-z0-9/_.@+-]*$/;
const YAML_WORD = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function quoted(text: string): string {
  return PLAIN_SCALAR.test(text) && !YAML_WORD.test(text) ? text : JSON.stringify(text);
}
