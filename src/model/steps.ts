// Long work in steps: it stops after each of them, so that whoever runs it can hear signals between two.

/** Yields after each step, and returns the result. */
export type Steps<T> = Generator<undefined, T>;

/** Items in one step, where each costs little. */
export const STEP_ITEMS = 256;

/** Work that is short, after whatever came before it. */
export function* oneStep<T>(work: () => T): Steps<T> {
  yield;
  return work();
}

/** All steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
  }
}
