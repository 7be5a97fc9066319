// `drift check` for the text file collector of node_exporter (Prometheus' text format 0.0.4, without time stamps, which the collector refuses).
import { SEVERITIES, severityRank, type Finding } from '../../model/finding.ts';
import type { CheckReport } from '../../model/report.ts';
import { findingSubject } from '../subject.ts';
import type { Verdict } from '../check/verdict.ts';
import { visible, visibleText } from '../visible.ts';

/** Each named finding is a series of its own in everybody's database: only what somebody has to look at today, and never more than this. */
const MOST_NAMED = 200;

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

export function checkPrometheus(report: CheckReport, { exitCode }: Verdict): string {
  const { baseline, coverage, findings, host, manifest, swept } = report;
  const one = (value: number): readonly Sample[] => [[{}, value]];
  return [
    metric('drift_info', 'Version of drift, and the system that it looked at.', [[{ version: report.drift, os: visibleText(host.os.id), os_version: visibleText(host.os.versionId), managers: host.managers.join(','), root: visible(host.root) }, 1]]),
    metric('drift_check_timestamp_seconds', 'When the last check began, in seconds since 1970.', one(report.startedAt / 1000)),
    metric('drift_check_duration_seconds', 'How long the last check took.', one(Math.round(report.durationMs) / 1000)),
    metric('drift_check_exit_code', '0 in sync, 2 drift, 3 something could not be read.', one(exitCode)),
    metric('drift_manifest_info', 'Manifest files that the host was compared with.', manifest.map(({ path, sha256 }) => [{ path: visibleText(path), sha256 }, 1])),
    metric('drift_severity_findings', 'Findings of the last check by severity.', SEVERITIES.map((severity) => [{ severity }, findings.filter((finding) => finding.severity === severity).length])),
    metric('drift_findings', 'Findings of the last check by kind and severity, where there are any.', byKind(findings)),
    metric('drift_finding_info', `Each finding of severity high or critical, ${MOST_NAMED} of them at most.`, named(findings)),
    metric('drift_source_complete', '1 where all of a source could be read, else 0.', coverage.map(({ source, status }) => [{ source: visible(source) }, status === 'complete' ? 1 : 0])),
    metric('drift_source_skipped', 'Things of a source that were left out on purpose.', coverage.map(({ skipped, source }) => [{ source: visible(source) }, skipped.length])),
    metric('drift_swept_entries', 'Files, directories and links that were looked at.', swept === undefined ? [] : one(swept.entries)),
    metric('drift_unowned_entries', 'Of these, what no package owns.', swept === undefined ? [] : one(swept.unowned)),
    metric('drift_expected_entries', 'Of those, what is proved legitimate or cannot run.', swept === undefined ? [] : one(swept.expected)),
    metric('drift_baseline_hidden_findings', 'Findings left out because the baseline has them.', baseline === undefined ? [] : one(baseline.hidden)),
  ].join('');
}

function byKind(findings: readonly Finding[]): Sample[] {
  const groups = Map.groupBy(findings, ({ kind, severity }) => `${kind} ${severity}`);
  return [...groups.values()].map(([first, ...more]) => [{ kind: first!.kind, severity: first!.severity }, more.length + 1]);
}

/** Ids are the same for the same subject: two findings with one are told apart by nothing a series could have. */
function named(findings: readonly Finding[]): Sample[] {
  const grave = findings.filter(({ severity }) => severityRank(severity) >= severityRank('high'));
  const once = new Map(grave.map((finding) => [`${finding.id} ${finding.kind}`, finding]));
  return [...once.values()].slice(0, MOST_NAMED).map((finding) => [{ id: finding.id, kind: finding.kind, severity: finding.severity, subject: findingSubject(finding) }, 1]);
}

/** Nothing for a metric without samples. */
function metric(name: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}`), ''].join('\n');
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
