// Runs drift as a person would: bin/run.js in its own process, with a clean environment; keeps what it printed and how it ended.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { checkoutDirectory } from './build-cache.ts';

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command to put before `node` (setpriv, strace, …). */
  readonly wrap?: readonly string[];
  /** Where the checkout is seen by the process, when not where it is. */
  readonly checkout?: string;
  /** Called once the process runs. */
  readonly started?: (child: ChildProcess) => void;
  /** Close our end of stdout after this many bytes (a pipe to head(1)). */
  readonly closeStdoutAfter?: number;
  readonly timeoutMs?: number;
}

export interface CliResult {
  /** Exit code; 128 + N when signal N ended it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
  json<T = Report>(): T;
}

/** The part of drift.report/1 that tests look at. */
export interface Report {
  readonly schema: string;
  readonly host: { readonly name: string; readonly managers: readonly string[]; readonly root: string };
  readonly manifest: readonly { readonly path: string }[];
  readonly coverage: readonly { readonly source: string; readonly status: string; readonly problems: readonly { readonly message: string }[]; readonly skipped: readonly unknown[] }[];
  readonly summary: { readonly findings: number; readonly bySeverity: Readonly<Record<string, number>>; readonly byKind: Readonly<Record<string, number>> };
  readonly findings: readonly ReportedFinding[];
}

export interface ReportedFinding {
  readonly id: string;
  readonly kind: string;
  readonly severity: string;
  readonly subject: Readonly<Record<string, string>> & { readonly type: string };
  readonly message: string;
  readonly evidence: readonly { readonly source: string; readonly detail: string }[];
  readonly facts: { readonly alsoKinds?: readonly string[]; readonly related?: readonly string[]; readonly [key: string]: unknown };
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 };

export function drift(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const entry = join(options.checkout ?? checkoutDirectory(), 'bin', 'run.js');
  const node = options.checkout === undefined ? process.execPath : process.execPath.replace(checkoutDirectory(), options.checkout);
  const [command, ...rest] = [...(options.wrap ?? []), node, entry, ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(command!, rest, {
      cwd: options.cwd ?? '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', LC_ALL: 'C.UTF-8', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let seen = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      out.push(chunk);
      seen += chunk.length;
      if (options.closeStdoutAfter !== undefined && seen >= options.closeStdoutAfter) child.stdout.destroy();
    });
    if (options.closeStdoutAfter === 0) child.stdout.destroy();
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 800_000);
    child.once('spawn', () => options.started?.(child));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const stdout = Buffer.concat(out).toString('utf8');
      const stderr = Buffer.concat(err).toString('utf8');
      resolve({
        code: code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0),
        signal: signal ?? undefined,
        stdout,
        stderr,
        json: <T>() => parse<T>(stdout, stderr),
      });
    });
  });
}

function parse<T>(stdout: string, stderr: string): T {
  try {
    return JSON.parse(stdout) as T;
  } catch (error) {
    throw new Error(`stdout is not one JSON value (${String(error)}): ${stdout.slice(0, 400)}\nstderr: ${stderr.slice(0, 2000)}`);
  }
}
