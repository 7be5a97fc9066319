// The orders of versions of other channels: PEP 440 for Python (packaging.python.org, "Version specifiers"), Gem::Version for Ruby, semver for the rest.
import semver from 'semver';

export interface ChannelOrder {
  /** Undefined where one of the two is none of this order's versions. */
  compare(version: string, bound: string): number | undefined;
  /** Whether `version` is a pre-release (`<`), or a post-release (`>`), of the version that `bound` names: PEP 440's exclusive comparison leaves it out. */
  isFormOf?(version: string, bound: string, op: '<<' | '>>'): boolean;
  /** For `^ ~ x`: three numbers, with '-0' behind them for a pre-release. */
  toSemver(version: string): string | undefined;
}

interface Pep440 {
  readonly epoch: number;
  readonly release: readonly number[];
  readonly pre?: readonly [letter: number, number: number];
  readonly post?: number;
  readonly dev?: number;
  readonly local: readonly (string | number)[];
}

// Every part begins with another sign or word, so that none is tried twice over the same text.
const PEP440 = /^v?(?:([0-9]{1,9})!)?([0-9]{1,15}(?:\.[0-9]{1,15}){0,20})(?:[-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?([0-9]{0,15}))?(?:-([0-9]{1,15})|[-_.]?(?:post|rev|r)[-_.]?([0-9]{0,15}))?(?:[-_.]?(dev)[-_.]?([0-9]{0,15}))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;
const PRE_LETTERS: ReadonlyMap<string, number> = new Map([['a', 1], ['alpha', 1], ['b', 2], ['beta', 2], ['c', 3], ['rc', 3], ['pre', 3], ['preview', 3]]);

function parsePep440(text: string): Pep440 | undefined {
  const match = text.length > 200 ? null : PEP440.exec(text.trim().toLowerCase());
  if (match === null) return undefined;
  const [, epoch, release = '', letter, number, dash, post, dev, devNumber, local] = match;
  const numbers = release.split('.').map(Number);
  while (numbers.length > 1 && numbers.at(-1) === 0) numbers.pop();
  const after = dash ?? post;
  return {
    epoch: Number(epoch ?? 0),
    release: numbers,
    ...(letter === undefined ? {} : { pre: [PRE_LETTERS.get(letter) ?? 3, Number(number ?? 0)] as const }),
    ...(after === undefined ? {} : { post: Number(after) }),
    ...(dev === undefined ? {} : { dev: Number(devNumber ?? 0) }),
    local: local === undefined ? [] : local.split(/[-_.]/).map((part) => (/^[0-9]+$/.test(part) ? Number(part) : part)),
  };
}

/** A bound without a local part ignores the installed one's. */
function comparePep440(a: Pep440, b: Pep440): number {
  return a.epoch - b.epoch || compareNumbers(a.release, b.release) || compareNumbers(preKey(a), preKey(b)) || (a.post ?? -1) - (b.post ?? -1)
    || (a.dev ?? Infinity) - (b.dev ?? Infinity) || (b.local.length === 0 ? 0 : compareLocal(a.local, b.local)) || 0;
}

/** 1.0.dev1 lies before 1.0a1, which lies before 1.0 and 1.0.post1. */
function preKey({ pre, post, dev }: Pep440): readonly number[] {
  if (pre !== undefined) return pre;
  return post === undefined && dev !== undefined ? [0] : [4];
}

function compareLocal(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [one, other] = [a[at], b[at]];
    if (one === other) continue;
    if (one === undefined) return -1;
    if (other === undefined) return 1;
    if (typeof one !== typeof other) return typeof one === 'number' ? 1 : -1;
    return one < other ? -1 : 1;
  }
  return 0;
}

