// Reads dependency fields (Depends, Provides, …; deb-control(5), Debian policy 7.1) into the model's requirements.
import type { NameRequirement, Operator, Provide, Requirement } from '../../model/package.ts';

/** The same texts stand in many packages ('libc6 (>= 2.36)'), so each is read once. */
type Memory = Map<string, NameRequirement | undefined>;

export interface RelationReader {
  requirements(field: string | undefined): readonly Requirement[];
  provides(field: string | undefined): readonly Provide[];
}

const NOTHING: readonly never[] = [];

export function relationReader(): RelationReader {
  const memory: Memory = new Map();
  return {
    requirements(field) {
      if (field === undefined || field === '') return NOTHING;
      const out: Requirement[] = [];
      for (const clause of field.split(',')) {
        if (!clause.includes('|')) {
          const one = remembered(memory, clause);
          if (one !== undefined) out.push(one);
          continue;
        }
        const of: Requirement[] = [];
        for (const alternative of clause.split('|')) {
          const one = remembered(memory, alternative);
          if (one !== undefined) of.push(one);
        }
        if (of.length > 0) out.push(of.length === 1 ? of[0]! : { kind: 'any', of });
      }
      return out;
    },
    provides(field) {
      if (field === undefined || field === '') return NOTHING;
      const out: Provide[] = [];
      for (const clause of field.split(',')) {
        const one = remembered(memory, clause);
        if (one === undefined) continue;
        out.push(one.version === undefined ? { name: one.name } : { name: one.name, op: '=', version: one.version });
      }
      return out;
    },
  };
}

function remembered(memory: Memory, text: string): NameRequirement | undefined {
  const known = memory.get(text);
  if (known !== undefined || memory.has(text)) return known;
  const read = readRelation(text);
  if (memory.size < 200_000) memory.set(text, read);
  return read;
}

/** One 'name:arch (op version)'. Architecture lists and build profiles do not occur in installed packages and are left out. */
function readRelation(text: string): NameRequirement | undefined {
  const open = text.indexOf('(');
  let name = (open < 0 ? text : text.slice(0, open)).trim();
  const blank = name.search(/[\s[<]/);
  if (blank >= 0) name = name.slice(0, blank);
  const colon = name.indexOf(':');
  const arch = colon < 0 ? undefined : name.slice(colon + 1);
  if (colon >= 0) name = name.slice(0, colon);
  if (name === '') return undefined;
  if (open < 0) return arch === undefined ? { kind: 'name', name } : { kind: 'name', name, arch };
  const close = text.indexOf(')', open);
  const inner = text.slice(open + 1, close < 0 ? undefined : close).trim();
  let length = 0;
  while (length < inner.length && '<>='.includes(inner[length]!)) length++;
  const op = operator(inner.slice(0, length));
  const version = inner.slice(length).trim();
  if (version === '') return arch === undefined ? { kind: 'name', name } : { kind: 'name', name, arch };
  return arch === undefined ? { kind: 'name', name, op, version } : { kind: 'name', name, op, version, arch };
}

/** The obsolete '<' and '>' mean '<=' and '>=' to dpkg; no operator means '='. */
function operator(text: string): Operator {
  switch (text) {
    case '<<': case '>>': case '<=': case '>=': return text;
    case '<': return '<=';
    case '>': return '>=';
    default: return '=';
  }
}
