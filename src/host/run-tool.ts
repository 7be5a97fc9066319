// Starts one program of the fixed list: by absolute path, without a shell, with an environment built from nothing, within a time limit.
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { fail, ok, type Result } from '../model/result.ts';
import type { Query, QueryAnswer } from './host.ts';
import { TOOLS } from './tools.ts';

const DEFAULT_TIMEOUT_MS = 120_000;
/** execa kills for good five seconds after it asked. */
const DYING_MS = 10_000;
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/nonexistent', TZ: 'UTC', PYTHONDONTWRITEBYTECODE: '1' };

export async function runTool(query: Query): Promise<Result<QueryAnswer>> {
  const candidates: readonly string[] = TOOLS[query.tool];
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined) return fail('tool-missing', `${query.tool} is not installed (looked for ${candidates.join(', ')})`);
  const timeoutMs = query.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const running = execa(path, query.args, {
    cwd: '/',
    env: ENVIRONMENT,
    extendEnv: false,
    shell: false,
    // Ctrl-C at a terminal goes to the whole group; what changes a host is not cut off by it.
    ...(query.ownGroup === true ? { detached: true, cleanup: false } : {}),
    preferLocal: false,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    timeout: timeoutMs,
    maxBuffer: query.maxBytes ?? 256 * 1024 * 1024,
    ...(query.input === undefined ? { stdin: 'ignore' as const } : { input: query.input }),
  });
  const result = await endOf(running, timeoutMs + DYING_MS);
  if (result === undefined || result.timedOut) return fail('timed-out', `${path} gave no answer within ${timeoutMs / 1000} s`);
  if (result.isMaxBuffer) return fail('too-large', `${path} printed more than ${query.maxBytes ?? 256 * 1024 * 1024} bytes`);
  if (result.exitCode === undefined) return fail('tool-failed', `${path} did not finish: ${result.signalDescription ?? result.shortMessage}`);
  return ok({ stdout: Buffer.from(result.stdout), stderr: Buffer.from(result.stderr).toString('utf8'), exitCode: result.exitCode });
}

/** A program that waits for a dead disk cannot even be killed: nobody waits for it, though the process that asked may not be able to end before it. */
async function endOf<R>(running: Promise<R>, limitMs: number): Promise<R | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const given = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([running, given]);
  } finally {
    clearTimeout(timer);
  }
}
