// What sudo(8) and the like logged: auth.log (Debian), secure (Red Hat). Asked for by name only. The journal is not read: its format is systemd's own.
import type { Host } from '../../host/host.ts';
import { readHostClock, yearlessTimes } from '../../host/host-clock.ts';
import { rotatedLogs, type LogFile } from '../../host/rotated-logs.ts';
import type { BytePath, ByteString } from '../../model/bytes.ts';
import type { Problem, Skipped } from '../../model/coverage.ts';
import type { StrayEvents } from './events.ts';
import { maskSecrets } from '../../model/mask-secrets.ts';
import type { StrayIndex } from './stray-index.ts';

const LOGS: readonly ByteString[] = ['auth.log', 'secure', 'sudo.log'];
const DIRECTORY: BytePath = '/var/log';
const MAX_SHOWN = 200;

export function findInSudoLogs(host: Host, strays: StrayIndex, events: StrayEvents, problems: Problem[], skipped: Skipped[]): void {
  const clock = readHostClock(host);
  let local = false;
  for (const name of LOGS) {
    for (const log of rotatedLogs(host, DIRECTORY, name, problems)) {
      const yearless = yearlessTimes(clock, log.mtimeMs);
      for (const { line, at, isLocal } of commandLines(log, yearless)) {
        local ||= isLocal;
        // 'alice : TTY=pts/0 ; PWD=/usr/local/src/redis-7.2.4 ; USER=root ; COMMAND=/usr/bin/make install'
        const from = line.indexOf('PWD=');
        for (const stray of strays.mentions(line.slice(Math.max(from, 0)), true).keys()) events.add(stray, { source: log.path, ...(Number.isNaN(at) ? {} : { at }), detail: wordsOf(line) });
      }
    }
  }
  if (local && clock.zone === undefined) skipped.push({ what: 'the time zone of the logs of sudo', reason: '/etc/localtime names none: their times are taken for UTC' });
}

/** From the last to the first, because lines of classic syslog have no year. */
function* commandLines({ text }: LogFile, yearless: (line: string) => number): Generator<{ readonly line: ByteString; readonly at: number; readonly isLocal: boolean }> {
  for (const line of text.split('\n').toReversed()) {
    const isLocal = !/^\d{4}-\d\d-\d\dT/.test(line);
    // Every line keeps the count of years.
    const at = isLocal ? yearless(line) : Date.parse(line.slice(0, line.indexOf(' ')));
    if (line.includes('COMMAND=')) yield { line: line.slice(0, 4000), at, isLocal };
  }
}

/** 'alice ran with sudo, as root, in /usr/local/src/redis-7.2.4: /usr/bin/make install' */
function wordsOf(line: ByteString): string {
  const match = /(?:sudo(?:\[\d{1,10}\])?|doas):\s{0,20}(\S{1,64}) : (?:.{0,200} ; )?PWD=(.{1,500}?) ; USER=(\S{1,64}) ; (?:.{0,500} ; )?COMMAND=(.*)$/.exec(line);
  const text = match === null ? maskSecrets(line.trim()) : `${match[1]} ran with sudo, as ${match[3]}, in ${match[2]}: ${maskSecrets(match[4]!)}`;
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
