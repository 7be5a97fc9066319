// Reads shell text into its simple commands without running anything (POSIX.1 Shell Command Language 2.9 and 2.10, bash(1)): one pass, linear in the text.
import type { BytePath, ByteString } from '../../../model/bytes.ts';
import { assignmentAt, declaredBy, takeEffect, type Assignment } from './shell-effects.ts';
import { METACHARACTERS, WordReader, type ShellScope, type Word } from './shell-word-reader.ts';

export type { ShellScope, Word } from './shell-word-reader.ts';

export interface ShellCommand {
  readonly words: readonly Word[];
  /** Before the command, alone, or as arguments of `export` and its like. */
  readonly assigned: readonly Assignment[];
  readonly line: number;
  /** Text of a here-document. */
  readonly input?: ByteString;
}

export type ShellVisitor = (command: ShellCommand, scope: ShellScope) => void;

/** More nested substitutions than people write. */
const MAX_DEPTH = 24;
const RESERVED: ReadonlySet<string> = new Set(['if', 'then', 'elif', 'else', 'fi', 'while', 'until', 'do', 'done', 'esac', '{', '}', '!', 'time', 'coproc']);

interface HereDocument {
  readonly delimiter: ByteString;
  readonly tabs: boolean;
}

/** `line`: number of the first line of `text` in its file. */
export function readShell(text: ByteString, line: number, scope: ShellScope, visit: ShellVisitor): void {
  new ShellReader(text, line, scope, visit, 0).list(false);
}

class ShellReader extends WordReader {
  readonly #visit: ShellVisitor;
  readonly #depth: number;
  #line: number;
  /** Where the next line that is not counted yet begins. */
  #nextLine: number;
  #words: Word[] = [];
  #assigned: Assignment[] = [];
  #start = -1;
  /** In the head of a `for`, whose words are no command. */
  #discard = false;
  #cases = 0;
  #documents: HereDocument[] = [];
  #waiting: ShellCommand[] = [];

  constructor(text: ByteString, line: number, scope: ShellScope, visit: ShellVisitor, depth: number, part?: { readonly from: number; readonly nextLine: number }) {
    super(text, scope);
    this.#line = line;
    this.#visit = visit;
    this.#depth = depth;
    this.at = part?.from ?? 0;
    // Looked for once a line: a line of a megabyte may hold a hundred thousand substitutions.
    this.#nextLine = part?.nextLine ?? this.lineEnd();
  }

  /** To the end of the text, or past the ')' that closes a substitution. Answers where that was. */
  list(nested: boolean): number {
    const { text } = this;
    const directories: (BytePath | undefined)[] = [];
    while (this.at < text.length && this.scope.budget > 0) {
      const char = text[this.at]!;
      switch (char) {
        case ' ': case '\t': case '\r': this.at++; break;
        case '\n':
          this.#finish();
          this.at++;
          this.#hereDocuments();
          break;
        case '#': this.at = this.lineEnd(); break;
        case ';':
          this.#finish();
          this.at++;
          if (text[this.at] === ';' || text[this.at] === '&') this.#endOfCase();
          break;
        case '&':
          if (text[this.at + 1] === '>') this.#redirect();
          else this.#operator(char);
          break;
        case '|': this.#operator(char); break;
        case '(':
          if (this.#isDefinition()) this.#define();
          else if (text[this.at + 1] === '(') this.skipBalanced();
          else {
            this.#finish();
            directories.push(this.scope.directory);
            this.at++;
          }
          break;
        case ')':
          this.#finish();
          this.at++;
          if (directories.length > 0) this.scope.directory = directories.pop();
          else if (nested) return this.#end();
          break;
        case '<': case '>': this.#redirect(); break;
        case '\\':
          // The next line goes on with this one.
          if (text[this.at + 1] === '\n') this.at += 2;
          else this.#next();
          break;
        default: this.#next();
      }
    }
    this.#finish();
    return this.#end();
  }

  #end(): number {
    this.#flush(undefined);
    return this.at;
  }

