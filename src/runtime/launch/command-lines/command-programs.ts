// Tells what a command line would run: the program, and what wrappers, shells and interpreters are told to run in turn.
import { baseOf, type ByteString } from '../../../model/bytes.ts';
import type { ShellCommand, Word } from './shell-reader.ts';
import { BUILTINS, interpreterOf, isShell, wrapperOf, type Wrapper } from './wrapper-programs.ts';

/** What of a command line is run or read as code. */
export interface CommandParts {
  program(word: Word): void;
  /** A script or an archive that an interpreter is given. */
  script(word: Word): void;
  /** A file that a shell reads as its own text. */
  sourced(word: Word): void;
  /** All programs of a directory are run (run-parts(8)). */
  directory(word: Word): void;
  /** Text for a shell. */
  shell(text: ByteString): void;
}

/** Wrappers within wrappers. */
const MAX_DEPTH = 12;

/** A command of a shell: its builtins and functions start no file. */
export function readShellCommand({ words, input }: ShellCommand, isFunction: (name: ByteString) => boolean, parts: CommandParts): void {
  const first = words[0];
  if (first === undefined) return;
  if (first.known && !first.text.includes('/')) {
    if (isFunction(first.text)) return;
    if (BUILTINS.has(first.text)) {
      readBuiltin(first.text, words, parts);
      return;
    }
  }
  readProgram(words, 0, parts, 0, input);
}

function readBuiltin(name: ByteString, words: readonly Word[], parts: CommandParts): void {
  switch (name) {
    case '.': case 'source':
      if (words[1] !== undefined) parts.sourced(words[1]);
      return;
    case 'eval':
      parts.shell(words.slice(1).map(({ text }) => text).join(' '));
      return;
    case 'trap':
      if (words[1] !== undefined && !words[1].text.startsWith('-') && words.length > 2) parts.shell(words[1].text);
      return;
    case 'alias':
      for (const { text } of words.slice(1)) if (text.includes('=')) parts.shell(text.slice(text.indexOf('=') + 1));
      return;
    case 'command':
      // `command -v X` only asks.
      if (words[1]?.text.startsWith('-') !== true) readProgram(words, 1, parts, 0, undefined);
      return;
    case 'exec': case 'builtin':
      readWrapped(wrapperOf(name)!, words, 1, parts, 0);
      return;
    default: return;
  }
}

/** An argument vector that is executed as it is. */
export function readArguments(words: readonly Word[], parts: CommandParts): void {
  readProgram(words, 0, parts, 0, undefined);
}

function readProgram(words: readonly Word[], at: number, parts: CommandParts, depth: number, input: ByteString | undefined): void {
  const program = words[at];
  if (program === undefined || depth > MAX_DEPTH) return;
  if (!program.known) {
    // `${SHELL:-/bin/sh} <<EOF`
    if (input !== undefined) parts.shell(input);
    return;
  }
  parts.program(program);
  const name = baseOf(program.text);
  const next = at + 1;
  if (isShell(name)) {
    if (!readShellProgram(words, next, parts) && input !== undefined) parts.shell(input);
    return;
  }
  const wrapper = wrapperOf(name);
  if (wrapper !== undefined) {
    readWrapped(wrapper, words, next, parts, depth + 1);
    return;
  }
  switch (name) {
    case 'busybox': case 'toybox':
      // The applet is the program itself.
      if (words[next]?.known === true && isShell(words[next].text)) readShellProgram(words, next + 1, parts);
      else if (words[next]?.known === true) readApplet(words, next, parts, depth);
      return;
    case 'run-parts': {
      const directory = words.findLast((word, index) => index >= next && !word.text.startsWith('-'));
      if (directory !== undefined) parts.directory(directory);
      return;
    }
    case 'start-stop-daemon': case 'daemon':
      readOptionPrograms(words, next, parts);
      return;
    case 'find':
      readFind(words, next, parts, depth);
      return;
    case 'ip': {
      const exec = words.findIndex((word, index) => index > next && word.text === 'exec');
      if (exec > 0 && words[exec - 1]!.text.startsWith('n')) readProgram(words, exec + 2, parts, depth + 1, undefined);
      return;
    }
    default: readInterpreter(name, words, next, parts);
  }
}

function readApplet(words: readonly Word[], at: number, parts: CommandParts, depth: number): void {
  const wrapper = wrapperOf(words[at]!.text);
  if (wrapper !== undefined) readWrapped(wrapper, words, at + 1, parts, depth + 1);
}

