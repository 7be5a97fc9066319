import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { manifestLineFor } from '../../src/report/manifest-line.ts';
import { finding, packageSubject } from '../support/sample-report.ts';

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

  it('takes glob characters literally', () => {
    expect(parse(allowed('/opt/a*?[b]')!)[0].path).toBe('/opt/a[*][?][[]b]');
  });

  it('covers a tree, and asks for a digest where one is needed', () => {
    expect(parse(allowed('/opt/agent', 'tree-stray')!)[0].path).toBe('/opt/agent/**');
    expect(parse(allowed('/opt/su', 'file-privileged')!)[0]).toHaveProperty('sha256');
    expect(parse(allowed('/opt/su', 'file-stray', { alsoKinds: ['launch-stray'], sha256: 'ab'.repeat(32) })!)[0].sha256).toBe('ab'.repeat(32));
  });

  it('does not exist for names that a manifest cannot hold, nor for what no line makes right', () => {
    expect(allowed('/opt/\xff')).toBeUndefined();
    expect(manifestLineFor(finding('file-modified', 'low', { type: 'path', path: '/bin/ls' }))).toBeUndefined();
  });
});
