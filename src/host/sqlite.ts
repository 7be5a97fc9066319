// Reads sqlite databases that were copied into a private directory (package managers' histories). Never the host's own file: opening one may write.
import { fail, ok, type Result } from '../model/result.ts';

export type SqlValue = string | number | bigint | null | Uint8Array;
/** One row, by column order. */
export type SqlRow = readonly SqlValue[];

const MAX_ROWS = 5_000_000;

/** All rows of one SELECT over `file` (a path of this machine, a private copy with its -wal beside it). A damaged file is a Failure 'sqlite'. */
export function querySqlite(file: string, select: string): Result<readonly SqlRow[]> {
  // Loaded when needed: most runs of drift read no sqlite file.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    // A hostile schema may hold views and triggers with functions in them (sqlite.org/security.html).
    database.exec('PRAGMA trusted_schema=OFF');
    const statement = database.prepare(select);
    statement.setReturnArrays(true);
    const rows: SqlRow[] = [];
    for (const row of statement.iterate()) {
      if (rows.length >= MAX_ROWS) return fail('too-large', `more than ${MAX_ROWS} rows`);
      rows.push(row as unknown as SqlRow);
    }
    return ok(rows);
  } catch (error) {
    if (!(error instanceof Error) || !('errcode' in error)) throw error;
    return fail('sqlite', error.message);
  } finally {
    database?.close();
  }
}
