// Values as YAML text for files that drift writes: plain where that cannot be misread, double-quoted (JSON's form, which YAML 1.2 contains) where it could.

// Starts with a letter or a slash; words that some YAML reader takes for something else than text are quoted.
const PLAIN = /^[A-Za-z/](?:[A-Za-z0-9_./+@-]|:(?=[A-Za-z0-9/]))*$/;
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

export function yamlScalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return PLAIN.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value);
}

/** As a key: what begins with a digit is text only in quotes for some readers, so 7zip and 0ad stay plain only when a letter makes them text. */
export function yamlKey(key: string): string {
  return (/^[0-9]+[a-df-z][A-Za-z0-9+.-]*$/.test(key) && !/^0[box]/.test(key)) || /^[A-Za-z_][A-Za-z0-9_+.-]*(?::[a-z0-9-]+)?$/.test(key) && !RESERVED.test(key) ? key : JSON.stringify(key);
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
