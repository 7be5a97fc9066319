// Every system call that changes the disk or a process, counted, and made to fail or to be the last: node:fs's functions are replaced, for all modules that imported them.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** All that node:fs has, and not only what apply/ uses today. */
const MUTATING = [
  'renameSync', 'linkSync', 'symlinkSync', 'unlinkSync', 'mkdirSync', 'rmdirSync', 'rmSync', 'mkdtempSync', 'fsyncSync', 'fdatasyncSync', 'writeSync', 'writevSync', 'writeFileSync', 'appendFileSync',
  'copyFileSync', 'cpSync', 'truncateSync', 'ftruncateSync', 'chmodSync', 'fchmodSync', 'chownSync', 'lchownSync', 'fchownSync', 'utimesSync', 'lutimesSync', 'futimesSync',
] as const;
/** Those that read fail too where an error is injected. Of these, openSync counts among the others where it makes a file. */
const READING = ['openSync', 'readSync', 'fstatSync', 'lstatSync', 'statSync', 'readdirSync', 'readFileSync', 'readlinkSync'] as const;
type Name = typeof MUTATING[number] | typeof READING[number];
const MAKES = fs.constants.O_CREAT | fs.constants.O_TRUNC;

/** What a process sees when it is killed: nothing. No `code`, so that nobody takes it for an error of the system. */
export class Killed extends Error {}

export interface FaultOptions {
  /** From 0: which of the counted calls. */
  readonly at: number;
  /** 'kill': it and all that come after do not happen any more. 'sigkill': the same by the kernel. Else the errno that it fails with, once. */
  readonly what: 'kill' | 'sigkill' | string;
  readonly reading?: boolean;
  /** Told of each counted call before it happens. */
  seen?(name: string, call: number): void;
}

export interface Faults<T> {
  readonly calls: number;
  readonly result: { readonly value: T } | { readonly killed: true };
}

/** Runs `act` with one fault; `calls` says how many calls there were to choose from. */
export async function withFault<T>(fault: FaultOptions | undefined, act: () => Promise<T>): Promise<Faults<T>> {
  const names: readonly Name[] = [...MUTATING, ...(fault?.reading === true ? READING : ['openSync' as const])];
  const originals = new Map(names.map((name) => [name, fs[name]]));
  const kill = process.kill.bind(process);
  let calls = 0;
  let dead = false;
  const counted = <R>(name: string, original: () => R): R => {
    if (dead) throw new Killed(name);
    const call = calls++;
    fault?.seen?.(name, call);
    if (call !== fault?.at) return original();
    // The whole process, as nothing but the kernel can do it.
    if (fault.what === 'sigkill') kill(process.pid, 'SIGKILL');
    if (fault.what === 'kill') {
      dead = true;
      throw new Killed(name);
    }
    throw Object.assign(new Error(`${fault.what}: ${name}`), { code: fault.what, syscall: name });
  };
  for (const name of names) {
    const original = originals.get(name) as (...parameters: unknown[]) => unknown;
    (fs as unknown as Record<string, unknown>)[name] = (...parameters: unknown[]): unknown => {
      const act = (): unknown => original(...parameters);
      if (name === 'openSync' && fault?.reading !== true && !(typeof parameters[1] === 'number' && (parameters[1] & MAKES) !== 0)) {
        if (dead) throw new Killed(name);
        return act();
      }
      return counted(name, act);
    };
  }
  process.kill = (pid, signal) => (signal === 0 ? kill(pid, signal) : counted('kill', () => kill(pid, signal)));
  syncBuiltinESMExports();
  try {
    const value = await act();
    return { calls, result: { value } };
  } catch (error) {
    if (!dead) throw error;
    return { calls, result: { killed: true } };
  } finally {
    for (const [name, original] of originals) (fs as unknown as Record<string, unknown>)[name] = original;
    process.kill = kill;
    syncBuiltinESMExports();
  }
}
