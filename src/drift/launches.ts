// Launch points, a package's own among them, that start or load what no package owns → launch-stray.
import { baseOf, compareBytes, toText, type BytePath } from '../model/bytes.ts';
import type { LaunchKind } from '../model/file.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { LaunchPoint, LaunchTarget } from '../model/launch.ts';
import type { ObservedState } from '../model/observed.ts';
import { packageLabel } from '../model/package.ts';
import type { FindingMaker } from './finding-id.ts';
import { Scale } from './severity.ts';
import type { Standings } from './standing.ts';

const TARGETS_TOLD = 8;
/** What these name are directories and settings; a stray in them is found as a file. */
const NO_PROGRAMS: ReadonlySet<LaunchKind> = new Set(['library-path', 'module-config', 'package-source', 'enablement-link']);

/** Start files of root's shells, which the sweep reads wherever nobody owns them: one that says something is a stray by itself. */
const READ_BY_SWEEP = /^\/(?:root|etc\/skel)\/\.(?:bashrc|profile|bash_profile|bash_login|bash_logout|zshrc|zshenv|zprofile|zlogin|cshrc|tcshrc|login|kshrc|xprofile|xsessionrc)$/;

const WHEN: Readonly<Record<LaunchPoint['when'], { readonly severity: Severity; readonly words: string }>> = {
  boot: { severity: 'high', words: 'at boot' }, timer: { severity: 'high', words: 'by the clock' }, login: { severity: 'high', words: 'at login' }, load: { severity: 'high', words: 'into other programs' },
  event: { severity: 'high', words: 'on an event' }, package: { severity: 'high', words: 'when packages change' }, demand: { severity: 'medium', words: 'when asked' },
};

export function compareLaunches(observed: ObservedState, standings: Standings, make: FindingMaker): Finding[] {
  const findings: Finding[] = [];
  for (const point of observed.launches ?? []) {
    const targets = strayTargets(point, standings);
    if (targets.length > 0) findings.push(startsStrays(point, targets, standings, make));
  }
  return findings;
}

/** By path, each once. */
export function strayTargets(point: LaunchPoint, standings: Standings): LaunchTarget[] {
  if (NO_PROGRAMS.has(point.kind)) return [];
  const byPath = new Map<BytePath, LaunchTarget>();
  for (const target of point.targets) {
    const { directory, exists, path } = target;
    if (!exists || directory === true || path === point.path || byPath.has(path) || standings.of(path) !== 'stray') continue;
    if (standings.unowned(path) !== undefined || !READ_BY_SWEEP.test(path)) byPath.set(path, target);
  }
  return [...byPath.values()].sort((a, b) => compareBytes(a.path, b.path));
}

function startsStrays(point: LaunchPoint, targets: readonly LaunchTarget[], standings: Standings, make: FindingMaker): Finding {
  const { enabled, path, user, when } = point;
  const first = targets[0] as LaunchTarget;
  const owners = standings.owners(path);
  const scale = new Scale('medium');
  if (enabled !== false && (user === undefined || user === 'root')) scale.atLeast(WHEN[when].severity, 'starts', startWords(point));
  else scale.because('starts', startWords(point));
  const weight = scale.weight();
  return make({
    kind: 'launch-stray', severity: weight.severity, subject: { type: 'launch', path, target: first.path }, remedy: isStrayFile(path, standings) ? 'automatic' : 'manual',
    message: `${when === 'load' ? 'loads' : 'starts'} ${targets.length === 1 ? toText(first.path) : `${targets.length} files`} ${WHEN[when].words}, which no package owns`,
    evidence: [
      ...(targets.length === 1 ? [] : targets.slice(0, TARGETS_TOLD).map(targetEvidence)), ...weight.reasons,
      ...(owners === undefined || owners.length === 0 ? [] : [{ source: 'owner', detail: `${owners.map(packageLabel).join(', ')} owns ${toText(path)}` }]),
    ],
    facts: {
      launch: point.kind, when, ...(enabled === undefined ? {} : { enabled }), ...(user === undefined ? {} : { user }),
      starts: targets.slice(0, 50).map((target) => ({ path: target.path, via: toText(target.via), ...(target.line === undefined ? {} : { line: target.line }) })),
      ...(owners === undefined || owners.length === 0 ? {} : { owners: owners.map(packageLabel) }),
    },
  });
}

/** A launch point that nobody owns and that is more than a start file which the administrator writes: it can go with what it starts. */
export function isStrayFile(path: BytePath, standings: Standings): boolean {
  return standings.unowned(path) !== undefined && standings.of(path) === 'stray';
}

function targetEvidence({ line, path, via }: LaunchTarget): { readonly source: string; readonly detail: string } {
  return { source: 'target', detail: `${toText(path)} (${toText(via)}${line === undefined ? '' : `, line ${line}`})` };
}

/** 'redis.service starts it at boot'; a file whose name says little is named by its path. */
export function startWords(point: LaunchPoint): string {
  const { enabled, kind, name, path, user, when } = point;
  const who = name === '' || (name === baseOf(path) && kind !== 'systemd-unit') ? toText(path) : toText(name);
  const off = enabled === false ? ', were it enabled' : '';
  return `${who} ${when === 'load' ? 'loads it' : 'starts it'} ${WHEN[when].words}${user === undefined || user === 'root' ? '' : ` as ${user}`}${off}`;
}
