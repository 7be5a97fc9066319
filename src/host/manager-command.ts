// Runs a package manager's own command to its end, whatever becomes of drift or of the terminal: in a session of its own (setsid(2)), its output in a file of the run.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { joinPath, type BytePath, type ByteString } from '../model/bytes.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { attempt, type DirectoryHandle } from './directory-handle.ts';
import { TOOLS } from './tools.ts';

export interface ManagerCommand {
  /** The program is one of those that change packages, by absolute path. */
  readonly argv: readonly string[];
  /** Of the run; the output goes to the end of the file `log` in it. */
  readonly directory: DirectoryHandle;
  readonly log: ByteString;
  /** Where it is started; '/' where nothing is said. */
  readonly cwd?: BytePath;
  /** Asked four times a second. What only fetches may be ended; what changes packages never is. */
  readonly end?: () => boolean;
  /** Called each time that so many minutes have gone by. */
  slow(minutes: number, pid: number): void;
}

export interface CommandEnd {
  /** 128 + N where signal N ended it. */
  readonly exitCode: number;
  /** What it said last, without control characters but for line ends; 4 KiB at most. */
  readonly tail: string;
  readonly log: BytePath;
  /** `end` was true, and it was asked to. */
  readonly ended: boolean;
}

/** Everything that asks is told not to, and needrestart does nothing; nothing of drift's own environment gets through. Times in logs are the host's: no TZ. */
const ENVIRONMENT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/root', TERM: 'dumb', PYTHONDONTWRITEBYTECODE: '1',
  DEBIAN_FRONTEND: 'noninteractive', DEBIAN_PRIORITY: 'critical', APT_LISTCHANGES_FRONTEND: 'none', APT_LISTBUGS_FRONTEND: 'none',
  UCF_FORCE_CONFFOLD: '1', NEEDRESTART_MODE: 'l', NEEDRESTART_SUSPEND: '1',
};
const PROGRAMS: readonly string[] = [...TOOLS['apt-get'], ...TOOLS['apt-mark'], ...TOOLS.dpkg, ...TOOLS.dnf];
const TAIL = 4096;
const STEP_MS = 250;
const SLOW_MS = 10 * 60_000;
const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 };

/** 'tool-missing', 'not-a-tool', errno names of the log: nothing was started then. */
export async function runManagerCommand({ argv, cwd = '/', directory, end, log, slow }: ManagerCommand): Promise<Result<CommandEnd>> {
  const [program = '', ...args] = argv;
  if (!PROGRAMS.includes(program)) return fail('not-a-tool', `${program} is no program that changes packages`);
  if (!existsSync(program)) return fail('tool-missing', `${program} is not installed`);
  const path = joinPath(directory.path, log);
  const opened = attempt(path, () => openSync(directory.native(log), constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW, 0o600));
  if (!opened.ok) return opened;
  const fd = opened.value;
  try {
    const headed = attempt(path, () => void writeSync(fd, `$ ${argv.join(' ')}\n`));
    if (!headed.ok) return headed;
    const from = fstatSync(fd).size;
    const started = start(program, args, cwd, fd);
    const { code, ended, signal } = await endOf(started, end, slow);
    if (code === undefined) return fail('tool-failed', `${program} could not be started: ${signal}`);
    return ok({ exitCode: code, tail: tailOf(fd, from), log: path, ended });
  } finally {
    closeSync(fd);
  }
}

/** By the descriptor of a file, not by a pipe: it can go on writing when drift is gone. */
function start(program: string, args: readonly string[], cwd: BytePath, fd: number): ChildProcess {
  // What maintainer scripts make has to be readable, whatever the umask of whoever started drift.
  const umask = process.umask(0o022);
  try {
    return spawn(program, args, { cwd, env: ENVIRONMENT, stdio: ['ignore', fd, fd], detached: true });
  } finally {
    process.umask(umask);
  }
}

function endOf(child: ChildProcess, end: ManagerCommand['end'], slow: ManagerCommand['slow']): Promise<{ readonly code: number | undefined; readonly signal: string; readonly ended: boolean }> {
  return new Promise((resolve) => {
    const startedAt = process.hrtime.bigint();
    let told = 0;
    let ended = false;
    const timer = setInterval(() => {
      const passed = Number((process.hrtime.bigint() - startedAt) / 1_000_000n);
      if (Math.floor(passed / SLOW_MS) > told) slow(++told * (SLOW_MS / 60_000), child.pid ?? 0);
      if (!ended && end?.() === true) {
        ended = true;
        child.kill('SIGTERM');
      }
    }, STEP_MS);
    const over = (code: number | undefined, signal: string): void => {
      clearInterval(timer);
      resolve({ code, signal, ended });
    };
    child.once('error', (error) => over(undefined, error.message));
    // Not 'close': a service that a script started may keep the file open for good.
    child.once('exit', (code, signal) => over(code ?? 128 + (SIGNALS[signal ?? ''] ?? 0), signal ?? ''));
  });
}

function tailOf(fd: number, from: number): string {
  const size = fstatSync(fd).size;
  const length = Math.min(TAIL, Math.max(0, size - from));
  const buffer = Buffer.alloc(length);
  readSync(fd, buffer, 0, length, size - length);
  return buffer.toString('utf8').replace(/\r\n?/g, '\n').replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, ' ').trim();
}
