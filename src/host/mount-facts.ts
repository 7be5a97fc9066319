// What is known of one mount, by the number that a descriptor says (proc_pid_fdinfo(5), proc_pid_mountinfo(5)).
import { readFileSync } from 'node:fs';
import { isWithin, type BytePath } from '../model/bytes.ts';
import { parseMountinfo } from './mounts.ts';

export interface MountFacts {
  /** As seen inside the root; undefined where the mount starts above it. */
  readonly path: BytePath | undefined;
  readonly type: string;
}

export function mountAt(id: number, root: BytePath): MountFacts | undefined {
  const mount = parseMountinfo(readFileSync('/proc/self/mountinfo', 'latin1')).find((each) => each.id === id);
  if (mount === undefined) return undefined;
  const { path, type } = mount;
  if (root === '/') return { path, type };
  return { path: path === root ? '/' : isWithin(path, root) ? path.slice(root.length) : undefined, type };
}
