import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { finish } from '../../../src/model/steps.ts';
import { checkJunit } from '../../../src/report/formats/junit.ts';
import { checkoutDirectory } from '../../support/build-cache.ts';
import { hostileNames, unescaped } from '../../support/hostile-names.ts';
import { DRIFT, hostileReport, IN_SYNC } from '../../support/many-findings.ts';
import { needs } from '../../support/requirements.ts';
import { run } from '../../support/run-command.ts';
import { finding, fullReport, packageSubject, report } from '../../support/sample-report.ts';

const SCHEMA = join(checkoutDirectory(), 'test/fixtures/junit.xsd');

function asked(xml: string, path: string): string {
  return run('xmllint', ['--nonet', '--xpath', path, '-'], { input: xml }).replace(/\n$/, '');
}

describe.skipIf(!needs('JUnit reports', 'xmllint'))('a JUnit report', () => {
  it('is what the schema says', () => {
    for (const each of [fullReport(), report(), hostileReport()]) {
      expect(run('xmllint', ['--nonet', '--noout', '--schema', SCHEMA, '-'], { input: finish(checkJunit(each, DRIFT)) })).toBe('');
    }
  });

  it('fails where a finding counts, and only there', () => {
    const xml = finish(checkJunit(fullReport(), DRIFT));
    expect(['tests', 'failures', 'errors'].map((name) => asked(xml, `string(/testsuites/@${name})`))).toEqual(['11', '8', '1']);
    expect(asked(xml, 'count(//testcase)')).toBe('11');
    expect(asked(xml, 'count(//failure)')).toBe('8');
    expect(asked(xml, 'string(//testcase[error]/@name)')).toBe('sweep');
    expect(asked(xml, 'string(//error)')).toBe('/root/\\xff: permission denied\nnot looked at: /srv/media - excluded by the manifest');
    expect(asked(xml, 'string(//testcase[skipped]/@classname)')).toBe('drift.waiver-unused');
    expect(asked(xml, 'string(//failure)')).toContain('dpkg.log: redis-server was removed on 2026-10-03\nallow: - { path: /usr/local/bin/redis-server');
  });

  it('does not fail for what --fail-on leaves out', () => {
    const xml = finish(checkJunit(report({ findings: [finding('package-extra', 'low', packageSubject('htop'))] }), { ...IN_SYNC, counts: () => false }));
    expect(asked(xml, 'concat(/testsuites/@failures, /testsuites/@errors, count(//skipped))')).toBe('001');
  });

  it('has every name so that it can be read back', () => {
    const names = hostileNames();
    expect(names.length).toBeGreaterThan(200);
    const read = run('python3', ['-c', 'import json,sys,xml.etree.ElementTree as e\nprint(json.dumps([t.get("name") for t in e.fromstring(sys.stdin.buffer.read()).iter("testcase")]))'], { input: finish(checkJunit(hostileReport(names), DRIFT)) });
    expect((JSON.parse(read) as string[]).map(unescaped)).toEqual(names);
  });
});
