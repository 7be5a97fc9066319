// What could be read, source by source. A source that could not be read is a result, never a zero (DESIGN "Coverage").
import type { BytePath } from './bytes.ts';

export interface Problem {
  /** What happened, one line. */
  readonly message: string;
  readonly path?: BytePath;
}

/** Left out on purpose (policy, flags, kind of file system); never leads to exit code 3. */
export interface Skipped {
  readonly what: string;
  readonly reason: string;
}

export interface Coverage {
  /** For example 'apt/inventory', 'dnf/ownership', 'sweep', 'owned-files'. */
  readonly source: string;
  readonly status: 'complete' | 'partial' | 'failed';
  readonly problems: readonly Problem[];
  readonly skipped: readonly Skipped[];
}

/** What a stage read, with how much of it could be read. */
export interface Observation<T> {
  readonly value: T;
  readonly coverage: Coverage;
}

export function complete(source: string, skipped: readonly Skipped[] = []): Coverage {
  return { source, status: 'complete', problems: [], skipped };
}

/** `partial` where there are problems, `complete` where there are none. */
export function covered(source: string, problems: readonly Problem[], skipped: readonly Skipped[] = []): Coverage {
  return { source, status: problems.length > 0 ? 'partial' : 'complete', problems, skipped };
}

export function failed(source: string, message: string, path?: BytePath): Coverage {
  return { source, status: 'failed', problems: [path === undefined ? { message } : { message, path }], skipped: [] };
}
