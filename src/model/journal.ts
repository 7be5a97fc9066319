// What a run wrote down of itself, in the order in which it happened (docs/decisions/0008-journal.md): an intent before each act, a result after it.
import type { BytePath, ByteString } from './bytes.ts';
import { directoryTimes, type DirectoryTimes } from './directory-times.ts';
import type { Inode } from './inode.ts';
import { isPackageRecord, isToTakeBack, ranCommands, type PackageRecord, type RanCommand } from './package-journal.ts';
import { isSettingRecord, setFiles, type SetFile, type SettingRecord } from './setting-journal.ts';

export const JOURNAL_SCHEMA = 'drift.journal/1';

/** One name that goes to quarantine. Until its result is written, the disk alone says where it is. */
export interface MovedItem {
  /** From 1 on; also its name in the quarantine directory. */
  readonly item: number;
  /** Of the plan. */
  readonly action: string;
  /** As seen inside the root; canonical parent. */
  readonly path: BytePath;
  /** The directory of this run in the quarantine of that file system, as seen inside the root. */
  readonly quarantine: BytePath;
  readonly inode: Inode;
  readonly parent: Inode;
  /** Of a regular file. */
  readonly sha256?: string;
  /** Of a link. */
  readonly target?: ByteString;
  /** The file system gives an inode another number when it is written first (overlay): identity is then owner, mode, size, time and content. */
  readonly renumbers?: true;
  /** It keeps its name too: a package is about to replace what has it. */
  readonly stays?: true;
}

export interface StoppedUnit {
  readonly action: string;
  readonly unit: string;
  /** systemctl's ActiveState before. */
  readonly was: string;
}

/** Frozen first: of an action without a result, nobody knows whether it was told to end. */
export interface StoppedProcess {
  readonly action: string;
  readonly pid: number;
  readonly startTicks: string;
  readonly exe: BytePath;
  /** Its cgroup, where all of that is frozen. */
  readonly group?: ByteString;
}

export type RunOutcome =
  /** Every action has a result. */
  | 'complete'
  /** Nothing was begun: what is looked at beforehand was not as the plan needs it. */
  | 'not-begun'
  /** Somebody asked to stop; what has no result was not begun. */
  | 'stopped'
  /** The disk or the journal would not go on. */
  | 'failed'
  /** It was cut off, and `recover` wrote down where it stood. */
  | 'cut-off';

export type JournalRecord =
  | { readonly type: 'begin'; readonly schema: typeof JOURNAL_SCHEMA; readonly run: string; readonly drift: string; readonly host: string; readonly machineId?: string; readonly startedAt: number; readonly planSha256: string; readonly actions: number }
  | ({ readonly type: 'move-intent' } & MovedItem)
  /** `inode`: another than was meant is there, and could not be put back. `parentMtimeNs`: of its directory, right after; absent where a run that was cut off was looked at later. */
  | { readonly type: 'move-done'; readonly item: number; readonly inode?: Inode; readonly parentMtimeNs?: string }
  /** It did not move, or was put back at once. */
  | { readonly type: 'move-dropped'; readonly item: number; readonly reason: string; readonly message: string }
  | ({ readonly type: 'stop-unit-intent' } & StoppedUnit)
  | ({ readonly type: 'stop-process-intent' } & StoppedProcess)
  | PackageRecord
  | SettingRecord
  /** An action ended; `reason` and `message` where it was not, or not wholly, done. */
  | { readonly type: 'action'; readonly action: string; readonly result: 'done' | 'failed' | 'skipped'; readonly reason?: string; readonly message?: string }
  /** What a package put in the place of an item that stays, right after its command. */
  | { readonly type: 'replaced'; readonly item: number; readonly inode: Inode }
  | { readonly type: 'end'; readonly at: number; readonly outcome: RunOutcome; readonly message?: string }
  | { readonly type: 'undo-begin'; readonly at: number; readonly start: boolean }
  /** `parentMtimeNs`: of its directory, right before and right after. */
  | { readonly type: 'restore-intent'; readonly item: number; readonly parentMtimeNs?: string }
  | { readonly type: 'restore-done'; readonly item: number; readonly parentMtimeNs?: string }
  | { readonly type: 'restore-refused'; readonly item: number; readonly reason: string; readonly message: string }
  | { readonly type: 'undo-end'; readonly at: number; readonly outcome: RunOutcome; readonly message?: string }
  | { readonly type: 'prune-begin'; readonly at: number }
  | { readonly type: 'prune-end'; readonly at: number };

/** Where an item is, as far as the journal says. `moving` and `restoring` have an intent and no result; `linked` is in quarantine by a second name. */
export type ItemState = 'moving' | 'quarantined' | 'linked' | 'dropped' | 'restoring' | 'restored' | 'kept';

export interface RunItem {
  readonly moved: MovedItem;
  readonly state: ItemState;
  /** Why it was dropped or kept. */
  readonly message?: string;
  /** Has its name since the package came again. */
  readonly replacedBy?: Inode;
}

