import { describe, expect, it } from 'vitest';
import type { DeclaredRepository } from '../../../src/model/manifest.ts';
import type { Repository, RepositoryKey } from '../../../src/model/repository.ts';
import type { Coverage } from '../../../src/model/coverage.ts';
import { aManager, aRepository, declaredRepository, desired, findings, lines, observed } from '../../support/build.ts';

function check(wanted: readonly DeclaredRepository[] | undefined, repositories: readonly Repository[], more: { globalKeys?: readonly RepositoryKey[]; status?: Coverage['status']; manager?: string } = {}): string[] {
  const manager = aManager([], { repositories, globalKeys: more.globalKeys ?? [], manager: more.manager ?? 'apt' });
  const coverage = more.status === undefined ? [] : [{ source: 'apt/repositories', status: more.status, problems: [], skipped: [] }];
  return lines(findings(wanted === undefined ? undefined : desired({ repositories: wanted }), observed({ managers: [manager], coverage }))).filter((line) => !line.includes('source-unreadable'));
}

const key = (fingerprint: string): RepositoryKey => ({ fingerprint, userIds: ['Vendor'], file: '/etc/apt/keyrings/vendor.gpg' });
const vendor = aRepository({ name: 'file:/srv/apt ./', uris: ['file:/srv/apt'], suites: ['./'], components: [], file: '/etc/apt/sources.list.d/vendor.list' });

describe('repositories', () => {
  it('are the same in any spelling of the address', () => {
    expect(check([declaredRepository()], [aRepository()])).toEqual([]);
  });

  it('are extra when nothing declares them, wholly or in part, and not when they are disabled', () => {
    expect(check([declaredRepository()], [aRepository(), vendor])).toEqual(['medium repository-extra file:/srv/apt ./']);
    expect(check([declaredRepository()], [aRepository(), { ...vendor, enabled: false }])).toEqual([]);
    const part = findings(desired({ repositories: [declaredRepository()] }), observed({ managers: [aManager([], { repositories: [aRepository({ components: ['main', 'non-free'] })] })] }));
    expect(part.map((one) => [one.kind, one.facts['undeclared']])).toEqual([['repository-extra', ['http://deb.example.org/debian stable non-free']]]);
  });

  it('are missing suite by suite, and never where the sources could not be read', () => {
    const wanted = [declaredRepository({ suites: ['stable', 'stable-updates', 'stable-security'] })];
    expect(check(wanted, [aRepository()])).toEqual(['medium repository-missing http://deb.example.org/debian/ stable-security', 'medium repository-missing http://deb.example.org/debian/ stable-updates']);
    expect(check(wanted, [aRepository()], { status: 'partial' })).toEqual([]);
    expect(check(wanted, [], { status: 'failed' })).toEqual([]);
  });

  it('are not compared without a section, but an unsigned one is always told', () => {
    expect(check(undefined, [vendor])).toEqual([]);
    expect(check(undefined, [{ ...vendor, signed: false, unsignedBecause: 'trusted=yes' }])).toEqual(['high repository-unsigned file:/srv/apt ./']);
    expect(check([], [{ ...vendor, signed: false }])).toEqual(['high repository-unsigned +repository-extra file:/srv/apt ./']);
  });

  it('of dnf are known by their id', () => {
    const lab = aRepository({ manager: 'dnf', name: 'lab', uris: ['https://lab.example.org/9'], suites: [], components: [], types: [] });
    const wanted = declaredRepository({ manager: 'dnf', id: 'lab', uris: ['https://lab.example.org/9/'], suites: [], components: [] });
    expect(check([wanted], [lab], { manager: 'dnf' })).toEqual([]);
    expect(check([wanted], [{ ...lab, name: 'other' }], { manager: 'dnf' })).toEqual(['medium repository-extra other', 'medium repository-missing lab']);
    expect(check([wanted], [{ ...lab, uris: ['https://evil.example.org/9'] }], { manager: 'dnf' })).toEqual(['medium repository-extra lab', 'medium repository-missing lab']);
  });

  it('compare types only where the manifest names them', () => {
    const source = aRepository({ types: ['deb-src'] });
    expect(check([declaredRepository()], [aRepository(), source])).toEqual([]);
    expect(check([declaredRepository({ types: ['deb'] })], [aRepository(), source])).toEqual(['medium repository-extra http://deb.example.org/debian stable']);
  });
});

describe('keys', () => {
  it('are compared with the ones in force: those of the source, else all that the manager trusts', () => {
    const wanted = [declaredRepository({ signedBy: ['AAAA'] })];
    expect(check(wanted, [aRepository({ keys: [key('AAAA')] })], { globalKeys: [key('CCCC')] })).toEqual([]);
    expect(check(wanted, [aRepository({ keys: [key('BBBB')] })])).toEqual(['medium repository-extra BBBB', 'medium repository-missing AAAA']);
    expect(check(wanted, [aRepository()], { globalKeys: [key('AAAA'), key('CCCC')] })).toEqual(['medium repository-extra CCCC']);
    expect(check([declaredRepository()], [aRepository()], { globalKeys: [key('CCCC')] })).toEqual([]);
  });

  it('are not called missing where key files could not be read', () => {
    expect(check([declaredRepository({ signedBy: ['AAAA'] })], [aRepository()], { status: 'partial' })).toEqual([]);
  });
});
