// What several sections of a manifest hold alike: texts, lists, dates, digests, patterns, constraints, and the hosts that an entry is for.
import * as v from 'valibot';
import { compilePattern } from '../model/pattern.ts';
import { CONSTRAINT_PATTERN, MAX_CONSTRAINT, parseConstraint } from './constraint.ts';
import { MAX_NAME, NAME_PATTERNS, nameProblem } from './package-name.ts';
import { RELEASE_PATTERN } from './when.ts';

export const MAX_TEXT = 1000;
const MAX_ITEMS = 1000;

// A message is one line, its hint the next.
export function text(description: string): v.GenericSchema<string, string> {
  return v.pipe(v.string(), v.regex(/\S/, 'the text is blank'), v.maxLength(MAX_TEXT, `the text is longer than ${MAX_TEXT} characters`), v.description(description));
}

export function matching(pattern: string, max: number, message: (input: string) => string): v.GenericSchema<string, string> {
  return v.pipe(v.string(), v.maxLength(max, `the text is longer than ${max} characters`), v.regex(new RegExp(pattern), (issue) => message(issue.input)));
}

/** One value, or a list of at least one. */
export function oneOrMany(item: v.GenericSchema<string, string>, description: string): v.GenericSchema<string | string[], string | string[]> {
  return v.pipe(v.union([item, many(item, 1)]), v.description(description));
}

export function many(item: v.GenericSchema<string, string>, least: number): v.GenericSchema<string[], string[]> {
  return v.pipe(v.array(item), v.minLength(least, 'the list is empty'), v.maxLength(MAX_ITEMS, `the list has more than ${MAX_ITEMS} items`));
}

// Glob grammar without the order of ranges, which a regular expression cannot compare.
const CLASS_CHAR = '(?:\\\\[^/]|[^/\\\\\\]])';
// '!' first is always the negation: with two ways to read it a crafted pattern would take exponential time.
const CLASS = `\\[(?:[!^](?:\\]|${CLASS_CHAR})|\\]|(?![!^])${CLASS_CHAR})${CLASS_CHAR}*\\]`;
export const WILD = `(?:[^/*?\\[\\\\]|\\\\[^/]|\\?|\\*(?!\\*)|${CLASS})+`;
export const DOTS = '(?!\\.{1,2}(?:/|$))';
const COMPONENT = `/(?:\\*\\*(?!/\\*\\*(?:/|$))(?=/|$)|${DOTS}${WILD})`;
/** First components that hold a wildcard would allow whole systems. */
export const LITERAL_FIRST = `/${DOTS}(?:[^/*?\\[\\\\]|\\\\[^/])+`;

export const GLOB_PATTERN = `^(?:${COMPONENT})+$`;
export const ALLOW_PATTERN = `^${LITERAL_FIRST}(?:${COMPONENT})*$`;

export function glob(pattern: string, description: string): v.GenericSchema<string, string> {
  return v.pipe(
    v.string(),
    v.maxLength(MAX_TEXT, `the pattern is longer than ${MAX_TEXT} characters`),
    v.check((input) => compilePattern(input).ok, (issue) => globProblem(issue.input)),
    v.regex(new RegExp(pattern), 'the pattern starts with a wildcard, which is too wide to allow\nname the directory: /opt/vendor/**'),
    v.description(description),
  );
}

export function globProblem(input: string): string {
  const compiled = compilePattern(input);
  if (compiled.ok) return '';
  return compiled.error.hint === undefined ? compiled.error.message : `${compiled.error.message}\n${compiled.error.hint}`;
}

/** YYYY-MM-DD. */
export function day(description: string): v.GenericSchema<string, string> {
  return v.pipe(
    matching('^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$', 10, (input) => `"${input}" is not a date\nwrite YYYY-MM-DD`),
    v.check(isCalendarDay, (issue) => `the calendar has no ${issue.input}`),
    v.description(description),
  );
}

/** Whether YYYY-MM-DD is a day: Date would move the 30th of February into March. */
function isCalendarDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

export function sha256(description: string): v.GenericSchema<string, string> {
  return v.pipe(matching('^[0-9A-Fa-f]{64}$', 64, () => 'a sha256 has 64 hexadecimal digits'), v.description(description));
}

export function someKey(input: object): boolean {
  return Object.keys(input).length > 0;
}
export const SOME_KEY = { jsonSchema: { minProperties: 1 } } as const;

export const constraintText = v.pipe(
  matching(CONSTRAINT_PATTERN, MAX_CONSTRAINT, constraintProblem),
  v.check((input) => parseConstraint(input).ok, (issue) => constraintProblem(issue.input)),
  v.description('any, absent, a comma list of = >= <= > < != in the package manager\'s order, or a semver range with ^ ~ x ||'),
);

function constraintProblem(input: string): string {
  const parsed = parseConstraint(input);
  return parsed.ok ? '' : `${parsed.error.message}\n${parsed.error.hint ?? ''}`;
}

export function packageName(manager: keyof typeof NAME_PATTERNS): v.GenericSchema<string, string> {
  return matching(NAME_PATTERNS[manager], MAX_NAME, (input) => nameProblem(input, manager));
}

export const whenShape = v.pipe(
  v.strictObject({
    os: v.exactOptional(oneOrMany(matching('^[a-z0-9][a-z0-9._-]*$', 64, (input) => `"${input}" is not an ID of os-release\nwrite it as in /etc/os-release: debian, fedora, rhel`), 'ID or ID_LIKE of os-release')),
    release: v.exactOptional(v.pipe(matching(RELEASE_PATTERN, 100, (input) => `"${input}" does not compare releases\nwrite for example ">= 12" or ">= 8, < 10"`), v.description('bounds on VERSION_ID of os-release'))),
    host: v.exactOptional(oneOrMany(v.pipe(
      matching('^(?!\\.{1,2}$)(?:[A-Za-z0-9._?-]|\\*(?!\\*)|\\[[!^]?[A-Za-z0-9._-]+\\])+$', 255, (input) => `"${input}" is not a host name or a pattern of one`),
      v.check((input) => compilePattern(`/${input}`).ok, (issue) => globProblem(`/${issue.input}`)),
    ), 'host name, whole or its first label; * ? [a-z]')),
  }),
  v.check((entry) => someKey(entry), '"when" names no condition'),
  v.metadata(SOME_KEY),
  v.description('Only on hosts for which all of this holds.'),
);
