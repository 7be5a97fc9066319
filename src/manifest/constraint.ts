// The version constraints of a manifest: their grammar, and whether an installed version satisfies one. Ranges with ^ ~ x || are semver's (node-semver), against the
// upstream part of the version; a comma list of bounds goes by the package manager's own order.
import semver from 'semver';
import type { Constraint, ConstraintVerdict } from '../model/manifest.ts';
import { fail, never, ok, type Result } from '../model/result.ts';
import type { Operator } from '../model/package.ts';
import type { VersionRules } from '../model/version.ts';

// Kept as sources, because the JSON Schema says the same with `pattern`. Every alternative begins with another character, so none can backtrack far.
const VERSION = '(?:[0-9]+:)?[A-Za-z0-9][A-Za-z0-9.+~^_-]*';
const BOUND = `(?:>=|<=|!=|=|<|>) *${VERSION}`;
const BOUNDS = `${BOUND}(?: *, *${BOUND})*`;
const NUMBER = '(?:0|[1-9][0-9]{0,8})';
const PARTIAL = `${NUMBER}(?:\\.(?:[xX](?:\\.[xX])?|${NUMBER}(?:\\.(?:[xX]|${NUMBER}))?))?`;
const COMPARATOR = `(?:\\^|~|>=|<=|=|<|>)? *${PARTIAL}`;
const COMPARATORS = `${COMPARATOR}(?: +${COMPARATOR})*`;
const RANGE = `(?=.*(?:[\\^~xX]|\\|\\|))${COMPARATORS}(?: *\\|\\| *${COMPARATORS})*`;

/** ECMAScript source of what a constraint may look like. */
export const CONSTRAINT_PATTERN = `^(?:any|absent|${BOUNDS}|${RANGE})$`;
export const MAX_CONSTRAINT = 200;

const BOUNDS_ONLY = new RegExp(`^${BOUNDS}$`);
const RANGE_ONLY = new RegExp(`^${RANGE}$`);
const X_PART = /(?:^|[\s.<>=])[xX](?:$|[\s.,|])/;
const ONE_BOUND = new RegExp(`^(>=|<=|!=|=|<|>) *(${VERSION})$`);

/** Failures have the reason 'bad-value'. */
export function parseConstraint(text: string): Result<Constraint> {
  if (text === 'any' || text === 'absent') return ok({ kind: text });
  if (text.length > MAX_CONSTRAINT) return fail('bad-value', `the constraint is longer than ${MAX_CONSTRAINT} characters`);
  // '>= 1.x' fits both: a version component that is an x is a range.
  if (BOUNDS_ONLY.test(text) && !(X_PART.test(text) && RANGE_ONLY.test(text))) {
    const bounds = text.split(',').map((part) => ONE_BOUND.exec(part.trim()));
    return ok({ kind: 'bounds', bounds: bounds.map((match) => ({ op: operatorOf(match?.[1] ?? ''), version: match?.[2] ?? '' })) });
  }
  if (RANGE_ONLY.test(text) && semver.validRange(text, { includePrerelease: true }) !== null) return ok({ kind: 'semver', range: text });
  return fail('bad-value', `no version order can read the constraint "${text}"`, constraintHint(text));
}

export function constraintHint(text: string): string {
  const bare = text.trim();
  const word = bare.toLowerCase();
  if (bare === '') return 'write any, absent, or for example ">= 1.2, < 2"';
  if (word === 'any' || word === 'absent') return `write ${word}`;
  if (['*', 'x', 'latest', 'present', 'installed', 'yes', 'true'].includes(word)) return 'write any';
  if (['no', 'none', 'false', 'removed', 'purged'].includes(word)) return 'write absent';
  if (/^v?[0-9][A-Za-z0-9.+~^:_-]*$/.test(bare)) {
    const version = bare.replace(/^v/, '');
    return `say how it compares: "= ${version}" or ">= ${version}"`;
  }
  if (bare.includes('==')) return 'write = for equal';
  if (/<<|>>/.test(bare)) return 'write < and >';
  if (/=[<>]/.test(bare)) return 'write >= and <=';
  if (/[\^~xX|]/.test(bare) && bare.includes(',')) return 'a semver range (^ ~ x ||) and a comma list of bounds cannot be mixed';
  if (/(?:^|[.\s^~])0[0-9]/.test(bare) && /[\^~xX|]/.test(bare)) return 'a semver range takes no leading zeros; write bounds instead: ">= 22.04, < 23"';
  if (/^(?:[<>=!]+ *[^\s,]+)(?: +[<>=!]+ *[^\s,]+)+$/.test(bare)) return 'put a comma between two bounds: ">= 1.2, < 2"';
  return 'write any, absent, bounds (">= 1.2, < 2") or a semver range ("^1.2")';
}

function operatorOf(text: string): Operator {
  switch (text) {
    case '<': return '<<';
    case '>': return '>>';
    case '<=': case '>=': case '=': case '!=': return text;
    default: throw new Error(`no operator: ${text}`);
  }
}

/** Blanks and the order of bounds do not make another constraint. */
export function normalConstraint(constraint: string): string {
  return constraint.split(',').map((bound) => bound.replaceAll(/\s+/g, '')).toSorted().join(',');
}

/**
 * `cannot-apply`: the manager cannot read the version or a bound, or its upstream part does not begin with a number that semver could take. `absent` is never satisfied by
 * an installed version.
 */
export function satisfies(constraint: Constraint, version: string, rules: VersionRules): ConstraintVerdict {
  switch (constraint.kind) {
    case 'any': return { ok: true };
    case 'absent': return { ok: false };
    case 'semver': {
      const parts = rules.parse(version);
      const upstream = parts === undefined ? undefined : upstreamToSemver(parts.upstream);
      if (upstream === undefined) return { ok: false, reason: 'cannot-apply' };
      return { ok: semver.satisfies(upstream, constraint.range, { includePrerelease: true }) };
    }
    case 'bounds': {
      if (rules.parse(version) === undefined || constraint.bounds.some((bound) => rules.parse(bound.version) === undefined)) return { ok: false, reason: 'cannot-apply' };
      return { ok: constraint.bounds.every(({ op, version: bound }) => holds(op, rules.compareToBound(version, bound))) };
    }
    default: return never(constraint);
  }
}

export function holds(op: Operator, order: number): boolean {
  switch (op) {
    case '<<': return order < 0;
    case '<=': return order <= 0;
    case '=': return order === 0;
    case '>=': return order >= 0;
    case '>>': return order > 0;
    case '!=': return order !== 0;
    default: return never(op);
  }
}

/**
 * The first three numbers of an upstream version; a '~' behind them (rc, beta) makes it a pre-release. Not semver.coerce: that gives up on leading zeros (2.06), looks
 * for a number anywhere in the text, and does not know '~'.
 */
export function upstreamToSemver(upstream: string): string | undefined {
  const match = /^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(~)?/.exec(upstream);
  if (match === null) return undefined;
  const numbers = [match[1], match[2], match[3]].map((digits) => Number(digits ?? '0'));
  if (!numbers.every((number) => Number.isSafeInteger(number))) return undefined;
  return `${numbers.join('.')}${match[4] === undefined ? '' : '-0'}`;
}
