// Processes and launch points for tests: each fills in what a test does not speak of.
import type { LaunchPoint } from '../../src/model/launch.ts';
import type { RunningFile, RunningProcess } from '../../src/model/runtime.ts';

export function running(path: string, state: RunningFile['state'] = 'present'): RunningFile {
  return { path, state, dev: 1, ino: 1 };
}

export function aProcess(pid: number, more: Partial<RunningProcess> = {}): RunningProcess {
  return { pid, parent: 1, startedAt: Date.UTC(2026, 10, 2, 9, 14), startTicks: '100', uid: 0, user: 'root', comm: 'redis-server', argv: [], libraries: [], otherNamespaces: [], ...more };
}

/** A unit that boot starts unless said otherwise. */
export function aLaunch(path: string, targets: readonly string[], more: Partial<LaunchPoint> = {}): LaunchPoint {
  return {
    path, kind: 'systemd-unit', name: path.slice(path.lastIndexOf('/') + 1), when: 'boot', enabled: true, user: 'root',
    targets: targets.map((target) => ({ path: target, written: target, via: 'ExecStart', line: 3, exists: true })), ...more,
  };
}
