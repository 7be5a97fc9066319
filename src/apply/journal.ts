// The journal of one run, open for writing: nothing is done on the host unless what is about to be done is on the disk already.
import type { DirectoryHandle } from '../host/directory-handle.ts';
import { continueLog, createLog, readWhole, type DurableLog } from '../host/durable-log.ts';
import { journalLine, NO_LINE, readJournalLines } from '../host/journal-lines.ts';
import { foldJournal, type JournalRecord, type RunRecord } from '../model/journal.ts';
import { fail, ok, type Result } from '../model/result.ts';

export const JOURNAL_NAME = 'journal';

export interface Journal {
  /** On the disk when it returns. A failure means that nobody knows: whoever gets one stops. */
  append(record: JournalRecord): Result<void>;
  /** What it says so far. */
  read(): RunRecord;
  close(): void;
}

/** A new one, with its first line. */
export function createJournal(directory: DirectoryHandle, begin: JournalRecord & { readonly type: 'begin' }): Result<Journal> {
  const log = createLog(directory, JOURNAL_NAME);
  if (!log.ok) return log;
  const journal = new OpenJournal(log.value, [], NO_LINE);
  const begun = journal.append(begin);
  const synced = begun.ok ? directory.sync() : begun;
  if (synced.ok) return ok(journal);
  journal.close();
  return synced;
}

/** The one that is there, to go on with. 'journal-damaged', 'journal-empty' where not even its first line was written. */
export function openJournal(directory: DirectoryHandle): Result<Journal> {
  const content = readWhole(directory, JOURNAL_NAME);
  if (!content.ok) return content;
  const read = readJournalLines(content.value, `${directory.path}/${JOURNAL_NAME}`);
  if (!read.ok) return read;
  if (foldJournal(read.value.records) === undefined) return fail('journal-empty', `${directory.path}/${JOURNAL_NAME} does not begin as a journal does`);
  const log = continueLog(directory, JOURNAL_NAME, read.value.length);
  return log.ok ? ok(new OpenJournal(log.value, [...read.value.records], read.value.sum)) : log;
}

class OpenJournal implements Journal {
  readonly #log: DurableLog;
  readonly #records: JournalRecord[];
  #sum: string;

  constructor(log: DurableLog, records: JournalRecord[], sum: string) {
    this.#log = log;
    this.#records = records;
    this.#sum = sum;
  }

  append(record: JournalRecord): Result<void> {
    const { line, sum } = journalLine(record, this.#sum);
    const written = this.#log.append(line);
    if (!written.ok) return fail('journal-failed', `the journal cannot be written: ${written.error.message}`, 'make room in /var/lib/drift, then: drift recover');
    this.#records.push(record);
    this.#sum = sum;
    return ok(undefined);
  }

  read(): RunRecord {
    const record = foldJournal(this.#records);
    if (record === undefined) throw new Error('a journal without a beginning was opened');
    return record;
  }

  close(): void {
    this.#log.close();
  }
}
