// Who can change a host: what a file does not import it cannot call (DESIGN: a reader of the host cannot change it, by type).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT } from '../support/run-drift.ts';

const WRITING = /from '[^']*\/(?:writable-host|directory-handle|durable-log|cgroup-freezer)\.ts'/;
const APPLYING = /from '[^']*\/apply\/[^']*'/;
const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => ({ name, text: readFileSync(join(PROJECT, 'src', name), 'utf8') }));

it('only apply and the operations that hand it over see what writes', () => {
  expect(sources.filter(({ name, text }) => !/^(?:apply|host)\//.test(name) && WRITING.test(text)).map(({ name }) => name).toSorted()).toEqual(['operations/changing/change-host.ts', 'operations/changing/settle-runs.ts']);
});

it('only the commands that say so come to apply', () => {
  expect(sources.filter(({ name, text }) => !name.startsWith('apply/') && APPLYING.test(text)).map(({ name }) => name).toSorted())
    .toEqual(['changing/change-host', 'changing/settle-runs', 'history', 'notify', 'prove', 'reconcile', 'recover', 'undo'].map((name) => `operations/${name}.ts`));
});
