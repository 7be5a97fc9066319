// Reads what strace(1) -f wrote, and says which calls would change a file, start a program or reach the network.
import { readFileSync } from 'node:fs';

/** Put before the command whose calls are to be seen; -y shows what a descriptor stands for, so also where a link led. */
export function straceWrap(log: string): readonly string[] {
  return ['strace', '-f', '-y', '-qq', '-s', '4096', '-o', log, '-e', 'trace=%file,%network,ftruncate,fchmod,fchown,fsetxattr,fremovexattr,futimesat,fallocate,execve,execveat'];
}

export interface Call {
  /** As strace -f says it: of the thread. */
  readonly pid: string;
  readonly name: string;
  /** The rest of the line, results included. */
  readonly text: string;
  /** Every quoted path among the arguments (not among the results). */
  readonly paths: readonly string[];
}

export function readStrace(log: string): readonly Call[] {
  const calls: Call[] = [];
  for (const line of readFileSync(log, 'latin1').split('\n')) {
    const parts = /^(?:(\d+) +)?([a-z0-9_]+)\((.*)$/.exec(line);
    // The second half of a call that was interrupted by another thread has no arguments of its own.
    if (parts === null || line.includes(' resumed>')) continue;
    const [, pid = '', name, text] = parts;
    calls.push({ pid, name: name!, text: text!, paths: pathsOf(name!, text!) });
  }
  return calls;
}

function pathsOf(name: string, text: string): readonly string[] {
  const quoted = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => unescape(match[1]!));
  // What readlink answers is not a path that was asked for; execve's arguments and environment are not paths either.
  const paths = name.startsWith('readlink') || name === 'execve' ? quoted.slice(0, 1) : quoted;
  // `unlinkat(22</tmp/x>, "name", 0)`: relative to a directory that is open.
  const directory = /^\d+<([^>]*)>, /.exec(text)?.[1];
  return directory === undefined ? paths : paths.map((path) => (path.startsWith('/') ? path : `${directory}/${path}`));
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{1,3}|.)/g, (_, what: string) => (/^[0-7]/.test(what) ? String.fromCharCode(parseInt(what, 8)) : what === 'n' ? '\n' : what === 't' ? '\t' : what));
}

const CHANGING = /^(creat|unlink|unlinkat|rename|renameat|renameat2|mkdir|mkdirat|rmdir|link|linkat|symlink|symlinkat|mknod|mknodat|chmod|fchmod|fchmodat|fchmodat2|chown|lchown|fchown|fchownat|utime|utimes|futimesat|utimensat|truncate|ftruncate|fallocate|l?setxattr|fsetxattr|l?removexattr|fremovexattr|mount|umount2?|pivot_root|chroot|swapon|acct)$/;

/** Calls that open for writing or change names or metadata, but for those on paths that `mayWrite` allows. Calls on descriptors count when nothing may be written at all. */
export function changes(calls: readonly Call[], mayWrite: (path: string) => boolean): readonly string[] {
  const out: string[] = [];
  for (const call of calls) {
    const opens = call.name.startsWith('open') && /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/.test(call.text);
    if (!opens && !CHANGING.test(call.name)) continue;
    if (call.paths.length === 0) continue;
    if (call.paths.every((path) => mayWrite(path))) continue;
    out.push(`${call.name}(${call.text}`);
  }
  return out;
}

/** Programs that were started, once each (attempts that failed because nothing was there are left out). */
export function programs(calls: readonly Call[]): readonly string[] {
  return [...new Set(calls.filter((call) => call.name.startsWith('execve') && !/= -1 ENOENT/.test(call.text)).map((call) => call.paths[0] ?? call.text))].toSorted();
}

/** Sockets of any family but the kernel's local ones. */
export function networkCalls(calls: readonly Call[]): readonly string[] {
  return calls.filter((call) => /^(socket|connect|bind|sendto)$/.test(call.name) && /AF_INET|AF_INET6|AF_NETLINK|AF_PACKET/.test(call.text)).map((call) => `${call.name}(${call.text}`);
}
