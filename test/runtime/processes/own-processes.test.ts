// Reads real processes that stand for drift: what it started goes with it, whoever runs the same program beside it stays.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { localProc, type Proc } from '../../../src/host/proc.ts';
import { ok } from '../../../src/model/result.ts';
import { withoutDrift } from '../../../src/runtime/processes/own-processes.ts';
import { readProcesses } from '../../../src/runtime/processes/processes.ts';
import { startReady } from '../../support/children.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const proc = localProc();
const script = join(temporaryDirectory(), 'run.js');
// Starts itself anew, as bin/run.js does on an old Node, and then a child.
writeFileSync(script, `
const { spawn } = require('node:child_process');
const [, , step] = process.argv;
if (step === 'first') spawn(process.execPath, [__filename, 'second'], { stdio: 'inherit' });
else if (step === 'second') spawn('sleep', ['300']).once('spawn', () => console.log('ready'));
else console.log('ready');
setTimeout(() => {}, 300_000);
`);

function seenBy(pid: number): Pick<Proc, 'readlink'> {
  return { readlink: (path) => (path === 'self' ? ok(String(pid)) : proc.readlink(path)) };
}

it('drift is left out with what it started and what started it anew, and nothing else is', async () => {
  const first = await startReady(process.execPath, [script, 'first']);
  const stranger = await startReady(process.execPath, [script, 'other']);
  const all = readProcesses(proc, localHost('/')).value;
  const own = all.find(({ parent }) => parent === first)!;
  const child = all.find(({ parent }) => parent === own.pid)!;
  const left = withoutDrift(seenBy(own.pid), all).map(({ pid }) => pid);
  expect(child.comm).toBe('sleep');
  for (const pid of [first, own.pid, child.pid]) expect(left).not.toContain(pid);
  for (const pid of [stranger, process.pid]) expect(left).toContain(pid);
  expect(left).toHaveLength(all.length - 3);
  expect(withoutDrift(seenBy(4_194_304), all)).toBe(all);
});
