// The journal in the wrong order: what is about to be moved is written down with the next record, after the act. For the test that shows that the kill points find it.
import { createJournal as create, JOURNAL_NAME, openJournal, type Journal } from '../../src/apply/journal.ts';
import type { DirectoryHandle } from '../../src/host/directory-handle.ts';
import type { JournalRecord } from '../../src/model/journal.ts';
import { ok, type Result } from '../../src/model/result.ts';

export { JOURNAL_NAME, openJournal };

export function createJournal(directory: DirectoryHandle, begin: JournalRecord & { readonly type: 'begin' }): Result<Journal> {
  const created = create(directory, begin);
  if (!created.ok) return created;
  const journal = created.value;
  const late: JournalRecord[] = [];
  return ok({
    append(record) {
      if (record.type === 'move-intent') {
        late.push(record);
        return ok(undefined);
      }
      for (const each of late.splice(0)) journal.append(each);
      return journal.append(record);
    },
    read: () => journal.read(),
    close: () => journal.close(),
  });
}
