// What each section of a manifest may hold (docs/reference/manifest.md), as valibot schemas: the parser runs them, the JSON Schema is made from them. A rule that JSON Schema
// can say stands beside its check as `metadata({ jsonSchema })`; one that it cannot is a `check` alone.
import * as v from 'valibot';
import { FINDING_KINDS } from '../model/finding.ts';
import { compilePattern } from '../model/pattern.ts';
import { CONSTRAINT_PATTERN, MAX_CONSTRAINT, parseConstraint } from './constraint.ts';
import { MAX_NAME, NAME_PATTERNS, nameProblem } from './package-name.ts';
import { RELEASE_PATTERN } from './when.ts';

const MAX_TEXT = 1000;
const MAX_ITEMS = 1000;

// A message is one line, its hint the next.
function text(description: string): v.GenericSchema<string, string> {
  return v.pipe(v.string(), v.regex(/\S/, 'the text is blank'), v.maxLength(MAX_TEXT, `the text is longer than ${MAX_TEXT} characters`), v.description(description));
}

function matching(pattern: string, max: number, message: (input: string) => string): v.GenericSchema<string, string> {
  return v.pipe(v.string(), v.maxLength(max, `the text is longer than ${max} characters`), v.regex(new RegExp(pattern), (issue) => message(issue.input)));
}

/** One value, or a list of at least one. */
function oneOrMany(item: v.GenericSchema<string, string>, description: string): v.GenericSchema<string | string[], string | string[]> {
  return v.pipe(v.union([item, many(item, 1)]), v.description(description));
}

function many(item: v.GenericSchema<string, string>, least: number): v.GenericSchema<string[], string[]> {
  return v.pipe(v.array(item), v.minLength(least, 'the list is empty'), v.maxLength(MAX_ITEMS, `the list has more than ${MAX_ITEMS} items`));
}

// Glob grammar without the order of ranges, which a regular expression cannot compare.
const CLASS_CHAR = '(?:\\\\[^/]|[^/\\\\\\]])';
// '!' first is always the negation: with two ways to read it a crafted pattern would take exponential time.
const CLASS = `\\[(?:[!^](?:\\]|${CLASS_CHAR})|\\]|(?![!^])${CLASS_CHAR})${CLASS_CHAR}*\\]`;
const WILD = `(?:[^/*?\\[\\\\]|\\\\[^/]|\\?|\\*(?!\\*)|${CLASS})+`;
const DOTS = '(?!\\.{1,2}(?:/|$))';
const COMPONENT = `/(?:\\*\\*(?!/\\*\\*(?:/|$))(?=/|$)|${DOTS}${WILD})`;
/** First components that hold a wildcard would allow whole systems. */
const LITERAL_FIRST = `/${DOTS}(?:[^/*?\\[\\\\]|\\\\[^/])+`;

const GLOB_PATTERN = `^(?:${COMPONENT})+$`;
const ALLOW_PATTERN = `^${LITERAL_FIRST}(?:${COMPONENT})*$`;
/** Relative, without '..': a manifest reads nothing outside its own directory. */
const INCLUDE_PATTERN = `^(?:\\./)?${DOTS}${WILD}(?:/${DOTS}${WILD})*$`;
const RELATIVE_FILE = '^(?:\\./)?(?!\\.{1,2}(?:/|$))[^/]+(?:/(?!\\.{1,2}(?:/|$))[^/]+)*$';

function glob(pattern: string, description: string): v.GenericSchema<string, string> {
  return v.pipe(
    v.string(),
    v.maxLength(MAX_TEXT, `the pattern is longer than ${MAX_TEXT} characters`),
    v.check((input) => compilePattern(input).ok, (issue) => globProblem(issue.input)),
    v.regex(new RegExp(pattern), 'the pattern starts with a wildcard, which is too wide to allow\nname the directory: /opt/vendor/**'),
    v.description(description),
  );
}

function globProblem(input: string): string {
  const compiled = compilePattern(input);
  if (compiled.ok) return '';
  return compiled.error.hint === undefined ? compiled.error.message : `${compiled.error.message}\n${compiled.error.hint}`;
}

function includeProblem(input: string): string {
  if (input.startsWith('/')) return `"${input}" is absolute; a manifest includes what lies below its own directory\nwrite it relative to this file`;
  if (/(?:^|\/)\.\.(?:\/|$)/.test(input)) return `"${input}" leads out of the manifest's directory\nkeep what it includes beside it or below`;
  if (input.startsWith('~')) return `"${input}" is not relative`;
  if (input.includes('**')) return `"${input}" holds **, which include does not read\nname the directories`;
  return `"${input}" is not a relative path or pattern`;
}

