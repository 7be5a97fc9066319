// Expected failures are values: a stage that cannot do its work says why instead of throwing. A throw is a bug.

/** What went wrong, in words for a person; `reason` is a stable kebab-case word that programs may read. */
export interface Failure {
  readonly reason: string;
  /** One sentence, lower-case start, no full stop: what happened to which thing. */
  readonly message: string;
  /** The next command to type, or what to look at. */
  readonly hint?: string;
}

export type Result<T, E = Failure> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail(reason: string, message: string, hint?: string): { readonly ok: false; readonly error: Failure } {
  return { ok: false, error: hint === undefined ? { reason, message } : { reason, message, hint } };
}

/** Ends a switch over a closed union: reaching it is a bug, and the compiler says so first. */
export function never(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
