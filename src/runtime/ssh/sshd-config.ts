// Reads sshd's configuration as data (sshd_config(5)): included files in order, each directive with the Match lines that it stands under.
import type { Host } from '../../host/host.ts';
import { compareBytes, fromText, joinPath, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import { compileComponent, matchComponent } from '../../model/pattern-component.ts';

export const SSHD_CONFIG: BytePath = '/etc/ssh/sshd_config';

/** One pair of a Match line: 'address' and '10.0.0.0/8,!10.0.0.1'; 'all' has no value. */
export interface Criterion {
  readonly name: string;
  readonly value: string;
}

export interface MatchLine {
  readonly criteria: readonly Criterion[];
  readonly file: BytePath;
  readonly line: number;
}

export interface Directive {
  /** Lower case. */
  readonly keyword: string;
  readonly args: readonly string[];
  /** All must hold; empty = it is no part of a Match block. */
  readonly under: readonly MatchLine[];
  readonly file: BytePath;
  readonly line: number;
}

export interface SshdConfig {
  /** In the order in which sshd reads them: of equal keywords the first counts. */
  readonly directives: readonly Directive[];
  /** Every Match line, also those above nothing that is kept. */
  readonly matches: readonly (readonly MatchLine[])[];
}

/** What decides whether root gets in; everything else is passed over. */
const KEPT: ReadonlySet<string> = new Set([
  'permitrootlogin', 'passwordauthentication', 'kbdinteractiveauthentication', 'usepam', 'pubkeyauthentication', 'authenticationmethods', 'allowusers', 'denyusers', 'allowgroups',
  'denygroups', 'authorizedkeysfile', 'authorizedkeyscommand', 'trustedusercakeys', 'usedns', 'port',
]);
const OTHER_NAMES: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication', skeyauthentication: 'kbdinteractiveauthentication', dsaauthentication: 'pubkeyauthentication',
};
/** sshd's own limit of nested includes. */
const MAX_DEPTH = 16;
const MAX_FILES = 512;
const MAX_BYTES = 1024 * 1024;
const MAX_DIRECTIVES = 20_000;

interface Reading {
  readonly host: Host;
  readonly directives: Directive[];
  readonly matches: (readonly MatchLine[])[];
  readonly problems: Problem[];
  files: number;
}

/** Undefined where the file itself cannot be read; what it includes and cannot be read is a problem. */
export function readSshdConfig(host: Host, path: BytePath, problems: Problem[]): SshdConfig | undefined {
  const reading: Reading = { host, directives: [], matches: [], problems, files: 0 };
  return readInto(reading, path, [], 0) ? { directives: reading.directives, matches: reading.matches } : undefined;
}

/** `above`: the Match lines around the Include; a Match of the included file ends with that file. */
function readInto(reading: Reading, path: BytePath, above: readonly MatchLine[], depth: number): boolean {
  const content = reading.host.readBytes(path, MAX_BYTES);
  if (!content.ok) {
    reading.problems.push({ message: content.error.message, path });
    return false;
  }
  let under = above;
  for (const [index, text] of content.value.split('\n').entries()) {
    const found = directiveOf(text);
    if (found === undefined) continue;
    const at = { file: path, line: index + 1 };
    if (found.keyword === 'match') {
      under = [...above, { criteria: criteriaOf(found.args), ...at }];
      reading.matches.push(under);
    } else if (found.keyword === 'include') include(reading, found.args, under, depth, path);
    else if (KEPT.has(found.keyword)) reading.directives.push({ ...found, under, ...at });
    if (reading.directives.length + reading.matches.length > MAX_DIRECTIVES) {
      reading.problems.push({ message: `more than ${MAX_DIRECTIVES} directives; the rest was not read`, path });
      break;
    }
  }
  return true;
}

function include(reading: Reading, patterns: readonly string[], under: readonly MatchLine[], depth: number, from: BytePath): void {
  if (depth >= MAX_DEPTH) {
    const message = `includes files more than ${MAX_DEPTH} deep, which sshd refuses`;
    if (!reading.problems.some((problem) => problem.message === message)) reading.problems.push({ message, path: from });
    return;
  }
  for (const pattern of patterns) {
    for (const path of filesOf(reading.host, pattern.startsWith('/') ? pattern : `/etc/ssh/${pattern}`)) {
      if (++reading.files > MAX_FILES) {
        if (reading.files === MAX_FILES + 1) reading.problems.push({ message: `includes more than ${MAX_FILES} files; the rest was not read`, path: from });
        return;
      }
      readInto(reading, path, under, depth + 1);
    }
  }
}

/** glob(3), sorted; a name that is not there is no error, and '*' takes no leading dot. */
function filesOf(host: Host, pattern: ByteString): readonly BytePath[] {
  let places: BytePath[] = ['/'];
  for (const part of pattern.split('/').filter((name) => name !== '' && name !== '.')) {
    if (!/[*?[]/.test(part)) {
      places = places.map((place) => joinPath(place, part));
      continue;
    }
    const component = compileComponent(part);
    if (!component.ok) return [];
    places = places.flatMap((place) => {
      const listed = host.readDirectory(place);
      if (!listed.ok) return [];
      const names = listed.value.map(({ name }) => name).filter((name) => (!name.startsWith('.') || part.startsWith('.')) && matchComponent(component.value, name, 0, name.length));
      return names.sort(compareBytes).slice(0, MAX_FILES + 1).map((name) => joinPath(place, name));
    }).slice(0, MAX_FILES + 1);
  }
  return places.filter((place) => host.exists(place));
}

/** The keyword may be followed by '=' (strdelim of sshd); quotes keep blanks; '#' begins a comment. */
export function directiveOf(text: ByteString): { readonly keyword: string; readonly args: readonly string[] } | undefined {
  const words = wordsOf(text.replace(/^([ \t]*"?[A-Za-z0-9]{1,64}"?)[ \t]*=/, '$1 '));
  const [first, ...args] = words;
  if (first === undefined) return undefined;
  const keyword = first.toLowerCase();
  return { keyword: Object.hasOwn(OTHER_NAMES, keyword) ? OTHER_NAMES[keyword]! : keyword, args };
}

function wordsOf(text: ByteString): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (char === '\\' && (next === quote || next === '\\')) word += text.charAt(++at);
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (' \t\r\f'.includes(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '#' && word === undefined) break;
    else if (char === '\\' && next !== '' && '"\'\\ '.includes(next)) word = (word ?? '') + text.charAt(++at);
    else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

const WITHOUT_VALUE: ReadonlySet<string> = new Set(['all', 'invalid-user']);

function criteriaOf(words: readonly string[]): Criterion[] {
  const out: Criterion[] = [];
  for (let at = 0; at < words.length; at++) {
    const [name = '', value] = splitOnce(words[at]!);
    const lower = name.toLowerCase();
    if (WITHOUT_VALUE.has(lower)) out.push({ name: lower, value: '' });
    else out.push({ name: lower, value: value ?? words[++at] ?? '' });
  }
  return out;
}

/** Newer ones take 'user=root' too. */
function splitOnce(word: string): readonly [string, string?] {
  const equals = word.indexOf('=');
  return equals === -1 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** For tests and for messages: 'Address 10.0.0.0/8'. */
export function matchText({ criteria }: MatchLine): string {
  return fromText(criteria.map(({ name, value }) => (value === '' ? name : `${name} ${value}`)).join(' '));
}
