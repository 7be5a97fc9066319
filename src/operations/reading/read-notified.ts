// Reads what drift told of before (drift.notified/1), from its own directory, where only root can write.
import { createHash } from 'node:crypto';
import type { Host } from '../../host/host.ts';
import { isJsonObject, readJson } from '../../host/json-file.ts';
import { joinPath } from '../../model/bytes.ts';
import { NOTIFIED_NAME, NOTIFIED_SCHEMA, type LostEntry, type Notified, type NotifyQuestion } from '../../model/notified.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { STATE_DIRECTORY } from '../../model/run-places.ts';
import { baselineEntryOf, isTexts } from './read-baseline.ts';

const MAX_BYTES = 64 * 1024 * 1024;
const DIRECTORY = joinPath(STATE_DIRECTORY, NOTIFIED_NAME);

/** Of the file that remembers what was told in answer to a question. */
export function notifiedName({ baseline, failOn, gate, history, manifest, verify }: NotifyQuestion): string {
  return `${createHash('sha256').update(JSON.stringify([manifest, verify, history, gate, failOn, baseline])).digest('hex').slice(0, 16)}.json`;
}

/** Undefined: nothing was told before. 'notified-untrusted', 'notified-invalid', errno names. */
export function readNotified(host: Host, asked: NotifyQuestion): Result<Notified | undefined> {
  const path = joinPath(DIRECTORY, notifiedName(asked));
  for (const each of [STATE_DIRECTORY, DIRECTORY, path]) {
    const stat = host.lstat(each);
    if (!stat.ok) return stat.error.reason === 'ENOENT' ? ok(undefined) : stat;
    if (stat.value.uid !== 0 || (stat.value.mode & 0o077) !== 0) return fail('notified-untrusted', `${each} is not for root alone`);
  }
  const value = readJson(host, path, MAX_BYTES);
  const notified = isJsonObject(value) ? notifiedOf(value, asked) : undefined;
  return notified === undefined ? fail('notified-invalid', `${path} is not ${NOTIFIED_SCHEMA}`) : ok(notified);
}

function notifiedOf({ drift, findings, lost, machineId, mail, owedToJournal, schema, toldAt, unread }: Readonly<Record<string, unknown>>, asked: NotifyQuestion): Notified | undefined {
  const told = momentOf(toldAt);
  if (schema !== NOTIFIED_SCHEMA || typeof drift !== 'string' || told === undefined || !isTexts(unread) || !isTexts(owedToJournal)) return undefined;
  if (!Array.isArray(findings) || !Array.isArray(lost) || (machineId !== undefined && typeof machineId !== 'string')) return undefined;
  const entries = findings.map(baselineEntryOf).filter((entry) => entry !== undefined);
  const gone = lost.map(lostOf).filter((entry) => entry !== undefined);
  if (entries.length !== findings.length || gone.length !== lost.length) return undefined;
  const to = isJsonObject(mail) ? mail['to'] : undefined;
  const owed = isJsonObject(mail) ? mail['owed'] : undefined;
  if (mail !== undefined && !(isTexts(to) && isTexts(owed))) return undefined;
  return {
    drift, toldAt: told, asked, unread, owedToJournal, findings: entries, lost: gone,
    ...(machineId === undefined ? {} : { machineId }), ...(isTexts(to) && isTexts(owed) ? { mail: { to, owed } } : {}),
  };
}

function lostOf(value: unknown): LostEntry | undefined {
  if (!isJsonObject(value)) return undefined;
  const [entry, lostAt] = [baselineEntryOf(value['entry']), momentOf(value['lostAt'])];
  return entry === undefined || lostAt === undefined ? undefined : { entry, lostAt };
}

function momentOf(value: unknown): number | undefined {
  const moment = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment;
}
