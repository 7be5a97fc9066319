// drift.history/1 and drift.run/1: what runs did, as JSON (schemas in docs/reference/).
import type { DriftRunsShown } from '../../model/run-report.ts';
import type { Finding } from '../../model/finding.ts';
import type { RunItem, RunRecord } from '../../model/journal.ts';
import type { RanCommand } from '../../model/package-journal.ts';
import type { Failure } from '../../model/result.ts';
import type { SetFile } from '../../model/setting-journal.ts';
import { bytesField, findingValue, jsonText } from '../check/json.ts';

export function historyJson({ damaged, runs }: DriftRunsShown): string {
  return jsonText({ schema: 'drift.history/1', runs: runs.map(runValue), damaged: damaged.map(({ failure, record, run }) => ({ run, message: failure.message, hint: failure.hint ?? null, before: record === undefined ? null : runValue(record) })) });
}

export interface RunEnd {
  readonly notes?: readonly string[];
  readonly started?: readonly string[];
  readonly failure?: Failure | undefined;
  readonly left?: readonly Finding[] | undefined;
}

export function runJson(record: RunRecord | undefined, { failure, left, notes = [], started = [] }: RunEnd): string {
  return jsonText({
    schema: 'drift.run/1', run: record === undefined ? null : runValue(record), notes, started,
    failure: failure === undefined ? null : { code: failure.reason, message: failure.message, hint: failure.hint ?? null }, left: left?.map(findingValue) ?? null,
  });
}

function runValue(record: RunRecord): unknown {
  const { commands, endedAt, host, items, message, outcome, phase, planSha256, results, run, settings, startedAt, stoppedProcesses, stoppedUnits } = record;
  return {
    run, drift: record.drift, host, phase, outcome: outcome ?? null, message: message ?? null, startedAt: new Date(startedAt).toISOString(), endedAt: endedAt === undefined ? null : new Date(endedAt).toISOString(),
    planSha256, actions: record.actions,
    results: [...results].map(([action, each]) => ({ action, result: each.result, reason: each.reason ?? null, message: each.message ?? null })),
    items: items.map(itemValue), commands: commands.map(commandValue), settings: settings.map(settingValue),
    stoppedUnits: stoppedUnits.map(({ unit, was }) => ({ unit, was })), stoppedProcesses: stoppedProcesses.map(({ exe, pid }) => ({ pid, exe: bytesField('path', exe) })),
  };
}

function commandValue({ after, exitCode, message, notBack, ran, result }: RanCommand): unknown {
  const { actions, archives, argv, before, changes, command, manager, undoes } = ran;
  return {
    command, undoes: undoes ?? null, manager, actions, argv, changes, result, exitCode: exitCode ?? null, message: message ?? null, before, after, notPutBack: notBack ?? null,
    archives: archives.map(({ path, ...archive }) => ({ ...archive, ...bytesField('path', path) })),
  };
}

function settingValue({ message, now, set, state }: SetFile): unknown {
  return { action: set.action, state, message: message ?? null, ...bytesField('path', set.path), was: set.was, to: set.to, now: now ?? null };
}

function itemValue({ message, moved, state }: RunItem): unknown {
  const { action, inode, item, path, quarantine, sha256 } = moved;
  return {
    item, action, state, message: message ?? null, ...bytesField('path', path), quarantine: bytesField('path', `${quarantine}/${item}`), type: inode.type, size: inode.size, mode: inode.mode, uid: inode.uid, gid: inode.gid,
    sha256: sha256 ?? null,
  };
}
