// What is being done now, on one line of stderr that the next overwrites; only where stderr is a terminal.
import type { Progress } from '../model/progress.ts';
import { visibleMessage } from '../report/visible.ts';
import { writeStderr } from './streams.ts';

const ERASE_LINE = '\r\u001b[K';
const EVERY_MS = 100;

export interface TerminalProgress extends Progress {
  /** Takes the line away; call before anything else is written to the terminal. */
  clear(): void;
}

export function terminalProgress(): TerminalProgress {
  const live = process.stderr.isTTY === true && process.env['TERM'] !== 'dumb';
  let shown = false;
  let last = 0;
  function clear(): void {
    if (shown) writeStderr(ERASE_LINE);
    shown = false;
  }
  return {
    clear,
    tell(message) {
      clear();
      writeStderr(`drift: ${visibleMessage(message)}\n`);
    },
    step(what, done) {
      if (!live) return;
      const now = Date.now();
      if (now - last < EVERY_MS) return;
      last = now;
      shown = true;
      writeStderr(`${ERASE_LINE}${visibleMessage(what)}${done === undefined ? '' : ` ${done}`}`.slice(0, 4 + (process.stderr.columns ?? 80)));
    },
  };
}
