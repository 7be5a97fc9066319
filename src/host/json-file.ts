// JSON that somebody else's program wrote on the host (RFC 8259), bounded; what is no JSON is no record.
import type { BytePath } from '../model/bytes.ts';
import type { Host } from './host.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_BYTES = 16 * 1024 * 1024;

/** Undefined where it cannot be read or is no JSON. */
export function readJson(host: Host, path: BytePath, maxBytes = MAX_BYTES): unknown {
  const text = host.readFile(path, maxBytes);
  if (!text.ok) return undefined;
  try {
    return JSON.parse(text.value.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function readJsonObject(host: Host, path: BytePath, maxBytes?: number): JsonObject | undefined {
  const value = readJson(host, path, maxBytes);
  return isJsonObject(value) ? value : undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
