import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { FINDING_KINDS, SEVERITIES, type Subject } from '../../../src/model/finding.ts';
import { finish } from '../../../src/model/steps.ts';
import { checkJson, jsonText } from '../../../src/report/check/json.ts';
import { schemaErrors } from '../../support/report-schema.ts';
import { finding, fullReport, report } from '../../support/sample-report.ts';

const schema = JSON.parse(readFileSync(new URL('../../../docs/reference/report.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true }).compile(schema);

function parsed(text: string): Record<string, any> { // oxlint-disable-line typescript/no-explicit-any
  return JSON.parse(text);
}

describe('drift.report/1', () => {
  it('is what its schema says, for every kind of subject', () => {
    expect(validate(parsed(finish(checkJson(fullReport())))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(parsed(finish(checkJson(report()))))).toBe(true);
  });

  it('is so for each type of subject that there is', () => {
    const subjects: { readonly [T in Subject['type']]: Extract<Subject, { readonly type: T }> } = {
      path: { type: 'path', path: '/x' }, tree: { type: 'tree', path: '/x' }, package: { type: 'package', manager: 'apt', name: 'x', arch: 'amd64', version: '1' },
      repository: { type: 'repository', manager: 'apt', name: 'x', uri: 'http://deb.example.org' }, key: { type: 'key', fingerprint: 'AB', file: '/x' },
      listener: { type: 'listener', protocol: 'tcp', address: '::', port: 80, program: '/srv/\xff' }, process: { type: 'process', pid: 7, path: '/x', startedAt: 0 },
      channel: { type: 'channel', channel: 'pip', name: 'x', version: '1' }, launch: { type: 'launch', path: '/x', target: '' }, account: { type: 'account', name: 'toor' },
      waiver: { type: 'waiver', name: '/x' }, watch: { type: 'watch', path: '/x' }, source: { type: 'source', source: 'sweep' },
    };
    for (const subject of Object.values(subjects)) expect(schemaErrors(parsed(finish(checkJson(report({ findings: [finding('file-stray', 'low', subject)] }))))), subject.type).toEqual([]);
  });

  it('has a schema that refuses what is not in it', () => {
    const value = parsed(finish(checkJson(fullReport())));
    expect(validate({ ...value, extra: 1 })).toBe(false);
    expect(validate({ ...value, findings: [{ ...value['findings'][0], kind: 'file-odd' }] })).toBe(false);
    expect(validate({ ...value, findings: [{ ...value['findings'][0], subject: { type: 'path' } }] })).toBe(false);
    expect(validate({ ...value, coverage: [{ source: 'x', status: 'failed', problems: [], skipped: [] }] })).toBe(false);
  });

  it('has a schema with the kinds and severities of the model', () => {
    expect(schema.$defs.kind.enum).toEqual([...FINDING_KINDS]);
    expect(schema.$defs.severity.enum.toReversed()).toEqual([...SEVERITIES]);
  });

  it('gives the manifest line among the facts', () => {
    const { findings } = parsed(finish(checkJson(fullReport())));
    expect(findings[0]).not.toHaveProperty('manifestLine');
    expect(findings[0].facts.manifestLine).toEqual({ section: 'allow', line: '- { path: /usr/local/bin/redis-server, reason: "…" }' });
    expect(findings[6].facts).not.toHaveProperty('manifestLine');
  });

  it('counts by severity and by primary kind', () => {
    const { summary } = parsed(finish(checkJson(fullReport())));
    expect(summary).toMatchObject({ findings: 10, bySeverity: { critical: 2, high: 3, medium: 3, low: 1, info: 1 }, swept: { entries: 75_112, unowned: 812, expected: 810 } });
    expect(summary.byKind).toMatchObject({ 'file-stray': 1, 'repository-extra': 2 });
    expect(summary.byKind).not.toHaveProperty('file-privileged');
  });

  it('gives the exact bytes of names that are no UTF-8, and no others', () => {
    const { coverage, findings } = parsed(finish(checkJson(fullReport())));
    expect(findings[1].subject).toEqual({ type: 'tree', path: '/opt/café' });
    expect(Buffer.from(findings[2].subject.pathBase64, 'base64').toString('latin1')).toBe('/etc/cron.d/\xfe');
    expect(Buffer.from(findings[2].subject.targetBase64, 'base64').toString('latin1')).toBe('/tmp/\xfe');
    expect(Buffer.from(findings[0].facts.unit.pathBase64, 'base64').toString('latin1')).toBe('/etc/systemd/system/r\xe9dis.service');
    expect(Buffer.from(coverage[1].problems[0].pathBase64, 'base64').toString('latin1')).toBe('/root/\xff');
  });

  it('leaves nothing in that a terminal obeys, and loses nothing by it', () => {
    const name = `/tmp/\x1b[2J\x7f${Buffer.from('\u009b\u202e\u200b\u{e0041}\ufeff', 'utf8').toString('latin1')}`;
    const text = finish(checkJson(report({ findings: [finding('file-stray', 'low', { type: 'path', path: name })] })));
    expect(text.replaceAll(/[\n…]/g, '')).toMatch(/^[\x20-\x7e]*$/);
    expect(parsed(text)['findings'][0].subject.path).toBe('/tmp/\x1b[2J\x7f\u009b\u202e\u200b\u{e0041}\ufeff');
  });

  it('keeps letters of other scripts readable', () => {
    expect(jsonText({ name: 'café 日本 😀' })).toContain('café 日本 😀');
  });
});
