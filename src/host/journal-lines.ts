// The lines of a run's journal (docs/decisions/0008-journal.md): JSON, names as base64 where they are not plain ASCII, each with a checksum over itself and the line before.
import { createHash } from 'node:crypto';
import { baseOf, parentOf, toBase64, type BytePath, type ByteString } from '../model/bytes.ts';
import { JOURNAL_SCHEMA, type JournalRecord } from '../model/journal.ts';
import { fail, ok, type Failure, type Result } from '../model/result.ts';
import { runNumber } from '../model/run-places.ts';

/** Fields that hold bytes of the host. */
const BYTES: readonly string[] = ['path', 'quarantine', 'target', 'exe', 'group'];
const PLAIN = /^[\x20-\x7e]*$/;
export const NO_LINE = '';

/** `before`: the checksum of the line before, `NO_LINE` for the first. */
export function journalLine(record: JournalRecord, before: string): { readonly line: string; readonly sum: string } {
  const plain = Object.fromEntries(Object.entries(record).map(([key, value]) => (BYTES.includes(key) && !PLAIN.test(value as string) ? [`${key}64`, toBase64(value as ByteString)] : [key, value])));
  const text = ascii(JSON.stringify(plain));
  const sum = checksum(before, text);
  return { line: `${text.slice(0, -1)},"sum":"${sum}"}`, sum };
}

export interface ReadJournal {
  readonly records: readonly JournalRecord[];
  /** Bytes of the lines that are whole. */
  readonly length: number;
  /** Of the last of them. */
  readonly sum: string;
}

/** A last line that was cut off is left out: its intent was not on the disk yet, so nothing was done for it. 'journal-damaged' for any other, 'journal-newer' for a journal of another schema. `path`: of the journal. */
export function readJournalLines(content: Buffer, path: BytePath): Result<ReadJournal> {
  const { damage, ...read } = readWholeLines(content, path);
  return damage === undefined ? ok(read) : { ok: false, error: damage };
}

/** The same for whoever only reads: what stands before the damage is true, and not all. */
export function readWholeLines(content: Buffer, path: BytePath): ReadJournal & { readonly damage?: Failure } {
  const records: JournalRecord[] = [];
  let sum = NO_LINE;
  let at = 0;
  while (at < content.length) {
    const end = content.indexOf(10, at);
    const line = end < 0 ? undefined : content.toString('latin1', at, end);
    const record = line === undefined ? undefined : readLine(line, sum);
    if (record === undefined) {
      // Blocks reach the disk in any order: a newline may be there without what stands before it, which then is zeros.
      if (end < 0 || (end === content.length - 1 && line!.includes('\0'))) break;
      const hint = `drift history ${runNumber(runOf(path)) ?? ''} shows what the lines before it say; ${withoutIt(path)}`;
      return { records, length: at, sum, damage: fail('journal-damaged', `${path} is damaged in line ${records.length + 1}`, hint).error };
    }
    // A later version may write acts down of which this one knows nothing.
    if (record.record.type === 'begin' && record.record.schema !== JOURNAL_SCHEMA) {
      const { drift, schema } = record.record as { readonly drift: unknown; readonly schema: unknown };
      const version = typeof drift === 'string' ? ` (${drift.slice(0, 40)})` : '';
      return { records: [], length: 0, sum: NO_LINE, damage: fail('journal-newer', `${path} is ${String(schema).slice(0, 80)} and not ${JOURNAL_SCHEMA}: another version of drift wrote it${version}`, `use that version; ${withoutIt(path)}`).error };
    }
    records.push(record.record);
    sum = record.sum;
    at = end + 1;
  }
  return { records, length: at, sum };
}

/** A run whose journal cannot be read stands in the way of the next: nobody knows whether it was cut off. That it does not count is for a person to say. */
function withoutIt(path: BytePath): string {
  const directory = parentOf(path);
  return `to go on without that run: mv ${directory} ${parentOf(directory)}/aside-${runOf(path)}; it cannot be undone then, and what it moved stays in quarantine, where drift check reports it`;
}

function runOf(path: BytePath): ByteString {
  return baseOf(parentOf(path));
}

function readLine(line: string, before: string): { readonly record: JournalRecord; readonly sum: string } | undefined {
  const parts = /^(.*),"sum":"([0-9a-f]{16})"\}$/s.exec(line);
  if (parts === null || checksum(before, `${parts[1]}}`) !== parts[2]) return undefined;
  try {
    const fields = JSON.parse(`${parts[1]}}`) as Record<string, unknown>;
    for (const key of BYTES) {
      const encoded = fields[`${key}64`];
      if (typeof encoded === 'string') fields[key] = Buffer.from(encoded, 'base64').toString('latin1');
    }
    return { record: fields as unknown as JournalRecord, sum: parts[2]! };
  } catch {
    return undefined;
  }
}

function checksum(before: string, text: string): string {
  return createHash('sha256').update(`${before}\n${text}`, 'latin1').digest('hex').slice(0, 16);
}

/** Messages may hold any character; the file holds one byte for each. */
function ascii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
