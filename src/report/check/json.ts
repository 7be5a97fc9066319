// drift.report/1: one JSON object with every fact of the text report (DESIGN "JSON"; schema in docs/reference/report.schema.json).
import { isValidUtf8, toBase64, toText } from '../../model/bytes.ts';
import type { Coverage } from '../../model/coverage.ts';
import { HIDDEN } from '../../model/escape-text.ts';
import { SEVERITIES, type Finding, type FactValue, type Subject } from '../../model/finding.ts';
import type { ByKind, BySeverity, CheckReport } from '../../model/report.ts';
import { never } from '../../model/result.ts';
import { STEP_ITEMS, type Steps } from '../../model/steps.ts';
import { manifestLineFor, manifestLinesFor } from '../deciding/manifest-line.ts';

const REPORT_SCHEMA_NAME = 'drift.report/1';

export function* checkJson(report: CheckReport): Steps<string> {
  const about = {
    schema: REPORT_SCHEMA_NAME,
    drift: report.drift,
    host: {
      name: report.host.name,
      os: { id: report.host.os.id, versionId: report.host.os.versionId },
      managers: report.host.managers,
      ...bytesField('root', report.host.root),
    },
    startedAt: new Date(report.startedAt).toISOString(),
    durationMs: Math.round(report.durationMs),
    manifest: report.manifest.map((file) => ({ path: file.path, sha256: file.sha256 })),
    ...(report.manifestDoubt === undefined ? {} : { manifestDoubt: { ...report.manifestDoubt } }),
    coverage: report.coverage.map(coverageValue),
    summary: summaryValue(report),
    ...(report.baseline === undefined ? {} : { baseline: { path: report.baseline.path, hidden: report.baseline.hidden, ...(report.baseline.gone === undefined ? {} : { gone: report.baseline.gone }) } }),
    ...(report.notified === undefined ? {} : { notified: { first: report.notified.first, new: report.notified.new, problems: report.notified.problems } }),
    findings: [],
  };
  return yield* listJson(about, report.findings, findingValue);
}

/**
 * Pretty JSON, ending in a newline. JSON.stringify leaves DEL, C1, bidirectional and invisible characters as they are, and a terminal obeys
 * some of them: these become \uXXXX, which is the same JSON.
 */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2).replaceAll(UNSAFE, escaped)}\n`;
}

/** The same text, of a value whose very last list is empty and gets these items. */
export function* listJson<T>(value: unknown, items: readonly T[], valueOf: (item: T) => unknown): Steps<string> {
  const text = jsonText(value);
  if (items.length === 0) return text;
  const place = text.lastIndexOf('[]');
  const indent = /^ */.exec(text.slice(text.lastIndexOf('\n', place) + 1))![0];
  const parts: string[] = [];
  for (const [at, item] of items.entries()) {
    // Line ends of the texts in it are escaped.
    parts.push(`${indent}  ${jsonText(valueOf(item)).trimEnd().replaceAll('\n', `\n${indent}  `)}`);
    if (at % STEP_ITEMS === 0) yield;
  }
  return `${text.slice(0, place)}[\n${parts.join(',\n')}\n${indent}${text.slice(place + 1)}`;
}

function escaped(characters: string): string {
  return characters.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}

const UNSAFE = new RegExp(HIDDEN.source, 'gu');

export function coverageValue(coverage: Coverage): unknown {
  return {
    source: coverage.source,
    status: coverage.status,
    problems: coverage.problems.map((problem) => ({ message: problem.message, ...(problem.path === undefined ? {} : bytesField('path', problem.path)) })),
    skipped: coverage.skipped.map((item) => ({ what: item.what, reason: item.reason })),
  };
}

function summaryValue(report: CheckReport): unknown {
  const bySeverity = Object.fromEntries(SEVERITIES.toReversed().map((severity) => [severity, report.findings.filter((finding) => finding.severity === severity).length])) as BySeverity;
  const byKind: { -readonly [kind in keyof ByKind]: ByKind[kind] } = {};
  for (const { kind } of report.findings) byKind[kind] = (byKind[kind] ?? 0) + 1;
  return { findings: report.findings.length, bySeverity, byKind, ...(report.swept === undefined ? {} : { swept: { ...report.swept } }) };
}

export function findingValue(finding: Finding): unknown {
  return {
    id: finding.id,
    kind: finding.kind,
    severity: finding.severity,
    subject: subjectValue(finding.subject),
    message: finding.message,
    evidence: finding.evidence.map((item) => ({ source: item.source, detail: item.detail })),
    facts: factsValue(finding),
    ...(finding.declaredAt === undefined ? {} : { declaredAt: { file: finding.declaredAt.file, line: finding.declaredAt.line, column: finding.declaredAt.column } }),
    remedy: finding.remedy,
  };
}

export function subjectValue(subject: Subject): unknown {
  switch (subject.type) {
    case 'path': case 'tree': case 'watch': return { type: subject.type, ...bytesField('path', subject.path) };
    case 'package': return { type: 'package', manager: subject.manager, name: subject.name, arch: subject.arch, version: subject.version };
    case 'repository': return { type: 'repository', manager: subject.manager, name: subject.name, uri: subject.uri };
    case 'key': return { type: 'key', fingerprint: subject.fingerprint, ...bytesField('file', subject.file) };
    case 'listener': return { type: 'listener', protocol: subject.protocol, ...bytesField('address', subject.address), port: subject.port, ...bytesField('program', subject.program) };
    case 'process': return { type: 'process', pid: subject.pid, ...bytesField('path', subject.path), startedAt: new Date(subject.startedAt).toISOString() };
    case 'channel': return { type: 'channel', channel: subject.channel, name: subject.name, version: subject.version };
    case 'launch': return { type: 'launch', ...bytesField('path', subject.path), ...bytesField('target', subject.target) };
    case 'account': return { type: 'account', ...bytesField('name', subject.name) };
    case 'waiver': return { type: 'waiver', name: subject.name };
    case 'source': return { type: 'source', source: subject.source };
    default: return never(subject);
  }
}

/** A byte string for JSON: text for display, and the exact bytes beside it (`pathBase64`) where they are no UTF-8. */
export function bytesField(key: string, bytes: string): Record<string, string> {
  // Text that was decoded before has characters above one byte; it is no byte string any more.
  if (/[^\x00-\xff]/.test(bytes)) return { [key]: bytes };
  return isValidUtf8(bytes) ? { [key]: toText(bytes) } : { [key]: toText(bytes), [`${key}Base64`]: toBase64(bytes) };
}

function factsValue(finding: Finding): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(finding.facts)) {
    if (value !== undefined) out[key] = factValue(value);
  }
  const own = manifestLineFor(finding);
  if (own !== undefined) out['manifestLine'] = { section: own.section, line: own.line };
  const all = manifestLinesFor(finding);
  if (all.length > 1) out['manifestLines'] = all.map(({ line, section }) => ({ section, line }));
  return out;
}

/** Objects with a `path` hold byte paths; every other string is text. */
function factValue(value: FactValue): unknown {
  if (Array.isArray(value)) return value.map((item: FactValue) => factValue(item));
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === 'path' && typeof item === 'string') Object.assign(out, bytesField('path', item));
    else out[key] = factValue(item);
  }
  return out;
}
