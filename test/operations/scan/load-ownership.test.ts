// Every manager of the registry must be known to the scanner processes too, which load its ownership reader alone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { MANAGERS } from '../../../src/managers/registry.ts';
import { loadOwnership } from '../../../src/operations/scan/load-ownership.ts';

it.each(MANAGERS.map((each) => each.name))('%s', async (manager) => {
  const root = mkdtempSync(join(tmpdir(), 'drift-load-'));
  try {
    expect((await loadOwnership(localHost(root), { manager })).value.manager).toBe(manager);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

it('refuses a name that nobody has', async () => {
  await expect(loadOwnership(localHost('/'), { manager: 'x' })).rejects.toThrow('no package manager is called x');
});
