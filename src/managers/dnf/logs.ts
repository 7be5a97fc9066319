// What dnf.rpm.log (dnf 4) and yum.log (yum 3) say of some packages. Words of logs, used where the histories have nothing.
import type { Host } from '../../host/host.ts';
import { readHostClock, yearlessTimes, type HostClock } from '../../host/host-clock.ts';
import { rotatedLogs, type LogFile } from '../../host/rotated-logs.ts';
import type { ByteString } from '../../model/bytes.ts';
import type { Problem, Skipped } from '../../model/coverage.ts';
import type { PackageEvent } from '../../model/identity.ts';
import { splitNevra } from './history.ts';

/** '2026-11-22T00:43:46+0000 SUBDEBUG Installed: busybox-1:1.35.0-4.x86_64'; the new half of a pair is 'Upgrade', the old one 'Upgraded'. */
const DNF_LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d{4}) [A-Z]{1,16} (Installed|Upgrade|Downgrade|Reinstall|Erase|Removed|Obsoleted): (\S{1,500})$/;
/** 'Nov 01 10:00:00 Installed: 1:redis-3.2.12-2.el7.x86_64'; older ones erase by name alone. */
const YUM_LINE = /^[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d (Installed|Updated|Erased|Obsoleted): (\S{1,500})$/;

const ACTIONS: ReadonlyMap<string, PackageEvent['action']> = new Map([
  ['Installed', 'install'], ['Reinstall', 'install'], ['Upgrade', 'upgrade'], ['Updated', 'upgrade'], ['Downgrade', 'downgrade'],
  ['Erase', 'remove'], ['Erased', 'remove'], ['Removed', 'remove'], ['Obsoleted', 'remove'],
]);

export function readLoggedEvents(host: Host, selected: (name: string) => boolean, problems: Problem[]): { readonly events: readonly PackageEvent[]; readonly skipped: readonly Skipped[] } {
  const events: PackageEvent[] = [];
  const skipped: Skipped[] = [];
  for (const log of rotatedLogs(host, '/var/log', 'dnf.rpm.log', problems)) events.push(...ofDnf(log, selected));
  const clock = readHostClock(host);
  let local = false;
  for (const log of rotatedLogs(host, '/var/log', 'yum.log', problems)) {
    local = true;
    events.push(...ofYum(log, selected, clock));
  }
  if (local && clock.zone === undefined) skipped.push({ what: 'the time zone of yum.log', reason: '/etc/localtime names none: its times are taken for UTC' });
  return { events, skipped };
}

function ofDnf({ path, text }: LogFile, selected: (name: string) => boolean): readonly PackageEvent[] {
  const out: PackageEvent[] = [];
  for (const line of text.split('\n')) {
    const match = DNF_LINE.exec(line);
    if (match === null) continue;
    const named = packageOf(match[4]!);
    if (!selected(named.name)) continue;
    const offset = match[2] === 'Z' ? 'Z' : `${match[2]!.slice(0, 3)}:${match[2]!.slice(3)}`;
    out.push({ manager: 'dnf', ...named, action: ACTIONS.get(match[3]!)!, at: Date.parse(`${match[1]}${offset}`), source: path });
  }
  return out;
}

function ofYum({ path, text, mtimeMs }: LogFile, selected: (name: string) => boolean, clock: HostClock): readonly PackageEvent[] {
  const out: PackageEvent[] = [];
  const timeOf = yearlessTimes(clock, mtimeMs);
  for (const line of text.split('\n').toReversed()) {
    const match = YUM_LINE.exec(line);
    const at = match === null ? NaN : timeOf(line);
    if (match === null || Number.isNaN(at)) continue;
    const named = packageOf(match[2]!);
    if (selected(named.name)) out.push({ manager: 'dnf', ...named, action: ACTIONS.get(match[1]!)!, at, source: path });
  }
  return out.toReversed();
}

/** yum writes the epoch before the name, dnf before the version. What is no NEVRA is a name alone. */
function packageOf(text: ByteString): { readonly name: string; readonly arch?: string; readonly version?: string } {
  const before = /^(\d{1,6}):(.+)$/.exec(text);
  const parts = splitNevra(before === null ? text : before[2]!);
  if (parts === undefined) return { name: text };
  return { name: parts.name, arch: parts.arch, version: before === null || before[1] === '0' ? parts.evr : `${before[1]}:${parts.evr}` };
}
