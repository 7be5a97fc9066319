// Proves /etc/pam.d/common-* line by line: each rule stands in a packaged profile or template of pam-auth-update(8).
import { baseOf, parentOf, type BytePath } from '../../model/bytes.ts';
import type { FileFacts } from '../../model/file.ts';
import type { Proof, ProofRule } from '../../model/proof.ts';
import { isPlain, ownerName, type ProofContext } from './proof-context.ts';

const PROFILES = '/usr/share/pam-configs';
const TEMPLATES = '/usr/share/pam';
const MAX_TEXT = 256 * 1024;

export function pamProof(context: ProofContext): ProofRule {
  const { host, owned } = context;
  /** 'auth pam_unix.so nullok' and whole template lines. */
  let known: ReadonlySet<string> | undefined;

  function prove(facts: FileFacts): Proof | undefined {
    const name = baseOf(facts.path);
    if (facts.launch !== 'pam' || !isPlain(facts) || parentOf(facts.path) !== '/etc/pam.d' || !/^common-[a-z-]+$/.test(name)) return undefined;
    const template = `${TEMPLATES}/${name}`;
    if (!owned.owns(template)) return undefined;
    const text = host.readBytes(facts.path, MAX_TEXT);
    if (!text.ok) return undefined;
    known ??= packagedRules();
    const rules = logicalLines(text.value);
    if (rules.length === 0 || !rules.every((rule) => isKnown(rule))) return undefined;
    return {
      mechanism: 'pam-auth-update',
      detail: `each of its ${rules.length} rules stands in a packaged profile below ${PROFILES}`,
      files: [template, PROFILES],
      package: ownerName(context, template),
    };
  }
  function isKnown(rule: string): boolean {
    const parts = splitRule(rule);
    return parts !== undefined && known!.has(`${parts.type} ${parts.rest}`);
  }
  function packagedRules(): ReadonlySet<string> {
    const out = new Set<string>();
    for (const path of owned.namesIn(TEMPLATES)) for (const line of logicalLines(read(path))) addRule(out, line);
    for (const path of owned.namesIn(PROFILES)) addProfile(out, read(path));
    return out;
  }
  function read(path: BytePath): string {
    const text = host.readBytes(path, MAX_TEXT);
    return text.ok ? text.value : '';
  }
  return { mechanism: 'pam-auth-update', prove };
}

function addRule(out: Set<string>, line: string): void {
  const parts = splitRule(line);
  if (parts !== undefined) out.add(`${parts.type} ${parts.rest}`);
}

/** 'Auth:', 'Auth-Initial:', … are followed by indented rules without their type. */
function addProfile(out: Set<string>, text: string): void {
  let type = '';
  for (const line of text.split('\n')) {
    const field = /^(Auth|Account|Session|Password)(-Initial|-Type|-Final|-Interactive-Only)?:/.exec(line);
    if (field !== null) type = field[1]!.toLowerCase();
    else if (/^\S/.test(line)) type = '';
    else if (type !== '' && line.trim() !== '') addRule(out, `${type} ${line.trim()}`);
  }
}

function logicalLines(text: string): readonly string[] {
  return text.replaceAll('\\\n', ' ').split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('$'));
}

/** The control field differs (jump counts are computed), the module and its arguments must not. */
function splitRule(rule: string): { readonly type: string; readonly rest: string } | undefined {
  const parts = /^-?(auth|account|session|password)[ \t]+(\[[^\]]{0,200}\]|[a-z]+)[ \t]+(.+)$/.exec(rule);
  if (parts === null || parts[2] === 'include' || parts[2] === 'substack') return undefined;
  return { type: parts[1]!, rest: parts[3]!.trim().split(/[ \t]+/).join(' ') };
}
