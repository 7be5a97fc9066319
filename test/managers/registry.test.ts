// The registry names exactly the managers that have a folder, under their own names.
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MANAGERS } from '../../src/managers/registry.ts';

it('names each folder of src/managers, and nothing else', () => {
  const folders = readdirSync(new URL('../../src/managers', import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  expect(MANAGERS.map((manager) => manager.name).toSorted()).toEqual(folders.toSorted());
});

it('gives every manager tests that run the contract', () => {
  for (const manager of MANAGERS) {
    const tests = readdirSync(new URL(manager.name, import.meta.url));
    expect(tests).toContain('contract.test.ts');
  }
});