const constraintText = v.pipe(
  matching(CONSTRAINT_PATTERN, MAX_CONSTRAINT, constraintProblem),
  v.check((input) => parseConstraint(input).ok, (issue) => constraintProblem(issue.input)),
  v.description('any, absent, a comma list of = >= <= > < != in the package manager\'s order, or a semver range with ^ ~ x ||'),
);

function constraintProblem(input: string): string {
  const parsed = parseConstraint(input);
  return parsed.ok ? '' : `${parsed.error.message}\n${parsed.error.hint ?? ''}`;
}

function packageName(manager: keyof typeof NAME_PATTERNS): v.GenericSchema<string, string> {
  return matching(NAME_PATTERNS[manager], MAX_NAME, (input) => nameProblem(input, manager));
}

function someKey(input: object): boolean {
  return Object.keys(input).length > 0;
}
const SOME_KEY = { jsonSchema: { minProperties: 1 } } as const;

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

/** Per manager; the rule for each one's names differs. */
const managerNames = v.pipe(
  v.strictObject({ apt: v.exactOptional(packageName('apt')), dnf: v.exactOptional(packageName('dnf')) }),
  v.check((entry) => someKey(entry), '"name" names no package manager'),
  v.metadata(SOME_KEY),
);

export const packageMapShape = v.pipe(
  v.strictObject({
    version: v.exactOptional(constraintText),
    hold: v.exactOptional(v.pipe(v.boolean(), v.description('The package manager is told not to change it.'))),
    name: v.exactOptional(v.pipe(v.union([packageName('any'), managerNames]), v.description('The package\'s name, where the key is only a label.'))),
    when: v.exactOptional(whenShape),
  }),
  v.check((entry) => someKey(entry), 'the entry says nothing\nwrite any'),
  v.forward(v.check((entry) => !(entry.hold === true && entry.version === 'absent'), 'a package that is absent cannot be held'), ['hold']),
  v.metadata({ jsonSchema: { minProperties: 1, not: { required: ['hold', 'version'], properties: { hold: { const: true }, version: { const: 'absent' } } } } }),
);
export const packageTextShape = constraintText;

const fingerprint = matching('^ *(?:[0-9A-Fa-f] *){40}(?:(?:[0-9A-Fa-f] *){24})?$', 200, (input) => `"${input}" is not the fingerprint of a key\nwrite all 40 (or 64) hexadecimal digits, as gpg --show-keys prints them`);
// apt's cdrom: sources hold blanks.
const uri = matching('^[A-Za-z][A-Za-z0-9+.-]*:.*\\S$', 500, (input) => `"${input}" is not a URI`);
const word = matching('^\\S+$', 200, (input) => `"${input}" holds a blank`);
const signedBy = v.exactOptional(oneOrMany(fingerprint, 'Fingerprints of the keys that may sign it; without this, keys are not compared.'));

const aptShape = v.strictObject({
  uris: oneOrMany(uri, 'As in the sources: https://deb.example.org/debian'),
  suites: oneOrMany(word, 'Suites; one that ends in / is a flat repository.'),
  components: v.exactOptional(oneOrMany(word, 'main, contrib, …')),
  'signed-by': signedBy,
  types: v.exactOptional(v.pipe(v.union([v.picklist(['deb', 'deb-src']), v.pipe(v.array(v.picklist(['deb', 'deb-src'])), v.minLength(1, 'the list is empty'))]), v.description('deb, deb-src'))),
});
const dnfShape = v.pipe(
  v.strictObject({
    id: v.exactOptional(v.pipe(matching('^[A-Za-z0-9_.:-]+$', 200, (input) => `"${input}" is not a repository id`), v.description('The section in the .repo file.'))),
    uris: v.exactOptional(oneOrMany(uri, 'baseurl, mirrorlist or metalink, as in the .repo file')),
    'signed-by': signedBy,
  }),
  v.check((entry) => entry.id !== undefined || entry.uris !== undefined, 'a dnf repository needs "id" or "uris"'),
  v.metadata({ jsonSchema: { anyOf: [{ required: ['id'], properties: { id: true } }, { required: ['uris'], properties: { uris: true } }] } }),
);

export const repositoryShape = v.pipe(
  v.strictObject({ apt: v.exactOptional(aptShape), dnf: v.exactOptional(dnfShape), when: v.exactOptional(whenShape) }),
  v.check((entry) => entry.apt !== undefined || entry.dnf !== undefined, 'the repository names no package manager\nput its fields below apt: or dnf:'),
  v.metadata({ jsonSchema: { anyOf: [{ required: ['apt'], properties: { apt: true } }, { required: ['dnf'], properties: { dnf: true } }] } }),
);

