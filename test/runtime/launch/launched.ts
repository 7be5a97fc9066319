// What the launch points of a small root would run, in one line each, for tests.
import { sandbox, type Entry, type Sandbox } from '../../sweep/sandbox.ts';
import { readLaunchPoints, type LaunchObservation } from '../../../src/runtime/launch/read-launch-points.ts';
import type { LaunchPoint } from '../../../src/model/launch.ts';

const RUN: Entry = { content: '', mode: 0o755 };
/** Programs that most tests name, in a root with merged /usr. */
const BASE: Readonly<Record<string, string | Entry>> = {
  '/etc/debian_version': '12.0\n', '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n', '/root/': '', '/home/alice/': '',
  '/usr/bin/sh': RUN, '/usr/bin/true': RUN, '/usr/bin/cat': RUN, '/usr/sbin/': '', '/usr/lib/': '', '/bin': { link: 'usr/bin' }, '/sbin': { link: 'usr/sbin' }, '/lib': { link: 'usr/lib' }, '/opt/evil': RUN,
};

export function hostWith(entries: Readonly<Record<string, string | Buffer | Entry>>): Sandbox {
  return sandbox({ ...BASE, ...entries });
}

export function read(entries: Readonly<Record<string, string | Buffer | Entry>>): LaunchObservation {
  return readLaunchPoints(hostWith(entries).host);
}

export function pointsAt(observed: LaunchObservation, path: string): readonly LaunchPoint[] {
  return observed.value.filter((point) => point.path === path);
}

/** Paths of targets that are there, sorted, each once. */
export function targetsAt(observed: LaunchObservation, path: string): readonly string[] {
  return [...new Set(pointsAt(observed, path).flatMap(({ targets }) => targets).filter(({ exists }) => exists).map((target) => target.path))].sort();
}
