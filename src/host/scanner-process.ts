// Starts drift itself as a child that can be killed (fork(2), execve(2)): a thread that waits in the kernel for a dead disk or FUSE mount cannot be.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, openSync, closeSync, readdirSync, readFileSync, readSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isWithin, type BytePath } from '../model/bytes.ts';

/** First argument of a scanner where the program is bundled; bin/run.js and packaging/executable.cjs start the scanner's own bundle for it. Not in any help. */
export const SCANNER_ARGUMENT = '--serve-scan';

export interface ScannerProcess {
  readonly pid: number;
  /** Structured clone; nothing happens when it is gone. */
  send(message: unknown): void;
  kill(): void;
  /** Whether drift goes on running for its sake; true from the start. */
  holds(open: boolean): void;
  /** Changes while one of its threads gets anywhere. Undefined = the kernel does not say. */
  progress(): string | undefined;
  /** The path that a system call of one of its threads is about, as seen inside `root`. */
  stuckAt(root: BytePath): BytePath | undefined;
}

export interface ScannerEvents {
  readonly message: (message: unknown) => void;
  /** Once, after the last message. `cause`: 'exit code 1', 'SIGKILL', …, and what it wrote to stderr. */
  readonly gone: (cause: string, stderr: string) => void;
}

const STDERR_KEPT = 16 * 1024;
const alive = new Set<() => void>();
const ready: ChildProcess[] = [];
let hooked = false;

/** Starts processes that `startScanner` takes later: they load while their parent does. One that nobody takes ends with its parent. */
export function readyScanners(entry: URL, count: number): void {
  for (let i = 0; i < count; i++) {
    const child = launch(entry);
    // A process that waits must not keep drift from ending.
    hold(child, false);
    // Without one, a failed start would be an exception; whoever takes it hears of its end.
    child.on('error', ignore);
    ready.push(child);
  }
}

function ignore(): void {}

function hold(child: ChildProcess, open: boolean): void {
  const act = open ? 'ref' : 'unref';
  child[act]();
  child.channel?.[act]();
  (child.stderr as unknown as Record<typeof act, () => void>)[act]();
}

function launch(entry: URL): ChildProcess {
  const child = spawn(process.execPath, scannerArguments(entry), {
    cwd: '/', env: { LC_ALL: 'C.UTF-8', TZ: 'UTC', HOME: '/nonexistent', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'advanced',
  });
  const kill = (): void => void child.kill('SIGKILL');
  alive.add(kill);
  child.once('close', () => alive.delete(kill));
  if (!hooked) {
    hooked = true;
    process.once('exit', () => alive.forEach((each) => each()));
  }
  return child;
}

/** A waiting process that is still there, else a new one. */
function takeOrLaunch(entry: URL): ChildProcess {
  for (let child = ready.shift(); child !== undefined; child = ready.shift()) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
    child.off('error', ignore);
    hold(child, true);
    return child;
  }
  return launch(entry);
}

/** `entry`: URL of the module that serves, used when drift runs from source. */
export function startScanner(entry: URL, events: ScannerEvents): ScannerProcess {
  const child = takeOrLaunch(entry);
  let stderr = '';
  let ended = false;
  const end = (cause: string): void => {
    if (ended) return;
    ended = true;
    events.gone(cause, stderr);
  };
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  child.on('message', (message) => events.message(message));
  child.on('error', (error) => end(`could not be started: ${error.message}`));
  // 'close' comes after the pipes are read empty, but a process that cannot die keeps them open: then 'exit' never comes either, and nobody waits.
  child.on('close', (code, signal) => end(signal ?? `exit code ${code}`));
  return {
    pid: child.pid ?? 0,
    send: (message) => void (child.connected && child.send(message as object, () => undefined)),
    kill() {
      ended = true;
      child.kill('SIGKILL');
      // One that waits in the kernel dies when the kernel lets it; drift must not wait for that to end.
      if (child.connected) child.disconnect();
      child.stderr!.destroy();
      child.unref();
    },
    holds: (open) => hold(child, open),
    progress: () => progressOf(child.pid ?? 0),
    stuckAt: (root) => stuckPath(child.pid ?? 0, root),
  };
}

/** What V8's nursery may grow to (MiB): a page of memory that the kernel has to give first costs more than copying what lives on it. */
const YOUNG_GENERATION = ['--max-semi-space-size=4'];

function scannerArguments(entry: URL): readonly string[] {
  const sea = process.getBuiltinModule('node:sea');
  if (sea.isSea()) return [SCANNER_ARGUMENT];
  const file = fileURLToPath(entry);
  // In a bundle there is no such file beside it.
  return [...YOUNG_GENERATION, ...(file.endsWith('.ts') && existsSync(file) ? [file] : [process.argv[1]!, SCANNER_ARGUMENT])];
}

/** Processor time and context switches of all threads, reader included: what hangs in the kernel gets neither (proc_pid_stat(5), proc_pid_status(5)). */
function progressOf(pid: number): string | undefined {
  try {
    return threadsOf(pid).map((task) => {
      const stat = readFileSync(`${task}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const status = readFileSync(`${task}/status`, 'latin1');
      return `${fields[11]} ${fields[12]} ${status.slice(status.indexOf('voluntary_ctxt_switches'))}`;
    }).join('\n');
  } catch {
    return undefined;
  }
}

function threadsOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}`);
}

function stuckPath(pid: number, root: BytePath): BytePath | undefined {
  try {
    for (const task of threadsOf(pid)) {
      const path = waitedFor(pid, task);
      if (path === undefined || !path.startsWith('/')) continue;
      if (root === '/') return path;
      if (isWithin(path, root)) return path === root ? '/' : path.slice(root.length);
    }
  } catch {
    // It is gone.
  }
  return undefined;
}

/**
 * proc_pid_syscall(5): number and arguments of the system call that a thread waits in. No table of numbers is needed: calls that take a path have
 * AT_FDCWD and then the path, or the path alone; the others that can hang have a descriptor.
 */
function waitedFor(pid: number, task: string): string | undefined {
  const words = readFileSync(`${task}/syscall`, 'latin1').split(' ');
  if (words.length < 4) return undefined;
  const whole = BigInt(words[1]!);
  if (BigInt.asUintN(32, whole) === 0xffffff9cn) return textAt(pid, BigInt(words[2]!));
  if (whole >= 65536n) return textAt(pid, whole);
  try {
    return readlinkSync(`/proc/${pid}/fd/${whole}`, { encoding: 'latin1' as BufferEncoding });
  } catch {
    return undefined;
  }
}

function textAt(pid: number, address: bigint): string | undefined {
  const fd = openSync(`/proc/${pid}/mem`, 'r');
  try {
    const buffer = Buffer.alloc(4096);
    const at = Number(address);
    if (!Number.isSafeInteger(at)) return undefined;
    // Not over a page boundary in one read: the next page need not be there.
    let filled = 0;
    while (filled < 4096) {
      const want = Math.min(4096 - filled, 4096 - ((at + filled) % 4096));
      let read = 0;
      try {
        read = readSync(fd, buffer, filled, want, at + filled);
      } catch {
        break;
      }
      const zero = buffer.subarray(filled, filled + read).indexOf(0);
      if (zero >= 0) return buffer.toString('latin1', 0, filled + zero);
      if (read === 0) break;
      filled += read;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}
