// Every system call that changes the disk, counted, and made to fail or to be the last: node:fs's functions are replaced, for all modules that imported them.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const MUTATING = ['renameSync', 'linkSync', 'unlinkSync', 'mkdirSync', 'rmdirSync', 'fsyncSync', 'fdatasyncSync', 'writeSync', 'ftruncateSync'] as const;
/** Those that read fail too where an error is injected. */
const READING = ['openSync', 'readSync', 'fstatSync', 'lstatSync', 'readdirSync', 'readFileSync'] as const;
type Name = typeof MUTATING[number] | typeof READING[number];

/** What a process sees when it is killed: nothing. No `code`, so that nobody takes it for an error of the system. */
export class Killed extends Error {}

export interface FaultOptions {
  /** From 0: which of the counted calls. */
  readonly at: number;
  /** 'kill': it and all that come after do not happen any more. 'kill-after': it happens, and nothing after it. Else the errno that it fails with, once. */
  readonly what: 'kill' | 'kill-after' | string;
  readonly reading?: boolean;
}

export interface Faults<T> {
  readonly calls: number;
  readonly result: { readonly value: T } | { readonly killed: true };
}

/** Runs `act` with one fault; `calls` says how many calls there were to choose from. */
export async function withFault<T>(fault: FaultOptions | undefined, act: () => Promise<T>): Promise<Faults<T>> {
  const names: readonly Name[] = fault?.reading === true ? [...MUTATING, ...READING] : MUTATING;
  const originals = new Map(names.map((name) => [name, fs[name]]));
  let calls = 0;
  let dead = false;
  for (const name of names) {
    const original = originals.get(name) as (...parameters: unknown[]) => unknown;
    (fs as unknown as Record<string, unknown>)[name] = (...parameters: unknown[]): unknown => {
      if (dead) throw new Killed(name);
      const call = calls++;
      if (call !== fault?.at) return original(...parameters);
      if (fault.what === 'kill-after') original(...parameters);
      // The whole process, as nothing but the kernel can do it.
      if (fault.what === 'sigkill') process.kill(process.pid, 'SIGKILL');
      if (fault.what.startsWith('kill')) {
        dead = true;
        throw new Killed(name);
      }
      throw Object.assign(new Error(`${fault.what}: ${name}`), { code: fault.what, syscall: name });
    };
  }
  syncBuiltinESMExports();
  try {
    const value = await act();
    return { calls, result: { value } };
  } catch (error) {
    if (!dead) throw error;
    return { calls, result: { killed: true } };
  } finally {
    for (const [name, original] of originals) (fs as unknown as Record<string, unknown>)[name] = original;
    syncBuiltinESMExports();
  }
}
