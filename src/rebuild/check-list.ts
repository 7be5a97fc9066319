// Whether what was read as a rebuild list is one: somebody may have edited it, or cut it off, and nothing that a host is built by is taken on trust.
import { REBUILD_BYTES } from '../model/rebuild.ts';
import { fromText, normalizePath } from '../model/bytes.ts';

/** Undefined: it is as it should be. Else what is wrong, with where: 'packages[3].version'. */
type Rule = (value: unknown, where: string) => string | undefined;
type Fields = Readonly<Record<string, Rule>>;

const MOST = 200_000;
const MAX_TEXT = 64 * 1024 * 1024;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text: Rule = (value, where) => (typeof value === 'string' && value.length <= MAX_TEXT ? undefined : `${where} is no text`);
const flag: Rule = (value, where) => (typeof value === 'boolean' ? undefined : `${where} is neither true nor false`);
const whole: Rule = (value, where) => (Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : `${where} is no whole number`);
const mode: Rule = (value, where) => (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 0o7777 ? undefined : `${where} is no mode`);
const path: Rule = (value, where) => (typeof value === 'string' && value.startsWith('/') && !value.includes('\0') && normalizePath(value) === value ? undefined : `${where} is no absolute path`);
const base64: Rule = (value, where) => (typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? undefined : `${where} is no base64`);
const digest: Rule = (value, where) => (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? undefined : `${where} is no SHA-256`);

function word(...words: readonly string[]): Rule {
  return (value, where) => (typeof value === 'string' && words.includes(value) ? undefined : `${where} is none of ${words.join(', ')}`);
}

function list(rule: Rule): Rule {
  return (value, where) => {
    if (!Array.isArray(value) || value.length > MOST) return `${where} is no list`;
    for (const [at, item] of value.entries()) {
      const mistake = rule(item, `${where}[${at}]`);
      if (mistake !== undefined) return mistake;
    }
    return undefined;
  };
}

function object(fields: Fields, optional: Fields = {}): Rule {
  return (value, where) => {
    if (!isObject(value)) return `${where} is no object`;
    for (const name of Object.keys(fields)) {
      const mistake = fields[name]!(value[name], where === '' ? name : `${where}.${name}`);
      if (mistake !== undefined) return mistake;
    }
    for (const name of Object.keys(optional)) {
      const mistake = value[name] === undefined ? undefined : optional[name]!(value[name], where === '' ? name : `${where}.${name}`);
      if (mistake !== undefined) return mistake;
    }
    return undefined;
  };
}

/** `kind` chooses among them. */
function oneOf(kinds: Readonly<Record<string, Rule>>): Rule {
  return (value, where) => {
    const kind = isObject(value) && typeof value['kind'] === 'string' && Object.hasOwn(kinds, value['kind']) ? kinds[value['kind']] : undefined;
    return kind === undefined ? `${where} is of no known kind` : kind(value, where);
  };
}

const texts = list(text);
const kept = object({ file: text, sha256: digest, how: word('cached', 'repacked') });
const origin = oneOf({ base: object({}), person: object({}), sysusers: object({ by: text }), script: object({ by: text }) });

const LIST = object({
  drift: text, source: word('host', 'manifest'), versions: word('exact', 'at-least'), asIs: flag,
  host: object({ name: text, os: object({ id: text, versionId: text }), arch: text, managers: list(word('apt', 'dnf')), root: path }),
  manifest: list(object({ path: text, sha256: text })),
  cannotRebuild: list(oneOf({
    package: object({ manager: text, name: text, arch: text, version: text, because: text }, { kept }), stray: object({ path, because: text }, { sha256: digest }),
    repository: object({ manager: text, name: text, file: path, because: text }), channel: object({ channel: text, name: text, version: text, because: text }),
  })),
  leftOut: list(object({ kind: word('package', 'repository', 'key', 'path', 'channel', 'account', 'unit', 'setting'), name: text, because: text }, { finding: text, path })),
  masked: list(object({ what: word('debconf', 'file', 'key', 'note'), name: text, because: text })),
  packages: list(object({ manager: text, name: text, arch: text, mark: word('manual', 'automatic'), held: flag }, { version: text, bounds: list(object({ op: word('<<', '<=', '=', '>=', '>>', '!='), version: text })), origins: texts, kept })),
  architectures: list(object({ manager: text, arch: text })),
  moduleStreams: list(object({ name: text, stream: text, state: word('enabled', 'disabled'), profiles: texts })),
  repositories: list(object({ manager: text, name: text, enabled: flag, uris: texts, suites: texts, components: texts, types: texts, signed: flag, signedBy: texts }, { unsignedBecause: text, file: path })),
  files: list(object({ manager: text, what: word('sources', 'preferences', 'version-lock', 'variable'), path, mode, content: text, masked: flag })),
  keys: list(object({ manager: text, fingerprints: texts, userIds: texts, global: flag, base64 }, { path, package: text })),
  debconf: list(object({ package: text, question: text, type: text }, { value: text })),
  alternatives: list(object({ manager: text, name: text, target: path })),
  diversions: list(object({ from: path, to: path })),
  statOverrides: list(object({ path, user: text, group: text, mode })),
  units: list(object({ name: text, state: word('enabled', 'disabled', 'masked'), because: text })),
  groups: list(object({ name: text, id: whole, origin, members: texts })),
  users: list(object({ name: text, id: whole, group: text, comment: text, home: text, shell: text, origin })),
  channels: list(object({ channel: text, name: text }, { version: text, constraint: text, path })),
  strays: list(object({ path: text, reason: text }, { sha256: digest, pattern: flag })),
  notes: list(object({ topic: text, lines: texts }, { path })),
  incomplete: list(object({ source: text, message: text })),
});

/** What is wrong with it, or undefined. `value`: after `withBytes`. */
export function mistakeInList(value: unknown): string | undefined {
  return LIST(value, '');
}

/** Text of JSON back to the bytes that it stands for; the exact ones stand beside it where the text is not all of them. */
export function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !(key.endsWith('Base64') && REBUILD_BYTES.has(key.slice(0, -'Base64'.length)))).map(([key, item]) => {
    const exact = value[`${key}Base64`];
    if (REBUILD_BYTES.has(key) && typeof exact === 'string') return [key, Buffer.from(exact, 'base64').toString('latin1')];
    return [key, REBUILD_BYTES.has(key) && typeof item === 'string' ? fromText(item) : withBytes(item)];
  }));
}
