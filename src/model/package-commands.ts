// The exact commands by which a manager does what a plan asks. Managers build them, the plan holds them, apply runs them and nothing else.
import type { BytePath } from './bytes.ts';
import type { PackageRef } from './package.ts';
import type { PackageChange } from './plan.ts';

export interface TransactionOptions {
  readonly allowDowngrade: boolean;
  /** Whether Recommends (weak dependencies) come along. */
  readonly recommends: boolean;
  /** Removals of commands that are done before this one: it is simulated as if they were done. */
  readonly removed?: readonly PackageChange[];
  /** Files from which these come, instead of from a repository; keys are those of `archiveKey`. */
  readonly archives?: ReadonlyMap<string, BytePath>;
}

export function archiveKey({ arch, name, to, toArch = arch }: Pick<PackageChange, 'arch' | 'name' | 'to' | 'toArch'>): string {
  return `${name}\0${toArch}\0${to ?? ''}`;
}

export interface TransactionCommand {
  /** Fetches all that `argv` needs; absent where nothing comes. */
  readonly download?: readonly string[];
  readonly argv: readonly string[];
}

export interface PackageCommands {
  /** Why this may not stand in a command line, where it would mean something else there: options, patterns, groups, files. */
  unsafe(change: Pick<PackageChange, 'name' | 'arch' | 'from' | 'to'>): string | undefined;
  /** Changes that cannot be one command are in different ones, in the order in which they are done. */
  split(changes: readonly PackageChange[]): readonly (readonly PackageChange[])[];
  /** Of changes that `split` left together. */
  transaction(changes: readonly PackageChange[], options: TransactionOptions): TransactionCommand;
  /** Fetches the archive of a version, and nothing else, into the directory that it is started in. `file`: what it is called there. */
  fetch(ref: PackageRef, directory: BytePath): { readonly argv: readonly string[]; readonly file: string };
  /** Undefined where the manager has no such state. */
  configure(ref: PackageRef): readonly string[] | undefined;
  hold(ref: PackageRef, hold: boolean): readonly string[] | undefined;
  mark(ref: PackageRef, mark: 'manual' | 'automatic'): readonly string[] | undefined;
}
