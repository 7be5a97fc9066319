// What is told of a thing that runs, listens or is started, in the few lines of a list: what a person needs to decide, in that order.
import type { Evidence, FactValue, Finding } from '../model/finding.ts';
import { day } from '../model/moment.ts';
import { visibleMessage, visibleText } from './visible.ts';

/** Phrases of a low `rank` stay longest where there is no room for all. */
export interface RankedPhrase {
  readonly text: string;
  readonly rank: number;
}

/** Evidence that only such findings have; `explain` of a path says it by itself. */
export const STORY_SOURCES: ReadonlySet<string> = new Set(['identity', 'package', 'runs', 'listens', 'starts', 'launch point', 'connections', 'available']);
const BY_LONGEST = 24;

/** Undefined for a finding that is no such story. */
export function storyReasons(finding: Finding): readonly RankedPhrase[] | undefined {
  const { evidence, facts, kind, subject } = finding;
  if (!(kind.endsWith('-stray') || kind === 'file-privileged' || kind === 'file-shadowed') || subject.type === 'launch') return undefined;
  if (['processes', 'listens', 'startedBy', 'parts'].every((name) => facts[name] === undefined) && !evidence.some(({ source }) => source === 'identity')) return undefined;
  const phrases: RankedPhrase[] = [];
  const headline = visibleMessage(finding.message);
  const say = (rank: number, text: string | undefined): void => {
    if (text === undefined || text === '' || headline.includes(text) || phrases.some((each) => each.text === text)) return;
    phrases.push({ text, rank });
  };
  const first = (source: string): string | undefined => {
    const found = evidence.find((each) => each.source === source);
    return found === undefined ? undefined : visibleMessage(found.detail);
  };
  say(1, first('starts'));
  say(2, first('identity'));
  say(1, packagedText(facts['packaged']));
  for (const each of evidence) if (isAlarming(each)) say(4, `${each.source === 'capabilities' ? 'capabilities ' : ''}${visibleMessage(each.detail).replace(/^(?:is|lies) /, '')}`);
  if (facts['startedBy'] === undefined) say(3, runningText(facts['processes']));
  for (const each of evidence) if (isRefusal(each)) say(2, visibleMessage(each.detail));
  say(5, first('connections'));
  say(6, first('loader'));
  say(7, first('with'));
  say(7, first('tree'));
  say(2, first('reconcile'));
  return phrases;
}

/** Why it is worse than it looks. */
function isAlarming({ source }: Evidence): boolean {
  return source === 'mode' || source === 'capabilities' || source === 'name' || source === 'state' || source === 'memory' || source === 'PATH';
}

/** An entry of the manifest that names it and does not cover it. */
function isRefusal({ detail, source }: Evidence): boolean {
  return detail.includes('does not allow it') || source === 'policy.listeners' || source === 'manifest';
}

/** 'pid 812 since 2026-11-02': as whom is said before. */
function runningText(processes: FactValue | undefined): string | undefined {
  const list = Array.isArray(processes) ? processes : [];
  const [first] = list;
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return undefined;
  const { pid, startedAt } = first as Readonly<Record<string, FactValue>>;
  if (typeof pid !== 'number' || typeof startedAt !== 'number') return undefined;
  return `pid ${pid} since ${day(startedAt)}${list.length > 1 ? `, and ${list.length - 1} more` : ''}`;
}

/** 'packaged redis-server removed 2026-11-02 by alice'. */
function packagedText(packaged: FactValue | undefined): string | undefined {
  const [first] = Array.isArray(packaged) ? packaged : [];
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return undefined;
  const { at, by, name, state, version } = first as Readonly<Record<string, FactValue>>;
  if (typeof name !== 'string') return undefined;
  if (state === 'installed') return `packaged ${visibleText(name)} ${typeof version === 'string' ? `${visibleText(version)} ` : ''}is installed too`;
  const who = typeof by === 'string' ? visibleText(by).replace(/ \(\d+\)$/, '') : '';
  return `packaged ${visibleText(name)} removed${typeof at === 'number' ? ` ${day(at)}` : ''}${who === '' || who.length > BY_LONGEST ? '' : ` by ${who}`}`;
}
