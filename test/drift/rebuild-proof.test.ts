import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../src/model/manifest.ts';
import type { KeptLists } from '../../src/model/kept-lists.ts';
import { proofGist } from '../../src/model/prove.ts';
import { aManager, aPackage, aRepository, desired, findings, hash, observed } from '../support/build.ts';

const HOST = observed({ managers: [aManager([aPackage('nginx')], { repositories: [aRepository()] })] });
const WANTED = desired({ policy: { ...DEFAULT_POLICY, rebuild: { maxAge: { text: '30d', days: 30 } } } });
const PROOF = { path: '/var/lib/drift/proofs/20261101T000000000Z.json', provedAt: Date.parse('2026-11-01T12:00:00Z'), gist: hash(proofGist(HOST.managers)) };

function stale(host = HOST, lastProof: typeof PROOF | undefined = PROOF, today = '2026-11-22', wanted = WANTED): string[] {
  return findings(wanted, host, { lastProof, today }).filter(({ kind }) => kind === 'rebuild-stale').map(({ message, severity }) => `${severity}: ${message}`);
}

describe('a proof that the host can be rebuilt', () => {
  it('is asked for by the manifest only', () => {
    expect(stale(HOST, undefined, '2026-11-22', desired({}))).toEqual([]);
  });

  it('is missed where none is kept', () => {
    expect(findings(WANTED, HOST).map(({ kind, message }) => `${kind}: ${message}`)).toContain('rebuild-stale: that this host can be rebuilt was not proved within 30d: no proof without a difference is kept');
  });

  it('holds until the day after its last', () => {
    expect(stale(HOST, PROOF, '2026-12-01')).toEqual([]);
    expect(stale(HOST, PROOF, '2026-12-02')).toEqual(['low: that this host can be rebuilt was not proved within 30d: the last proof is 31 days old']);
  });

  it('holds for the packages and repositories that it was made with, in newer versions too', () => {
    expect(stale(observed({ managers: [aManager([aPackage('nginx', { version: '9' })], { repositories: [aRepository()] })] }))).toEqual([]);
    const other = ['low: that this host can be rebuilt was not proved within 30d: packages or repositories are not those of the last proof'];
    expect(stale(observed({ managers: [aManager([aPackage('nginx'), aPackage('redis')], { repositories: [aRepository()] })] }))).toEqual(other);
    expect(stale(observed({ managers: [aManager([aPackage('nginx', { held: true })], { repositories: [aRepository()] })] }))).toEqual(other);
    expect(stale(observed({ managers: [aManager([aPackage('nginx')], { repositories: [] })] }))).toEqual(other);
  });

  it('is not called stale where nobody knows what is installed', () => {
    expect(stale(observed({ managers: [aManager([], { usable: false })] }))).toEqual([]);
  });
});

describe('the lists that a host keeps', () => {
  const KEPT = { directory: '/mnt/backup', onRoot: false, missing: [], confirmedAt: Date.parse('2026-11-01T12:00:00Z') };
  const TO = desired({ policy: { ...DEFAULT_POLICY, rebuild: { to: '/mnt/backup' } } });
  const OLD = desired({ policy: { ...DEFAULT_POLICY, rebuild: { to: '/mnt/backup', maxAge: { text: '2w', days: 14 } } } });
  const kept = (keptLists: KeptLists | undefined, wanted = TO, today = '2026-11-22'): string[] => findings(wanted, HOST, { lastProof: PROOF, keptLists, today })
    .filter(({ kind, subject }) => kind === 'rebuild-stale' && subject.type === 'path' && subject.path === '/mnt/backup').map(({ message, severity }) => `${severity}: ${message}`);

  it('are not asked for under --root, and no proof is where only a place is named', () => {
    expect(kept(undefined)).toEqual([]);
    expect(findings(TO, HOST, { keptLists: KEPT }).filter(({ kind }) => kind === 'rebuild-stale')).toEqual([]);
  });

  it('have to be there, and to be looked after as often as a proof', () => {
    expect(kept({ ...KEPT, missing: ['a.rebuild.json'] })).toEqual(['low: the rebuild list of this host is not kept there: a.rebuild.json is not there, or not only for root']);
    expect(kept(KEPT, OLD, '2026-11-15')).toEqual([]);
    expect(kept(KEPT, OLD, '2026-11-16')).toEqual(['low: the rebuild list there was not looked after within 2w: it is 15 days old']);
  });

  it('are of use on another disk; the gravest is told', () => {
    expect(kept({ ...KEPT, onRoot: true })).toEqual(['info: the rebuild list is lost with this host: it lies on the same file system as /']);
    expect(kept({ directory: '/mnt/backup', onRoot: true, missing: ['a'], problem: 'it is no directory' })).toEqual(['low: no rebuild list can be kept there: it is no directory']);
  });
});
