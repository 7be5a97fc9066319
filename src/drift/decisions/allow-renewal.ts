// What an `allow` entry that is there already means for another decision about the same path: said before, to be renewed, or in the way.
import type { AllowEntry } from '../../model/manifest.ts';
import type { AllowEdit } from '../../model/manifest-edit.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { shellWord } from '../../model/shell-word.ts';
import { isExpired, type AllowContext } from '../files/allowed.ts';

export interface AllowAsked {
  /** Undefined only with `renew`: the one that the entry has. */
  readonly reason?: string;
  readonly owner?: string;
  /** Who answers for a new entry where nobody was named. */
  readonly person?: string;
  /** YYYY-MM-DD. */
  readonly until?: string;
  /** The digest is wanted whether it is needed or not. */
  readonly digest: boolean;
  /** The entry that is there is to say what holds now. */
  readonly renew?: boolean;
}

/** `digest`: the entry is to have one, whether the file needs it or not. */
export interface AllowSaid {
  readonly said: Omit<AllowEdit, 'kind' | 'path' | 'sha256'>;
  readonly digest: boolean;
}

type Entries = Pick<AllowContext, 'entries' | 'today'>;

export function entryFor(path: string, { entries }: Pick<AllowContext, 'entries'>): AllowEntry | undefined {
  return entries.find((entry) => entry.path === path);
}

/** `path`: as an entry has it. Failures: 'no-entry', 'bad-until', 'edit-refused', 'usage'. */
export function allowSaid(path: string, asked: AllowAsked, allow: Entries): Result<AllowSaid> {
  const entry = entryFor(path, allow);
  if (asked.renew === true) return entry === undefined ? fail('no-entry', `the manifest has no entry for ${path}`, 'leave out --renew, and say why it stays with --reason') : renewal(entry, asked, allow);
  if (asked.reason === undefined) return fail('usage', 'an entry needs a reason', 'say with --reason why it stays');
  const owner = asked.owner ?? (entry === undefined ? asked.person : entry.owner);
  return ok({ said: { reason: asked.reason, ...(owner === undefined ? {} : { owner }), ...(asked.until === undefined ? {} : { until: asked.until }) }, digest: asked.digest || entry?.sha256 !== undefined });
}

/** Reason, owner and an end to come stay unless others are named; an end that is past is not taken away without a word. */
function renewal(entry: AllowEntry, asked: AllowAsked, { today }: Entries): Result<AllowSaid> {
  const place = placeOf(entry);
  if (entry.sumsFile !== undefined) return fail('edit-refused', `the digests of ${entry.path} (${place}) stand in ${entry.sumsFile}, which drift does not write`, 'write them anew with sha256sum, and change the line by hand');
  if (asked.until === undefined && isExpired(entry, today)) return fail('bad-until', `${entry.path} was allowed until ${entry.until} (${place})`, 'name the new end with --until, or take the old one out of the line');
  const owner = asked.owner ?? entry.owner;
  const until = asked.until ?? entry.until;
  return ok({
    said: { reason: asked.reason ?? entry.reason, ...(owner === undefined ? {} : { owner }), ...(until === undefined ? {} : { until }), replaces: entry.declaredAt },
    digest: asked.digest || entry.sha256 !== undefined,
  });
}

/** Undefined where no entry is in the way of this one: none is there, it says the same, or it is the one that is renewed. */
export function entryInTheWay(edit: AllowEdit, allow: Entries): ReturnType<typeof fail> | undefined {
  const entry = entryFor(edit.path, allow);
  if (entry === undefined || edit.replaces !== undefined) return undefined;
  const renew = `drift allow ${shellWord(edit.path)} --renew${isExpired(entry, allow.today) ? ' --until YYYY-MM-DD' : ''}`;
  const message = isExpired(entry, allow.today) ? `${edit.path} was allowed until ${entry.until}`
    : entry.sha256 !== undefined && edit.sha256 !== entry.sha256 ? `${edit.path} was allowed with another content than it has now`
      : entry.reason !== edit.reason || entry.until !== edit.until || entry.owner !== edit.owner || entry.sumsFile !== undefined || entry.sha256 !== edit.sha256 ? `${edit.path} is allowed in another way` : undefined;
  return message === undefined ? undefined : fail('manifest-conflict', `${message} (${placeOf(entry)})`, `to have the entry say what holds now: ${renew}`);
}

function placeOf({ declaredAt: { file, line } }: AllowEntry): string {
  return `${file}:${line}`;
}
