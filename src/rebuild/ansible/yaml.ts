// Plain values as YAML that PyYAML reads (YAML 1.1): block style, every text in double quotes and ASCII. Text of a host is `!unsafe`, which ansible never takes for a template.
import { never } from '../../model/result.ts';

/** Text that was read from a host: '{{ … }}' in it must stay what it is. */
export interface HostText {
  readonly kind: 'host-text';
  readonly text: string;
}

export type Yaml = string | number | boolean | HostText | YamlList | YamlMap;
export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly Yaml[];
}
export interface YamlMap {
  readonly kind: 'map';
  readonly fields: readonly (readonly [string, Yaml])[];
}

export function hostText(text: string): HostText {
  return { kind: 'host-text', text };
}

export function list(items: readonly Yaml[]): YamlList {
  return { kind: 'list', items };
}

/** Fields in their order; those that are undefined are left out. */
export function map(fields: Readonly<Record<string, Yaml | undefined>>): YamlMap {
  return { kind: 'map', fields: Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])) };
}

/** Lines of a block at that indentation. */
export function yamlLines(value: YamlList | YamlMap, indent: string): string[] {
  if (value.kind === 'map') return value.fields.flatMap(([key, item]) => entryLines(`${indent}${key}:`, item, `${indent}  `));
  return value.items.flatMap((item) => {
    if (typeof item !== 'object' || item.kind !== 'map' || item.fields.length === 0) return entryLines(`${indent}-`, item, `${indent}  `);
    const [first = '', ...rest] = yamlLines(item, `${indent}  `);
    return [`${indent}- ${first.trimStart()}`, ...rest];
  });
}

function entryLines(head: string, value: Yaml, deeper: string): string[] {
  if (typeof value !== 'object') return [`${head} ${typeof value === 'string' ? quoted(value) : String(value)}`];
  switch (value.kind) {
    case 'host-text': return [`${head} ${/[{}#%]/.test(value.text) ? '!unsafe ' : ''}${quoted(value.text)}`];
    case 'list': return value.items.length === 0 ? [`${head} []`] : [head, ...yamlLines(value, deeper)];
    case 'map': return value.fields.length === 0 ? [`${head} {}`] : [head, ...yamlLines(value, deeper)];
    default: return never(value);
  }
}

/** YAML 1.1 5.6: escapes for all that is not printable ASCII, whatever the reader takes. */
function quoted(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (code === 10) out += '\\n';
    else if (code >= 0x20 && code < 0x7f) out += character;
    else if (code < 0x100) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else out += code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return `"${out}"`;
}
