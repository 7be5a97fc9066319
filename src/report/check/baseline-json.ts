// drift.baseline/1: what is accepted, for `drift check --baseline` and for a person who reads what they accept (docs/reference/json.md).
import { BASELINE_SCHEMA, type Baseline, type BaselineEntry, type FileMark } from '../../model/baseline.ts';
import { bytesField, jsonText } from './json.ts';

export function baselineJson({ drift, findings, host, recordedAt }: Baseline): string {
  return jsonText({
    schema: BASELINE_SCHEMA,
    drift,
    host: { name: host.name, ...bytesField('root', host.root) },
    recordedAt: new Date(recordedAt).toISOString(),
    findings: findings.map(baselineEntryValue),
  });
}

export function baselineEntryValue({ about, facts, files, id, kinds, related, severity }: BaselineEntry): Record<string, unknown> {
  return { id, kinds, severity, about, related, facts, files: files.map(fileValue) };
}

function fileValue({ path, target, ...rest }: FileMark): Record<string, unknown> {
  return { ...bytesField('path', path), ...(target === undefined ? {} : bytesField('target', target)), ...rest };
}
