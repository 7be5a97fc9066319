// Reads what dpkg and apt wrote about their work: /var/log/dpkg.log* and /var/log/apt/history.log*. The words of logs are hints, never proofs.
import { decompress } from '../../host/decompress.ts';
import type { Host } from '../../host/host.ts';
import { joinPath, type BytePath, type ByteString } from '../../model/bytes.ts';

const MAX_LOG = 64 * 1024 * 1024;

export interface DpkgAction {
  /** Milliseconds since 1970, read as UTC: the log does not say its zone, so it is exact to within a day only. */
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
}

export interface AptTransactions {
  /** 'name:arch version' of everything that apt installed, upgraded, downgraded or reinstalled. */
  readonly brought: ReadonlySet<string>;
  /** Milliseconds of the first transaction that is recorded; undefined without any. */
  readonly since: number | undefined;
}

const ACTION = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (install|upgrade|remove|purge|configure|trigproc) ([^\s:]+)(?::(\S+))? (\S+)(?: (\S+))?/;

/** Oldest first. */
export function readDpkgLog(host: Host): readonly DpkgAction[] {
  const out: DpkgAction[] = [];
  for (const text of logTexts(host, '/var/log', 'dpkg.log')) {
    for (const line of text.split('\n')) {
      const match = ACTION.exec(line);
      if (match === null) continue;
      const removing = match[2] === 'remove' || match[2] === 'purge';
      out.push({
        time: Date.parse(`${match[1]!.replace(' ', 'T')}Z`), when: match[1]!, action: match[2] as DpkgAction['action'], name: match[3]!, arch: match[4] ?? '',
        from: none(match[5]!), to: removing ? '' : none(match[6] ?? ''),
      });
    }
  }
  return out;
}

function none(version: string): string {
  return version === '<none>' ? '' : version;
}

const BRINGING = /^(?:Install|Upgrade|Downgrade|Reinstall): (.*)$/;

export function readAptHistory(host: Host): AptTransactions {
  const brought = new Set<string>();
  let since: number | undefined;
  for (const text of logTexts(host, '/var/log/apt', 'history.log')) {
    for (const line of text.split('\n')) {
      if (line.startsWith('Start-Date: ')) {
        const time = Date.parse(`${line.slice(12).trim().replace(/ +/, 'T')}Z`);
        if (!Number.isNaN(time) && (since === undefined || time < since)) since = time;
        continue;
      }
      const match = BRINGING.exec(line);
      if (match === null) continue;
      // 'name:arch (version, automatic), name:arch (old, new)'
      for (const part of match[1]!.split('), ')) {
        const open = part.indexOf(' (');
        if (open < 0) continue;
        for (const word of part.slice(open + 2).replace(/\)$/, '').split(', ')) if (word !== 'automatic') brought.add(`${part.slice(0, open)} ${word}`);
      }
    }
  }
  return { brought, since };
}

/** NAME, NAME.1, NAME.2.gz …, oldest first. What cannot be read is left out: a log is no source of facts. */
function logTexts(host: Host, directory: BytePath, name: ByteString): readonly ByteString[] {
  const listed = host.readDirectory(directory);
  if (!listed.ok) return [];
  const numbered: { readonly file: ByteString; readonly number: number }[] = [];
  for (const { name: file } of listed.value) {
    if (!file.startsWith(name)) continue;
    const match = /^(?:\.(\d{1,4}))?(?:\.(?:gz|zst))?$/.exec(file.slice(name.length));
    if (match !== null) numbered.push({ file, number: match[1] === undefined ? 0 : Number(match[1]) });
  }
  numbered.sort((a, b) => b.number - a.number);
  const out: ByteString[] = [];
  for (const { file } of numbered) {
    const content = host.readFile(joinPath(directory, file), MAX_LOG);
    if (!content.ok) continue;
    if (!file.endsWith('.gz') && !file.endsWith('.zst')) out.push(content.value.toString('latin1'));
    else {
      const unpacked = decompress(content.value, file.endsWith('.gz') ? 'gzip' : 'zstd', MAX_LOG);
      if (unpacked.ok) out.push(unpacked.value.toString('latin1'));
    }
  }
  return out;
}
