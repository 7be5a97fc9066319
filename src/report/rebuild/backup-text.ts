// `drift rebuild backup` for people: what to bring to rest first, what goes into the backup, what stays off until it is approved, and what is left out; every name escaped.
import type { BackupClass, BackupEntry, BackupReport } from '../../model/backup.ts';
import type { TextOptions } from '../text-options.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count, grouped, wrap } from '../wrap.ts';

const INDENT = '  ';
const DEEPER = '      ';
const DIFF_LINES = 40;
/** What the heading says already. */
const PLAIN = /^(?:configuration that )?no package brought(?: it)?$/;
/** Of what is left out; `--json` has them all. */
const LEFT_SHOWN = 60;

const CHAPTERS: readonly (readonly [of: BackupClass, heading: string])[] = [
  ['data', 'Data'], ['config-changed', 'Configuration that was changed'], ['config-added', 'Configuration that was added'], ['identity', 'Who this host is'],
  ['secret', 'Secrets: keep this backup where only you can read it'], ['allowed', 'What the manifest allows'], ['config-runs', 'Runs things, and is approved by its digest'], ['stray', 'Strays, because --as-is was given'], ['log', 'Logs'],
];

export function backupText(report: BackupReport, options: TextOptions): string {
  const chapters = [
    headLines(report, options), restLines(report, options),
    ...CHAPTERS.map(([of, heading]) => chapter(heading, report.entries.filter((entry) => entry.class === of && entry.kept), options)),
    deletedLines(report, options), offLines(report, options), strayLines(report, options), againLines(report, options), unseenLines(report, options), closingLines(report, options),
  ];
  return `${chapters.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headLines({ drift, host, manifest }: BackupReport, options: TextOptions): string[] {
  const name = host.name === '' || host.name === 'unknown' ? 'a host without a name' : visibleText(host.name);
  const system = [host.os.id, host.os.versionId].filter((word) => word !== '').map(visibleText).join(' ');
  const against = manifest.length === 0 ? 'no manifest, so that nothing is allowed or approved' : `manifest ${manifest.map(({ path }) => visibleText(path)).join(', ')}`;
  return wrap(`Backup list of ${name} (${system})${host.root === '/' ? '' : ` at ${visible(host.root)}`}: what its packages do not bring back; by drift ${visibleText(drift)}; ${against}. Nothing was changed.`, '', INDENT, options.width);
}

/** Each hint once, with the topmost paths that it is for. */
function restLines({ entries }: BackupReport, options: TextOptions): string[] {
  const hints = Map.groupBy(entries.filter(({ kept, quiesce }) => kept && quiesce !== undefined), ({ quiesce }) => quiesce!);
  if (hints.size === 0) return [];
  return [options.paint('strong', 'Bring to rest first'), ...[...hints].flatMap(([hint, each]) => wrap(`${visible(each[0]!.path)}${each.length === 1 ? '' : ` and ${each.length - 1} more`}: ${visibleMessage(hint)}`, INDENT, DEEPER, options.width))];
}

function chapter(heading: string, entries: readonly BackupEntry[], options: TextOptions): string[] {
  if (entries.length === 0) return [];
  return [options.paint('strong', `${heading} (${sizeOf(entries)})`), ...entries.flatMap((entry) => [...line(entry, options), ...diffLines(entry, options)])];
}

function line(entry: BackupEntry, options: TextOptions): string[] {
  const { because, bytes, files, owner, path, sha256, tree, unmeasured } = entry;
  const size = unmeasured === true ? 'size not measured' : tree ? `${count(files, 'file')}, ${bytesWords(bytes)}` : bytesWords(bytes);
  const words = [size, ...(owner === undefined ? [] : [visibleText(owner)]), ...(PLAIN.test(because) ? [] : [visibleMessage(because)]), ...(sha256 === undefined ? [] : [`sha256 ${sha256}`])];
  return wrap(`${visible(path)}${tree ? '/' : ''}  ${words.join('; ')}`, INDENT, DEEPER, options.width);
}

function diffLines({ diff }: BackupEntry, { full, paint }: TextOptions): string[] {
  if (diff === undefined) return [];
  const lines = diff.split('\n').slice(2).filter((each) => each !== '');
  const shown = full ? lines : lines.slice(0, DIFF_LINES);
  return [...shown.map((each) => paint('dim', `${DEEPER}${visibleText(each)}`)), ...(shown.length < lines.length ? [`${DEEPER}… and ${lines.length - shown.length} more lines`] : [])];
}

function deletedLines({ entries }: BackupReport, options: TextOptions): string[] {
  const gone = entries.filter(({ removed }) => removed === true);
  if (gone.length === 0) return [];
  return [options.paint('strong', `Configuration that was deleted: delete it again after the packages are back (${gone.length})`), ...gone.flatMap(({ owner, path }) => wrap(`${visible(path)}${owner === undefined ? '' : `  ${visibleText(owner)}`}`, INDENT, DEEPER, options.width))];
}

function offLines({ entries }: BackupReport, options: TextOptions): string[] {
  const off = entries.filter((entry) => entry.class === 'config-runs' && !entry.kept && entry.files > 0);
  if (off.length === 0) return [];
  return [
    options.paint('strong', `Off until it is approved: runs or lets in (${off.length})`),
    ...off.flatMap((entry) => [...line(entry, options), ...diffLines(entry, options)]),
    ...wrap('To approve one: an entry of its path with this sha256 under "allow:" of the manifest, or under "watch:" where a package owns the file.', INDENT, INDENT, options.width),
  ];
}

function strayLines({ entries }: BackupReport, options: TextOptions): string[] {
  const strays = entries.filter((entry) => entry.class === 'stray' && !entry.kept);
  if (strays.length === 0) return [];
  const shown = options.full ? strays : strays.slice(0, LEFT_SHOWN);
  return [
    options.paint('strong', `Left out: strays (${sizeOf(strays)})`), ...shown.flatMap((entry) => line(entry, options)),
    ...(shown.length < strays.length ? [`${INDENT}… and ${strays.length - shown.length} more`] : []),
  ];
}

/** By reason: what is made again has thousands of names. */
function againLines({ entries }: BackupReport, options: TextOptions): string[] {
  const left = entries.filter((entry) => (entry.class === 'derived' || entry.class === 'log') && !entry.kept);
  if (left.length === 0) return [];
  const groups = [...Map.groupBy(left, ({ because, class: of }) => (of === 'log' ? 'logs' : because))].sort(([, a], [, b]) => sum(b) - sum(a));
  return [options.paint('strong', `Left out: made again, and logs (${sizeOf(left)})`), ...groups.flatMap(([because, each]) => wrap(`${visibleMessage(because)}: ${places(each)}`, INDENT, DEEPER, options.width))];
}

function places(entries: readonly BackupEntry[]): string {
  const paths = [...new Set(entries.map(({ path }) => path))];
  return `${sizeOf(entries)} in ${paths.slice(0, 3).map(visible).join(', ')}${paths.length > 3 ? ' …' : ''}`;
}

function unseenLines({ incomplete, notLookedAt }: BackupReport, options: TextOptions): string[] {
  if (notLookedAt.length === 0 && incomplete.length === 0) return [];
  const shown = options.full ? notLookedAt : notLookedAt.slice(0, LEFT_SHOWN);
  return [
    options.paint('high', 'Not looked at, and in no backup of this list'), ...shown.map((path) => `${INDENT}${visible(path)}`), ...(shown.length < notLookedAt.length ? [`${INDENT}… and ${notLookedAt.length - shown.length} more`] : []),
    ...incomplete.flatMap(({ message, source }) => wrap(`${visibleText(source)}: ${visibleMessage(message)}`, INDENT, DEEPER, options.width)),
  ];
}

function closingLines({ accounts, entries }: BackupReport, options: TextOptions): string[] {
  const kept = entries.filter((entry) => entry.kept);
  const others = entries.filter((entry) => !entry.kept);
  return wrap(`${grouped(accounts.entries)} names seen: ${grouped(accounts.packaged)} of packages; to be backed up ${count(kept.length, 'line')} with ${sizeOf(kept)}; left out ${sizeOf(others)}`, '', INDENT, options.width);
}

function sum(entries: readonly BackupEntry[]): number {
  return entries.reduce((all, { bytes }) => all + bytes, 0);
}

function sizeOf(entries: readonly BackupEntry[]): string {
  return `${count(entries.reduce((all, { files }) => all + files, 0), 'file')}, ${bytesWords(sum(entries))}`;
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];

function bytesWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
