// What stands in the journal of a unit: that it was to be stopped only where the next thing is to stop it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../src/apply/journal.ts';
import { stopUnit } from '../../src/apply/stop.ts';
import { openDirectoryAt } from '../../src/host/directory-handle.ts';
import type { WritableHost } from '../../src/host/writable-host.ts';
import { ok } from '../../src/model/result.ts';
import { workDirectory } from '../support/working-copy.ts';

const UNIT = { kind: 'stop-unit' as const, id: 'a1', because: ['f'], risk: 'high' as const, undo: '', unit: 'x.service', argv: [], processes: [] };

function stopped(name: string, prepare: (directory: string) => void): { readonly asked: string[]; readonly journal: string[]; readonly done: Promise<string> } {
  const directory = join(workDirectory(name), 'run');
  mkdirSync(directory);
  prepare(directory);
  const [asked, journal]: [string[], string[]] = [[], []];
  const opened = openDirectoryAt(directory);
  if (!opened.ok) throw new Error(opened.error.message);
  const host = {
    live: true, directory: () => ok({ close() {} }),
    systemctl: (args: readonly string[]) => {
      asked.push(args[0]!);
      return Promise.resolve(ok({ exitCode: 0, stderr: '', stdout: Buffer.from(`ActiveState=${asked.includes('stop') ? 'inactive' : 'active'}\nControlGroup=\n`) }));
    },
  } as unknown as WritableHost;
  const writer = { append: (record: { readonly type: string }) => { journal.push(record.type); return ok(undefined); } } as unknown as Journal;
  return { asked, journal, done: stopUnit({ host, journal: writer, directory: opened.value }, UNIT).then(({ kind }) => kind) };
}

describe('a unit', () => {
  it('is told to the journal, then stopped', async () => {
    const { asked, done, journal } = stopped('stop-unit', () => {});
    expect([await done, asked, journal]).toEqual(['done', ['show', 'stop', 'show'], ['stop-unit-intent']]);
  });

  it('of which what it runs cannot be kept is not stopped, and not said to be', async () => {
    const { asked, done, journal } = stopped('stop-unit-full', (directory) => writeFileSync(join(directory, 'kept-a1'), ''));
    expect([await done, asked, journal]).toEqual(['left', ['show'], []]);
  });
});
