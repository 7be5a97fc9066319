// Reads the file of `--baseline` (drift.baseline/1, docs/reference/json.md).
import { BASELINE_SCHEMA, type Baseline, type BaselineEntry, type FileMark } from '../../model/baseline.ts';
import { fromText, type BytePath } from '../../model/bytes.ts';
import type { FileType } from '../../model/file.ts';
import { SEVERITIES, type FactValue, type Severity } from '../../model/finding.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { invalid, isObject, readSaved, type Json, type SavedKind } from './read-saved.ts';

const KIND: SavedKind = { what: 'baseline', schema: BASELINE_SCHEMA, hint: 'write one with drift baseline --output FILE' };

/** 'baseline-unreadable', 'baseline-untrusted', 'baseline-invalid'. */
export function readBaseline(path: string): Result<Baseline> {
  if (path === '') return fail('baseline-unreadable', '--baseline is empty', KIND.hint);
  const saved = readSaved(path, KIND);
  if (!saved.ok) return saved;
  const wrong = (what: string): Result<never> => invalid(path, KIND, what);
  const { drift, findings, host, recordedAt } = saved.value;
  const recorded = typeof recordedAt === 'string' ? Date.parse(recordedAt) : Number.NaN;
  if (typeof drift !== 'string' || !isObject(host) || typeof host['name'] !== 'string' || Number.isNaN(recorded)) return wrong('"drift", "host" or "recordedAt" is not as it should be');
  if (!Array.isArray(findings)) return wrong('"findings" is no list');
  const entries: BaselineEntry[] = [];
  for (const [index, each] of findings.entries()) {
    const entry = baselineEntryOf(each);
    if (entry === undefined) return wrong(`finding ${index + 1} is not as it should be`);
    entries.push(entry);
  }
  return ok({ drift, host: { name: host['name'], root: bytesOf(host, 'root') ?? '/' }, recordedAt: recorded, findings: entries });
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Undefined where it is not as it should be. */
export function baselineEntryOf(value: unknown): BaselineEntry | undefined {
  if (!isObject(value)) return undefined;
  const { about, facts, files, id, kinds, related, severity } = value;
  if (typeof id !== 'string' || !/^[0-9a-f]{12}$/.test(id) || !isTexts(kinds) || kinds.length === 0 || !isTexts(related) || typeof about !== 'string') return undefined;
  if (!(SEVERITIES as readonly unknown[]).includes(severity) || !isObject(facts) || !Array.isArray(files)) return undefined;
  const marks = files.map(markOf);
  if (marks.some((mark) => mark === undefined)) return undefined;
  return { id, kinds, related, about, severity: severity as Severity, facts: facts as Record<string, FactValue>, files: marks as FileMark[] };
}

const NUMBERS = ['uid', 'gid', 'size', 'modifiedAt', 'changedAt'] as const;
const TYPES: readonly string[] = ['file', 'directory', 'link', 'fifo', 'socket', 'block', 'char', 'unknown'] satisfies readonly FileType[];

function markOf(value: unknown): FileMark | undefined {
  if (!isObject(value)) return undefined;
  const { mode, sha256, type } = value;
  const path = bytesOf(value, 'path');
  const target = bytesOf(value, 'target');
  if (path === undefined || typeof mode !== 'string' || typeof type !== 'string' || !TYPES.includes(type) || NUMBERS.some((name) => typeof value[name] !== 'number')) return undefined;
  if (sha256 !== undefined && (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))) return undefined;
  const [uid, gid, size, modifiedAt, changedAt] = NUMBERS.map((name) => value[name]) as [number, number, number, number, number];
  return { path, type: type as FileType, mode, uid, gid, size, modifiedAt, changedAt, ...(target === undefined ? {} : { target }), ...(sha256 === undefined ? {} : { sha256 }) };
}

/** The exact bytes, which stand beside the text where that is not all of them. */
function bytesOf(value: Json, key: string): BytePath | undefined {
  const exact = value[`${key}Base64`];
  if (typeof exact === 'string') return Buffer.from(exact, 'base64').toString('latin1');
  const text = value[key];
  return typeof text === 'string' ? fromText(text) : undefined;
}
