// Reads a rebuild list that a person names (drift.rebuild/1, docs/reference/rebuild.md).
import type { RebuildList } from '../../model/rebuild.ts';
import { REBUILD_SCHEMA } from '../../model/rebuild.ts';
import { ok, type Result } from '../../model/result.ts';
import { mistakeInList, withBytes } from '../../rebuild/check-list.ts';
import { invalid, readSaved, type SavedKind } from '../reading/read-saved.ts';

const KIND: SavedKind = { what: 'list', schema: REBUILD_SCHEMA, hint: 'make one with drift rebuild --json --output FILE' };

/** 'list-unreadable', 'list-untrusted', 'list-invalid': also one of a newer drift. */
export function readList(path: string): Result<RebuildList> {
  const saved = readSaved(path, KIND);
  if (!saved.ok) return saved;
  const value = withBytes(saved.value);
  const mistake = mistakeInList(value);
  return mistake === undefined ? ok({ ...value as RebuildList, manifest: saved.value['manifest'] as RebuildList['manifest'] }) : invalid(path, KIND, mistake);
}
