import { describe, expect, it } from 'vitest';
import { untrustedManifest } from '../../src/manifest/trust.ts';
import type { TrustStep } from '../../src/manifest/trust.ts';

function step(path: string, mode: number, uid = 0, gid = 0): TrustStep {
  return { path, stat: { mode, uid, gid } };
}
const DIRECTORY = 0o040000;
const FILE = 0o100000;
const MOVE = 'keep the manifest where only root can write, such as /etc/drift';
const good = [step('/', DIRECTORY | 0o755), step('/etc', DIRECTORY | 0o755), step('/etc/drift', DIRECTORY | 0o755)];

describe('as root', () => {
  it('takes what only root can write', () => {
    expect(untrustedManifest([...good, step('/etc/drift/m.yaml', FILE | 0o644)], 0)).toBeUndefined();
    expect(untrustedManifest([...good, step('/etc/drift/m.yaml', FILE | 0o664)], 0)).toBeUndefined();
    // A link's own mode says nothing.
    expect(untrustedManifest([...good, step('/etc/drift/m.yaml', 0o120777), step('/srv', DIRECTORY | 0o755), step('/srv/m.yaml', FILE | 0o600)], 0)).toBeUndefined();
  });

  const refused: [string, TrustStep[], string][] = [
    ['a file that everybody may write', [...good, step('/etc/drift/m.yaml', FILE | 0o666)], 'chmod o-w /etc/drift/m.yaml'],
    ['a file that a group may write', [...good, step('/etc/drift/m.yaml', FILE | 0o664, 0, 4)], 'chmod g-w /etc/drift/m.yaml'],
    ['a file of somebody else', [...good, step('/etc/drift/m.yaml', FILE | 0o644, 1000)], 'chown root /etc/drift/m.yaml'],
    ['a directory of somebody else', [good[0] as TrustStep, step('/home/ann', DIRECTORY | 0o755, 1000), step('/home/ann/m.yaml', FILE | 0o644)], MOVE],
    ['/tmp, in spite of its sticky bit', [good[0] as TrustStep, step('/tmp', DIRECTORY | 0o1777), step('/tmp/m.yaml', FILE | 0o644)], MOVE],
    ['a link of somebody else', [...good, step('/etc/drift/m.yaml', 0o120777, 1000), step('/srv/m.yaml', FILE | 0o600)], MOVE],
  ];
  for (const [what, steps, hint] of refused) {
    it(`refuses ${what}`, () => expect(untrustedManifest(steps, 0)).toMatchObject({ reason: 'manifest-untrusted', hint }));
  }
});

it('as another user, asks only that it is a file', () => {
  expect(untrustedManifest([step('/tmp/m.yaml', FILE | 0o666, 1000)], 1000)).toBeUndefined();
  for (const type of [0o010000, 0o020000, 0o040000, 0o140000]) expect(untrustedManifest([step('/tmp/m', type | 0o644)], 1000)?.reason).toBe('manifest-untrusted');
  expect(untrustedManifest([], 0)?.reason).toBe('manifest-untrusted');
});