export const allowShape = v.pipe(
  v.strictObject({
    path: glob(ALLOW_PATTERN, 'An absolute path or pattern: * ? [a-z] within a component, ** alone across them.'),
    reason: text('Why it stays; for those who come later.'),
    owner: v.exactOptional(text('Who answers for it.')),
    until: v.exactOptional(v.pipe(
      matching('^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$', 10, (input) => `"${input}" is not a date\nwrite YYYY-MM-DD`),
      v.check(isCalendarDay, (issue) => `the calendar has no ${issue.input}`),
      v.description('The last day (UTC) that it holds, YYYY-MM-DD.'),
    )),
    sha256: v.exactOptional(v.pipe(matching('^[0-9A-Fa-f]{64}$', 64, () => 'a sha256 has 64 hexadecimal digits'), v.description('Digest, for one file.'))),
    sums: v.exactOptional(v.pipe(
      matching(RELATIVE_FILE, 500, includeProblem),
      v.description('A file in the format of sha256sum(1), relative to this manifest.'),
    )),
    when: v.exactOptional(whenShape),
  }),
  v.forward(v.check((entry) => entry.sha256 === undefined || entry.sums === undefined, '"sha256" and "sums" exclude each other'), ['sums']),
  v.forward(v.check((entry) => entry.sha256 === undefined || isOneFile(entry.path), 'a digest is for one file, and the path is a pattern\nuse "sums" for several files'), ['sha256']),
  v.metadata({ jsonSchema: { not: { required: ['sha256', 'sums'], properties: { sha256: true, sums: true } }, dependentSchemas: { sha256: { type: 'object', properties: { path: { type: 'string', pattern: `^(?:${LITERAL_FIRST})+$` } } } } } }),
);

function isOneFile(path: string): boolean {
  const compiled = compilePattern(path);
  return !compiled.ok || compiled.value.literal !== undefined;
}

/** Whether YYYY-MM-DD is a day: Date would move the 30th of February into March. */
function isCalendarDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function count(): v.GenericSchema<number, number> {
  return v.pipe(v.number(), v.integer('the number is not whole'), v.minValue(0, 'the number is negative'), v.maxValue(1_000_000, 'the number is above 1,000,000'));
}

export const policyShape = v.strictObject({
  base: v.exactOptional(v.pipe(v.picklist(['required', 'important', 'standard']), v.description('What counts as needed without being declared.'))),
  recommends: v.exactOptional(v.pipe(v.boolean(), v.description('Whether weak dependencies count as needed.'))),
  reconcile: v.exactOptional(v.pipe(v.array(v.picklist(FINDING_KINDS)), v.description('Kinds of findings that reconcile may act on unasked.'))),
  protect: v.exactOptional(v.pipe(
    v.array(matching(`(?:${NAME_PATTERNS.any})|(?:${GLOB_PATTERN})`, MAX_TEXT, (input) => (input.startsWith('/') ? globProblem(input) : nameProblem(input, 'any')))),
    v.description('Packages (by name) and paths that are never removed, besides the built-in ones.'),
  )),
  limits: v.exactOptional(v.strictObject({ removals: v.exactOptional(count()), quarantines: v.exactOptional(count()) })),
});

export const sweepShape = v.strictObject({
  exclude: v.exactOptional(v.pipe(v.array(glob(GLOB_PATTERN, 'An absolute path or pattern.')), v.description('Not looked at; shows in the coverage.'))),
});

export const headShapes = {
  drift: v.pipe(v.literal(1), v.description('The version of this format.')),
  name: v.pipe(matching('^[A-Za-z0-9][A-Za-z0-9._-]*$', 64, (input) => `"${input}" is not a name for a manifest\nletters, digits, dot, dash and underscore`), v.description('What people call it.')),
  include: oneOrMany(v.pipe(
    matching(INCLUDE_PATTERN, 500, includeProblem),
    v.check((input) => compilePattern(`/${input.replace(/^\.\//, '')}`).ok, (issue) => globProblem(`/${issue.input.replace(/^\.\//, '')}`)),
  ), 'Files below this one\'s directory, by path or pattern.'),
} as const;

export type PackageMap = v.InferOutput<typeof packageMapShape>;
export type RepositoryMap = v.InferOutput<typeof repositoryShape>;
export type AllowMap = v.InferOutput<typeof allowShape>;
export type PolicyMap = v.InferOutput<typeof policyShape>;
