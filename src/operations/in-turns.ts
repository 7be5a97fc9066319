// Runs long work step by step and gives the event loop its turn after each: a signal is answered there, and never within a step.
import { setImmediate as turn } from 'node:timers/promises';
import type { Steps } from '../model/steps.ts';

export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
    await turn();
  }
}

/** One item after the other, where a single one may take long. */
export async function mapInTurns<T, U>(items: readonly T[], make: (item: T) => U): Promise<U[]> {
  const out: U[] = [];
  for (const item of items) {
    out.push(make(item));
    await turn();
  }
  return out;
}
