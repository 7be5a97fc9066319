// The part of TOML (toml.io) that dnf 5 writes into its state files and versionlock.toml: tables, arrays of tables, strings, and inline tables of strings.

export type TomlValue = string | TomlTable | TomlValue[];
export interface TomlTable extends Map<string, TomlValue> {}

const MAX_DEPTH = 16;

/** Undefined where the text is not of that part of TOML: then nothing of it is believed. Numbers, dates and booleans come as their text. */
export function parseToml(text: string): TomlTable | undefined {
  const reader = new Reader(text);
  const root: TomlTable = new Map();
  let table = root;
  while (reader.skipToStatement()) {
    if (reader.take('[[')) {
      const path = reader.keyPath();
      if (path === undefined || !reader.take(']]')) return undefined;
      const holder = tableAt(root, path.slice(0, -1));
      const last = path.at(-1)!;
      const list = holder?.get(last) ?? [];
      if (holder === undefined || !Array.isArray(list)) return undefined;
      table = new Map();
      list.push(table);
      holder.set(last, list);
    } else if (reader.take('[')) {
      const path = reader.keyPath();
      const found = path !== undefined && reader.take(']') ? tableAt(root, path) : undefined;
      if (found === undefined) return undefined;
      table = found;
    } else if (!reader.pair(table, 0)) return undefined;
    if (!reader.endOfLine()) return undefined;
  }
  return root;
}

/** Makes what is missing on the way; the last element of an array of tables stands for the array. */
function tableAt(root: TomlTable, path: readonly string[]): TomlTable | undefined {
  let table = root;
  for (const key of path) {
    let next = table.get(key);
    if (next === undefined) {
      next = new Map();
      table.set(key, next);
    }
    if (Array.isArray(next)) next = next.at(-1);
    if (!(next instanceof Map)) return undefined;
    table = next;
  }
  return table;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Over blanks, line ends and comments; false at the end of the text. */
  skipToStatement(): boolean {
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (char === '#') this.#comment();
      else if (char !== ' ' && char !== '\t' && char !== '\n' && char !== '\r') return true;
    }
    return false;
  }

  endOfLine(): boolean {
    this.#blanks();
    if (this.#text[this.#at] === '#') this.#comment();
    return this.#at >= this.#text.length || this.#text[this.#at] === '\n' || this.#text[this.#at] === '\r';
  }

  take(token: string): boolean {
    this.#blanks();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  keyPath(): readonly string[] | undefined {
    const path: string[] = [];
    do {
      const key = this.#key();
      if (key === undefined || path.length >= MAX_DEPTH) return undefined;
      path.push(key);
    } while (this.take('.'));
    return path;
  }

  pair(into: TomlTable, depth: number): boolean {
    const path = this.keyPath();
    if (path === undefined || !this.take('=')) return false;
    const holder = tableAt(into, path.slice(0, -1));
    const value = this.#value(depth);
    if (holder === undefined || value === undefined) return false;
    holder.set(path.at(-1)!, value);
    return true;
  }

  #value(depth: number): TomlValue | undefined {
    if (depth > MAX_DEPTH) return undefined;
    this.#blanks();
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") return this.#string();
    if (this.take('{')) {
      const table: TomlTable = new Map();
      if (this.#closes('}')) return table;
      do {
        this.skipToStatement();
        if (!this.pair(table, depth + 1)) return undefined;
        this.skipToStatement();
      } while (this.take(','));
      return this.take('}') ? table : undefined;
    }
    if (this.take('[')) {
      const list: TomlValue[] = [];
      for (;;) {
        if (this.#closes(']')) return list;
        const value = this.#value(depth + 1);
        if (value === undefined) return undefined;
        list.push(value);
        this.skipToStatement();
        if (!this.take(',')) return this.#closes(']') ? list : undefined;
      }
    }
    const start = this.#at;
    while (this.#at < this.#text.length && !' \t\r\n,]}#'.includes(this.#text[this.#at]!)) this.#at++;
    return this.#at === start ? undefined : this.#text.slice(start, this.#at);
  }

  #closes(token: string): boolean {
    this.skipToStatement();
    return this.take(token);
  }

  #key(): string | undefined {
    this.#blanks();
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") return this.#string();
    const start = this.#at;
    while (this.#at < this.#text.length && /[A-Za-z0-9_-]/.test(this.#text[this.#at]!)) this.#at++;
    return this.#at === start ? undefined : this.#text.slice(start, this.#at);
  }

  #string(): string | undefined {
    const quote = this.#text[this.#at]!;
    // Multi-line strings are not written by dnf.
    if (this.#text.startsWith(quote.repeat(3), this.#at)) return undefined;
    let out = '';
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const char = this.#text[at]!;
      if (char === quote) {
        this.#at = at + 1;
        return out;
      }
      if (char === '\n') return undefined;
      if (char === '\\' && quote === '"') {
        const escaped = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\', b: '\b', f: '\f' }[this.#text[++at] ?? ''];
        if (escaped === undefined) return undefined;
        out += escaped;
      } else out += char;
    }
    return undefined;
  }

  #blanks(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++;
  }

  #comment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }
}
