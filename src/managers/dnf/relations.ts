// rpm's dependencies as drift's Requirements (rpm-dependencies(7)): plain ones with sense flags, rich ones "(a if b else c)" in parentheses.
import type { NameRequirement, Operator, Provide, Requirement } from '../../model/package.ts';
import type { Dependency } from './dump.ts';

const LESS = 2;
const GREATER = 4;
const EQUAL = 8;
const RPMLIB = 1 << 24;
const MAX_DEPTH = 32;

export function operatorOf(flags: number): Operator | undefined {
  switch (flags & (LESS | GREATER | EQUAL)) {
    case LESS: return '<<';
    case LESS | EQUAL: return '<=';
    case EQUAL: return '=';
    case GREATER | EQUAL: return '>=';
    case GREATER: return '>>';
    case LESS | GREATER: return '!=';
    default: return undefined;
  }
}

export function provideOf(of: Dependency): Provide {
  const op = operatorOf(of.flags);
  return op === undefined || of.version === '' ? { name: of.name } : { name: of.name, op, version: of.version };
}

/** Undefined for what rpm itself satisfies ('rpmlib(…)', 'rpmformat(…)'). A rich dependency that cannot be read stays one name. */
export function requirementOf(of: Dependency): Requirement | undefined {
  if ((of.flags & RPMLIB) !== 0 || of.name.startsWith('rpmlib(') || of.name.startsWith('rpmformat(')) return undefined;
  if (of.name.startsWith('(')) return parseRich(of.name) ?? { kind: 'name', name: of.name };
  return nameRequirement(of.name, operatorOf(of.flags), of.version);
}

/** The relations of one list, each once, in the order of the package. */
export function requirementsOf(list: readonly Dependency[]): readonly Requirement[] {
  const seen = new Set<string>();
  const out: Requirement[] = [];
  for (const each of list) {
    const key = `${each.name} ${each.flags & (LESS | GREATER | EQUAL)} ${each.version}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const requirement = requirementOf(each);
    if (requirement !== undefined) out.push(requirement);
  }
  return out;
}

function nameRequirement(name: string, op: Operator | undefined, version: string): NameRequirement {
  return op === undefined || version === '' ? { kind: 'name', name } : { kind: 'name', name, op, version };
}

/** File paths that a requirement names, at any depth. */
export function collectPaths(requirement: Requirement, into: Set<string>): void {
  switch (requirement.kind) {
    case 'name':
      if (requirement.name.startsWith('/')) into.add(requirement.name);
      break;
    case 'any': case 'all': case 'with':
      for (const each of requirement.of) collectPaths(each, into);
      break;
    case 'without':
      collectPaths(requirement.require, into);
      collectPaths(requirement.exclude, into);
      break;
    case 'if':
      collectPaths(requirement.condition, into);
      collectPaths(requirement.then, into);
      if (requirement.otherwise !== undefined) collectPaths(requirement.otherwise, into);
      break;
  }
}

/** Undefined where the text does not follow the grammar. */
export function parseRich(text: string): Requirement | undefined {
  const tokens = tokenize(text);
  if (tokens === undefined) return undefined;
  const reader = { tokens, at: 0 };
  const parsed = readRich(reader, 0);
  return reader.at === tokens.length ? parsed : undefined;
}

/** '(' and ')' that belong to a name ('libc.so.6(GLIBC_2.4)(64bit)') are part of its token. */
function tokenize(text: string): readonly string[] | undefined {
  const tokens: string[] = [];
  for (let at = 0; at < text.length;) {
    const char = text[at]!;
    if (char === ' ' || char === '\t') at++;
    else if (char === '(' || char === ')') {
      tokens.push(char);
      at++;
    } else {
      const start = at;
      let open = 0;
      for (; at < text.length; at++) {
        const next = text[at]!;
        if (next === ' ' || next === '\t') break;
        if (next === '(') open++;
        else if (next === ')' && open-- === 0) break;
      }
      if (open > 0) return undefined;
      tokens.push(text.slice(start, at));
    }
  }
  return tokens;
}

interface TokenReader {
  readonly tokens: readonly string[];
  at: number;
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map([['<', '<<'], ['<=', '<='], ['=', '='], ['==', '='], ['>=', '>='], ['=>', '>='], ['=<', '<='], ['>', '>>']]);

function readRich(reader: TokenReader, depth: number): Requirement | undefined {
  if (depth > MAX_DEPTH || reader.tokens[reader.at] !== '(') return undefined;
  reader.at++;
  const first = readOperand(reader, depth);
  if (first === undefined) return undefined;
  const word = reader.tokens[reader.at];
  let result: Requirement | undefined = first;
  switch (word) {
    case ')': break;
    case 'and': case 'or': case 'with': {
      const of = [first];
      while (reader.tokens[reader.at] === word) {
        reader.at++;
        const next = readOperand(reader, depth);
        if (next === undefined) return undefined;
        of.push(next);
      }
      result = { kind: word === 'and' ? 'all' : word === 'or' ? 'any' : 'with', of };
      break;
    }
    case 'without': {
      reader.at++;
      const exclude = readOperand(reader, depth);
      result = exclude === undefined ? undefined : { kind: 'without', require: first, exclude };
      break;
    }
    case 'if': case 'unless': {
      reader.at++;
      const condition = readOperand(reader, depth);
      if (condition === undefined) return undefined;
      const negated = word === 'unless';
      if (reader.tokens[reader.at] === 'else') {
        reader.at++;
        const otherwise = readOperand(reader, depth);
        result = otherwise === undefined ? undefined : { kind: 'if', condition, negated, then: first, otherwise };
      } else result = { kind: 'if', condition, negated, then: first };
      break;
    }
    default: return undefined;
  }
  if (result === undefined || reader.tokens[reader.at] !== ')') return undefined;
  reader.at++;
  return result;
}

function readOperand(reader: TokenReader, depth: number): Requirement | undefined {
  const token = reader.tokens[reader.at];
  if (token === '(') return readRich(reader, depth + 1);
  if (token === undefined || token === ')') return undefined;
  reader.at++;
  const op = OPERATORS.get(reader.tokens[reader.at] ?? '');
  if (op === undefined) return { kind: 'name', name: token };
  const version = reader.tokens[reader.at + 1];
  if (version === undefined || version === '(' || version === ')') return undefined;
  reader.at += 2;
  return { kind: 'name', name: token, op, version };
}
