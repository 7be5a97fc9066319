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
  /** What came too soon after another: shown if nothing comes after it, for it may take minutes. */
  let waiting: { line: string; readonly timer: NodeJS.Timeout } | undefined;
  function clear(): void {
    clearTimeout(waiting?.timer);
    waiting = undefined;
    if (shown) writeStderr(ERASE_LINE);
    shown = false;
  }
  function show(line: string): void {
    last = Date.now();
    shown = true;
    writeStderr(`${ERASE_LINE}${line}`.slice(0, 4 + (process.stderr.columns || 80)));
  }
  function showWaiting(): void {
    const { line } = waiting!;
    waiting = undefined;
    show(line);
  }
  return {
    clear,
    tell(message) {
      clear();
      writeStderr(`drift: ${visibleMessage(message)}\n`);
    },
    step(what, done) {
      if (!live) return;
      const line = `${visibleMessage(what)}${done === undefined ? '' : ` ${done}`}`;
      if (waiting !== undefined) waiting.line = line;
      else if (Date.now() - last >= EVERY_MS) show(line);
      else waiting = { line, timer: setTimeout(showWaiting, EVERY_MS).unref() };
    },
  };
}
