// Launch points, a package's own among them, that start or load what no package owns → launch-stray.
import { baseOf, compareBytes, toText, type BytePath } from '../../model/bytes.ts';
import type { LaunchKind } from '../../model/file.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import type { LaunchPoint, LaunchTarget } from '../../model/launch.ts';
import type { ObservedState } from '../../model/observed.ts';
import { packageLabel } from '../../model/package.ts';
import type { FindingMaker } from '../finding-id.ts';
import { Scale } from '../severity.ts';
import type { Standings } from '../files/standing.ts';

const TARGETS_TOLD = 8;
/** What these name are directories and settings; a stray in them is found as a file. */
const NO_PROGRAMS: ReadonlySet<LaunchKind> = new Set(['library-path', 'package-source', 'enablement-link']);
/** Code that another program loads, by its ending. */
const LOADED = /\.(?:so|ko)(?:\.[0-9a-z.]{1,20})?$/;

/** Start files of root's shells, which the sweep reads wherever nobody owns them: one that says something is a stray by itself. */
const READ_BY_SWEEP = /^\/(?:root|etc\/skel)\/\.(?:bashrc|profile|bash_profile|bash_login|bash_logout|zshrc|zshenv|zprofile|zlogin|cshrc|tcshrc|login|kshrc|xprofile|xsessionrc)$/;

const WHEN: Readonly<Record<LaunchPoint['when'], { readonly severity: Severity; readonly words: string }>> = {
  boot: { severity: 'high', words: 'at boot' }, timer: { severity: 'high', words: 'by the clock' }, login: { severity: 'high', words: 'at login' }, load: { severity: 'high', words: 'into other programs' },
  event: { severity: 'high', words: 'on an event' }, package: { severity: 'high', words: 'when packages change' }, demand: { severity: 'medium', words: 'when asked' },
};
const FIRST_OF_ALL: readonly LaunchPoint['when'][] = ['boot', 'load', 'timer', 'login', 'event', 'package', 'demand'];

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
  if (enabled !== false && (user === undefined || user === 'root')) scale.atLeast(WHEN[when].severity, 'starts', startWords(point, first.path));
  else scale.because('starts', startWords(point, first.path));
  const weight = scale.weight();
  return make({
    kind: 'launch-stray', severity: weight.severity, subject: { type: 'launch', path, target: first.path }, remedy: isStrayFile(path, standings) ? 'automatic' : 'manual',
    message: `${verbOf(point, first.path)} ${targets.length === 1 ? toText(first.path) : `${targets.length} files`} ${WHEN[when].words}, which no package owns`,
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
function isStrayFile(path: BytePath, standings: Standings): boolean {
  return standings.unowned(path) !== undefined && standings.of(path) === 'stray';
}

function targetEvidence({ line, path, via }: LaunchTarget): { readonly source: string; readonly detail: string } {
  return { source: 'target', detail: `${toText(path)} (${toText(via)}${line === undefined ? '' : `, line ${line}`})` };
}

/** What works before what does not, and what comes by itself before what waits to be asked. */
export function compareStarts(a: LaunchPoint, b: LaunchPoint): number {
  return Number(a.enabled === false) - Number(b.enabled === false) || FIRST_OF_ALL.indexOf(a.when) - FIRST_OF_ALL.indexOf(b.when) || compareBytes(a.path, b.path);
}

function verbOf({ when }: LaunchPoint, target: BytePath): string {
  return when === 'load' || LOADED.test(target) ? 'loads' : 'starts';
}

/** 'redis.service starts it at boot'; a file whose name says little is named by its path. */
export function startWords(point: LaunchPoint, target: BytePath): string {
  const { enabled, kind, name, path, user, when } = point;
  const who = name === '' || (name === baseOf(path) && kind !== 'systemd-unit') ? toText(path) : toText(name);
  // Whoever asks for a unit need not enable it.
  const off = enabled === false && when !== 'demand' ? ', were it enabled' : '';
  return `${who} ${verbOf(point, target)} it ${WHEN[when].words}${user === undefined || user === 'root' ? '' : ` as ${user}`}${off}`;
}
