// `drift check` as a JUnit report: each source and each finding is a test case (the common dialect of Jenkins and GitLab; test/fixtures/junit.xsd).
import type { Coverage } from '../../model/coverage.ts';
import type { Finding } from '../../model/finding.ts';
import type { CheckReport } from '../../model/report.ts';
import { STEP_ITEMS, type Steps } from '../../model/steps.ts';
import { manifestLineFor } from '../deciding/manifest-line.ts';
import { markup } from './markup.ts';
import { findingSubject } from '../subject.ts';
import type { Verdict } from '../check/verdict.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';

interface Case {
  readonly text: string;
  readonly state: 'passed' | 'failure' | 'error' | 'skipped';
}

/** A finding that counts fails, a source that could not be read is an error; lighter findings are skipped, so that a person sees them and no build stops. */
export function* checkJunit(report: CheckReport, { counts }: Verdict): Steps<string> {
  const sources = report.coverage.map(sourceCase);
  // The source itself says it.
  const findings: Case[] = [];
  for (const [at, finding] of report.findings.entries()) {
    if (finding.kind !== 'source-unreadable') findings.push(findingCase(finding, counts(finding)));
    if (at % STEP_ITEMS === 0) yield;
  }
  const suites = [suite('sources', sources, report), suite('findings', findings, report)];
  const all = [...sources, ...findings];
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="drift check"${totals(all, report)}>`, ...suites, '</testsuites>', ''].join('\n');
}

function suite(name: string, cases: readonly Case[], report: CheckReport): string {
  const started = new Date(report.startedAt).toISOString().slice(0, 19);
  const properties = [
    ['drift', report.drift], ['os', [report.host.os.id, report.host.os.versionId].join(' ').trim()], ['root', visible(report.host.root)],
    ...report.manifest.map(({ path }) => ['manifest', visibleText(path)]),
  ].map(([key, value]) => `   <property name="${key}" value="${markup(visibleMessage(value!))}"/>`);
  return [
    ` <testsuite name="drift ${name}"${totals(cases, report)} skipped="${number(cases, 'skipped')}" timestamp="${started}" hostname="${markup(visibleText(report.host.name))}">`,
    '  <properties>', ...properties, '  </properties>', ...cases.map(({ text }) => text), ' </testsuite>',
  ].join('\n');
}

function totals(cases: readonly Case[], report: CheckReport): string {
  return ` tests="${cases.length}" failures="${number(cases, 'failure')}" errors="${number(cases, 'error')}" time="${(report.durationMs / 1000).toFixed(3)}"`;
}

function number(cases: readonly Case[], state: Case['state']): number {
  return cases.filter((each) => each.state === state).length;
}

function sourceCase({ problems, skipped, source, status }: Coverage): Case {
  const left = skipped.map(({ reason, what }) => `not looked at: ${visibleText(what)} - ${visibleMessage(reason)}`);
  if (status === 'complete') return testCase('source', visible(source), 'passed', left.length === 0 ? '' : element('system-out', [], left));
  const lines = problems.map(({ message, path }) => `${path === undefined ? '' : `${visible(path)}: `}${visibleMessage(message)}`);
  return testCase('source', visible(source), 'error', element('error', [['type', status], ['message', status === 'failed' ? 'could not be read' : 'read in part']], [...lines, ...left]));
}

function findingCase(finding: Finding, counted: boolean): Case {
  const message = visibleMessage(finding.message);
  const line = manifestLineFor(finding);
  const lines = [
    `${finding.id} ${finding.severity}`,
    ...finding.evidence.map(({ detail, source }) => `${visibleText(source)}: ${visibleMessage(detail)}`),
    ...(line === undefined ? [] : [`${line.section}: ${visibleMessage(line.line)}`]),
  ];
  const inner = counted ? element('failure', [['type', finding.severity], ['message', message]], lines) : element('skipped', [['message', `${finding.severity}: ${message}`]], []);
  return testCase(finding.kind, findingSubject(finding), counted ? 'failure' : 'skipped', inner);
}

function testCase(kind: string, name: string, state: Case['state'], inner: string): Case {
  const head = `  <testcase classname="drift.${kind}" name="${markup(name)}" time="0"`;
  return { state, text: inner === '' ? `${head}/>` : `${head}>${inner}</testcase>` };
}

function element(name: string, attributes: readonly (readonly [name: string, value: string])[], lines: readonly string[]): string {
  const head = `<${name}${attributes.map(([key, value]) => ` ${key}="${markup(value)}"`).join('')}`;
  return lines.length === 0 ? `${head}/>` : `${head}>${markup(lines.join('\n'))}</${name}>`;
}
