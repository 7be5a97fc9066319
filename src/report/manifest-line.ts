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
      return subject.type === 'package' ? { section: 'packages', line: `${quoted(subject.name)}: any` } : undefined;
    case 'package-hold':
      return subject.type === 'package' && finding.declaredAt === undefined ? { section: 'packages', line: `${quoted(subject.name)}: { version: any, hold: true }` } : undefined;
    case 'file-stray': case 'file-shadowed': case 'file-privileged': case 'launch-stray':
      return subject.type === 'path' || subject.type === 'launch' ? allow(subject.path, '', finding) : undefined;
    case 'tree-stray':
      return subject.type === 'tree' ? allow(subject.path, '/**', finding) : undefined;
    default:
      return undefined;
  }
}

function allow(path: BytePath, suffix: string, finding: Finding): ManifestLine | undefined {
  // A manifest is UTF-8 text: a name that is not cannot be written in it.
  if (!isValidUtf8(path)) return undefined;
  const pattern = quoted(`${toText(path).replaceAll(/[*?[\\]/g, '[$&]')}${suffix}`);
  return { section: 'allow', line: `- { path: ${pattern}, ${digestPart(finding)}reason: "…" }` };
}

/** Setuid, capable and launched files are only allowed with their digest (DESIGN "Allow"). */
function digestPart(finding: Finding): string {
  const kinds = [finding.kind, ...(finding.facts.alsoKinds ?? [])];
  if (!kinds.includes('file-privileged') && !kinds.includes('launch-stray')) return '';
  const { sha256 } = finding.facts;
  return `sha256: ${typeof sha256 === 'string' ? sha256 : '…'}, `;
}

const PLAIN_SCALAR = /^[A-Za-z/_][A-Za-z0-9/_.@+-]*$/;
const YAML_WORD = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function quoted(text: string): string {
  return PLAIN_SCALAR.test(text) && !YAML_WORD.test(text) ? text : JSON.stringify(text);
}
