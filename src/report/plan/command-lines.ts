// What the commands of package managers did in a run, and whose rights were set, for people.
import { octal } from '../../model/file.ts';
import type { RanCommand } from '../../model/package-journal.ts';
import type { PackageChange } from '../../model/plan.ts';
import type { RunRecord } from '../../model/journal.ts';
import type { FileRights, SetFile } from '../../model/setting-journal.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';

const DONE_WORDS: Readonly<Record<PackageChange['change'], string>> = {
  install: 'installed', remove: 'removed', purge: 'purged', upgrade: 'upgraded', downgrade: 'taken back', reinstall: 'installed again',
};
const RESULTS: Readonly<Record<RanCommand['result'], string>> = { running: 'not known how it ended', done: 'done', nothing: 'did nothing', part: 'not done as planned' };

/** 'removed leaf 1, plus 1; installed fresh 1'; of commands that did all that was planned. Empty: there is none. */
export function packagesText({ commands }: Pick<RunRecord, 'commands'>): string {
  const done = commands.filter(({ ran, result }) => result === 'done' && ran.undoes === undefined).flatMap(({ ran }) => ran.changes);
  const words = [...Map.groupBy(done, ({ change }) => DONE_WORDS[change])].map(([word, changes]) => `${word} ${changes.map(({ from, name, to }) => `${name} ${to ?? from ?? ''}`.trim()).join(', ')}`);
  const others = commands.filter(({ ran, result }) => result === 'done' && ran.undoes === undefined && ran.changes.length === 0 && ran.actions.includes(ran.command)).length;
  return visibleText([...words, ...(others === 0 ? [] : [`${others} held, marked or configured`])].join('; '));
}

/** The same of an undo: 'leaf 1 installed'. */
export function packagesBackText({ commands }: Pick<RunRecord, 'commands'>): string {
  const done = commands.filter(({ ran, result }) => result === 'done' && ran.undoes !== undefined);
  const states = done.filter(({ ran }) => ran.changes.length === 0).length;
  const words = [...Map.groupBy(done.flatMap(({ ran }) => ran.changes), ({ change }) => DONE_WORDS[change])].map(([word, changes]) => `${word} ${changes.map(({ from, name, to }) => `${name} ${to ?? from ?? ''}`.trim()).join(', ')}`);
  return visibleText([...words, ...(states === 0 ? [] : [`${states} ${states === 1 ? 'mark or hold' : 'marks or holds'} set as before`])].join('; '));
}

/** One a command, as it was typed. */
export function commandLines({ commands }: Pick<RunRecord, 'commands'>): string[] {
  return commands.map(({ exitCode, message, ran, result }) => `${visibleText(ran.argv.join(' '))}: ${RESULTS[result]}${exitCode === undefined ? '' : `, exit code ${exitCode}`}${message === undefined ? '' : ` (${visibleMessage(message)})`}`);
}

export function settingLines({ settings }: Pick<RunRecord, 'settings'>): string[] {
  return settings.map(({ message, now, set, state }) => `${STATES[state]}: ${visible(set.path)} ${rightsText(set.was)} -> ${now === undefined ? 'not known' : rightsText(now)}${message === undefined ? '' : ` (${visibleMessage(message)})`}`);
}

const STATES: Readonly<Record<SetFile['state'], string>> = { setting: 'not known', set: 'set', unsetting: 'not known', unset: 'set back', kept: 'not set back' };

function rightsText({ capabilities, gid, mode, uid }: FileRights): string {
  return `${octal(mode)} ${uid}:${gid}${capabilities === undefined || capabilities === '' ? '' : ` ${capabilities}`}`;
}
