// On a terminal, and on streams.
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openTerminalLines } from '../../src/host/terminal-lines.ts';
import { onTerminal, type PtyRun } from '../support/pty.ts';
import { needs } from '../support/requirements.ts';
import { PROJECT } from '../support/run-drift.ts';

function streams(): { readonly input: PassThrough; readonly output: PassThrough; written(): string } {
  const input = new PassThrough();
  const output = new PassThrough();
  let text = '';
  output.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  return { input, output, written: () => text };
}

describe('lines of a stream', () => {
  it('are asked for one by one, without the blanks around them', async () => {
    const { input, output, written } = streams();
    const lines = openTerminalLines(input, output);
    const first = lines.ask('one > ');
    input.write('  a b \n');
    expect(await first).toEqual({ kind: 'answer', text: 'a b' });
    expect(written()).toContain('one > ');
    lines.close();
  });

  it('that were typed ahead answer the next questions', async () => {
    const { input, output } = streams();
    const lines = openTerminalLines(input, output);
    input.write('one\ntwo\nthree');
    input.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([await lines.ask('?'), await lines.ask('?'), await lines.ask('?'), await lines.ask('?')]).toEqual([{ kind: 'answer', text: 'one' }, { kind: 'answer', text: 'two' }, { kind: 'answer', text: 'three' }, { kind: 'ended' }]);
  });

  it('end with the input, for the question that waits and for each after it', async () => {
    const { input, output } = streams();
    const lines = openTerminalLines(input, output);
    const waiting = lines.ask('?');
    input.end();
    expect(await waiting).toEqual({ kind: 'ended' });
    expect(await lines.ask('?')).toEqual({ kind: 'ended' });
  });
});

describe.skipIf(!needs('questions at a terminal', 'script'))('lines of a terminal', () => {
  const MODULE = join(PROJECT, 'src/host/terminal-lines.ts');
  const SCRIPT = `
    const { openTerminalLines } = await import(${JSON.stringify(MODULE)});
    const lines = openTerminalLines(process.stdin, process.stderr);
    for (;;) {
      const typed = await lines.ask('say > ');
      process.stderr.write('got ' + JSON.stringify(typed) + '\\n');
      if (typed.kind !== 'answer') break;
    }
    lines.close();
    process.exitCode = 7;`;

  function ask(...typed: string[]): Promise<PtyRun> {
    return onTerminal([process.execPath, '--input-type=module', '-e', SCRIPT], typed.map((type) => ({ see: 'say > ', type })));
  }

  it('can be edited, and end with Ctrl-D', async () => {
    const { code, screen } = await ask('abx\x7fc\r', '\x04');
    expect(screen).toContain('got {"kind":"answer","text":"abc"}');
    expect(screen).toContain('got {"kind":"ended"}');
    expect(code).toBe(7);
  });

  it('end with Ctrl-C without ending the program', async () => {
    const { code, screen } = await ask('yes\r', 'half an ans\x03');
    expect(screen).toContain('got {"kind":"stopped"}');
    expect(screen).not.toContain('half an ans"');
    expect(code).toBe(7);
  });

  it('leave Ctrl-C to the program until the first question', async () => {
    const busy = SCRIPT.replace('for (;;) {', `process.once('SIGINT', () => { process.stderr.write('stopped by a signal\\n'); process.exit(9); });
    process.stderr.write('busy\\n');
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    for (;;) {`);
    const { screen } = await onTerminal([process.execPath, '--input-type=module', '-e', busy], [{ see: 'busy', type: '\x03' }]);
    expect(screen).toContain('stopped by a signal');
  });
});
