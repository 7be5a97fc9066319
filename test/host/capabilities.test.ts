// Real files with real capabilities below the temporary directory; skipped where getcap or setcap are missing or may not be used.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capabilitiesOf } from '../../src/host/capabilities.ts';
import type { Host } from '../../src/host/host.ts';
import { localHost } from '../../src/host/local-host.ts';
import { fail } from '../../src/model/result.ts';
import { fromText } from '../../src/model/bytes.ts';

const root = mkdtempSync(join(tmpdir(), 'drift-caps-'));
const possible = ((): boolean => {
  copyFileSync('/bin/true', join(root, 'probe'));
  return spawnSync('/sbin/setcap', ['cap_net_raw+ep', join(root, 'probe')]).status === 0;
})();

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(!possible)('capabilitiesOf', () => {
  const names = ['plain', 'with', 'with cap_chown=ep', 'two\nlines', 'täglich', 'bare'];
  beforeAll(() => {
    for (const name of names) copyFileSync('/bin/true', join(root, name));
    for (const name of names.slice(1, 5)) execFileSync('/sbin/setcap', ['cap_net_bind_service,cap_net_raw=ep', join(root, name)]);
  });

  it('reads them of every name, whatever it looks like', async () => {
    const read = await capabilitiesOf(localHost(root), names.map((name) => `/${fromText(name)}`));
    expect(read.complete).toBe(true);
    expect([...read.value.keys()].sort()).toEqual(names.slice(1, 5).map((name) => `/${fromText(name)}`).sort());
    for (const text of read.value.values()) expect(text).toBe('cap_net_bind_service,cap_net_raw=ep');
  });

  it('does not take the line of a file that names another for that other', async () => {
    // '/with cap_chown=ep' has capabilities; '/with' alone is asked for too and must not get 'cap_chown=ep' out of that line.
    execFileSync('/sbin/setcap', ['-r', join(root, 'with')]);
    const read = await capabilitiesOf(localHost(root), ['/with', '/with cap_chown=ep']);
    expect(read.value.get('/with cap_chown=ep')).toBe('cap_net_bind_service,cap_net_raw=ep');
    expect(read.value.has('/with')).toBe(false);
  });

  it('says which names it cannot ask about', async () => {
    const read = await capabilitiesOf(localHost(root), ['/\xff\xfe']);
    expect(read.coverage.skipped).toHaveLength(1);
  });
});

it('says so when getcap is not there', async () => {
  const host = { root: '/', query: async () => fail('tool-missing', 'getcap is not installed') } as unknown as Host;
  const read = await capabilitiesOf(host, ['/bin/true']);
  expect(read.complete).toBe(false);
  expect(read.coverage.skipped[0]!.reason).toContain('getcap');
});
