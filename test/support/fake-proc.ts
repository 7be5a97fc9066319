// Writes a tree that looks like procfs, for what no real process of a test shows: odd texts, foreign kernels, entries that change or vanish.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { localProc, type Proc } from '../../src/host/proc.ts';
import { fail } from '../../src/model/result.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface FakeProcess {
  readonly pid: number;
  readonly comm?: string;
  readonly state?: string;
  readonly parent?: number;
  readonly flags?: number;
  readonly startTicks?: number;
  readonly argv?: readonly string[];
  /** What /proc/PID/exe leads to. */
  readonly exe?: string;
  readonly root?: string;
  readonly cwd?: string;
  readonly cgroup?: string;
  readonly maps?: string;
  readonly namespaces?: Readonly<Record<string, number>>;
  /** Number of a descriptor to the text of its link. */
  readonly fds?: Readonly<Record<number, string>>;
}

/** Texts by path below the mount point, and processes. Strings are latin1. */
export function fakeProc(files: Readonly<Record<string, string>>, processes: readonly FakeProcess[] = []): Proc {
  const root = temporaryDirectory();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, 'latin1');
  };
  write('stat', 'cpu 1 2 3\nbtime 1700000000\nprocesses 9\n');
  for (const each of processes) {
    const dir = `${each.pid}`;
    write(`${dir}/stat`, statText(each));
    write(`${dir}/cmdline`, (each.argv ?? []).map((word) => `${word}\0`).join(''));
    write(`${dir}/cgroup`, each.cgroup ?? '0::/\n');
    write(`${dir}/maps`, each.maps ?? '');
    const link = (name: string, target: string) => {
      mkdirSync(dirname(join(root, dir, name)), { recursive: true });
      symlinkSync(Buffer.from(target, 'latin1'), join(root, dir, name));
    };
    if (each.exe !== undefined) link('exe', each.exe);
    link('root', each.root ?? '/');
    link('cwd', each.cwd ?? '/');
    for (const [kind, inode] of Object.entries(each.namespaces ?? {})) link(`ns/${kind}`, `${kind}:[${inode}]`);
    mkdirSync(join(root, dir, 'fd'));
    for (const [fd, target] of Object.entries(each.fds ?? {})) link(`fd/${fd}`, target);
  }
  for (const [path, text] of Object.entries(files)) write(path, text);
  // What its links lead to lies on mounts of this machine, of which its own tables know nothing.
  return { ...localProc(root), mountOf: () => fail('ENODATA', 'no mount is told') };
}

/** PID 1, so that nothing seems hidden. */
export const INIT: FakeProcess = { pid: 1, comm: 'systemd', argv: ['/sbin/init'] };

export function statText({ pid, comm = 'prog', state = 'S', parent = 1, flags = 0x400000, startTicks = 500 }: FakeProcess): string {
  return `${pid} (${comm}) ${state} ${parent} ${pid} ${pid} 0 -1 ${flags} 1 2 3 4 5 6 7 8 20 0 1 0 ${startTicks} 1000 50 18446744073709551615 1 1 0 0 0 0\n`;
}

/** `proc` with some answers replaced: `errors` by path. */
export function failing(proc: Proc, errors: Readonly<Record<string, string>>): Proc {
  const guard = <A extends readonly unknown[], R>(act: (path: string, ...rest: A) => R) => (path: string, ...rest: A) => (Object.hasOwn(errors, path) ? fail(errors[path]!, `${path}: ${errors[path]}`) : act(path, ...rest));
  return {
    mountPoint: proc.mountPoint, pids: () => proc.pids(), names: guard(proc.names), readOnce: guard(proc.readOnce), read: guard(proc.read), pieces: guard(proc.pieces),
    readlink: guard(proc.readlink), stat: guard(proc.stat), lstat: guard(proc.lstat), mountOf: guard(proc.mountOf),
  };
}
