// The head of the report, what could not be read and what to do about it, and what was not looked at on purpose.
import type { Problem } from '../../model/coverage.ts';
import type { CheckReport } from '../../model/report.ts';
import { REASON_INDENT } from './finding-lines.ts';
import { manifestDoubtText } from './manifest-doubt.ts';
import type { TextOptions } from '../text-options.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count, wrap } from '../wrap.ts';

const PROBLEMS_SHOWN = 8;
const PATHS_SHOWN = 12;
const SKIPPED_SHOWN = 4;
/** Words of EACCES and EPERM, as stages and other programs give them. */
const DENIED = /EACCES|EPERM|permission denied|not permitted|may not read/i;
/** capabilities(7), and what FUSE and NFS allow. */
const DENIED_TO_ROOT = 'drift ran as root and was refused all the same: this root has not all capabilities (in a container, in a unit that takes them away), or a file system has rules of its own. Run drift on the host itself.';

export function headLines(report: CheckReport, options: TextOptions): string[] {
  const { host, manifest } = report;
  const name = host.name === '' || host.name === 'unknown' ? 'a host without a name' : visibleText(host.name);
  const system = [host.os.id, host.os.versionId].filter((word) => word !== '').join(' ');
  const about = [visibleText(system), ...(host.managers.length === 0 ? ['no package manager'] : host.managers)].filter((word) => word !== '').join(', ');
  const root = host.root === '/' ? '' : ` at ${visible(host.root)}`;
  const against = manifest.length === 0
    ? 'no manifest: installed packages and repositories were not compared with one'
    : `manifest ${manifest.map((file) => visibleText(file.path)).join(', ')}`;
  const whole = `${name} (${about})${root}; ${against}`;
  return [
    ...(whole.length <= options.width ? [whole] : [...wrap(`${name} (${about})${root}`, '', '  ', options.width), ...wrap(against, '', '  ', options.width)]),
    ...(report.manifestDoubt === undefined ? [] : wrap(manifestDoubtText(report.manifestDoubt), '', '  ', options.width)),
  ];
}

/** Ends in an empty line when there is something to say. */
export function unreadLines({ coverage }: Pick<CheckReport, 'coverage'>, options: TextOptions): string[] {
  const unread = coverage.filter((source) => source.status !== 'complete');
  if (unread.length === 0) return [];
  const lines = [options.paint('high', `NOT READ (${unread.length})`)];
  let denied = false;
  for (const source of unread) {
    lines.push(`${options.paint('sign', '!')} ${options.paint('strong', visible(source.source))} - ${source.status === 'failed' ? 'could not be read: nothing is known of it' : 'read in part'}`);
    lines.push(...problemLines(source.problems, options));
    denied ||= source.problems.some((problem) => DENIED.test(problem.message));
  }
  lines.push(...wrap(!denied ? 'Put this right and check again.' : options.asRoot ? DENIED_TO_ROOT : 'Run drift as root: it reads, and changes nothing.', '  ', '  ', options.width));
  lines.push(...wrap('Until then, what is not reported there may still be.', '  ', '  ', options.width), '');
  return lines;
}

/** Each thing that went wrong once, with the paths that it happened to: a user who is not root meets one thing in a hundred places. */
function problemLines(problems: readonly Problem[], options: TextOptions): string[] {
  const places = new Map<string, Set<string>>();
  for (const problem of problems) {
    const [path, message] = placeOf(problem);
    const paths = places.get(message) ?? new Set();
    if (path !== '') paths.add(path);
    places.set(message, paths);
  }
  const lines: string[] = [];
  const shown = options.full || places.size <= PROBLEMS_SHOWN ? [...places] : [...places].slice(0, PROBLEMS_SHOWN - 1);
  for (const [message, paths] of shown) {
    const some = options.full ? [...paths] : [...paths].slice(0, PATHS_SHOWN);
    if (some.length < paths.size) some.push(`and ${paths.size - some.length} more`);
    lines.push(...wrap(some.length === 0 ? message : `${message}: ${some.join(', ')}`, REASON_INDENT, `${REASON_INDENT}  `, options.width));
  }
  if (shown.length < places.size) lines.push(`${REASON_INDENT}and ${count(places.size - shown.length, 'more problem')}: drift check --json`);
  return lines;
}

/** Stages often name the path in the message too, or the directory where it failed: once is enough. */
function placeOf({ message, path }: Problem): readonly [path: string, message: string] {
  const text = visibleMessage(message);
  const inner = /^(\/[^ ]*): (.+)$/.exec(text);
  if (inner !== null) return [inner[1]!, inner[2]!];
  const shown = path === undefined ? '' : visible(path);
  return text.includes(shown) ? ['', text] : [shown, text];
}

/** Grouped by their reason. Ends in an empty line when there is something to say. */
export function skippedLines({ coverage }: CheckReport, options: TextOptions): string[] {
  const byReason = Map.groupBy(coverage.flatMap((source) => source.skipped), ({ reason }) => reason);
  if (byReason.size === 0) return [];
  const total = [...byReason.values()].reduce((sum, each) => sum + each.length, 0);
  const lines = [`NOT LOOKED AT (${total})`];
  for (const [reason, items] of byReason) {
    const shown = options.full || items.length <= SKIPPED_SHOWN ? items : items.slice(0, SKIPPED_SHOWN - 1);
    const what = shown.map((item) => visibleText(item.what)).join('; ');
    const more = items.length > shown.length ? `; and ${items.length - shown.length} more` : '';
    lines.push(...wrap(`${what}${more} - ${visibleMessage(reason)}`, '  ', REASON_INDENT, options.width));
  }
  return [...lines, ''];
}
