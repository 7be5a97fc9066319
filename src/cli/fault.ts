// How an expected failure travels through oclif, which knows exceptions only, and how every error is shown.
import type { Failure } from '../model/result.ts';
import { jsonText } from '../report/check/json.ts';
import { visibleMessage } from '../report/visible.ts';
import { changedSoFar } from './changed.ts';
import { usageError, type TypedCommand } from './usage-error.ts';

/** Thrown by commands for a failure that was expected; base-command.ts turns it into the error output and exit code 1. */
export class Fault extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface ShownError {
  /** Stable kebab-case word. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** A bug's stack; shown with --debug and for bugs. */
  readonly stack?: string;
}

const NOTHING_TYPED: TypedCommand = { command: undefined, commands: [], flags: [] };

/** `typed`: what oclif's own errors are about. */
export function shownError(error: unknown, typed: TypedCommand = NOTHING_TYPED): ShownError {
  if (error instanceof Fault) {
    const { reason, message, hint } = error.failure;
    return { code: reason, message, ...(hint === undefined ? {} : { hint }) };
  }
  if (error instanceof Error && isUsageError(error)) {
    return { code: 'usage', ...usageError(error.message, typed) };
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  return { code: 'bug', message: `internal error: ${bug.message}`, hint: 'this is a bug in drift; please report it with the lines above', stack: bug.stack ?? String(bug) };
}

/** oclif's own errors (unknown flag, missing argument, unknown command) carry an `oclif` object. */
function isUsageError(error: Error): boolean {
  return 'oclif' in error;
}

export function errorText(error: ShownError): string {
  const lines: string[] = [];
  if (error.stack !== undefined) lines.push(...error.stack.split('\n').map(visibleMessage));
  const [first = '', ...rest] = error.message.split('\n');
  lines.push(`drift: error: ${visibleMessage(first)}`, ...rest.map((line) => `  ${visibleMessage(line)}`));
  if (error.hint !== undefined) lines.push(`hint: ${visibleMessage(error.hint)}`);
  lines.push(`changed: ${changedSoFar()}`);
  return `${lines.join('\n')}\n`;
}

export function errorJson(error: ShownError): string {
  return jsonText({ error: { code: error.code, message: error.message, hint: error.hint ?? null, changed: changedSoFar() } });
}

/** oclif has not parsed anything yet when a flag is wrong: looks for --format (or --json) the way it would. */
export function wantedFormat(argv: readonly string[]): string {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  if (flags.includes('--json')) return 'json';
  const given = flags.findLast((flag, index) => flag.startsWith('--format=') || flags[index - 1] === '--format');
  return given === undefined ? 'text' : given.replace(/^--format=/, '');
}
