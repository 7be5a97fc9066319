// What is told of a thing that runs, listens or is started, in the few lines of a list: what a person needs to decide, in that order.
import type { Evidence, FactValue, Finding } from '../../model/finding.ts';
import { day } from '../../model/moment.ts';
import { visibleMessage, visibleText } from '../visible.ts';

/** Phrases of a low `rank` stay longest where there is no room for all. */
export interface RankedPhrase {
  readonly text: string;
  readonly rank: number;
  /** To say instead before it is left out. */
  readonly short?: string;
}

/** Evidence that only such findings have; `explain` of a path says it by itself. */
export const STORY_SOURCES: ReadonlySet<string> = new Set(['identity', 'package', 'runs', 'listens', 'starts', 'launch point', 'connections', 'available']);
const BY_LONGEST = 24;
const WHOLE_QUOTE = 40;
/** How the evidence of an identity begins, and what it is. */
const SIGNS: readonly { readonly begins: string; readonly sign: string }[] = [
  { begins: 'its text says ', sign: 'text' }, { begins: 'its build id ', sign: 'build id' }, { begins: 'Go build information: ', sign: 'Go build information' }, { begins: 'its variables hold ', sign: 'variables' },
];

/** Undefined for a finding that is no such story. */
export function storyReasons(finding: Finding): readonly RankedPhrase[] | undefined {
  const { evidence, facts, kind, subject } = finding;
  if (!(kind.endsWith('-stray') || kind === 'file-privileged' || kind === 'file-shadowed') || subject.type === 'launch') return undefined;
  if (['processes', 'listens', 'startedBy', 'parts'].every((name) => facts[name] === undefined) && !evidence.some(({ source }) => source === 'identity')) return undefined;
  const phrases: RankedPhrase[] = [];
  const headline = visibleMessage(finding.message);
  const say = (rank: number, text: string | undefined, short?: string): void => {
    if (text === undefined || text === '' || headline.includes(text) || phrases.some((each) => each.text === text)) return;
    phrases.push({ text, rank, ...(short === undefined ? {} : { short }) });
  };
  const first = (source: string): string | undefined => {
    const found = evidence.find((each) => each.source === source);
    return found === undefined ? undefined : visibleMessage(found.detail);
  };
  say(1, packagedText(facts['packaged']));
  say(1, first('starts'));
  say(1, first('edited'), 'a packaged file that starts it was edited');
  // Where the headline calls it a copy, that is said.
  if (!headline.includes('copy of the packaged ')) say(4, ...knownText(evidence));
  for (const each of evidence) if (isAlarming(each)) say(3, `${each.source === 'capabilities' ? 'capabilities ' : ''}${visibleMessage(each.detail).replace(/^(?:is|lies) /, '')}`);
  if (facts['startedBy'] === undefined && !finding.message.includes(' since ')) say(4, runningText(facts['processes']));
  for (const each of evidence) if (isRefusal(each)) say(2, visibleMessage(each.detail));
  say(5, first('connections'));
  say(6, first('loader'));
  const reconcile = first('reconcile');
  // How many files go together, and which tree, is said there.
  if (reconcile === undefined) say(7, first('with'));
  if (reconcile === undefined) say(7, first('tree'));
  say(2, reconcile, reconcile?.replace(/^(reconcile would (?:.*, )?leave (?:it|\d+)): .*$/, '$1'));
  return phrases;
}

/** Why it is worse than it looks. */
function isAlarming({ detail, source }: Evidence): boolean {
  if (source === 'PATH') return detail.startsWith('comes before');
  return source === 'mode' || source === 'capabilities' || source === 'name' || source === 'state' || source === 'memory';
}

/** An entry of the manifest that names it and does not cover it. */
function isRefusal({ detail, source }: Evidence): boolean {
  return detail.includes('does not allow it') || source === 'policy.listeners' || source === 'manifest';
}

/** What it says of itself; in short, only where: `explain` has it. */
function knownText(evidence: readonly Evidence[]): [text?: string, short?: string] {
  const details = evidence.filter(({ source }) => source === 'identity').map(({ detail }) => visibleMessage(detail));
  const [first] = details;
  if (first === undefined) return [];
  const copy = details.find((detail) => detail.startsWith('same content as ') || detail.startsWith('hard link to '));
  if (copy !== undefined) return [copy, `${copy.startsWith('hard') ? 'hard link to' : 'same content as'} a packaged file`];
  const signs = new Set(details.map((detail) => SIGNS.find(({ begins }) => detail.startsWith(begins))?.sign));
  if (signs.has(undefined)) return [first];
  const [sign] = signs;
  return [first.length <= WHOLE_QUOTE ? first : `known by its ${[...signs].join(' and ')}`, `known by its ${sign}`];
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
  // A person, and not the whole command.
  const who = typeof by === 'string' ? visibleText(/^([^ ]+) \(\d+\)(?:: |$)/.exec(by)?.[1] ?? '') : '';
  return `packaged ${visibleText(name)} removed${typeof at === 'number' ? ` ${day(at)}` : ''}${who === '' || who.length > BY_LONGEST ? '' : ` by ${who}`}`;
}
