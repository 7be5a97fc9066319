// drift.rebuild/1: a rebuild list as JSON, to be read by programs and by drift itself (schema in docs/reference/rebuild.schema.json).
import { REBUILD_BYTES, type RebuildList } from '../../model/rebuild.ts';
import { bytesField, jsonText } from '../check/json.ts';

export function rebuildJson(list: RebuildList): string {
  return jsonText(rebuildValue(list));
}

/** Byte strings become text with the exact bytes beside it where they are no UTF-8; all else is as in the model. */
export function rebuildValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rebuildValue);
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'string' && REBUILD_BYTES.has(key)) Object.assign(out, bytesField(key, item));
    else out[key] = rebuildValue(item);
  }
  return out;
}
