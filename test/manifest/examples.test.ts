// The example manifests are good.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkManifest, loadManifest } from '../../src/manifest/load.ts';
import { memoryReader, ROCKY, WEB_1 } from './memory-reader.ts';

const directory = new URL('../../manifests/', import.meta.url);
const names = readdirSync(directory).filter((name) => name.endsWith('.yaml')).toSorted();
const files = Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, directory), 'utf8')]));

it('are there for the common roles', () => {
  expect(names.length).toBeGreaterThanOrEqual(12);
});

for (const name of names) {
  it(`${name} is good on Debian and on an RPM host`, () => {
    expect(checkManifest([name], memoryReader(files))).toMatchObject({ ok: true });
    for (const facts of [WEB_1, { ...ROCKY, name: 'web-2' }]) {
      const loaded = loadManifest([name], memoryReader(files), facts);
      expect(loaded.ok ? loaded.value.state.packages?.length : loaded.error.message).toBeGreaterThan(0);
    }
    for (const line of (files[name] ?? '').split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });
}
