import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { explainedFinding } from '../../../src/report/explain/explained-finding.ts';
import { findingLines } from '../../../src/report/check/finding-lines.ts';
import { manifestLineFor } from '../../../src/report/deciding/manifest-line.ts';
import { finding, packageSubject, PLAIN_TEXT } from '../../support/sample-report.ts';

function allowed(path: string, kind: 'file-stray' | 'file-privileged' | 'tree-stray' = 'file-stray', facts = {}): string | undefined {
  return manifestLineFor(finding(kind, 'low', { type: kind === 'tree-stray' ? 'tree' : 'path', path }, { facts }))?.line;
}

describe('the manifest line of a finding', () => {
  it('names a package', () => {
    expect(manifestLineFor(finding('package-extra', 'low', packageSubject('g++-12')))).toEqual({ section: 'packages', line: 'g++-12: any' });
    expect(parse(manifestLineFor(finding('package-extra', 'low', packageSubject('yes')))!.line)).toEqual({ yes: 'any' });
    expect(parse(manifestLineFor(finding('package-extra', 'low', packageSubject('0ad')))!.line)).toEqual({ '0ad': 'any' });
  });

  it.each(['/opt/a b', '/opt/x: y', '/opt/"quoted"', '/opt/#tag', '/opt/\n', "/opt/it's"])('quotes %j so that YAML reads it back', (path) => {
    expect(parse(allowed(path)!)).toEqual([{ path, reason: '…' }]);
  });

  it('is none for what only its own process sees', () => {
    const process = (facts = {}) => manifestLineFor(finding('process-stray', 'high', { type: 'process', pid: 5, path: '/mnt/x', startedAt: 1 }, { facts }))?.line;
    expect(process()).toContain('path: /mnt/x');
    expect(process({ state: 'elsewhere' })).toBeUndefined();
  });

  it('takes glob characters literally', () => {
    expect(parse(allowed('/opt/a*?[b]')!)[0].path).toBe('/opt/a[*][?][[]b]');
  });

  it('covers a tree, and asks for a digest where one is needed', () => {
    expect(parse(allowed('/opt/agent', 'tree-stray')!)[0].path).toBe('/opt/agent/**');
    expect(parse(allowed('/opt/su', 'file-privileged', { needsDigest: true })!)[0]).toHaveProperty('sha256');
    expect(parse(allowed('/opt/su', 'file-stray', { needsDigest: true, sha256: 'ab'.repeat(32) })!)[0].sha256).toBe('ab'.repeat(32));
  });

  it('asks for no digest of a link, and for a list of digests where a tree needs them', () => {
    const link = finding('launch-stray', 'medium', { type: 'launch', path: '/etc/systemd/system/multi-user.target.wants/x.service', target: '/opt/x.service' }, { facts: { launch: 'enablement-link', needsDigest: false } });
    expect(manifestLineFor(link)?.line).not.toContain('sha256');
    expect(parse(allowed('/home/a/tool', 'tree-stray', { needsDigest: true })!)[0]).toHaveProperty('sums');
  });

  it('names the instance of a foreign architecture', () => {
    const foreign = finding('package-extra', 'low', packageSubject('foo'), { facts: { manifestName: 'foo:i386' } });
    expect(parse(manifestLineFor(foreign)!.line)).toEqual({ 'foo:i386': 'any' });
    expect(manifestLineFor({ ...foreign, kind: 'package-hold' })?.line).toBe('"foo:i386": { version: any, hold: true }');
  });

  it('does not exist for what is declared, nor for privileges of a packaged file', () => {
    const declared = { declaredAt: { file: 'web.yaml', line: 3, column: 1 } };
    expect(manifestLineFor(finding('package-foreign', 'low', packageSubject('htop'), declared))).toBeUndefined();
    expect(allowed('/usr/bin/nl', 'file-privileged', { owners: ['coreutils:amd64 9.1-1'] })).toBeUndefined();
  });

  it('does not exist for names that a manifest cannot hold, nor for what no line makes right', () => {
    expect(allowed('/opt/\xff')).toBeUndefined();
    expect(manifestLineFor(finding('file-modified', 'low', { type: 'path', path: '/bin/ls' }))).toBeUndefined();
  });

  it('is a command that renews it where an entry for the very file is there', () => {
    const entry = { pattern: '/opt/a b', file: 'web.yaml', line: 3, expired: false };
    const stray = finding('file-stray', 'high', { type: 'path', path: '/opt/a b' }, { facts: { entry } });
    expect(manifestLineFor(stray)?.renew).toBe("drift allow '/opt/a b' --renew");
    expect(manifestLineFor({ ...stray, facts: { entry: { ...entry, expired: true } } })?.renew).toBe("drift allow '/opt/a b' --renew --until YYYY-MM-DD");
    expect(findingLines(stray, PLAIN_TEXT).join('\n')).toContain("\n    renew: drift allow '/opt/a b' --renew");
    const explained = explainedFinding(stray, '', 'full', PLAIN_TEXT).join('\n');
    expect(explained).toContain("an entry is there; to have it say what holds now:\n    drift allow '/opt/a b' --renew");
    expect(explained).not.toContain('below allow:');
    expect(findingLines(stray, { ...PLAIN_TEXT, asking: true }).join('\n')).not.toContain('renew');
  });
});
