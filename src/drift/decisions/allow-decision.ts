// A path or pattern that a person allows → the entry for the manifest: with a digest where one is needed (DESIGN "Allow"), and refused where a pattern would promise too much.
import { isValidUtf8, parentOf, toText, type BytePath } from '../../model/bytes.ts';
import type { FileType } from '../../model/file.ts';
import type { AllowEdit } from '../../model/manifest-edit.ts';
import type { StoreGroup, UnownedFile } from '../../model/observed.ts';
import { packageLabel, type PackageRef } from '../../model/package.ts';
import { patternFor, type Pattern } from '../../model/pattern.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { shellWord } from '../../model/shell-word.ts';
import { allowSaid, entryInTheWay, type AllowAsked, type AllowSaid } from './allow-renewal.ts';
import { sumsHint } from './sums-hint.ts';
import { allowVerdict, needsDigestHere, type AllowContext } from '../files/allowed.ts';

/** `path`: canonical; `shown`: as it is to stand in the manifest. A directory is allowed with everything below it. */
export type AllowSubject =
  | { readonly kind: 'path'; readonly path: BytePath; readonly shown: BytePath; /** Undefined = nothing is there. */ readonly type: FileType | undefined }
  | { readonly kind: 'pattern'; readonly text: string; readonly pattern: Pattern };

export interface AllowDecisionContext {
  readonly unowned: readonly UnownedFile[];
  readonly stores: readonly StoreGroup[];
  readonly allow: AllowContext;
  /** It runs, is loaded or is started, and no package owns it: plain data that an interpreter runs is nothing that the sweep knows. */
  readonly isInUse?: (path: BytePath) => boolean;
  /** Of a canonical path. */
  owners(path: BytePath): readonly PackageRef[];
  /** sha256 of a file's content. */
  digestOf(path: BytePath): Result<string>;
}

export interface AllowDecision {
  readonly edit: AllowEdit;
  readonly warnings: readonly string[];
}

/** Failures: 'needs-digest', 'owned', 'not-text', 'no-digest', 'manifest-conflict' (an entry is in the way), and those of `allowSaid` and `digestOf`. */
export function allowDecision(subject: AllowSubject, asked: AllowAsked, context: AllowDecisionContext): Result<AllowDecision> {
  if (subject.kind === 'path' && !isValidUtf8(subject.shown)) return fail('not-text', `the name of ${toText(subject.shown)} is no UTF-8, so that no manifest can have it`, 'rename it, or allow a pattern with ? in the place of the odd bytes');
  const said = allowSaid(subject.kind === 'pattern' ? subject.text : patternFor(subject.shown), asked, context.allow);
  if (!said.ok) return said;
  const decided = subject.kind === 'pattern' ? forPattern(subject.text, subject.pattern, said.value, context) : forPath(subject, said.value, context);
  return decided.ok ? entryInTheWay(decided.value.edit, context.allow) ?? decided : decided;
}

function forPath({ path, shown, type }: Extract<AllowSubject, { readonly kind: 'path' }>, { digest: wanted, said }: AllowSaid, context: AllowDecisionContext): Result<AllowDecision> {
  const name = toText(shown);
  const edit = { kind: 'allow' as const, path: patternFor(shown), ...said };
  if (type === undefined) {
    if (wanted) return fail('no-digest', `${name} is not there, so that it has no digest`, said.replaces === undefined ? 'leave out --sha256' : 'take its entry out of the manifest');
    return ok({ edit, warnings: [`nothing is at ${name} now`] });
  }
  const file = context.unowned.find((one) => one.facts.path === path && one.proof === undefined);
  const [owner] = file === undefined ? context.owners(path) : [];
  if (owner !== undefined) return fail('owned', `${name} belongs to ${packageLabel(owner)}: allow speaks of what no package owns`, `drift explain ${name}`);
  const warnings = file === undefined && !isUsed(path, context) ? [`drift check does not report ${name}, so that it needs no entry`] : [];
  if (type !== 'file') {
    if (wanted) return fail('no-digest', `${name} is a ${type}, which has no digest`, said.replaces === undefined ? 'leave out --sha256' : 'take sha256 out of its entry');
    return ok({ edit, warnings });
  }
  const needed = file === undefined ? isUsed(path, context) || !context.allow.rootOnly(parentOf(path)) : needsDigestHere(file, context.allow);
  if (!needed && !wanted) return ok({ edit, warnings });
  const digest = context.digestOf(path);
  if (!digest.ok) return fail('no-digest', `the content of ${name} could not be read: ${digest.error.message}`, 'run drift as root');
  return ok({ edit: { ...edit, sha256: digest.value }, warnings });
}

function isUsed(path: BytePath, { allow, isInUse }: AllowDecisionContext): boolean {
  return allow.inUse?.(path) !== undefined || isInUse?.(path) === true;
}

const NAMED = 5;

/** What needs its digest is refused here unless it has an entry of its own: a pattern would look as if it covered it. */
function forPattern(text: string, pattern: Pattern, { digest, said }: AllowSaid, context: AllowDecisionContext): Result<AllowDecision> {
  if (digest) return fail('needs-digest', `a digest is for one file, and ${text} may be several`, 'name the files one by one, or write an entry with sums: FILE, as sha256sum prints them');
  const files = context.unowned.filter((file) => file.proof === undefined && pattern.matches(file.facts.path));
  const needing = files.filter((file) => file.facts.type === 'file' && needsDigestHere(file, context.allow) && allowVerdict(file, context.allow)?.covers !== true).map((file) => toText(file.facts.path));
  if (needing.length > 0) {
    const named = needing.slice(0, NAMED).join('\n');
    const more = needing.length > NAMED ? `\nand ${needing.length - NAMED} more` : '';
    return fail(
      'needs-digest',
      `${text} would not cover ${needing.length === 1 ? 'a file' : `${needing.length} files`} with privileges, that starts, loads or listens, or that others than root can write:\n${named}${more}`,
      // Where it is many, nobody names them one by one.
      needing.length > NAMED && text === `${patternFor(pattern.prefix)}/**` ? sumsHint(pattern.prefix) : `allow ${needing.length === 1 ? 'it' : 'them'} by name first: drift allow ${needing.map(shellWord).join(' ').slice(0, 400)} --reason …`,
    );
  }
  const isStore = context.stores.some(({ path }) => pattern.matches(path) || pattern.matchesAllBelow(path));
  return ok({ edit: { kind: 'allow', path: text, ...said }, warnings: files.length === 0 && !isStore ? [`${text} matches nothing that drift check reports now`] : [] });
}
