// The ini files of yum and dnf (dnf.conf(5)): sections, options whose value goes on in indented lines, '#' and ';' comments at the start of a line.
import type { ByteString } from '../../model/bytes.ts';

export interface IniSection {
  readonly name: ByteString;
  /** Counts from 1. */
  readonly line: number;
  /** Lines of a value are joined with '\n'; a later value of the same option wins. */
  readonly options: ReadonlyMap<string, ByteString>;
}

/** Sections in the order of the file. What stands before the first section belongs to none and is left out. */
export function parseIni(text: ByteString): readonly IniSection[] {
  const sections: { name: string; line: number; options: Map<string, string> }[] = [];
  let option: string | undefined;
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    const first = line[0];
    if (line.trim() === '') continue;
    if (first === '#' || first === ';') continue;
    const current = sections.at(-1);
    if ((first === ' ' || first === '\t') && option !== undefined && current !== undefined) {
      const value = line.trim();
      if (!value.startsWith('#') && !value.startsWith(';')) current.options.set(option, `${current.options.get(option)!}\n${value}`);
      continue;
    }
    const text = line.trim();
    option = undefined;
    if (text.startsWith('[') && text.includes(']')) {
      sections.push({ name: text.slice(1, text.indexOf(']')), line: at + 1, options: new Map() });
      continue;
    }
    const equals = text.indexOf('=');
    if (equals <= 0 || current === undefined) continue;
    option = text.slice(0, equals).trim().toLowerCase();
    current.options.set(option, text.slice(equals + 1).trim());
  }
  return sections;
}

/** dnf.conf(5) booleans; undefined where the option is missing or is none. */
export function booleanOf(value: string | undefined): boolean | undefined {
  switch (value?.toLowerCase()) {
    case '1': case 'yes': case 'true': case 'on': case 'enabled': return true;
    case '0': case 'no': case 'false': case 'off': case 'disabled': return false;
    default: return undefined;
  }
}

/** Lists are parted by commas, blanks or line ends. */
export function listOf(value: string | undefined): readonly string[] {
  return (value ?? '').split(/[\s,]+/).filter((each) => each !== '');
}
