// The `when` of a manifest: which hosts it, or one entry of it, is for. Compared with os-release(5)'s ID, ID_LIKE and VERSION_ID and the host's name.
import { fromText } from '../model/bytes.ts';
import { compilePattern } from '../model/pattern.ts';
import type { HostFacts } from '../model/observed.ts';

export interface When {
  readonly os?: readonly string[];
  readonly release?: string;
  readonly host?: readonly string[];
}

export type WhenFacts = Pick<HostFacts, 'name' | 'os'>;

const RELEASE_BOUND = '(?:>=|<=|!=|=|<|>) *[0-9]{1,9}(?:\\.[0-9]{1,9}){0,3}';
/** ECMAScript source: a comma list of bounds on dotted numbers. */
export const RELEASE_PATTERN = `^${RELEASE_BOUND}(?: *, *${RELEASE_BOUND})*$`;

/** All that is given must hold. */
export function appliesTo(when: When | undefined, facts: WhenFacts): boolean {
  if (when === undefined) return true;
  if (when.os !== undefined && !when.os.some((os) => os === facts.os.id || facts.os.idLike.includes(os))) return false;
  if (when.release !== undefined && !releaseFits(when.release, facts.os.versionId)) return false;
  return when.host === undefined || when.host.some((pattern) => hostFits(pattern, facts.name));
}

/**
 * Numbers are compared as far as the bound goes: 9.4 satisfies '= 9' and not '> 9'. A host that names no release (Debian unstable and testing, rolling distributions) counts
 * as newer than all.
 */
export function releaseFits(bounds: string, versionId: string): boolean {
  return bounds.split(',').every((bound) => {
    const match = /^(>=|<=|!=|=|<|>) *([0-9.]+)$/.exec(bound.trim());
    if (match === null) return false;
    const order = /^[0-9]/.test(versionId) ? compareRelease(versionId, match[2] ?? '') : 1;
    switch (match[1]) {
      case '>=': return order >= 0;
      case '<=': return order <= 0;
      case '=': return order === 0;
      case '!=': return order !== 0;
      case '<': return order < 0;
      default: return order > 0;
    }
  });
}

function compareRelease(versionId: string, bound: string): number {
  const have = versionId.split('.');
  for (const [i, part] of bound.split('.').entries()) {
    const difference = Number.parseInt(have[i] ?? '0', 10) - Number(part);
    if (difference !== 0) return Number.isNaN(difference) ? -1 : difference;
  }
  return 0;
}

/** The whole name or its first label, whatever the case. */
function hostFits(pattern: string, name: string): boolean {
  const compiled = compilePattern(`/${pattern.toLowerCase()}`);
  if (!compiled.ok) return false;
  const lower = name.toLowerCase();
  return [lower, lower.split('.')[0] ?? lower].some((one) => one !== '' && !one.includes('/') && compiled.value.matches(`/${fromText(one)}`));
}
