// rpm's version order (rpm-version(7), rpm-dependencies(7)): rpmvercmp over segments, EVR over epoch, version and release.
import type { VersionParts, VersionRules } from '../../model/version.ts';

interface Evr {
  readonly epoch: string | undefined;
  readonly version: string;
  readonly release: string | undefined;
}

const TILDE = 126;
const CARET = 94;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isAlpha(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** Everything but letters, digits, '~' and '^' only separates; bytes above 127 too. */
function isSeparator(code: number): boolean {
  return !isDigit(code) && !isAlpha(code) && code !== TILDE && code !== CARET;
}

/** Compares two versions or releases segment by segment. Negative, zero, positive. */
export function rpmvercmp(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while (i < a.length && isSeparator(a.charCodeAt(i))) i++;
    while (j < b.length && isSeparator(b.charCodeAt(j))) j++;
    const one = i < a.length ? a.charCodeAt(i) : 0;
    const two = j < b.length ? b.charCodeAt(j) : 0;
    // '~' sorts before everything, the end of the string too.
    if (one === TILDE || two === TILDE) {
      if (one !== TILDE) return 1;
      if (two !== TILDE) return -1;
      i++;
      j++;
      continue;
    }
    // '^' sorts after the end of the string, before everything else.
    if (one === CARET || two === CARET) {
      if (one === 0) return -1;
      if (two === 0) return 1;
      if (one !== CARET) return 1;
      if (two !== CARET) return -1;
      i++;
      j++;
      continue;
    }
    if (one === 0 || two === 0) break;
    // The kind of a's segment decides; a number is newer than letters.
    const numeric = isDigit(one);
    const same = numeric ? isDigit : isAlpha;
    const startA = i;
    const startB = j;
    while (i < a.length && same(a.charCodeAt(i))) i++;
    while (j < b.length && same(b.charCodeAt(j))) j++;
    if (j === startB) return numeric ? 1 : -1;
    const order = numeric ? compareNumbers(a.slice(startA, i), b.slice(startB, j)) : compareBytes(a.slice(startA, i), b.slice(startB, j));
    if (order !== 0) return order;
  }
  const restA = i < a.length;
  const restB = j < b.length;
  return restA === restB ? 0 : restA ? 1 : -1;
}

function compareNumbers(a: string, b: string): number {
  // As text, because segments may be longer than a number can hold.
  const one = a.replace(/^0+/, '');
  const two = b.replace(/^0+/, '');
  return one.length !== two.length ? one.length - two.length : compareBytes(one, two);
}

function compareBytes(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function splitEvr(text: string): Evr {
  let digits = 0;
  while (digits < text.length && isDigit(text.charCodeAt(digits))) digits++;
  const hasEpoch = text.charCodeAt(digits) === 58;
  const rest = hasEpoch ? text.slice(digits + 1) : text;
  const dash = rest.lastIndexOf('-');
  return {
    // ':1.0' has the epoch 0 by rpm's parser.
    epoch: hasEpoch ? text.slice(0, digits) || '0' : undefined,
    version: dash === -1 ? rest : rest.slice(0, dash),
    release: dash === -1 ? undefined : rest.slice(dash + 1),
  };
}

function compareEvr(a: string, b: string): number {
  if (a === b) return 0;
  const one = splitEvr(a);
  const two = splitEvr(b);
  const epochs = rpmvercmp(one.epoch ?? '0', two.epoch ?? '0');
  if (epochs !== 0) return epochs;
  const versions = rpmvercmp(one.version, two.version);
  if (versions !== 0) return versions;
  if (one.release === undefined || two.release === undefined) return Number(one.release !== undefined) - Number(two.release !== undefined);
  return rpmvercmp(one.release, two.release);
}

/** Letters, digits and the marks that rpm allows in a version or release (rpm-spec "Version"); old packages also hold some of `%{}`. */
const VERSION_TEXT = /^[A-Za-z0-9._+~^%{}]+$/;

function parse(version: string): VersionParts | undefined {
  const { epoch, version: upstream, release } = splitEvr(version);
  // An epoch is a 32-bit number.
  if (epoch !== undefined && (epoch.length > 10 || Number(epoch) > 0xffff_ffff)) return undefined;
  if (!VERSION_TEXT.test(upstream)) return undefined;
  if (release !== undefined && !VERSION_TEXT.test(release)) return undefined;
  return { epoch: epoch ?? '', upstream, revision: release ?? '' };
}

function compareToBound(installed: string, bound: string): number {
  const have = splitEvr(installed);
  const want = splitEvr(bound);
  if (want.epoch !== undefined) {
    const epochs = rpmvercmp(have.epoch ?? '0', want.epoch);
    if (epochs !== 0) return epochs;
  }
  const versions = rpmvercmp(have.version, want.version);
  if (versions !== 0 || want.release === undefined) return versions;
  return have.release === undefined ? -1 : rpmvercmp(have.release, want.release);
}

function hasEqual(op: string): boolean {
  return op.includes('=') && op !== '!=';
}

/**
 * Whether two ranges have a version in common, by rpm's rules: a side without a version always fits, an epoch counts only where it is
 * given or above 0, and a side without a release fits every release where that side includes '='.
 */
function satisfies(provided: { op?: string; version?: string }, op: string, version: string): boolean {
  if (provided.op === undefined || provided.version === undefined || provided.version === '' || version === '') return true;
  const have = splitEvr(provided.version);
  const want = splitEvr(version);
  let order = 0;
  if (have.epoch !== undefined && want.epoch !== undefined) order = rpmvercmp(have.epoch, want.epoch);
  else if (have.epoch !== undefined && Number(have.epoch) > 0) order = 1;
  else if (want.epoch !== undefined && Number(want.epoch) > 0) order = -1;
  if (order === 0) order = rpmvercmp(have.version, want.version);
  if (order === 0) {
    if (have.release && want.release) order = rpmvercmp(have.release, want.release);
    else if ((have.release && hasEqual(op)) || (want.release && hasEqual(provided.op))) return true;
  }
  const less = (text: string): boolean => text.startsWith('<');
  const greater = (text: string): boolean => text.startsWith('>');
  if (order < 0) return greater(provided.op) || less(op);
  if (order > 0) return less(provided.op) || greater(op);
  return (hasEqual(provided.op) && hasEqual(op)) || (less(provided.op) && less(op)) || (greater(provided.op) && greater(op));
}

export const rpmVersions: VersionRules = { compare: compareEvr, parse, compareToBound, satisfies };