/** What is missing counts as 0. */
function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const PYTHON: ChannelOrder = {
  compare(version, bound) {
    const [a, b] = [parsePep440(version), parsePep440(bound)];
    return a === undefined || b === undefined ? undefined : comparePep440(a, b);
  },
  isFormOf(version, bound, op) {
    const [a, b] = [parsePep440(version), parsePep440(bound)];
    if (a === undefined || b === undefined || a.epoch !== b.epoch || compareNumbers(a.release, b.release) !== 0) return false;
    if (op === '<<') return isEarly(a) && !isEarly(b) && (b.post === undefined || (a.post === b.post && a.pre === undefined));
    return a.post !== undefined && b.post === undefined && b.dev === undefined && compareNumbers(preKey(a), preKey(b)) === 0;
  },
  toSemver(version) {
    const parsed = parsePep440(version);
    if (parsed === undefined || parsed.epoch !== 0) return undefined;
    const [major = 0, minor = 0, patch = 0] = parsed.release;
    return `${major}.${minor}.${patch}${isEarly(parsed) ? '-0' : ''}`;
  },
};

function isEarly({ pre, dev }: Pep440): boolean {
  return pre !== undefined || dev !== undefined;
}

const GEM = /^[0-9]{1,15}(?:\.[0-9a-zA-Z]{1,40}){0,20}(?:-[0-9A-Za-z-]{1,40}(?:\.[0-9A-Za-z-]{1,40}){0,20})?$/;

/** Gem::Version's canonical segments: numbers and words, without zeros at the end of the release and of what follows it. */
function gemSegments(text: string): readonly (string | number)[] | undefined {
  const version = text.trim();
  if (!GEM.test(version)) return undefined;
  const segments = [...version.replaceAll('-', '.pre.').matchAll(/[0-9]+|[a-zA-Z]+/g)].map(([part]) => (/^[0-9]/.test(part) ? Number(part) : part));
  const word = segments.findIndex((segment) => typeof segment === 'string');
  const halves = word < 0 ? [segments] : [segments.slice(0, word), segments.slice(word)];
  return halves.flatMap((half) => half.slice(0, half.findLastIndex((segment) => segment !== 0) + 1));
}

const RUBY: ChannelOrder = {
  compare(version, bound) {
    const [a, b] = [gemSegments(version), gemSegments(bound)];
    if (a === undefined || b === undefined) return undefined;
    for (let at = 0; at < Math.max(a.length, b.length); at++) {
      const [one, other] = [a[at] ?? 0, b[at] ?? 0];
      if (one === other) continue;
      // A word is a pre-release: it comes before every number.
      if (typeof one !== typeof other) return typeof one === 'string' ? -1 : 1;
      return one < other ? -1 : 1;
    }
    return 0;
  },
  toSemver(version) {
    const segments = gemSegments(version);
    if (segments === undefined) return undefined;
    const word = segments.findIndex((segment) => typeof segment === 'string');
    const [major = 0, minor = 0, patch = 0] = word < 0 ? segments : segments.slice(0, word);
    return `${major}.${minor}.${patch}${word < 0 ? '' : '-0'}`;
  },
};

/** A version of semver, or one or two numbers for a bound; Go writes a 'v' before it. */
function semverOf(text: string): string | undefined {
  const whole = semver.parse(text.trim(), { loose: true });
  if (whole !== null) return whole.version;
  const short = /^v?(0|[1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8}))?$/.exec(text.trim());
  return short === null ? undefined : `${short[1] ?? '0'}.${short[2] ?? '0'}.0`;
}

const SEMVER: ChannelOrder = {
  compare(version, bound) {
    const [a, b] = [semverOf(version), semverOf(bound)];
    return a === undefined || b === undefined ? undefined : semver.compare(a, b);
  },
  toSemver: semverOf,
};

/** npm, cargo and go use semver by their own rules; Composer's and conda's versions are near to Python's; snaps and flatpaks have free texts, of which gem's order reads most. */
export function orderOf(channel: string): { readonly order: ChannelOrder; readonly own: 'semver' | 'other' } {
  switch (channel) {
    case 'npm': case 'cargo': case 'go': return { order: SEMVER, own: 'semver' };
    case 'gem': case 'snap': case 'flatpak': return { order: RUBY, own: 'other' };
    default: return { order: PYTHON, own: 'other' };
  }
}