  #operator(char: string): void {
    this.#finish();
    const next = this.text[this.at + 1];
    this.at += next === char || (char === '|' && next === '&') ? 2 : 1;
  }

  /** A word of the command that is being read. */
  #next(): void {
    if (this.#start < 0) this.#start = this.at;
    const first = this.#words.length === 0 && !this.#discard;
    if (first && this.#assignment()) return;
    const word = this.word();
    if (first && !this.quoted && word.known && this.#assigned.length === 0 && this.#keyword(word.text)) return;
    if (!this.split) this.#words.push(word);
    else for (const part of word.text.split(/[ \t\n]+/)) if (part !== '') this.#words.push({ text: part, known: word.known });
  }

  #assignment(): boolean {
    const found = assignmentAt(this.text, this.at);
    if (found === undefined) return false;
    this.at = found.value;
    const next = this.text[this.at] ?? '\n';
    let value: Word = { text: '', known: next !== '(' };
    if (next === '(') this.skipBalanced();
    else if (!METACHARACTERS.includes(next)) value = this.word();
    this.#assigned.push({ name: found.name, value });
    return true;
  }

  /** Whether the word is part of the grammar and no command. */
  #keyword(word: ByteString): boolean {
    if (RESERVED.has(word)) {
      if (word === 'esac' && this.#cases > 0) this.#cases--;
      this.#start = -1;
      return true;
    }
    switch (word) {
      case 'for': case 'select':
        this.blanks();
        this.scope.variables.delete(this.word().text);
        this.#discard = true;
        return true;
      case 'case':
        this.blanks();
        this.word();
        this.blanksAndLines();
        if (this.text.startsWith('in', this.at)) this.at += 2;
        this.#cases++;
        this.#start = -1;
        this.#pattern();
        return true;
      case 'function':
        this.blanks();
        this.scope.functions.add(this.word().text);
        this.blanks();
        if (this.text[this.at] === '(') this.skipBalanced();
        this.#start = -1;
        return true;
      case '[[':
        this.#condition();
        return true;
      default: return false;
    }
  }

  /** `[[ … ]]`, in which '&&' and '<' are no operators of the shell. */
  #condition(): void {
    while (this.at < this.text.length) {
      if (METACHARACTERS.includes(this.text[this.at]!)) this.at++;
      else if (this.word().text === ']]') break;
    }
    this.#words.push({ text: '[[', known: true });
  }

  #isDefinition(): boolean {
    if (this.#words.length !== 1 || this.#assigned.length > 0) return false;
    let at = this.at + 1;
    while (this.text[at] === ' ' || this.text[at] === '\t') at++;
    return this.text[at] === ')';
  }

  #define(): void {
    this.scope.functions.add(this.#words[0]!.text);
    this.at = this.text.indexOf(')', this.at) + 1;
    this.#words = [];
    this.#start = -1;
  }

  /** Past ';;', ';&' or ';;&', and past the pattern that follows. */
  #endOfCase(): void {
    while (this.text[this.at] === ';' || this.text[this.at] === '&') this.at++;
    if (this.#cases > 0) this.#pattern();
  }

  #pattern(): void {
    this.blanksAndLines();
    if (this.text.startsWith('esac', this.at) && METACHARACTERS.includes(this.text[this.at + 4] ?? '\n')) return;
    while (this.at < this.text.length) {
      const char = this.text[this.at]!;
      if (char === ')') {
        this.at++;
        return;
      }
      if (char === '\n' || char === ';' || char === '&') return;
      if (METACHARACTERS.includes(char)) this.at++;
      else this.word();
    }
  }

  #redirect(): void {
    const { text } = this;
    // The number of a descriptor before the sign is no argument.
    const last = this.#words.at(-1);
    if (last !== undefined && /^\d{1,3}$/.test(last.text) && text[this.at - 1] === last.text.at(-1)) this.#words.pop();
    if (text[this.at] !== '&' && text[this.at + 1] === '(') {
      this.at = this.substitution(this.at + 2);
      this.#words.push({ text: '/dev/fd/63', known: false });
      return;
    }
    const document = text.startsWith('<<', this.at) && text[this.at + 2] !== '<';
    const tabs = document && text[this.at + 2] === '-';
    while ('<>&|-'.includes(text[this.at] ?? '.')) this.at++;
    this.blanks();
    if (text[this.at] === '\n') return;
    const word = this.word();
    if (document) this.#documents.push({ delimiter: word.text, tabs });
  }

  /** Bodies follow the line that names them. */
  #hereDocuments(): void {
    if (this.#documents.length === 0) return;
    let body: ByteString | undefined;
    for (const { delimiter, tabs } of this.#documents) {
      const from = this.at;
      let end = this.text.length;
      while (this.at < this.text.length) {
        const start = this.at;
        const lineEnd = this.lineEnd();
        this.at = Math.min(lineEnd + 1, this.text.length);
        const line = this.text.slice(start, lineEnd);
        if ((tabs ? line.replace(/^\t+/, '') : line) !== delimiter) continue;
        end = start;
        break;
      }
      body = this.text.slice(from, end);
    }
    this.#documents = [];
    this.#flush(body);
  }

  #flush(input: ByteString | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const command of waiting) this.#visit(input === undefined ? command : { ...command, input }, this.scope);
  }

  #finish(): void {
    const words = this.#discard ? [] : this.#words;
    if (words.length > 0 || this.#assigned.length > 0) this.#found(words);
    this.#words = [];
    this.#assigned = [];
    this.#start = -1;
    this.#discard = false;
  }

  #found(words: readonly Word[]): void {
    const declared = declaredBy(words);
    const assigned = declared.length === 0 ? this.#assigned : [...this.#assigned, ...declared];
    const command = { words, assigned, line: this.#lineOf(this.#start) };
    this.scope.budget--;
    if (this.#documents.length > 0) this.#waiting.push(command);
    else this.#visit(command, this.scope);
    takeEffect(this.scope, words, words.length === 0 || declared.length > 0 ? assigned : []);
  }

  protected override substitution(from: number): number {
    if (this.#depth >= MAX_DEPTH) return this.text.length;
    const line = this.#lineOf(from);
    return this.#inside(() => new ShellReader(this.text, line, this.scope, this.#visit, this.#depth + 1, { from, nextLine: this.#nextLine }).list(true));
  }

  protected override backquoted(inner: ByteString, from: number): void {
    if (this.#depth >= MAX_DEPTH) return;
    this.#inside(() => new ShellReader(inner, this.#lineOf(from), this.scope, this.#visit, this.#depth + 1).list(false));
  }

  /** A substitution has a directory of its own. */
  #inside(read: () => number): number {
    const { directory } = this.scope;
    const end = read();
    this.scope.directory = directory;
    return end;
  }

  #lineOf(at: number): number {
    while (this.#nextLine < at && this.#nextLine < this.text.length) {
      this.#line++;
      const next = this.text.indexOf('\n', this.#nextLine + 1);
      this.#nextLine = next < 0 ? this.text.length : next;
    }
    return this.#line;
  }
}
