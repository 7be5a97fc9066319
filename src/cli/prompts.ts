// Questions to the person at the terminal: asked on stderr, answered on stdin, so that stdout stays the report's.
import { openTerminalLines } from '../host/terminal-lines.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Dialogue } from '../model/triage.ts';
import { visibleText } from '../report/visible.ts';
import { count } from '../report/wrap.ts';
import { noteChange } from './changed.ts';
import { writeStderr } from './streams.ts';
import type { TerminalProgress } from './terminal-progress.ts';

export interface TerminalDialogue extends Dialogue {
  /** Gives the terminal back. */
  close(): void;
}

/** 'no-terminal' where nobody is there to answer: stdin or stderr is no terminal. `why`: what would be asked; `hint`: what to type instead. */
export function dialogueOr(why: string, hint: string, progress: TerminalProgress): Result<TerminalDialogue> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return fail('no-terminal', `${why}, and there is no terminal to ask at`, hint);
  const lines = openTerminalLines(process.stdin, process.stderr);
  return ok({
    show(text) {
      progress.clear();
      writeStderr(text);
    },
    ask(question) {
      progress.clear();
      return lines.ask(question);
    },
    close: () => lines.close(),
  });
}

/** For the last line of an error or a stop: entries written so far, by file. */
export function noteEntries(written: ReadonlyMap<string, number>): void {
  const parts = [...written].map(([file, entries]) => `${count(entries, 'entry', 'entries')} written to ${visibleText(file)}`);
  noteChange(parts.length === 0 ? 'nothing' : parts.join(', '));
}

export interface Asked {
  /** Shown first. */
  readonly page: string;
  /** Ends in '[y/N] '. */
  readonly question: string;
  readonly why: string;
  readonly hint: string;
}

/** Only a typed yes is one. 'no-terminal'. */
export async function askYes({ hint, page, question, why }: Asked, progress: TerminalProgress): Promise<Result<boolean>> {
  const dialogue = dialogueOr(why, hint, progress);
  if (!dialogue.ok) return dialogue;
  try {
    dialogue.value.show(page);
    const answer = await dialogue.value.ask(question);
    return ok(answer.kind === 'answer' && /^y(?:es)?$/i.test(answer.text));
  } finally {
    dialogue.value.close();
  }
}
