// Which allow entry of the manifest covers an unowned file, and why one that names it does not (DESIGN "Allow").
import { parentOf, toText, type BytePath } from '../../model/bytes.ts';
import { isPrivileged } from '../../model/file.ts';
import type { Evidence } from '../../model/finding.ts';
import type { AllowEntry } from '../../model/manifest.ts';
import type { UnownedFile } from '../../model/observed.ts';
import type { Pattern } from '../../model/pattern.ts';

/** A compiled pattern: model/pattern.ts, after links on its literal start were resolved. */
export type AllowMatcher = Pick<Pattern, 'matches' | 'matchesAllBelow' | 'literal'>;

export interface AllowContext {
  readonly entries: readonly AllowEntry[];
  /** One for each entry, in the same order. */
  readonly matchers: readonly AllowMatcher[];
  /** Whether only root can put or replace files in this directory, all directories above it included. */
  readonly rootOnly: (directory: BytePath) => boolean;
  /** YYYY-MM-DD in UTC. */
  readonly today: string;
  /** What a program does that wants an entry with its digest; undefined = nothing of that. */
  readonly inUse?: (path: BytePath) => 'listens' | 'is started' | undefined;
}

export interface AllowVerdict {
  readonly entry: AllowEntry;
  readonly index: number;
  readonly covers: boolean;
  /** Why not. */
  readonly reason?: string;
}

export function isExpired(entry: AllowEntry, today: string): boolean {
  return entry.until !== undefined && entry.until < today;
}

/** The first entry that covers the file; else the first that names it, with the reason why it does not; else undefined. */
export function allowVerdict(file: UnownedFile, context: AllowContext): AllowVerdict | undefined {
  let refused: AllowVerdict | undefined;
  for (const [index, matcher] of context.matchers.entries()) {
    const entry = context.entries[index];
    if (entry === undefined || !matcher.matches(file.facts.path)) continue;
    const reason = refusal(file, entry, matcher, context);
    if (reason === undefined) return { entry, index, covers: true };
    refused ??= { entry, index, covers: false, reason };
  }
  return refused;
}

/** A store, or any directory as a whole. */
export function treeVerdict(path: BytePath, context: AllowContext): AllowVerdict | undefined {
  for (const [index, matcher] of context.matchers.entries()) {
    const entry = context.entries[index];
    if (entry === undefined || !(matcher.matches(path) || matcher.matchesAllBelow(path))) continue;
    if (!isExpired(entry, context.today)) return { entry, index, covers: true };
  }
  return undefined;
}

function refusal(file: UnownedFile, entry: AllowEntry, matcher: AllowMatcher, context: AllowContext): string | undefined {
  if (isExpired(entry, context.today)) return `it held until ${entry.until ?? ''}`;
  const { facts } = file;
  const wanted = entry.sums === undefined ? entry.sha256 : entry.sums.get(facts.path);
  if (entry.sums !== undefined && wanted === undefined) return `${entry.sumsFile ?? 'its list of digests'} does not name this file`;
  if (wanted !== undefined) {
    if (file.sha256 === undefined) return facts.type === 'file' ? 'its content could not be compared with the declared digest' : `a ${facts.type} has no digest`;
    return file.sha256 === wanted ? undefined : 'its content is not the declared one';
  }
  // A link or directory has no digest, so that naming it alone has to do; what a link leads to is judged by itself.
  if (facts.type !== 'file') {
    return matcher.literal === undefined && (facts.launch !== undefined || file.shadows !== undefined || facts.type === 'directory') ? `this ${facts.type} needs an entry of its own` : undefined;
  }
  if (needsDigest(file)) return 'a file with privileges, or one that starts or loads something, needs an entry with its sha256';
  const use = context.inUse?.(facts.path);
  if (use !== undefined) return use === 'listens' ? 'a program that listens needs an entry with its sha256' : 'what a launch point starts needs an entry with its sha256';
  if (file.shadows !== undefined && matcher.literal === undefined) return 'a program that hides a packaged one needs an entry of its own';
  if (!context.rootOnly(parentOf(facts.path))) return `others than root can write to ${toText(parentOf(facts.path))}, so that it needs an entry with its sha256`;
  if (writableByOthers(file)) return 'others than root can write to it, so that it needs an entry with its sha256';
  return undefined;
}

export function needsDigest(file: UnownedFile): boolean {
  const { facts } = file;
  return isPrivileged(facts) || facts.launch !== undefined || facts.code === 'self-loading' || facts.code === 'kernel-module';
}

/** Whether an entry for this file has to name its digest: for what it can do or does, or because others than root can change it. */
export function needsDigestHere(file: UnownedFile, context: Pick<AllowContext, 'rootOnly' | 'inUse'>): boolean {
  return needsDigest(file) || context.inUse?.(file.facts.path) !== undefined || writableByOthers(file) || !context.rootOnly(parentOf(file.facts.path));
}

function writableByOthers(file: UnownedFile): boolean {
  const { mode, uid } = file.facts.stat;
  // Also where the group is root: its bits are the mask of an access list too (acl(5)), which may name anybody.
  return uid !== 0 || (mode & 0o022) !== 0;
}

/** Why an entry that is for a file does not cover it. */
export function verdictEvidence(verdict: AllowVerdict | undefined): Evidence[] {
  if (verdict?.reason === undefined) return [];
  const { file, line } = verdict.entry.declaredAt;
  return [{ source: `${file}:${line}`, detail: `"${verdict.entry.path}" does not allow it: ${verdict.reason}` }];
}
