// What a run writes down of the package manager's commands: what was installed before each, what it was to do, and what is installed after it.
import type { BytePath } from './bytes.ts';
import type { InstallReason, PackageState } from './package.ts';
import type { PackageChange } from './plan.ts';

/** One installed instance, as the database has it at one moment. */
export interface PackageFact {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  readonly state: PackageState;
  readonly mark: InstallReason;
  readonly held: boolean;
  /** Milliseconds since 1970; a package that is installed again has a later one. */
  readonly installedAt?: number;
}

/** The .deb or .rpm of a version that goes, where the manager's cache still had it when the command was begun. Nobody promises that it stays there. */
export interface KnownArchive {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  readonly path: BytePath;
  readonly sha256: string;
}

/** What a command that is no transaction makes of one installed package. */
export interface PackageSetting {
  readonly name: string;
  readonly arch: string;
  readonly set: { readonly kind: 'mark'; readonly mark: InstallReason } | { readonly kind: 'hold'; readonly held: boolean } | { readonly kind: 'configured' };
}

export interface PackageCommand {
  /** Of the plan: 't1' of a transaction, 'a7' of an action that is a command of its own. Once in a run for each direction. */
  readonly command: string;
  readonly manager: string;
  /** Actions of the plan that it does. */
  readonly actions: readonly string[];
  readonly argv: readonly string[];
  /** What it was simulated to do right before; empty for what is no transaction (holds, marks, configuring). */
  readonly changes: readonly PackageChange[];
  /** Of what is no transaction: what it was to set. */
  readonly sets?: readonly PackageSetting[];
  /** Every installed instance of the packages that it is about. One that is not here was not installed. */
  readonly before: readonly PackageFact[];
  /** Of versions that it takes away. */
  readonly archives: readonly KnownArchive[];
  /** Of an undo: the command that this one takes back. */
  readonly undoes?: string;
}

/** What the database says afterwards, whatever the exit code was. */
export type CommandResult =
  /** All of it. */
  | 'done'
  /** None of it. */
  | 'nothing'
  /** Some of it, or something else. */
  | 'part';

export interface NotPutBack {
  readonly name: string;
  /** One sentence, without a full stop. */
  readonly message: string;
}

export type PackageRecord =
  | ({ readonly type: 'packages-intent' } & PackageCommand)
  /** All that can be taken back of a command was; `left`: what could not. */
  | { readonly type: 'packages-back'; readonly command: string; readonly left: readonly NotPutBack[] }
  /** `exitCode`: absent where nobody saw it end. `message`: what differs from what was to happen. */
  | { readonly type: 'packages-done'; readonly command: string; readonly undoes?: string; readonly exitCode?: number; readonly result: CommandResult; readonly after: readonly PackageFact[]; readonly message?: string };

export interface RanCommand {
  readonly ran: PackageCommand;
  /** `running`: an intent without a result. */
  readonly result: CommandResult | 'running';
  readonly after: readonly PackageFact[];
  readonly exitCode?: number;
  readonly message?: string;
  /** It was taken back, but for these. */
  readonly notBack?: readonly NotPutBack[];
}

/** A command of a run, of which something is to be taken back: all of it, or what could not be at first. */
export function isToTakeBack({ notBack, ran: { undoes }, result }: RanCommand): boolean {
  return undoes === undefined && (result === 'done' || result === 'part') && (notBack === undefined || notBack.length > 0);
}

export function isPackageRecord(record: { readonly type: string }): record is PackageRecord {
  return record.type.startsWith('packages-');
}

/** In the order in which they were begun. */
export function ranCommands(records: readonly PackageRecord[]): readonly RanCommand[] {
  const ran: RanCommand[] = [];
  for (const record of records) {
    if (record.type === 'packages-intent') {
      const { type: _, ...command } = record;
      ran.push({ ran: command, result: 'running', after: [] });
    }
    if (record.type === 'packages-back') {
      const of = ran.findIndex(({ ran: { command, undoes } }) => command === record.command && undoes === undefined);
      if (ran[of] !== undefined) ran[of] = { ...ran[of], notBack: record.left };
    }
    if (record.type !== 'packages-done') continue;
    const at = ran.findLastIndex((each) => each.ran.command === record.command && each.ran.undoes === record.undoes);
    const known = ran[at];
    if (known === undefined) continue;
    const { after, exitCode, message, result } = record;
    ran[at] = { ran: known.ran, result, after, ...(exitCode === undefined ? {} : { exitCode }), ...(message === undefined ? {} : { message }) };
  }
  return ran;
}
