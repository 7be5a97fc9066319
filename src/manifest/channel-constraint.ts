// Whether software of another channel satisfies the constraint that a manifest has for it.
import semver from 'semver';
import type { Constraint, ConstraintVerdict } from '../model/manifest.ts';
import { never } from '../model/result.ts';
import { orderOf } from './channel-versions.ts';
import { holds } from './constraint.ts';

/**
 * Bounds go by the channel's own order; `^ ~ x ||` are semver's, for npm, cargo and go with their rule that a pre-release has to be asked for, for the others against the first three
 * numbers, as with packages. `cannot-apply`: the channel's order cannot read the version or a bound. `absent` is never satisfied by what is there.
 */
export function channelSatisfies(channel: string, constraint: Constraint, version: string): ConstraintVerdict {
  const { order, own } = orderOf(channel);
  switch (constraint.kind) {
    case 'any': return { ok: true };
    case 'absent': return { ok: false };
    case 'semver': {
      const plain = order.toSemver(version);
      if (plain === undefined) return CANNOT;
      return { ok: semver.satisfies(plain, constraint.range, { includePrerelease: own !== 'semver' }) };
    }
    case 'bounds': {
      let ok = true;
      for (const { op, version: bound } of constraint.bounds) {
        const result = order.compare(version, bound);
        if (result === undefined) return CANNOT;
        if (!holds(op, result) || ((op === '<<' || op === '>>') && order.isFormOf?.(version, bound, op) === true)) ok = false;
      }
      return { ok };
    }
    default: return never(constraint);
  }
}

const CANNOT: ConstraintVerdict = { ok: false, reason: 'cannot-apply' };
