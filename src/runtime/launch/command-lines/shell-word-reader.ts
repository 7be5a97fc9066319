// Reads words of shell text: quotes, escapes, parameters, substitutions (POSIX.1 Shell Command Language 2.2 and 2.6, bash(1) QUOTING). Nothing is expanded but
// variables whose value is known.
import type { BytePath, ByteString } from '../../../model/bytes.ts';

export interface Word {
  /** Unquoted; what is not known beforehand (`$X`, `$(…)`) stands as it is written. */
  readonly text: ByteString;
  /** Whether `text` is what the command will get: no unknown variable, no pattern. */
  readonly known: boolean;
}

/** What is known at a place of the text; the reader changes it as it goes on. */
export interface ShellScope {
  readonly variables: Map<ByteString, ByteString>;
  readonly functions: Set<ByteString>;
  directory: BytePath | undefined;
  /** Commands that may still be read; at 0 the rest is left out. */
  budget: number;
  /** Characters that values of variables may still add: `X=$X$X` doubles each time. */
  room: number;
}

/** What ends a word. */
export const METACHARACTERS = ' \t\n;&|()<>';
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

export abstract class WordReader {
  protected readonly text: ByteString;
  protected readonly scope: ShellScope;
  protected at = 0;
  /** Of the word that was read last: whether any of it was quoted, and whether a value makes several words of it. */
  protected quoted = false;
  protected split = false;

  constructor(text: ByteString, scope: ShellScope) {
    this.text = text;
    this.scope = scope;
  }

  /** Reads the commands of `$(` from `from` on; answers where they ended. */
  protected abstract substitution(from: number): number;
  /** Reads the commands of a backquoted text that began at `from`. */
  protected abstract backquoted(inner: ByteString, from: number): void;

  protected word(): Word {
    const { text } = this;
    const from = this.at;
    let out = '';
    let known = true;
    this.split = false;
    this.quoted = false;
    if (text[from] === '~' && (text[from + 1] === '/' || METACHARACTERS.includes(text[from + 1] ?? '\n'))) {
      const home = this.scope.variables.get('HOME');
      out = home ?? '~';
      known = home !== undefined;
      this.at++;
    }
    while (this.at < text.length) {
      const char = text[this.at]!;
      if (METACHARACTERS.includes(char)) {
        if (char !== '(' || !this.#isPartOfWord(from)) break;
        this.skipBalanced();
        known = false;
        continue;
      }
      switch (char) {
        case '\r':
          // Of a line that ends in CR LF.
          if (text[this.at + 1] !== '\n' && this.at + 1 !== text.length) out += char;
          this.at++;
          break;
        case "'": {
          const end = text.indexOf("'", this.at + 1);
          out += text.slice(this.at + 1, end < 0 ? undefined : end);
          this.at = end < 0 ? text.length : end + 1;
          this.quoted = true;
          break;
        }
        case '"': {
          const inner = this.#doubleQuoted();
          out += inner.text;
          known &&= inner.known;
          this.quoted = true;
          break;
        }
        case '\\':
          if (text[this.at + 1] !== '\n') {
            out += text[this.at + 1] ?? '';
            this.quoted = true;
          }
          this.at = Math.min(this.at + 2, text.length);
          break;
        case '$': case '`': {
          const value = char === '$' ? this.#dollar(false) : this.#backquotes();
          out += value.text;
          known &&= value.known;
          if (value.known && /[ \t\n]/.test(value.text)) this.split = true;
          break;
        }
        case '*': case '?':
          known = false;
          out += char;
          this.at++;
          break;
        case '[': case '{': {
          // `[` or `[[` alone is test(1), `{` alone a group.
          const length = text[this.at + 1] === char ? 2 : 1;
          if (this.at > from || !METACHARACTERS.includes(text[this.at + length] ?? '\n')) known = false;
          out += text.slice(this.at, this.at + length);
          this.at += length;
          break;
        }
        default: {
          const start = this.at++;
          while (this.at < text.length && isPlain(text.charCodeAt(this.at))) this.at++;
          out += text.slice(start, this.at);
        }
      }
    }
    // Whatever the text is, the reader goes on.
    if (this.at === from) this.at++;
    return { text: out, known };
  }

  /** `X=(a b)` and patterns like `+(a|b)` belong to their word. */
  #isPartOfWord(from: number): boolean {
    const before = this.at - 1;
    if (before < from) return false;
    const char = this.text[before]!;
    return '=+@?*'.includes(char) || (char === '!' && before > from);
  }

