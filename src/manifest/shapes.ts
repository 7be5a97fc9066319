// What each section of a manifest may hold (docs/reference/manifest.md), as valibot schemas: the parser runs them, the JSON Schema is made from them. A rule that JSON Schema
// can say stands beside its check as `metadata({ jsonSchema })`; one that it cannot is a `check` alone.
import * as v from 'valibot';
import { FINDING_KINDS } from '../model/finding.ts';
import { compilePattern } from '../model/pattern.ts';
import { listenerPolicyShape } from './ordinary-shapes.ts';
import { NAME_PATTERNS, nameProblem } from './package-name.ts';
import { ALLOW_PATTERN, constraintText, day, DOTS, glob, GLOB_PATTERN, globProblem, LITERAL_FIRST, matching, MAX_TEXT, oneOrMany, packageName, sha256, SOME_KEY, someKey, text, whenShape, WILD } from './shape-parts.ts';

/** Relative, without '..': a manifest reads nothing outside its own directory. */
const INCLUDE_PATTERN = `^(?:\\./)?${DOTS}${WILD}(?:/${DOTS}${WILD})*$`;
const RELATIVE_FILE = '^(?:\\./)?(?!\\.{1,2}(?:/|$))[^/]+(?:/(?!\\.{1,2}(?:/|$))[^/]+)*$';

function includeProblem(input: string): string {
  if (input.startsWith('/')) return `"${input}" is absolute; a manifest includes what lies below its own directory\nwrite it relative to this file`;
  if (/(?:^|\/)\.\.(?:\/|$)/.test(input)) return `"${input}" leads out of the manifest's directory\nkeep what it includes beside it or below`;
  if (input.startsWith('~')) return `"${input}" is not relative`;
  if (input.includes('**')) return `"${input}" holds **, which include does not read\nname the directories`;
  return `"${input}" is not a relative path or pattern`;
}

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
    until: v.exactOptional(day('The last day (UTC) that it holds, YYYY-MM-DD.')),
    sha256: v.exactOptional(sha256('Digest, for one file.')),
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

function count(): v.GenericSchema<number, number> {
  return v.pipe(v.number(), v.integer('the number is not whole'), v.minValue(0, 'the number is negative'), v.maxValue(1_000_000, 'the number is above 1,000,000'));
}

const DIRECTORY = `^(?:/${DOTS}[^/\\u0000-\\u001f\\u007f]+)+$`;

const rebuildPolicyShape = v.pipe(
  v.strictObject({
    to: v.exactOptional(v.pipe(
      matching(DIRECTORY, MAX_TEXT, (input) => `"${input}" is not a directory\nwrite its path from / on, without "." and ".." and without a slash at the end`),
      v.description('Where drift rebuild keep writes the rebuild list and the backup list: a directory on another disk, mounted over the network, …'),
    )),
    'max-age': v.exactOptional(v.pipe(v.string(), v.regex(/^[1-9][0-9]{0,3}[dw]$/, 'the age is not a number of days or weeks\nwrite it like 30d or 4w'), v.description('How old the last proof that this host can be rebuilt may be, and the lists in "to": 30d, 4w.'))),
  }),
  v.check((entry) => entry.to !== undefined || entry['max-age'] !== undefined, 'the policy says nothing\nname a directory with to:, an age with max-age:, or both'),
  v.metadata({ jsonSchema: { anyOf: [{ required: ['to'], properties: { to: true } }, { required: ['max-age'], properties: { 'max-age': true } }] } }),
);

/** A user of the host, or a user behind an @; plain enough to stand in a header as it is. */
const ADDRESS = '^[A-Za-z0-9_][A-Za-z0-9._+=-]*(?:@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)?$';

const notifyPolicyShape = v.strictObject({
  mail: oneOrMany(matching(ADDRESS, 254, (input) => `"${input}" is not a mail address\nwrite it plain, as ops@example.org or root`), 'To whom check --notify, as the timer runs it, mails what is new, by the host\'s own sendmail.'),
});

export const policyShape = v.strictObject({
  base: v.exactOptional(v.pipe(v.picklist(['required', 'important', 'standard']), v.description('What counts as needed without being declared.'))),
  recommends: v.exactOptional(v.pipe(v.boolean(), v.description('Whether weak dependencies count as needed.'))),
  'keep-packages': v.exactOptional(v.pipe(v.boolean(), v.description('Whether reconcile keeps the archive of each package version that goes, for undo.'))),
  reconcile: v.exactOptional(v.pipe(v.array(v.picklist(FINDING_KINDS)), v.description('Kinds of findings that reconcile may act on unasked.'))),
  protect: v.exactOptional(v.pipe(
    v.array(matching(`(?:${NAME_PATTERNS.any})|(?:${GLOB_PATTERN})`, MAX_TEXT, (input) => (input.startsWith('/') ? globProblem(input) : nameProblem(input, 'any')))),
    v.description('Packages (by name) and paths that are never removed, besides the built-in ones.'),
  )),
  limits: v.exactOptional(v.strictObject({ removals: v.exactOptional(count()), quarantines: v.exactOptional(count()) })),
  listeners: v.exactOptional(listenerPolicyShape),
  notify: v.exactOptional(notifyPolicyShape),
  rebuild: v.exactOptional(rebuildPolicyShape),
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
