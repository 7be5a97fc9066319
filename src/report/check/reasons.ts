// A finding's evidence in the fewest words: what the headline says already, or what only repeats the kind, is left to the JSON.
import { FINDING_KINDS, type Evidence, type Finding } from '../../model/finding.ts';
import { STORY_SOURCES } from './story-reasons.ts';
import { subjectText } from '../subject.ts';
import { visibleMessage, visibleText } from '../visible.ts';

/** Folded kinds whose own evidence says it, or says it better; null = nothing to add. Others are told by their message. */
const FOLDED: Readonly<Record<string, string | null>> = {
  'file-privileged': null, 'file-shadowed': null, 'file-stray': null, 'file-mode': null, 'package-foreign': null,
  'process-stray': null, 'listener-unconfirmed': null, 'launch-stray': null,
  'package-extra': 'not declared', 'package-orphan': 'needed by nothing declared', 'package-hold': 'held', 'repository-extra': 'not declared',
};
/** Their details speak for themselves. */
const BARE: ReadonlySet<string> = new Set(['mode', 'owner', 'group', 'PATH', 'name', 'place', 'hard link', 'loader', 'type', 'setting', 'enabled', 'content', 'size', 'link', 'mtime', 'repositories', 'manifest', 'database', 'presence', 'names', 'sha256', 'keys', 'sshd',
  'identity', 'package', 'process', 'starts', 'with', 'tree', 'connections', 'available', 'address', 'holder', 'program', 'rights', 'mounted', 'privileged', 'reach', 'state', 'memory', 'confirmed', 'policy.listeners', 'replaced', 'packages']);
const DIGEST = /\b((?:md5|sha1|sha224|sha256|sha384|sha512|sha3-256|sha3-512):[0-9a-f]{12})[0-9a-f]{4,116}\b/g;
const DIGEST_SHOWN = 12;
const CHANGED = /^(.*), the package has (.*)$/s;

/** 'short': for the list of all findings; 'told': beneath an explanation that said how a packaged file differs, or what a file does; 'full': all but what is said twice. */
export type Detail = 'short' | 'told' | 'full';

/** Phrases, to be joined by '; '. */
export function reasonsOf(finding: Finding, detail: Detail): string[] {
  const full = detail === 'full';
  const phrases: string[] = [];
  const headline = visibleMessage(finding.message);
  for (const item of inPlace(finding.evidence)) {
    if (!full && isNoise(item, finding)) continue;
    // tree-reasons.ts says both in words.
    if (finding.facts['codes'] !== undefined && (item.source === 'content' || item.source === 'owner')) continue;
    if (detail === 'told' && isTold(item, finding)) continue;
    const phrase = phraseOf(item, finding, full);
    if (phrase === undefined || phrase === '' || headline.includes(phrase.replace(/^an? /, '')) || phrases.some((each) => each === phrase || each.startsWith(`${phrase}, `))) continue;
    phrases.push(phrase);
  }
  const { diff } = finding.facts;
  if (detail === 'short' && typeof diff === 'string') phrases.push(sizeOfDiff(diff));
  if (finding.declaredAt !== undefined) phrases.push(`declared at ${visibleText(finding.declaredAt.file)}:${finding.declaredAt.line}`);
  return phrases;
}

/** That nothing starts it is told by no launch point. */
function isTold({ detail, source }: Evidence, { facts }: Finding): boolean {
  if (CHANGED.test(detail) || detail === 'no package owns it') return true;
  // The log's line of what the packages' story says.
  if (facts['packaged'] !== undefined && / (?:removed|purged) \d{4}-\d\d-\d\d \d\d:\d\d UTC$/.test(detail)) return true;
  return STORY_SOURCES.has(source) && (source !== 'starts' || facts['startedBy'] !== undefined);
}

/** '/etc/apt/sources.list: line 3' -> '/etc/apt/sources.list:3'; several details of one source become one. */
function inPlace(evidence: readonly Evidence[]): readonly Evidence[] {
  const out: Evidence[] = [];
  for (const item of evidence) {
    const line = /^line (\d+)$/.exec(item.detail)?.[1];
    const last = out.at(-1);
    if (line !== undefined) out.push({ source: '', detail: `${item.source}:${line}` });
    else if (last !== undefined && last.source === item.source && (item.source === 'left behind' || item.source.endsWith(' database'))) out[out.length - 1] = { source: item.source, detail: `${last.detail}, ${item.detail}` };
    else out.push(item);
  }
  return out;
}

/** True, and of no help at three in the morning: what the headline means anyway, or what `explain` is for. */
function isNoise({ source, detail }: Evidence, finding: Finding): boolean {
  if (source.endsWith('/marks')) return detail.startsWith('marked ');
  if (source === 'database' || (source === 'missing' && detail === 'differs from the package')) return true;
  if (source.endsWith(' database')) return finding.kind === 'package-residual' || detail.startsWith('installed, version ');
  if (source === 'content' && finding.facts['conffile'] === true) return true;
  if (source === 'place' && finding.kind === 'file-missing') return true;
  // After an upgrade the units say it all, and the headline names a single one.
  if (finding.facts['upgraded'] === true && (source === 'replaced' || (Array.isArray(finding.facts['units']) && finding.facts['units'].length === 1))) return true;
  return source === 'owner' && ['owners', 'programOwners'].some((name) => Array.isArray(finding.facts[name]) && finding.facts[name].includes(detail));
}

function phraseOf({ source, detail }: Evidence, finding: Finding, full: boolean): string | undefined {
  if ((FINDING_KINDS as readonly string[]).includes(source)) {
    const folded = FOLDED[source];
    return folded === undefined ? visibleMessage(detail) : folded ?? undefined;
  }
  const text = shortDigests(visibleMessage(detail), full);
  if (source === '') return text;
  const changed = CHANGED.exec(text);
  if (changed !== null) return changeText(source, changed[1]!, changed[2]!);
  if (source === 'capabilities') return `capabilities ${text}`;
  const bare = text.replace(/^(?:is|lies) /, '');
  if (BARE.has(source) || source === finding.facts['launch'] || visibleText(source) === subjectText(finding.subject)) return bare;
  return text.toLowerCase().includes(source.toLowerCase()) ? text : `${visibleText(source)}: ${text}`;
}

/** 'md5:0123456789ab, packaged ba9876543210'. */
function changeText(issue: string, actual: string, packaged: string): string {
  const algorithm = /^[a-z0-9-]{2,10}:/.exec(actual)?.[0] ?? '';
  if (issue === 'content') return `${actual}, packaged ${packaged.startsWith(algorithm) ? packaged.slice(algorithm.length) : packaged}`;
  return `${issue === 'privileged' ? 'mode' : visibleText(issue)} ${actual}, packaged with ${packaged}`;
}

/** 'md5:0123456789ab…' for people; whoever compares digests takes them from the JSON. */
export function shortDigests(text: string, full = false): string {
  if (full) return text;
  return text.replaceAll(DIGEST, '$1').replaceAll(/\b[0-9a-f]{64}\b/g, (hex) => hex.slice(0, DIGEST_SHOWN));
}

function sizeOfDiff(diff: string): string {
  let added = 0;
  let removed = 0;
  for (const line of diff.split('\n')) {
    if (/^\+(?!\+\+ )/.test(line)) added++;
    else if (/^-(?!-- )/.test(line)) removed++;
  }
  return `${added} lines added, ${removed} removed`.replace('1 lines', '1 line');
}
