// What a simple command changes for those that follow it: variables and the working directory (POSIX.1 Shell Command Language 2.12, cd, unset, export).
import { joinPath, normalizePath, type ByteString } from '../../../model/bytes.ts';
import type { ShellScope, Word } from './shell-word-reader.ts';

export interface Assignment {
  readonly name: ByteString;
  readonly value: Word;
}

const MAX_VARIABLES = 500;
const DECLARING: ReadonlySet<string> = new Set(['export', 'readonly', 'local', 'declare', 'typeset']);
const ASSIGNMENT = /([A-Za-z_][A-Za-z0-9_]*)\+?=/y;

/** The name before the '=' at `at`, and where its value begins. */
export function assignmentAt(text: ByteString, at: number): { readonly name: ByteString; readonly value: number } | undefined {
  ASSIGNMENT.lastIndex = at;
  const found = ASSIGNMENT.exec(text);
  return found === null ? undefined : { name: found[1]!, value: ASSIGNMENT.lastIndex };
}

/** Arguments of `export` and its like that give values. */
export function declaredBy(words: readonly Word[]): readonly Assignment[] {
  const [first] = words;
  return first?.known === true && DECLARING.has(first.text) ? words.slice(1).flatMap(asAssignment) : [];
}

function asAssignment({ text, known }: Word): readonly Assignment[] {
  const found = assignmentAt(text, 0);
  return found === undefined ? [] : [{ name: found.name, value: { text: text.slice(found.value), known } }];
}

/** `assigned`: what the command gives values to that last; those before another command do not. */
export function takeEffect(scope: ShellScope, words: readonly Word[], assigned: readonly Assignment[]): void {
  for (const { name, value } of assigned) assign(scope, name, value);
  const first = words[0]?.known === true ? words[0].text : undefined;
  if (first === 'cd') changeDirectory(scope, words);
  else if (first === 'unset') for (const { text } of words) scope.variables.delete(text);
}

function assign({ variables }: ShellScope, name: ByteString, value: Word): void {
  if (value.known && (variables.size < MAX_VARIABLES || variables.has(name))) variables.set(name, value.text);
  else variables.delete(name);
}

function changeDirectory(scope: ShellScope, words: readonly Word[]): void {
  const home = scope.variables.get('HOME');
  const to = words.find((word, index) => index > 0 && !word.text.startsWith('-')) ?? { text: home ?? '', known: home !== undefined };
  const from = scope.directory;
  if (!to.known) scope.directory = undefined;
  else if (to.text.startsWith('/')) scope.directory = normalizePath(to.text);
  else scope.directory = from === undefined ? undefined : normalizePath(joinPath(from, to.text));
}
