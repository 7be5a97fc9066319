// Freezes, lets go on and kills all processes of one cgroup at once (cgroups(7): cgroup.freeze, cgroup.events and cgroup.kill of the unified hierarchy).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ByteString } from '../model/bytes.ts';

export interface OwnCgroup {
  /** As /proc/PID/cgroup names it. */
  readonly group: ByteString;
  readonly pids: readonly number[];
}

/** Undefined where it cannot be frozen by itself: it is the root, has others below it, or is of another hierarchy. */
export function cgroupOf(pid: number): OwnCgroup | undefined {
  try {
    const group = /^0::(\/[^\n]+)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.[1];
    if (group === undefined || group === '/' || group.split('/').includes('..') || !existsSync(fileOf(group, 'cgroup.freeze'))) return undefined;
    return readdirSync(fileOf(group, ''), { withFileTypes: true }).some((entry) => entry.isDirectory()) ? undefined : { group, pids: pidsOfCgroup(group) };
  } catch {
    return undefined;
  }
}

export function pidsOfCgroup(group: ByteString): readonly number[] {
  try {
    return readFileSync(fileOf(group, 'cgroup.procs'), 'latin1').split('\n').map(Number).filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

/** False where the kernel did not take it. It takes a moment: `isFrozenCgroup`. */
export function freezeCgroup(group: ByteString): boolean {
  return write(group, 'cgroup.freeze', '1');
}

export function isFrozenCgroup(group: ByteString): boolean {
  try {
    return /^frozen 1$/m.test(readFileSync(fileOf(group, 'cgroup.events'), 'latin1'));
  } catch {
    return false;
  }
}

export function thawCgroup(group: ByteString): boolean {
  return write(group, 'cgroup.freeze', '0');
}

/** From Linux 5.14 on; false where it is not there. */
export function killCgroup(group: ByteString): boolean {
  return write(group, 'cgroup.kill', '1');
}

function write(group: ByteString, file: string, text: string): boolean {
  try {
    // Never made: where the group is gone, nothing is to come in its place.
    writeFileSync(fileOf(group, file), text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

function fileOf(group: ByteString, file: string): Buffer {
  return Buffer.from(`/sys/fs/cgroup${group}/${file}`, 'latin1');
}
