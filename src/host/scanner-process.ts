// Starts drift itself as a child that can be killed (fork(2), execve(2)): a thread that waits in the kernel for a dead disk or FUSE mount cannot be.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync, readSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isWithin, type BytePath } from '../model/bytes.ts';

/** First argument of a scanner where the program is one file: the single executable or a bundle. Not in any help. */
export const SCANNER_ARGUMENT = '--serve-scan';

export interface ScannerProcess {
  readonly pid: number;
  /** Structured clone; nothing happens when it is gone. */
  send(message: unknown): void;
  kill(): void;
  /** Grows while its main thread gets anywhere: processor time and context switches. Undefined = the kernel does not say. */
  progress(): string | undefined;
  /** The path that its main thread's system call is about, as seen inside `root`. */
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
    child.unref();
    child.channel!.unref();
    (child.stderr as unknown as { unref(): void }).unref();
    // Without one, a failed start would be an exception; whoever takes it hears of its end.
    child.on('error', ignore);
    ready.push(child);
  }
}

function ignore(): void {}

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
    child.ref();
    child.channel!.ref();
    (child.stderr as unknown as { ref(): void }).ref();
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
    progress: () => progressOf(child.pid ?? 0),
    stuckAt: (root) => stuckPath(child.pid ?? 0, root),
  };
}

/** The ownership index is many small objects that all stay: a larger nursery (MiB) saves copying them again and again. */
const YOUNG_GENERATION = ['--min-semi-space-size=16', '--max-semi-space-size=32'];

function scannerArguments(entry: URL): readonly string[] {
  const sea = process.getBuiltinModule('node:sea');
  if (sea.isSea()) return [SCANNER_ARGUMENT];
  const file = fileURLToPath(entry);
  // In a bundle there is no such file beside it: its own entry serves.
  return [...YOUNG_GENERATION, ...(file.endsWith('.ts') && existsSync(file) ? [file] : [process.argv[1]!, SCANNER_ARGUMENT])];
}

/** /proc/PID/task/PID: the main thread alone, since helper threads of the runtime go on when it hangs (proc_pid_stat(5), proc_pid_status(5)). */
function progressOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'latin1');
    return `${fields[11]} ${fields[12]} ${status.slice(status.indexOf('voluntary_ctxt_switches'))}`;
  } catch {
    return undefined;
  }
}

/**
 * proc_pid_syscall(5): number and arguments of the system call that it waits in. No table of numbers is needed: calls that take a path have
 * AT_FDCWD and then the path, or the path alone; the others that can hang have a descriptor.
 */
function stuckPath(pid: number, root: BytePath): BytePath | undefined {
  try {
    const words = readFileSync(`/proc/${pid}/syscall`, 'latin1').split(' ');
    if (words.length < 4) return undefined;
    const first = BigInt.asUintN(32, BigInt(words[1]!));
    const whole = BigInt(words[1]!);
    let path: string | undefined;
    if (first === 0xffffff9cn) path = textAt(pid, BigInt(words[2]!));
    else if (whole < 65536n) path = readlinkSync(`/proc/${pid}/fd/${whole}`, { encoding: 'latin1' as BufferEncoding });
    else path = textAt(pid, whole);
    if (path === undefined || !path.startsWith('/')) return undefined;
    if (root === '/') return path;
    return !isWithin(path, root) ? undefined : path === root ? '/' : path.slice(root.length);
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
