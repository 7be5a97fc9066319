// Reads what drift itself wrote as JSON and a person names: a plan, a baseline. Whoever can write such a file decides what is done or not told, so that root believes it as little as a manifest.
import { readNamedFile, stepsTo } from '../../host/manifest-files.ts';
import { untrustedFile } from '../../manifest/trust.ts';
import { fail, ok, type Result } from '../../model/result.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface SavedKind {
  /** 'plan': for messages and codes ('plan-unreadable', 'plan-untrusted', 'plan-invalid'). */
  readonly what: 'plan' | 'baseline' | 'list';
  /** 'drift.plan/1'. */
  readonly schema: string;
  /** How one is made. */
  readonly hint: string;
}

const MAX_BYTES = 256 * 1024 * 1024;

/** An object with that `schema`; what is in it is for the caller to check. */
export function readSaved(path: string, kind: SavedKind): Result<Json> {
  const { hint, schema, what } = kind;
  const unreadable = (message: string): Result<never> => fail(`${what}-unreadable`, message, hint);
  const steps = stepsTo(path);
  if (!steps.ok) return unreadable(steps.error.reason === 'ENOENT' ? `the ${what} ${path} does not exist` : `the ${what}: ${steps.error.message}`);
  const refusal = untrustedFile(steps.value, process.geteuid!(), what);
  if (refusal !== undefined) return { ok: false, error: refusal };
  const file = readNamedFile(path, MAX_BYTES);
  if (!file.ok) return unreadable(`the ${what}: ${file.error.message}`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(file.value.bytes).toString('utf8'));
  } catch (error) {
    return fail(`${what}-invalid`, `the ${what} ${path} is not JSON, or not all of it: ${(error as Error).message.slice(0, 200)}`, hint);
  }
  if (!isObject(value)) return invalid(path, kind, 'it is no object');
  if (value['schema'] !== schema) return invalid(path, kind, typeof value['schema'] === 'string' ? `it is ${value['schema'].slice(0, 80)}` : 'it has no "schema"');
  return ok(value);
}

export function invalid(path: string, { hint, schema, what }: SavedKind, why: string): Result<never> {
  return fail(`${what}-invalid`, `the ${what} ${path} is not ${schema}: ${why}`, hint);
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
