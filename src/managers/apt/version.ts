// Debian package versions: validity, order and parts, as deb-version(7) and dpkg --compare-versions have them. Reads nothing.
import type { VersionParts, VersionRules } from '../../model/version.ts';

const UPSTREAM = /^[0-9][A-Za-z0-9.+~:-]*$/;
const REVISION = /^[A-Za-z0-9.+~]+$/;
const EPOCH = /^[0-9]+$/;
/** dpkg keeps the epoch in a C int. */
const MAX_EPOCH = 0x7fffffff;

export function parseVersion(version: string): VersionParts | undefined {
  const text = trimBlanks(version);
  const colon = text.indexOf(':');
  const epoch = colon < 0 ? '' : text.slice(0, colon);
  if (colon >= 0 && (!EPOCH.test(epoch) || Number(epoch) > MAX_EPOCH)) return undefined;
  const rest = text.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  const upstream = dash < 0 ? rest : rest.slice(0, dash);
  const revision = dash < 0 ? '' : rest.slice(dash + 1);
  if (!UPSTREAM.test(upstream) || (dash >= 0 && !REVISION.test(revision))) return undefined;
  return { epoch, upstream, revision };
}

/** dpkg's order. Text that is no valid version still has a place, as old databases hold such: dpkg itself only warns about them. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = split(a);
  const right = split(b);
  return left.epoch - right.epoch || compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision);
}

function compareToBound(installed: string, bound: string): number {
  const left = split(installed);
  const right = split(bound);
  // A person who writes no epoch means the version that they read in a changelog, not "epoch 0".
  const epochs = trimBlanks(bound).includes(':') ? left.epoch - right.epoch : 0;
  return epochs || compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision);
}

function satisfies(provided: { op?: string; version?: string }, op: string, version: string): boolean {
  // An unversioned Provides never satisfies a versioned dependency (Debian policy 7.5).
  if (provided.version === undefined) return false;
  return holds(compareVersions(provided.version, version), op);
}

export function holds(order: number, op: string): boolean {
  switch (op) {
    case '<<': return order < 0;
    // dpkg reads the obsolete '<' and '>' as '<=' and '>='.
    case '<=': case '<': return order <= 0;
    case '=': return order === 0;
    case '>=': case '>': return order >= 0;
    case '>>': return order > 0;
    case '!=': return order !== 0;
    default: return false;
  }
}

export const debVersions: VersionRules = { compare: compareVersions, parse: parseVersion, compareToBound, satisfies };

interface Split {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

function split(version: string): Split {
  const text = trimBlanks(version);
  const colon = text.indexOf(':');
  const epochText = colon < 0 ? '' : text.slice(0, colon);
  const hasEpoch = EPOCH.test(epochText);
  const rest = hasEpoch ? text.slice(colon + 1) : text;
  const dash = rest.lastIndexOf('-');
  return {
    epoch: hasEpoch ? Number(epochText) : 0,
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Alternating runs of non-digits and digits; '~' sorts before the end, letters before everything else. */
function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    for (;;) {
      const x = i < a.length ? a.charCodeAt(i) : 0;
      const y = j < b.length ? b.charCodeAt(j) : 0;
      const xEnds = x === 0 || isDigit(x);
      const yEnds = y === 0 || isDigit(y);
      if (xEnds && yEnds) break;
      const order = weight(x) - weight(y);
      if (order !== 0) return order;
      i++;
      j++;
    }
    while (a.charCodeAt(i) === 48) i++;
    while (b.charCodeAt(j) === 48) j++;
    // Digit runs are compared as text, so that no number is too long for a double.
    let difference = 0;
    while (isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
      if (difference === 0) difference = a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    if (isDigit(a.charCodeAt(i))) return 1;
    if (isDigit(b.charCodeAt(j))) return -1;
    if (difference !== 0) return difference;
  }
  return 0;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function weight(code: number): number {
  if (code === 0 || isDigit(code)) return 0;
  if (code === 126) return -1;
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) ? code : code + 256;
}

/** dpkg takes blanks around a version as not there. */
function trimBlanks(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return text.charCodeAt(0) <= 32 || last <= 32 ? text.trim() : text;
}
