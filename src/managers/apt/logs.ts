// Reads what dpkg and apt wrote about their work: /var/log/dpkg.log* and /var/log/apt/history.log*. The words of logs are hints, never proofs.
import type { Host } from '../../host/host.ts';
import type { HostClock } from '../../host/host-clock.ts';
import { rotatedLogs } from '../../host/rotated-logs.ts';
import type { BytePath, ByteString } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';

export interface DpkgAction {
  /** Milliseconds since 1970. The log has local time: the host's clock says of which zone. */
  readonly time: number;
  /** As written: '2026-11-01 10:00:00'. */
  readonly when: string;
  readonly action: 'install' | 'upgrade' | 'remove' | 'purge' | 'configure' | 'trigproc';
  readonly name: string;
  readonly arch: string;
  /** Installed before; '' for none. */
  readonly from: string;
  /** '' for removals. */
  readonly to: string;
  readonly source: BytePath;
}

export type AptChange = 'install' | 'upgrade' | 'downgrade' | 'reinstall' | 'remove' | 'purge';

/** One run of apt. */
export interface AptTransaction {
  /** Milliseconds since 1970. */
  readonly start: number;
  /** Undefined where the run was cut off. */
  readonly end?: number;
  readonly command?: string;
  /** 'alice (1000)'. */
  readonly requestedBy?: string;
  readonly changes: readonly {
    readonly change: AptChange;
    readonly name: string;
    readonly arch: string;
    /** As in the brackets: one version, or the old one and the new one. */
    readonly versions: readonly string[];
  }[];
  readonly source: BytePath;
}

const ACTION = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (install|upgrade|remove|purge|configure|trigproc) ([^\s:]+)(?::(\S+))? (\S+)(?: (\S+))?/;

/** Oldest first. `problems` gets the files that are there and could not be read. */
export function readDpkgLog(host: Host, clock: HostClock, problems: Problem[] = []): readonly DpkgAction[] {
  const out: DpkgAction[] = [];
  for (const { path, text } of rotatedLogs(host, '/var/log', 'dpkg.log', problems)) {
    for (const line of text.split('\n')) {
      const match = ACTION.exec(line);
      if (match === null) continue;
      const removing = match[2] === 'remove' || match[2] === 'purge';
      out.push({
        time: clock.toMs(match[1]!), when: match[1]!, action: match[2] as DpkgAction['action'], name: match[3]!, arch: match[4] ?? '',
        from: none(match[5]!), to: removing ? '' : none(match[6] ?? ''), source: path,
      });
    }
  }
  return out;
}

function none(version: string): string {
  return version === '<none>' ? '' : version;
}

const CHANGES = /^(Install|Upgrade|Downgrade|Reinstall|Remove|Purge): (.*)$/;

/** Oldest first, in local time as well. */
export function readAptHistory(host: Host, clock: HostClock, problems: Problem[] = []): readonly AptTransaction[] {
  const out: AptTransaction[] = [];
  for (const { path, text } of rotatedLogs(host, '/var/log/apt', 'history.log', problems)) {
    for (const paragraph of text.split(/\n\n+/)) {
      const transaction = transactionOf(paragraph, path, clock);
      if (transaction !== undefined) out.push(transaction);
    }
  }
  return out;
}

function transactionOf(paragraph: ByteString, source: BytePath, clock: HostClock): AptTransaction | undefined {
  let start = NaN;
  let end = NaN;
  let command: string | undefined;
  let requestedBy: string | undefined;
  const changes: AptTransaction['changes'][number][] = [];
  for (const line of paragraph.split('\n')) {
    if (line.startsWith('Start-Date: ')) start = clock.toMs(line.slice(12));
    else if (line.startsWith('End-Date: ')) end = clock.toMs(line.slice(10));
    else if (line.startsWith('Commandline: ')) command = line.slice(13);
    else if (line.startsWith('Requested-By: ')) requestedBy = line.slice(14);
    else {
      const match = CHANGES.exec(line);
      if (match === null) continue;
      // 'name:arch (version, automatic), name:arch (old, new)'
      for (const part of match[2]!.split('), ')) {
        const open = part.indexOf(' (');
        if (open < 0) continue;
        const colon = part.lastIndexOf(':', open);
        const versions = part.slice(open + 2).replace(/\)$/, '').split(', ').filter((word) => word !== 'automatic');
        changes.push({ change: match[1]!.toLowerCase() as AptChange, name: part.slice(0, colon < 0 ? open : colon), arch: colon < 0 ? '' : part.slice(colon + 1, open), versions });
      }
    }
  }
  if (Number.isNaN(start)) return undefined;
  return {
    start, changes, source,
    ...(Number.isNaN(end) ? {} : { end }), ...(command === undefined ? {} : { command }), ...(requestedBy === undefined ? {} : { requestedBy }),
  };
}
