// Knows the places from which programs are started or code is loaded, and which names each loader reads there (systemd.unit(5), cron(8), run-parts(8),
// ld.so(8), pam.conf(5), udev(7), sudoers(5), apt.conf(5), …).
import type { Host } from '../host/host.ts';
import type { BytePath } from '../model/bytes.ts';
import { fixedPlaces, isRcLink, shapedPlace, type LaunchEntry, type LaunchMatch, type Place } from './launch-places.ts';

export type { LaunchEntry, LaunchMatch } from './launch-places.ts';

export interface LaunchRule {
  match(entry: LaunchEntry): LaunchMatch | undefined;
}

export interface LaunchRules {
  /** Undefined where nothing in `dir` (canonical) is a launch point. */
  rule(dir: BytePath): LaunchRule | undefined;
  readonly pathDirectories: readonly BytePath[];
}

/** The order in which a stock root shell and stock units look for programs. */
const PATH_ORDER: readonly BytePath[] = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/games', '/usr/local/games'];

/** Canonical PATH directories, each once, in order. */
export function pathDirectories(host: Host): readonly BytePath[] {
  const out = new Set<BytePath>();
  for (const dir of PATH_ORDER) {
    const real = host.realpath(dir);
    if (real.ok) out.add(real.value);
  }
  return [...out];
}

const UNIT = /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;
const UNIT_DIRECTORY = /^\/(etc|run|usr\/lib|lib|usr\/local\/lib|usr\/local\/share|usr\/share)\/systemd\/(system|user|system\.control|system\.attached|user\.control|transient|generator|generator\.early|generator\.late)(\/|$)/;
const HOME_UNIT_DIRECTORY = /\/(\.config|\.local\/share)\/systemd\/user(\/|$)/;
const USER_RUNTIME_UNITS = /^\/run\/user\/\d+\/systemd\/(user|transient|generator|generator\.early|generator\.late|user\.control)(\/|$)/;

export function launchRules(host: Host): LaunchRules {
  // Debian's cron reads only names without dots, cronie reads dotted ones too.
  const places = fixedPlaces(!host.exists('/etc/debian_version'));
  const canonical = new Map<BytePath, readonly Place[]>();
  // Where /lib is a link into /usr the walk knows the place by the other spelling only.
  for (const [dir, rules] of places) {
    const real = host.realpath(dir);
    const at = real.ok ? real.value : dir;
    const had = canonical.get(at);
    canonical.set(at, had === undefined || had === rules ? rules : [...had, ...rules]);
  }
  return {
    rule(dir) {
      const fixed = canonical.get(dir);
      if (fixed !== undefined) return ruleOf(fixed);
      if (dir.includes('/systemd/') && (UNIT_DIRECTORY.test(dir) || HOME_UNIT_DIRECTORY.test(dir) || USER_RUNTIME_UNITS.test(dir))) return unitRule(dir);
      const shaped = shapedPlace(dir);
      return shaped === undefined ? undefined : ruleOf([shaped]);
    },
    pathDirectories: pathDirectories(host),
  };
}

function ruleOf(places: readonly Place[]): LaunchRule {
  return {
    match(entry) {
      if (entry.type !== 'file' && entry.type !== 'link') return undefined;
      const fits = places.find((each) => each.test(entry.name, entry));
      if (fits === undefined) return undefined;
      if (entry.type === 'link' && fits.kind === 'init-script' && isRcLink(entry.name)) return { kind: 'enablement-link' };
      return fits;
    },
  };
}

function unitRule(dir: BytePath): LaunchRule {
  const enabling = /\.(wants|requires|upholds)$/.test(dir);
  const dropIn = /\.d$/.test(dir);
  return {
    match({ name, type }) {
      if (type !== 'file' && type !== 'link') return undefined;
      if (dropIn) return name.endsWith('.conf') ? { kind: 'systemd-unit' } : undefined;
      if (!UNIT.test(name)) return undefined;
      return { kind: enabling || type === 'link' ? 'enablement-link' : 'systemd-unit' };
    },
  };
}
