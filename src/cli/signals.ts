// Ctrl-C, kill and a closed terminal (signal(7)): what only looks may stop anywhere; what changes a host stops at the next safe point, and a closed terminal does not end it.
import { changedSoFar } from './changed.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { writeStderr } from './streams.ts';

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hangup } as const;

/** Undefined: nothing is being changed. */
let changing: { asked: ExitCode | undefined } | undefined;

export function stopOnSignals(): void {
  for (const signal of Object.keys(CODES) as (keyof typeof CODES)[]) {
    process.on(signal, () => heard(signal));
  }
}

function heard(signal: keyof typeof CODES): void {
  if (changing === undefined) {
    writeStderr(`\ndrift: stopped by ${signal}\nchanged: ${changedSoFar()}\n`);
    process.exit(CODES[signal]);
  }
  if (signal === 'SIGHUP') return;
  const first = changing.asked === undefined;
  changing.asked ??= CODES[signal];
  if (first) writeStderr(`\ndrift: ${signal}: what is being done is finished, then drift stops\n`);
}

export interface SafeStop {
  /** The exit code that the signal stands for, once one came. */
  asked(): ExitCode | undefined;
}

/** From here on signals wait for a safe point, until `act` is over. */
export async function withSafeStop<T>(act: (stop: SafeStop) => Promise<T>): Promise<T> {
  const state: { asked: ExitCode | undefined } = { asked: undefined };
  changing = state;
  try {
    return await act({ asked: () => state.asked });
  } finally {
    changing = undefined;
  }
}
