// Lines that a person types at a terminal (tty(4)), edited by node:readline, one question at a time. Nothing of them is kept.
import { createInterface, type Interface } from 'node:readline';

export type TypedLine =
  | { readonly kind: 'answer'; readonly text: string }
  /** The end of the input (Ctrl-D, or the terminal went away), or Ctrl-C: the same for every question from then on. */
  | { readonly kind: 'ended' | 'stopped' };

export interface TerminalLines {
  /** `question` is written as it is. The answer is without blanks at its ends. */
  ask(question: string): Promise<TypedLine>;
  /** Gives the terminal back. */
  close(): void;
}

/** Lines that were typed before they were asked for; more are dropped. */
const MAX_AHEAD = 100;

export function openTerminalLines(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): TerminalLines {
  const ahead: string[] = [];
  let over: 'ended' | 'stopped' | undefined;
  let waiting: ((line: TypedLine) => void) | undefined;
  let opened: Interface | undefined;
  function answer(line: TypedLine): void {
    const resolve = waiting;
    waiting = undefined;
    resolve?.(line);
  }
  function end(kind: 'ended' | 'stopped'): void {
    // The question stands on a line that nobody will finish.
    if (waiting !== undefined) output.write('\n');
    over ??= kind;
    answer({ kind: over });
  }
  /** Not before the first question: an edited terminal hands over Ctrl-C as a key, which nobody would read while the host is looked at. */
  function open(): Interface {
    const lines = createInterface({ input, output, terminal: 'isTTY' in output && output.isTTY === true, historySize: 0 });
    lines.on('line', (text) => {
      if (waiting !== undefined) answer({ kind: 'answer', text: text.trim() });
      else if (ahead.length < MAX_AHEAD) ahead.push(text.trim());
    });
    lines.on('SIGINT', () => end('stopped'));
    lines.on('close', () => end('ended'));
    return lines;
  }
  return {
    ask(question) {
      const lines = (opened ??= open());
      const typed = ahead.shift();
      if (over === 'stopped' || (typed === undefined && over !== undefined)) return Promise.resolve({ kind: over });
      if (typed !== undefined) {
        output.write(`${question}${typed}\n`);
        return Promise.resolve({ kind: 'answer', text: typed });
      }
      return new Promise((resolve) => {
        waiting = resolve;
        lines.setPrompt(question);
        lines.prompt();
      });
    },
    close: () => opened?.close(),
  };
}
