// drift.backup/1: the backup list as JSON (schema in docs/reference/backup.schema.json).
import type { BackupReport } from '../../model/backup.ts';
import { bytesField, jsonText } from '../check/json.ts';

export function backupJson({ accounts, drift, entries, host, incomplete, manifest, notLookedAt, schema }: BackupReport): string {
  return jsonText({
    schema, drift, host: { name: host.name, os: host.os, ...bytesField('root', host.root) }, manifest, accounts,
    entries: entries.map(({ path, ...rest }) => ({ ...bytesField('path', path), ...rest })),
    notLookedAt: notLookedAt.map((path) => bytesField('path', path)), incomplete,
  });
}
