// What entries of the manifest that are for the same port mean for confirming it again: it is said already, no longer holds, or is renewed in its place.
import type { ListenerRow } from '../../model/listener-row.ts';
import type { ListenerEntry } from '../../model/manifest.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { shellWord } from '../../model/shell-word.ts';

export interface Confirmation {
  readonly by: string;
  /** Both YYYY-MM-DD. */
  readonly on: string;
  readonly until?: string;
  readonly reason?: string;
}

export interface ConfirmedBefore {
  /** What is to be written of these. */
  readonly open: readonly ListenerRow[];
  readonly confirmed: Confirmation;
  /** The entry that a line for this address replaces; each once. */
  entryOf(address: string): ListenerEntry | undefined;
  /** Nothing is to be written. */
  readonly there?: ListenerEntry;
}

export interface ConfirmRequest {
  readonly port: number;
  readonly protocol?: 'tcp' | 'udp';
  /** As the table shows it; 'any' for one that takes all. */
  readonly address?: string;
  /** These as typed: text. */
  readonly program?: string;
  readonly unit?: string;
  /** Of a network namespace; without, the host's own network. */
  readonly namespace?: string;
  readonly confirmed: Confirmation;
  /**
   * Entries that are for what listens there are to say what holds now. `keeping`: with the reason that they have, and with their end while that is to come, unless others
   * are named; `as-said`: as `confirmed` says, and what has no entry gets one.
   */
  readonly renew?: 'keeping' | 'as-said';
}

export const ANY = 'any';

/** RFC 4291 §2.5.6: behind the prefix comes what each interface makes of its hardware, or anew at each start. */
const LINK_LOCAL = /^fe[89ab][0-9a-f]:/i;

/** As a manifest says it: of an address that only holds on its link, that it is one. */
export function addressOf({ listener }: ListenerRow): string {
  return listener.reach === ANY ? ANY : LINK_LOCAL.test(listener.address) ? 'fe80::/10' : listener.address;
}

/** `rows`: of one program; `all`: every socket. Failures: 'manifest-conflict', 'no-entry', 'bad-until'. */
export function confirmedBefore(rows: readonly ListenerRow[], asked: ConfirmRequest, all: readonly ListenerRow[]): Result<ConfirmedBefore> {
  const { confirmed, port, renew } = asked;
  // One that confirms something else too is not this program's to change.
  const isOurs = (entry: ListenerEntry): boolean => !all.some((row) => row.state === 'confirmed' && row.entry === entry && !rows.includes(row));
  const entries = [...new Set(rows.flatMap(({ entry }) => (entry !== undefined && isOurs(entry) ? [entry] : [])))];
  const name = `${port}/${rows[0]!.listener.protocol}`;
  if (renew === undefined) return withoutRenewal(rows, asked, name, isOurs);
  const [first] = entries;
  if (renew === 'keeping' && first === undefined) return fail('no-entry', `the manifest has no entry for ${name} that could be renewed`, 'leave out --renew');
  const kept = renew === 'keeping' && first !== undefined ? keeping(first, asked, name) : ok(confirmed);
  if (!kept.ok) return kept;
  const left = new Set(entries);
  return ok({
    open: rows, confirmed: kept.value,
    entryOf(address) {
      const entry = rows.find((row) => (address === ANY || addressOf(row) === address) && row.entry !== undefined && left.has(row.entry))?.entry;
      if (entry !== undefined) left.delete(entry);
      return entry;
    },
  });
}

function withoutRenewal(rows: readonly ListenerRow[], asked: ConfirmRequest, name: string, isOurs: (entry: ListenerEntry) => boolean): Result<ConfirmedBefore> {
  const { confirmed } = asked;
  const open = rows.filter(({ state }) => state !== 'confirmed');
  const ended = open.find(({ entry }) => entry !== undefined && isOurs(entry));
  if (ended?.entry !== undefined) return fail('manifest-conflict', `${name} was ${confirmedWords(ended.entry)}, ${ended.state === 'expired' ? 'and that day is past' : `and that no longer holds: ${ended.why ?? 'it changed'}`}`, `to confirm it as it is now: ${renewCommand(name, ended.state, asked)}`);
  const there = rows.find(({ state }) => state === 'confirmed')?.entry;
  if (open.length > 0 || there === undefined) return ok({ open, confirmed, entryOf: () => undefined });
  const isMore = (confirmed.until !== undefined && confirmed.until !== there.confirmed.until) || (confirmed.reason !== undefined && confirmed.reason !== there.confirmed.reason);
  if (isMore) return fail('manifest-conflict', `${name} is already ${confirmedWords(there)}`, `to have the entry say so instead: ${renewCommand(name, 'confirmed', asked)}`);
  return ok({ open: rows, confirmed, there, entryOf: () => undefined });
}

function renewCommand(name: string, state: ListenerRow['state'], asked: ConfirmRequest): string {
  const { reason, until = state === 'expired' ? 'YYYY-MM-DD' : undefined } = asked.confirmed;
  const flags = Object.entries({ address: asked.address, program: asked.program, unit: asked.unit, namespace: asked.namespace, reason, until });
  const typed = flags.map(([flag, value]) => (value === undefined ? '' : ` --${flag} ${shellWord(value)}`)).join('');
  return `drift listeners confirm ${name}${typed} --renew`;
}

/** An end that is past is not taken away without a word. */
function keeping(entry: ListenerEntry, asked: ConfirmRequest, name: string): Result<Confirmation> {
  const { confirmed } = asked;
  const { reason, until } = entry.confirmed;
  if (confirmed.until === undefined && until !== undefined && until < confirmed.on) return fail('bad-until', `${name} was ${confirmedWords(entry)}`, `name the new end: ${renewCommand(name, 'expired', asked)}; or take the old one out of the line`);
  return ok({ ...(reason === undefined ? {} : { reason }), ...(until === undefined ? {} : { until }), ...confirmed });
}

function confirmedWords({ confirmed: { by, on, until }, declaredAt: { file, line } }: ListenerEntry): string {
  return `confirmed by ${by} on ${on}${until === undefined ? '' : `, until ${until}`} (${file}:${line})`;
}
