// `drift check` as SARIF 2.1.0 (OASIS): what code scanning services and editors read.
import type { ByteString } from '../../model/bytes.ts';
import type { Coverage } from '../../model/coverage.ts';
import { FINDING_KINDS, type Finding, type FindingKind, type Severity, type Subject } from '../../model/finding.ts';
import type { CheckReport } from '../../model/report.ts';
import type { Steps } from '../../model/steps.ts';
import { findingValue, listJson } from '../check/json.ts';
import { findingSubject } from '../subject.ts';
import type { Verdict } from '../check/verdict.ts';
import { visible, visibleMessage } from '../visible.ts';
import { KIND_WORDS } from '../words.ts';

const LEVEL: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { critical: 'error', high: 'error', medium: 'warning', low: 'warning', info: 'note' };

export function* checkSarif(report: CheckReport, { exitCode }: Verdict): Steps<string> {
  const kinds = FINDING_KINDS.filter((kind) => report.findings.some((finding) => finding.kind === kind));
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [{
      tool: { driver: { name: 'drift', version: report.drift, semanticVersion: report.drift, rules: kinds.map(rule) } },
      automationDetails: { id: `drift/${encoded(report.host.name)}/` },
      originalUriBaseIds: { ROOT: { uri: `file://${encoded(report.host.root)}${report.host.root === '/' ? '' : '/'}` } },
      invocations: [{
        executionSuccessful: true, exitCode, startTimeUtc: new Date(report.startedAt).toISOString(), endTimeUtc: new Date(report.startedAt + Math.round(report.durationMs)).toISOString(),
        toolExecutionNotifications: report.coverage.flatMap(notifications),
      }],
      columnKind: 'utf16CodeUnits',
      results: [],
    }],
  };
  return yield* listJson(log, report.findings, (finding) => result(finding, kinds));
}

function rule(kind: FindingKind): unknown {
  return { id: kind, shortDescription: { text: plain(KIND_WORDS[kind].many) } };
}

function result(finding: Finding, kinds: readonly FindingKind[]): unknown {
  const { declaredAt, id, kind, severity, subject } = finding;
  const path = pathOf(subject);
  const logical = { fullyQualifiedName: findingSubject(finding), kind: subject.type };
  return {
    ruleId: kind,
    ruleIndex: kinds.indexOf(kind),
    level: LEVEL[severity],
    message: { text: plain(`${findingSubject(finding)} - ${visibleMessage(finding.message)}`) },
    locations: [{ ...(path === undefined ? {} : { physicalLocation: { artifactLocation: artifact(path) } }), logicalLocations: [logical] }],
    ...(declaredAt === undefined ? {} : { relatedLocations: [{ id: 0, physicalLocation: { artifactLocation: { uri: `file://${encoded(declaredAt.file)}` }, region: { startLine: declaredAt.line, startColumn: declaredAt.column } } }] }),
    partialFingerprints: { 'driftFindingId/v1': id },
    // With the exact bytes of every name, as in drift.report/1.
    properties: { finding: findingValue(finding) },
  };
}

function notifications({ problems, source, status }: Coverage): readonly unknown[] {
  return problems.map(({ message, path }) => ({
    level: status === 'failed' ? 'error' : 'warning',
    message: { text: plain(`${visible(source)}: ${visibleMessage(message)}`) },
    ...(path === undefined ? {} : { locations: [{ physicalLocation: { artifactLocation: artifact(path) } }] }),
  }));
}

/** The file that somebody would open. */
function pathOf(subject: Subject): ByteString | undefined {
  switch (subject.type) {
    case 'path': case 'tree': case 'watch': case 'launch': case 'process': return subject.path;
    case 'key': return subject.file;
    case 'listener': return subject.program;
    default: return undefined;
  }
}

/** Inside the root, whose place `originalUriBaseIds` has. */
function artifact(path: ByteString): { readonly uri: string; readonly uriBaseId?: string } {
  return path.startsWith('/') ? { uri: path === '/' ? './' : encoded(path.slice(1)), uriBaseId: 'ROOT' } : { uri: encoded(path) };
}

/** Each byte that a URI reserves, or that is none of its characters, as %HH (RFC 3986): the name byte by byte, whatever its encoding. */
function encoded(text: string): string {
  const bytes = /[^\x00-\xff]/.test(text) ? [...new TextEncoder().encode(text)] : Array.from(text, (unit) => unit.charCodeAt(0));
  return bytes.map((byte) => (/[A-Za-z0-9._~/-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');
}

/** Brackets would make links of a name, and braces placeholders (SARIF 3.11.5, 3.11.6). */
function plain(text: string): string {
  return text.replaceAll(/[[\]]/g, '\\$&').replaceAll(/[{}]/g, '$&$&');
}
