// A proof that is kept is the one that check finds again; what others could have written, or what found a difference, proves nothing.
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { PROOF_SCHEMA, type ProofRecord } from '../../src/model/prove.ts';
import { readLastProof } from '../../src/operations/observe/last-proof.ts';
import { keepProof } from '../../src/apply/keep-proof.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

const PROOF: ProofRecord = {
  schema: PROOF_SCHEMA, drift: '0', provedAt: Date.parse('2026-11-01T03:04:05.678Z'), host: { name: 'h', os: { id: 'debian', versionId: '12' }, root: '/' }, list: { sha256: 'a'.repeat(64), gist: 'b'.repeat(64) }, packages: 3, differences: [],
};

describe.skipIf(!needs('proofs that are kept', 'root'))('a kept proof', () => {
  it('is found again, and one with differences is not', () => {
    const root = tinyDebRoot('proof');
    const host = localHost(root);
    expect(readLastProof(host)).toBeUndefined();
    expect(keepProof(PROOF, root)).toEqual({ ok: true, value: '/var/lib/drift/proofs/20261101T030405678Z.json' });
    const later = { ...PROOF, provedAt: PROOF.provedAt + 1000, differences: [{ kind: 'package', name: 'apt:x:all', message: 'is not in the rebuilt root' }] } as const;
    expect(keepProof(later, root).ok).toBe(true);
    expect(readLastProof(host)).toEqual({ path: '/var/lib/drift/proofs/20261101T030405678Z.json', provedAt: PROOF.provedAt, gist: PROOF.list.gist });
    expect(keepProof(PROOF, root)).toMatchObject({ ok: false, error: { reason: 'EEXIST' } });
    writeFileSync(`${root}/var/lib/drift/proofs/20261201T030405678Z.json`, 'cut of');
    expect(readLastProof(host)?.provedAt).toBe(PROOF.provedAt);
    expect(readdirSync(`${root}/var/lib/drift`)).toEqual(['proofs']);
  });

  it('is not believed where others could have written it', () => {
    const root = tinyDebRoot('proof');
    expect(keepProof(PROOF, root).ok).toBe(true);
    chmodSync(`${root}/var/lib/drift/proofs`, 0o770);
    expect(readLastProof(localHost(root))).toBeUndefined();
  });

  it('is missed by check where the manifest asks for one, and only there', async () => {
    const root = tinyDebRoot('proof');
    const manifest = join(workDirectory('manifest'), 'manifest.yaml');
    for (const [policy, kinds] of [['policy: { rebuild: { max-age: 30d } }', ['rebuild-stale']], ['policy: { recommends: true }', []]] as const) {
      writeFileSync(manifest, `drift: 1\n${policy}\n`, { mode: 0o600 });
      const check = await drift(['check', '--root', root, '--manifest', manifest, '--json', '--only', 'rebuild-stale']);
      expect(check.json().findings.map(({ kind }) => kind)).toEqual(kinds);
    }
    writeFileSync(manifest, 'drift: 1\npolicy: { rebuild: { max-age: soon } }\n', { mode: 0o600 });
    const wrong = await drift(['manifest', 'lint', '--manifest', manifest]);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout + wrong.stderr).toContain('30d');
  });
});
