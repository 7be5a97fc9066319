// Values as YAML text for files that drift writes: plain where that cannot be misread, double-quoted (JSON's form, which YAML 1.2 contains) where it could.

// Starts with a letter or a slash; words that some YAML reader takes for something else than text are quoted.
const PLAIN = /^[A-Za-z/](?:[A-Za-z0-9_./+@-]|:(?=[A-Za-z0-9/]))*$/;
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

// Text for every reader of YAML 1.2: a day, a port with its protocol, a digest with a letter that no number has.
const PLAIN_TOKEN = /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,5}\/(?:tcp|udp)|(?=.*[a-df])[0-9a-f]{64})$/;
// Words with single blanks. Without the signs that end a value within braces.
const PLAIN_WORDS = /^[A-Za-z/][A-Za-z0-9_./+@()'*-]*(?: [A-Za-z0-9_./+@()'*-]+)*$/;
const PLAIN_LINE = /^[A-Za-z/][A-Za-z0-9_./+@()'*,;-]*(?: [A-Za-z0-9_./+@()'*,;-]+)*$/;

/** For what people write: words stay plain where they can, the rest in the quotes of the file. */
export function yamlPhrase(value: string, { flow, quote }: { readonly flow: boolean; readonly quote: '"' | "'" }): string {
  if (PLAIN_TOKEN.test(value) || (flow ? PLAIN_WORDS : PLAIN_LINE).test(value) && !RESERVED.test(value)) return value;
  const plain = yamlScalar(value);
  return plain === value ? value : quoted(value, quote);
}

/** Single quotes have no escapes: what needs one gets double ones. */
function quoted(value: string, quote: '"' | "'"): string {
  return quote === "'" && /^[\x20-\x7e\u00a0-\ud7ff]*$/.test(value) ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

export function yamlScalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return PLAIN.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value);
}

/** As a key: what begins with a digit is text only in quotes for some readers, so 7zip and 0ad stay plain only when a letter makes them text. */
export function yamlKey(key: string, quote: '"' | "'" = '"'): string {
  return (/^[0-9]+[a-df-z][A-Za-z0-9+.-]*$/.test(key) && !/^0[box]/.test(key)) || /^[A-Za-z_][A-Za-z0-9_+.-]*(?::[a-z0-9-]+)?$/.test(key) && !RESERVED.test(key) ? key : quoted(key, quote);
}

export function yamlFlowList(values: readonly string[]): string {
  return `[${values.map((value) => yamlScalar(value)).join(', ')}]`;
}

/** `key: [a, b]` where it fits in `width`, else one item a line below it. */
export function yamlList(indent: string, key: string, values: readonly string[], width = 80): string[] {
  const short = `${indent}${key}: ${yamlFlowList(values)}`;
  return short.length <= width ? [short] : [`${indent}${key}:`, ...values.map((value) => `${indent}  - ${yamlScalar(value)}`)];
}

/** Comment lines of `width` columns at most; a word that is longer stays whole. The text MUST be printable: a line end in it would end the comment. */
export function yamlComment(text: string, indent = '', width = 80): string[] {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line.length + 1 + word.length > width && line !== `${indent}#`) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
