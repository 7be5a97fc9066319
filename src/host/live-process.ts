// One running process: whether it is still the one that was meant, and what of it is kept before it is stopped (proc(5)).
import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { ByteString } from '../model/bytes.ts';
import { ok, type Result } from '../model/result.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { writeDurable } from './durable-log.ts';
import { localProc } from './proc.ts';

export interface ProcessStamp {
  /** proc_pid_stat(5), field 22. */
  readonly startTicks: string;
  readonly exe: { readonly dev: number; readonly ino: number } | undefined;
  /** Ended, and nobody has asked how. */
  readonly zombie: boolean;
  /** By a signal (SIGSTOP), until it gets another. */
  readonly stopped: boolean;
  readonly parent: number;
}

/** Of /proc, unsorted. */
export function allPids(): readonly number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
}

/** The process itself and those that it comes from, up to init. */
export function lineOf(pid: number): readonly number[] {
  const line: number[] = [];
  for (let at: number | undefined = pid; at !== undefined && at > 0 && !line.includes(at); at = processStamp(at)?.parent) line.push(at);
  return line;
}

/** Whether a login hangs on it: it is a login shell (its name begins with '-', login(1)), or what comes from it is one or is in a session that it is not in. */
export function holdsLogin(pid: number): boolean {
  const own = sessionOf(pid);
  return allPids().some((each) => {
    const login = each === pid ? false : sessionOf(each) !== undefined && sessionOf(each) !== own;
    return (login || startOf(each) === '-') && lineOf(each).includes(pid);
  });
}

function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').slice(0, 1);
  } catch {
    return '';
  }
}

function sessionOf(pid: number): string | undefined {
  try {
    return /\/(session-[^/\n]+\.scope)/.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}

/** Undefined: there is no such process. */
export function processStamp(pid: number): ProcessStamp | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name may hold blanks and parentheses; what follows the last one is numbers.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { startTicks: fields[19] ?? '', exe: exeOf(pid), zombie: fields[0] === 'Z' || fields[0] === 'X', stopped: fields[0] === 'T', parent: Number(fields[1]) };
  } catch {
    return undefined;
  }
}

function exeOf(pid: number): { readonly dev: number; readonly ino: number } | undefined {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/exe`);
    return { dev, ino };
  } catch {
    return undefined;
  }
}

/** As it calls itself (proc_pid_comm(5)), without control characters. Undefined: there is no such process. */
export function processName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').replace(/[^\x20-\x7e]/g, '').slice(0, 64);
  } catch {
    return undefined;
  }
}

/** Processes of a cgroup of the unified hierarchy, as systemctl names it ('/system.slice/redis.service'); none where it cannot be read. */
export function processesOfCgroup(group: string): readonly number[] {
  if (!/^\/[\w@:.\\/-]+$/.test(group) || group.includes('..')) return [];
  for (const base of ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']) {
    try {
      return readFileSync(`${base}${group}/cgroup.procs`, 'latin1').split('\n').map(Number).filter((pid) => pid > 0);
    } catch {
      // Another layout.
    }
  }
  return [];
}

const TEXTS: readonly ByteString[] = ['status', 'stat', 'cmdline', 'environ', 'maps', 'cgroup', 'limits', 'mountinfo', 'net/tcp', 'net/tcp6', 'net/udp', 'net/udp6', 'net/unix'];
const LINKS: readonly ByteString[] = ['exe', 'cwd', 'root', 'ns/net', 'ns/mnt', 'ns/pid'];
const MAX_TEXT = 16 * 1024 * 1024;
const MAX_DESCRIPTORS = 10_000;
/** A program without a name on the disk can be had from the process only. */
const MAX_PROGRAM = 256 * 1024 * 1024;

/** Texts of /proc/PID as the kernel gives them (of variables that are named like secrets the names alone), its descriptors, and its program where no name leads to it; what cannot be read is left out. Fails where nothing can be written. */
export function keepProcess(pid: number, into: DirectoryHandle): Result<void> {
  const proc = localProc();
  for (const name of TEXTS) {
    const text = proc.read(`${pid}/${name}`, MAX_TEXT);
    const written = text.ok ? writeDurable(into, name.replaceAll('/', '-'), Buffer.from(name === 'environ' ? withoutSecrets(text.value) : text.value, 'latin1')) : ok(undefined);
    if (!written.ok) return written;
  }
  const links = Object.fromEntries([...LINKS, ...descriptors(pid)].map((name) => [name, linkText(pid, name)]));
  const written = writeDurable(into, 'links.json', Buffer.from(`${JSON.stringify(links, undefined, 1)}\n`));
  if (!written.ok) return written;
  const program = unnamedProgram(pid);
  // Compressed, so that it is no program where it is kept.
  const kept = program === undefined ? ok(undefined) : writeDurable(into, 'program.gz', gzipSync(program));
  return kept.ok ? into.sync() : kept;
}

/* What a stray was given to log in elsewhere with is not to lie about in a second place. */
const SECRET = /pass|pwd|secret|token|credential|cookie|auth|(?:^|_)key(?:_|$)|api_?key/i;

function withoutSecrets(environment: ByteString): ByteString {
  return environment.split('\0').map((entry) => {
    const at = entry.indexOf('=');
    return at > 0 && SECRET.test(entry.slice(0, at)) ? `${entry.slice(0, at)}=***` : entry;
  }).join('\0');
}

function descriptors(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).slice(0, MAX_DESCRIPTORS).map((fd) => `fd/${fd}`);
  } catch {
    return [];
  }
}

function linkText(pid: number, name: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/${name}`, { encoding: 'latin1' as BufferEncoding });
  } catch {
    return null;
  }
}

function unnamedProgram(pid: number): Buffer | undefined {
  try {
    const { nlink, size } = statSync(`/proc/${pid}/exe`);
    return nlink === 0 && size <= MAX_PROGRAM ? readFileSync(`/proc/${pid}/exe`) : undefined;
  } catch {
    return undefined;
  }
}
