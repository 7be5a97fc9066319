// What carrying out a plan asks of the package managers: who works with them, what is installed, what a command would do. Managers answer, operations hand it to apply.
import type { BytePath } from './bytes.ts';
import type { PackageCommands, TransactionOptions } from './package-commands.ts';
import type { InstalledPackage, PackageRef } from './package.ts';
import type { PackageChange, Transaction } from './plan.ts';
import type { Failure, Result } from './result.ts';

/** Somebody works with the manager: holds one of its locks. */
export interface Holder {
  readonly path: BytePath;
  /** 0 where the kernel does not say. */
  readonly pid: number;
  /** Name of its program. */
  readonly program?: string;
}

export interface PackageWork {
  /** Undefined where the host has no such manager. */
  commands(manager: string): PackageCommands | undefined;
  holder(manager: string): Holder | undefined;
  /** What was cut off before: 'manager-interrupted', with what mends it. */
  interrupted(manager: string): Failure | undefined;
  /** What a person types where a command was cut off. */
  mend(manager: string): string;
  /** Read anew, every time. */
  installed(manager: string): Promise<Result<readonly InstalledPackage[]>>;
  /** Files of installed packages that are not there, in words; nothing where the manager itself writes down what it is about to remove. */
  lacking(manager: string, packages: readonly Pick<PackageRef, 'name' | 'arch' | 'version'>[]): Promise<readonly string[]>;
  /** What the command would do now; `installed` as it answered last. */
  simulate(transaction: Pick<Transaction, 'manager' | 'changes'>, options: TransactionOptions, installed: readonly InstalledPackage[]): Promise<Result<readonly PackageChange[]>>;
  /** Where the manager's cache has it, with its digest. */
  archive(manager: string, ref: PackageRef): { readonly path: BytePath; readonly sha256: string } | undefined;
  /** Put together again from what is installed, for when nobody has it any more. 'no-bytes' where it cannot be. */
  repack(manager: string, ref: PackageRef): Promise<Result<Buffer>>;
}
