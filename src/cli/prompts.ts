// Questions to the person at the terminal: asked on stderr, answered on stdin, so that stdout stays the report's.
import { openTerminalLines } from '../host/terminal-lines.ts';
import type { Dialogue } from '../model/triage.ts';
import { writeStderr } from './streams.ts';

export interface TerminalDialogue extends Dialogue {
  /** Gives the terminal back. */
  close(): void;
}

/** Undefined where nobody is there to answer: stdin or stderr is no terminal. */
export function terminalDialogue(): TerminalDialogue | undefined {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  const lines = openTerminalLines(process.stdin, process.stderr);
  return { show: writeStderr, ask: (question) => lines.ask(question), close: () => lines.close() };
}