/** A journal read from its begin to its end. */
export interface RunRecord {
  readonly run: string;
  readonly drift: string;
  readonly host: string;
  readonly machineId?: string;
  readonly startedAt: number;
  readonly planSha256: string;
  readonly actions: number;
  readonly items: readonly RunItem[];
  /** Those that something was moved out of. */
  readonly directories: ReadonlyMap<BytePath, DirectoryTimes>;
  /** Commands of package managers, in the order in which they were begun; those of an undo say what they take back. */
  readonly commands: readonly RanCommand[];
  readonly settings: readonly SetFile[];
  readonly results: ReadonlyMap<string, { readonly result: 'done' | 'failed' | 'skipped'; readonly reason?: string; readonly message?: string }>;
  readonly stoppedUnits: readonly StoppedUnit[];
  readonly stoppedProcesses: readonly StoppedProcess[];
  /** What a cut off run was doing, else what it is. */
  readonly phase: 'applying' | 'applied' | 'undoing' | 'undone' | 'pruning' | 'pruned';
  readonly outcome?: RunOutcome;
  readonly message?: string;
  readonly endedAt?: number;
}

/** A run that was cut off waits for `drift recover`. */
export function isUnfinished({ phase }: Pick<RunRecord, 'phase'>): boolean {
  return phase === 'applying' || phase === 'undoing' || phase === 'pruning';
}

/** Something that it did could be put back. */
export function isToPutBack({ commands, items, settings }: Pick<RunRecord, 'commands' | 'items' | 'settings'>): boolean {
  return items.some(({ state }) => state === 'quarantined' || state === 'linked' || state === 'kept' || state === 'restoring') || settings.some(({ state }) => state === 'set' || state === 'kept') || commands.some(isToTakeBack);
}

/** What the records say together; undefined where they do not start as a journal does. */
export function foldJournal(records: readonly JournalRecord[]): RunRecord | undefined {
  const [begin, ...rest] = records;
  if (begin?.type !== 'begin') return undefined;
  const items = new Map<number, RunItem>();
  const results = new Map<string, { result: 'done' | 'failed' | 'skipped'; reason?: string; message?: string }>();
  const stoppedUnits: StoppedUnit[] = [];
  const stoppedProcesses: StoppedProcess[] = [];
  let phase: RunRecord['phase'] = 'applying';
  let ended: { outcome?: RunOutcome; endedAt?: number; message?: string } = {};
  const set = (item: number, state: ItemState, message?: string): void => {
    const known = items.get(item);
    if (known !== undefined) items.set(item, { moved: known.moved, state, ...(known.replacedBy === undefined ? {} : { replacedBy: known.replacedBy }), ...(message === undefined ? {} : { message }) });
  };
  for (const record of rest) {
    switch (record.type) {
      case 'begin': return undefined;
      case 'move-intent': items.set(record.item, { moved: record, state: 'moving' }); break;
      case 'move-done': {
        const known = items.get(record.item);
        if (known !== undefined) items.set(record.item, { moved: record.inode === undefined ? known.moved : { ...known.moved, inode: record.inode }, state: known.moved.stays === true ? 'linked' : 'quarantined' });
        break;
      }
      case 'replaced': {
        const known = items.get(record.item);
        if (known !== undefined) items.set(record.item, { ...known, replacedBy: record.inode });
        break;
      }
      case 'move-dropped': set(record.item, 'dropped', record.message); break;
      case 'stop-unit-intent': stoppedUnits.push(record); break;
      case 'stop-process-intent': stoppedProcesses.push(record); break;
      case 'action': results.set(record.action, record); break;
      case 'end': case 'undo-end':
        phase = record.type === 'end' ? 'applied' : 'undone';
        ended = { outcome: record.outcome, endedAt: record.at, ...(record.message === undefined ? {} : { message: record.message }) };
        break;
      case 'undo-begin': phase = 'undoing'; ended = {}; break;
      case 'restore-intent': set(record.item, 'restoring'); break;
      case 'restore-done': set(record.item, 'restored'); break;
      case 'restore-refused': set(record.item, 'kept', record.message); break;
      case 'prune-begin': phase = 'pruning'; break;
      case 'prune-end': phase = 'pruned'; break;
      // Read on their own, below.
      case 'packages-intent': case 'packages-done': case 'packages-back': case 'set-intent': case 'set-done': case 'unset-intent': case 'unset-done': case 'unset-refused': break;
    }
  }
  const { run, drift, host, machineId, startedAt, planSha256, actions } = begin;
  return { run, drift, host, ...(machineId === undefined ? {} : { machineId }), startedAt, planSha256, actions, items: [...items.values()], directories: directoryTimes(rest), commands: ranCommands(rest.filter(isPackageRecord)), settings: setFiles(rest.filter(isSettingRecord)), results, stoppedUnits, stoppedProcesses, phase, ...ended };
}
