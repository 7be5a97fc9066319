// Starts programs that run while a test looks at them, and ends them when the test file ends.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { afterAll } from 'vitest';

const started: ChildProcess[] = [];
afterAll(() => {
  for (const { pid, exitCode } of started.splice(0)) {
    try {
      // With what they started themselves: each has a process group of its own.
      if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
    } catch {
      // Ended by itself.
    }
  }
});

/** Its pid, once it says 'ready' on stdout. The program is to wait then. */
export async function startReady(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<number> {
  const child = launch(command, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stdout!.on('data', (data: Buffer) => {
      said += data.toString('latin1');
      if (said.includes('ready')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code} before it was ready`)));
  });
  return child.pid!;
}

/** Its pid, once the program that runs there is `program` (canonical path). */
export async function startProgram(command: string, args: readonly string[], program: string, options: SpawnOptions = {}): Promise<number> {
  const child = launch(command, args, { stdio: 'ignore', ...options });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
    try {
      if (readlinkSync(`/proc/${child.pid}/exe`) === program) return child.pid!;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function launch(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  child.once('error', () => {});
  started.push(child);
  return child;
}
