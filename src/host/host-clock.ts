// The time zone that the host's logs are written in: where /etc/localtime leads (localtime(5)), else /etc/timezone. The machine that drift runs on may have another.
/// <reference lib="esnext.temporal" />
import type { Host } from './host.ts';

export interface HostClock {
  /** 'Europe/Berlin'; undefined where the host names none, and its times are then taken for UTC. */
  readonly zone?: string;
  /** Milliseconds since 1970 of a local time as logs have it: '2026-11-01 10:00:00', two blanks or a 'T' between too. NaN for other text. */
  toMs(local: string): number;
}

export function readHostClock(host: Host): HostClock {
  const zone = zoneOf(host);
  return { ...(zone === undefined ? {} : { zone }), toMs: converter(zone ?? 'UTC') };
}

function zoneOf(host: Host): string | undefined {
  // The text of the link says it, whether or not the zone's file is installed.
  const link = host.readlink('/etc/localtime');
  if (!link.ok && link.error.reason === 'ENOENT') return 'UTC';
  const named = link.ok ? /(?:^|\/)zoneinfo\/(?:posix\/|right\/)?([A-Za-z0-9_+/-]{1,64})$/.exec(link.value)?.[1] : undefined;
  const text = named === undefined ? host.readBytes('/etc/timezone', 4096) : undefined;
  const zone = named ?? (text?.ok ? text.value.split('\n', 1)[0]!.trim() : undefined);
  return zone !== undefined && (ALWAYS_UTC.test(zone) || isZone(zone)) ? zone : undefined;
}

const ALWAYS_UTC = /^(?:Etc\/)?(?:UTC|UCT|GMT|Zulu|Universal)$/;

function isZone(zone: string): boolean {
  // A number of hours would be taken too, and is no name of a zone.
  return /^[A-Za-z]/.test(zone) && msIn(zone, '1970-01-01T00:00:00') !== undefined;
}

/** In the hour that comes twice in autumn, the first one. */
function msIn(zone: string, wall: string): number | undefined {
  try {
    return Temporal.PlainDateTime.from(wall).toZonedDateTime(zone).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const LOCAL = /^(\d{4}-\d\d-\d\d)(?: {1,2}|T)(\d\d:\d\d:\d\d)/;
const QUARTER = 900_000;

function converter(zone: string): (local: string) => number {
  /** What is to be added in a quarter of an hour: a log has thousands of lines in few hours, and clocks change on the quarter. */
  const known = new Map<number, number>();
  return (local) => {
    const match = LOCAL.exec(local);
    if (match === null) return NaN;
    const text = `${match[1]}T${match[2]}`;
    const wall = Date.parse(`${text}Z`);
    if (ALWAYS_UTC.test(zone) || Number.isNaN(wall)) return wall;
    const slot = Math.floor(wall / QUARTER);
    let shift = known.get(slot);
    if (shift === undefined) known.set(slot, shift = (msIn(zone, text) ?? NaN) - wall);
    return wall + shift;
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;
const YEARLESS = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d)/;

/**
 * For lines of syslog, which have no year ('Nov  2 09:14:03 …'), asked from the last line to the first: the last one's year is that of the file's
 * time, and going back no line is later than the next. NaN for other text.
 */
export function yearlessTimes(clock: HostClock, mtimeMs: number): (line: string) => number {
  let year = new Date(mtimeMs).getUTCFullYear();
  // The file's time is in UTC, its lines are not.
  let next = mtimeMs + DAY_MS;
  return (line) => {
    const match = YEARLESS.exec(line);
    const month = match === null ? -1 : MONTHS.indexOf(match[1]!);
    if (match === null || month < 0) return NaN;
    const day = `${String(month + 1).padStart(2, '0')}-${match[2]!.padStart(2, '0')} ${match[3]}`;
    if (clock.toMs(`${year}-${day}`) > next) year--;
    const at = clock.toMs(`${year}-${day}`);
    if (!Number.isNaN(at)) next = at + DAY_MS;
    return at;
  };
}
