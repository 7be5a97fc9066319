// Runs a program on a terminal of its own (script(1) of util-linux), and types at it when it asks.
import { spawn } from 'node:child_process';

export interface PtyStep {
  /** Waits until this is on the screen, behind what the step before waited for. */
  readonly see: string;
  /** '\x03' is Ctrl-C, '\x04' Ctrl-D, '\r' Enter. */
  readonly type: string;
  /** Until this holds nothing is typed. */
  readonly when?: () => boolean;
  /** Done then. */
  readonly then?: () => void;
}

export interface PtyRun {
  readonly code: number | null;
  /** stdout and stderr, as a terminal got them; '\r\n' became '\n'. */
  readonly screen: string;
}

export function onTerminal(command: readonly string[], steps: readonly PtyStep[], timeoutMs = 800_000): Promise<PtyRun> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qefc', command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '), '/dev/null'], {
      cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', LC_ALL: 'C.UTF-8', TERM: 'xterm', SHELL: '/bin/sh' }, stdio: ['pipe', 'pipe', 'pipe'],
    });
    const shown: Buffer[] = [];
    let screen = '';
    let seen = 0;
    const left = [...steps];
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const look = (): void => {
      for (let step = left[0]; step !== undefined; step = left[0]) {
        const at = screen.indexOf(step.see, seen);
        if (at < 0) return;
        if (step.when?.() === false) return void setTimeout(look, 50);
        seen = at + step.see.length;
        left.shift();
        child.stdin.write(step.type);
        step.then?.();
      }
    };
    child.stdout.on('data', (chunk: Buffer) => {
      // As a whole: neither a character nor the end of a line comes in one piece every time.
      shown.push(chunk);
      screen = Buffer.concat(shown).toString('utf8').replaceAll('\r\n', '\n');
      look();
    });
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (left.length > 0) reject(new Error(`"${left[0]!.see}" was never shown; the screen has:\n${screen}`));
      else resolve({ code, screen });
    });
  });
}
