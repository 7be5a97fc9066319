// How processes are told in evidence and facts: by whom, since when, in which unit.
import { baseOf, toText } from '../../model/bytes.ts';
import type { FactValue } from '../../model/finding.ts';
import { moment } from '../../model/moment.ts';
import type { RunningProcess } from '../../model/runtime.ts';

const FACTS_SHOWN = 20;

export function userOf({ uid, user }: RunningProcess): string {
  return user ?? `uid ${uid}`;
}

/** 'redis.service', or the unit of a user's own manager; scopes of logins are no units that anybody started. */
export function unitOf({ unit, userUnit }: RunningProcess): string | undefined {
  const name = userUnit ?? unit;
  return name === undefined || name.endsWith('.scope') || name.endsWith('.slice') ? undefined : name;
}

/** 'pid 812 as root since 2026-11-02 09:14 UTC in redis.service'. */
function processText(process: RunningProcess): string {
  const unit = unitOf(process);
  const container = process.container === undefined ? '' : ` in a container (${process.container.runtime})`;
  return `pid ${process.pid} as ${userOf(process)} since ${moment(process.startedAt)}${unit === undefined ? '' : ` in ${unit}`}${container}`;
}

/** The first ones, lowest pid first, then how many more. */
export function processTexts(processes: readonly RunningProcess[], shown: number): string[] {
  const texts = processes.slice(0, shown).map(processText);
  if (processes.length > shown) texts.push(`and ${processes.length - shown} more processes`);
  return texts;
}

export function processFacts(processes: readonly RunningProcess[]): readonly FactValue[] {
  return processes.slice(0, FACTS_SHOWN).map((process) => {
    const unit = unitOf(process);
    return { pid: process.pid, uid: process.uid, user: userOf(process), startedAt: process.startedAt, ...(unit === undefined ? {} : { unit }) };
  });
}

/** 'sshd, cron', and how many more where they are many. */
export function commandOf(processes: readonly RunningProcess[]): string {
  const names = [...new Set(processes.map(({ comm, exe }) => toText(exe === undefined ? comm : baseOf(exe.path))))];
  return names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more programs` : names.join(', ');
}