  #doubleQuoted(): Word {
    const { text } = this;
    let out = '';
    let known = true;
    this.at++;
    while (this.at < text.length) {
      const char = text[this.at]!;
      if (char === '"') {
        this.at++;
        break;
      }
      if (char === '\\') {
        const next = text[this.at + 1] ?? '';
        out += next === '\n' ? '' : '$`"\\'.includes(next) ? next : `\\${next}`;
        this.at = Math.min(this.at + 2, text.length);
      } else if (char === '$' || char === '`') {
        const value = char === '$' ? this.#dollar(true) : this.#backquotes();
        out += value.text;
        known &&= value.known;
      } else {
        const start = this.at++;
        while (this.at < text.length && !'"\\$`'.includes(text[this.at]!)) this.at++;
        out += text.slice(start, this.at);
      }
    }
    return { text: out, known };
  }

  #dollar(quoted: boolean): Word {
    const { text } = this;
    const from = this.at;
    const next = text[from + 1];
    if (next === '(') {
      if (text[from + 2] === '(') {
        this.at = from + 1;
        this.skipBalanced();
      } else this.at = this.substitution(from + 2);
      return { text: text.slice(from, this.at), known: false };
    }
    if (next === '{') return this.#braced(from);
    if (next === "'" && !quoted) return this.#escaped(from + 2);
    NAME.lastIndex = from + 1;
    if (NAME.test(text)) {
      this.at = NAME.lastIndex;
      return this.#variable(text.slice(from + 1, this.at), from);
    }
    const special = next !== undefined && '?$!#@*-0123456789'.includes(next);
    this.at = from + (special ? 2 : 1);
    return { text: text.slice(from, this.at), known: !special };
  }

  #variable(name: ByteString, from: number): Word {
    const value = this.scope.variables.get(name);
    if (value === undefined || value.length > this.scope.room) return { text: this.text.slice(from, this.at), known: false };
    this.scope.room -= value.length;
    return { text: value, known: true };
  }

  #braced(from: number): Word {
    const { text } = this;
    NAME.lastIndex = from + 2;
    if (NAME.test(text) && text[NAME.lastIndex] === '}') {
      this.at = NAME.lastIndex + 1;
      return this.#variable(text.slice(from + 2, this.at - 1), from);
    }
    let depth = 0;
    let at = from + 1;
    for (; at < text.length; at++) {
      const char = text[at];
      if (char === '\\') at++;
      else if (char === '{') depth++;
      else if (char === '}' && --depth === 0) break;
    }
    this.at = Math.min(at + 1, text.length);
    return { text: text.slice(from, this.at), known: false };
  }

  /** `$'…'`: the escapes that may spell a path. */
  #escaped(from: number): Word {
    const { text } = this;
    let at = from;
    while (at < text.length && text[at] !== "'") at += text[at] === '\\' ? 2 : 1;
    this.at = Math.min(at + 1, text.length);
    this.quoted = true;
    return { text: text.slice(from, at).replace(/\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|[^])/g, (_, code: string) => unescaped(code)), known: true };
  }

  #backquotes(): Word {
    const { text } = this;
    const from = this.at;
    let at = from + 1;
    while (at < text.length && text[at] !== '`') at += text[at] === '\\' ? 2 : 1;
    this.at = Math.min(at + 1, text.length);
    this.backquoted(text.slice(from + 1, at).replace(/\\([\\`$])/g, '$1'), from);
    return { text: text.slice(from, this.at), known: false };
  }

  /** From '(' past the ')' that closes it; quotes are respected. */
  protected skipBalanced(): void {
    const { text } = this;
    let depth = 0;
    let quote = '';
    for (; this.at < text.length; this.at++) {
      const char = text[this.at]!;
      if (char === '\\' && quote !== "'") this.at++;
      else if (quote !== '') quote = char === quote ? '' : quote;
      else if (char === "'" || char === '"') quote = char;
      else if (char === '(') depth++;
      else if (char === ')' && --depth === 0) break;
    }
    this.at = Math.min(this.at + 1, text.length);
  }

  protected blanks(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++;
  }

  protected blanksAndLines(): void {
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at]!;
      if (char === '#') this.at = this.lineEnd() - 1;
      else if (!' \t\r\n'.includes(char)) return;
    }
  }

  protected lineEnd(): number {
    const end = this.text.indexOf('\n', this.at);
    return end < 0 ? this.text.length : end;
  }
}

function unescaped(code: string): ByteString {
  if (code.length > 1 && code.startsWith('x')) return String.fromCharCode(parseInt(code.slice(1), 16));
  if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8) & 0xff);
  return code === 'n' ? '\n' : code === 't' ? '\t' : code === 'e' ? '\x1b' : code;
}

/** Letters, digits and what else never means anything to a shell inside a word. */
function isPlain(code: number): boolean {
  return (code >= 43 && code <= 58) || (code >= 64 && code <= 90) || (code >= 97 && code <= 122) || code === 61 || code === 37 || code === 95 || code >= 128;
}