function readWrapped(wrapper: Wrapper, words: readonly Word[], from: number, parts: CommandParts, depth: number): void {
  let at = from;
  let left = wrapper.operands ?? 0;
  if (wrapper.until !== undefined) while (at < words.length && words[at]!.text !== wrapper.until) at++;
  for (; at < words.length; at++) {
    const { text } = words[at]!;
    if (wrapper.commandLine !== undefined && isCommandOption(text)) {
      const line = text.startsWith('--command=') ? text.slice(10) : words[at + 1]?.text;
      if (line !== undefined) parts.shell(line);
      return;
    }
    if (text === '--') {
      at += 1 + left;
      break;
    }
    if (wrapper.assignments === true && (text === '-S' || text.startsWith('--split-string='))) {
      parts.shell(text === '-S' ? (words[at + 1]?.text ?? '') : text.slice(15));
      return;
    }
    if (text === '-') continue;
    if (text.startsWith('-')) {
      if (takesNext(text, wrapper.values ?? '', wrapper.long ?? [])) at++;
      // `runuser -u NAME PROGRAM` goes without a shell.
      else if (wrapper.commandLine === 'only' && text === '-u') left = 1;
    } else if (wrapper.assignments === true && /^[A-Za-z_][A-Za-z0-9_]*=/.test(text)) continue;
    else if (left > 0) left--;
    else break;
  }
  readProgram(words, at, parts, depth, undefined);
}

function isCommandOption(text: ByteString): boolean {
  return /^(-[a-z]{0,6}c|--(session-)?command)$/.test(text) || text.startsWith('--command=');
}

/** Whether an option of that spelling has its value in the next word. */
function takesNext(text: ByteString, values: string, long: readonly string[]): boolean {
  if (text.startsWith('--')) return !text.includes('=') && long.includes(text.slice(2));
  for (let at = 1; at < text.length; at++) if (values.includes(text[at]!)) return at === text.length - 1;
  return false;
}

/** Whether the shell was told what to run. */
function readShellProgram(words: readonly Word[], from: number, parts: CommandParts): boolean {
  let commandLine = false;
  for (let at = from; at < words.length; at++) {
    const { text } = words[at]!;
    if (text === '--') continue;
    if (/^[-+][A-Za-z]/.test(text)) {
      if (text.includes('c') && text.startsWith('-')) commandLine = true;
      if (/[oO]$/.test(text)) at++;
    } else if (text === '--rcfile' || text === '--init-file') {
      if (words[at + 1] !== undefined) parts.sourced(words[at + 1]!);
      at++;
    } else if (!text.startsWith('--') && text !== '-') {
      if (commandLine) parts.shell(text);
      else parts.script(words[at]!);
      return true;
    }
  }
  return false;
}

/** start-stop-daemon(8): the program stands behind an option, or behind '--'. */
function readOptionPrograms(words: readonly Word[], from: number, parts: CommandParts): void {
  const stops = words.some((word, index) => index >= from && (word.text === '--stop' || word.text === '-K'));
  for (let at = from; at < words.length; at++) {
    const { text, known } = words[at]!;
    const [option, value] = text.startsWith('--') && text.includes('=') ? [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] : [text, undefined];
    if (text === '--') return;
    if (!stops && ['--exec', '-x', '--startas', '-a'].includes(option)) {
      if (value !== undefined) parts.program({ text: value, known });
      else if (words[at + 1] !== undefined) parts.program(words[at + 1]!);
    }
  }
}

function readFind(words: readonly Word[], from: number, parts: CommandParts, depth: number): void {
  for (let at = from; at < words.length; at++) {
    if (/^-(exec|execdir|ok|okdir)$/.test(words[at]!.text) && words[at + 1]?.text !== '{}') {
      const end = words.findIndex((word, index) => index > at && (word.text === ';' || word.text === '+'));
      readProgram(words.slice(at + 1, end < 0 ? undefined : end), 0, parts, depth + 1, undefined);
      if (end < 0) return;
      at = end;
    }
  }
}

function readInterpreter(name: ByteString, words: readonly Word[], from: number, parts: CommandParts): void {
  const interpreter = interpreterOf(name);
  if (interpreter === undefined) return;
  for (let at = from; at < words.length; at++) {
    const { text } = words[at]!;
    if (interpreter.files?.includes(text) === true) {
      at++;
      // `node --require` loads a file besides the script; `java -jar` has no other.
      if (words[at] !== undefined) parts.script(words[at]!);
      if (text === '-jar' || text === '-f') return;
    } else if (text.startsWith('-javaagent:') || text.startsWith('-agentpath:')) parts.script({ ...words[at]!, text: text.slice(text.indexOf(':') + 1).replace(/=[^]*$/, '') });
    else if (interpreter.long?.includes(text) === true) at++;
    else if (text.startsWith('--')) continue;
    else if (text.startsWith('-') && text.length > 1) {
      if (isCode(text, interpreter.code, interpreter.values)) return;
      if (takesNext(text, interpreter.values, [])) at++;
    } else {
      // A class of Java is no file.
      if (name !== 'java' && text !== '-') parts.script(words[at]!);
      return;
    }
  }
}

/** Whether a bundle of short options holds the one that is followed by code. */
function isCode(text: ByteString, code: string, values: string): boolean {
  for (let at = 1; at < text.length; at++) {
    if (code.includes(text[at]!)) return true;
    if (values.includes(text[at]!)) return false;
  }
  return false;
}
