// What maintainer scripts give to files, read as text (deb-preinst(5), deb-postinst(5)): paths, owners and capabilities that stand there in words,
// plain variables and lists of a loop put in. Nothing is run, and what only a running shell could know is not guessed.
import { parentOf, type BytePath, type ByteString } from '../../model/bytes.ts';

/** Without one of these a script gives nobody anything: most scripts name their programs for update-alternatives(1) only. */
const GIVES_PRIVILEGES = /chmod|chown|chgrp|statoverride|setcap|install[ \t]+-|setuid|setgid|suid|sgid|setperm|filecaps/i;

/** Lines that give something, or name a path for a line that does: an assignment, a loop, a table with modes. A line that runs the program is none. */
const NAMES_FOR_LATER = /^[ \t]*(?:local[ \t]+|export[ \t]+)?[A-Za-z_]\w*=|\b(?:for|set)[ \t]|[ \t:]0?[0-7]{4}\b/;

export function givesPrivileges(script: ByteString): boolean {
  return GIVES_PRIVILEGES.test(script);
}

/** `lines` of a script. */
export function givingLines(lines: readonly ByteString[]): ByteString {
  return lines.filter((line) => !line.includes('update-alternatives') && (GIVES_PRIVILEGES.test(line) || NAMES_FOR_LATER.test(line))).join('\n');
}

export function linesOf(script: ByteString): readonly ByteString[] {
  return script.replaceAll('\\\n', ' ').split('\n');
}

const ASSIGNMENT = /^[ \t]*(?:(?:local|export|readonly)[ \t]+)?([A-Za-z_]\w{0,60})=("[^"'`$\\]{0,400}"|'[^'`$\\]{0,400}'|[^"'`$\\\s;&|()<>]{0,400})[ \t]*(?:;|#|$)/;
const LOOP = /\bfor[ \t]+([A-Za-z_]\w{0,60})[ \t]+in[ \t]+([^;`$()<>|&]{1,4000})/;
const VARIABLE = /\$(?:([A-Za-z_]\w{0,60})|\{([A-Za-z_]\w{0,60})\})/;
/** A variable has a handful of values; what would grow beyond is left as it stands. */
const MAX_VALUES = 64;
const MAX_LINES = 20_000;

/** The same lines with each variable that the script gives a plain word: one line for each of its values. */
export function expandedLines(lines: readonly ByteString[]): readonly ByteString[] {
  const values = new Map<string, Set<ByteString>>();
  const note = (name: string, value: ByteString): void => {
    const known = values.get(name) ?? new Set();
    if (known.size < MAX_VALUES) known.add(value);
    values.set(name, known);
  };
  const out: ByteString[] = [];
  for (const line of lines) {
    for (const text of expanded(line, values)) {
      const assigned = ASSIGNMENT.exec(text);
      if (assigned !== null) note(assigned[1]!, assigned[2]!.replaceAll(/["']/g, ''));
      const loop = LOOP.exec(text);
      if (loop !== null) for (const word of wordsOf(loop[2]!)) note(loop[1]!, word);
      if (out.length < MAX_LINES) out.push(text.replaceAll(/\/{2,}/g, '/'));
    }
  }
  return out;
}

function expanded(line: ByteString, values: ReadonlyMap<string, ReadonlySet<ByteString>>): readonly ByteString[] {
  let open: ByteString[] = [line];
  const done: ByteString[] = [];
  // Each round puts in one variable, the first of those that are known.
  for (let round = 0; round < 8 && open.length > 0; round++) {
    const next: ByteString[] = [];
    for (const each of open) {
      const found = firstKnown(each, values);
      if (found === undefined) done.push(each);
      else for (const value of found.values) if (next.length < MAX_VALUES) next.push(each.slice(0, found.start) + value + each.slice(found.end));
    }
    open = next;
  }
  return [...done, ...open];
}

function firstKnown(line: ByteString, values: ReadonlyMap<string, ReadonlySet<ByteString>>): { readonly start: number; readonly end: number; readonly values: ReadonlySet<ByteString> } | undefined {
  for (let from = line.indexOf('$'); from >= 0; from = line.indexOf('$', from + 1)) {
    const found = VARIABLE.exec(line.slice(from, from + 70));
    const known = found === null || found.index !== 0 ? undefined : values.get((found[1] ?? found[2])!);
    if (known !== undefined) return { start: from, end: from + found![0].length, values: known };
  }
  return undefined;
}

function wordsOf(text: ByteString): readonly ByteString[] {
  return text.split(/[ \t]+/).map((word) => word.replaceAll(/["';]/g, '')).filter((word) => word !== '');
}

const GIVES_OWNER = /\b(?:chown|chgrp|setperm|install)\b/;
const RECURSIVE = /[ \t](?:-[A-Za-z]{0,4}R[A-Za-z]{0,4}|--recursive)(?:[ \t]|$)|\bfind[ \t]/;

/** A line that hands files to somebody: as it stands in the script, expanded. */
export interface OwnerGrant {
  readonly words: readonly ByteString[];
  readonly recursive: boolean;
}

export function ownerGrants(lines: readonly ByteString[]): readonly OwnerGrant[] {
  return lines.filter((line) => GIVES_OWNER.test(line)).map((line) => ({ words: wordsOf(line), recursive: RECURSIVE.test(line) }));
}

/** Whether the line gives just this file to just this user or group; one directory above it counts where the line goes down. `path` has at least two directories above it that count. */
export function grants({ recursive, words }: OwnerGrant, path: BytePath, name: ByteString, what: 'user' | 'group'): boolean {
  const toThem = words.some((word) => (what === 'user' ? word === name || word.startsWith(`${name}:`) || word.startsWith(`${name}.`) : word === name || word.endsWith(`:${name}`) || word.endsWith(`.${name}`)));
  if (!toThem) return false;
  return words.some((word) => {
    if (!word.startsWith('/')) return false;
    const place = word.length > 1 && word.endsWith('/') ? word.slice(0, -1) : word;
    if (place === path || (place.endsWith('/*') && parentOf(path) === place.slice(0, -2))) return true;
    const top = place.endsWith('/*') ? place.slice(0, -2) : place;
    return recursive && top.indexOf('/', 1) > 0 && path.startsWith(`${top}/`);
  });
}
