// Reads every launch point of the host as data: what starts programs or loads code, and which files that would be. Nothing is started, nothing is asked.
import { readAccounts } from '../../host/accounts.ts';
import type { Host } from '../../host/host.ts';
import { compareBytes, type BytePath } from '../../model/bytes.ts';
import { covered, type Observation } from '../../model/coverage.ts';
import type { LaunchPoint } from '../../model/launch.ts';
import type { SocketUnitLine } from '../sockets/socket-units.ts';
import { readAptHooks } from './apt-hooks.ts';
import { readCron } from './cron.ts';
import { readBus, readDesktop } from './desktop-and-bus.ts';
import { readEnvironmentFiles } from './environment-files.ts';
import { readInetd } from './inetd.ts';
import { readInitScripts } from './init-scripts.ts';
import { readBinaryFormats, readKernelModules, readKernelSettings } from './kernel-modules.ts';
import { LaunchContext } from './launch-context.ts';
import { readLoaderFiles } from './loader-files.ts';
import { readLogrotate } from './logrotate.ts';
import { readNetworkHooks } from './network-hooks.ts';
import { readPam } from './pam.ts';
import { readProfiles } from './profile.ts';
import { readProgramHooks } from './program-hooks.ts';
import { readRpmHooks } from './rpm-hooks.ts';
import { readRunDirectories } from './run-directories.ts';
import { readSudoers } from './sudoers.ts';
import { readSystemd } from './systemd/systemd.ts';
import { readUdev } from './udev.ts';

export interface LaunchObservation extends Observation<readonly LaunchPoint[]> {
  /** Where socket units of the system's manager listen, by name of the unit; drop-ins and resets are applied, specifiers stand as written. */
  readonly sockets: readonly SocketUnitLine[];
}

/** Owned ones too: which of them matter is for the comparison. Coverage 'launch-points'. */
export function readLaunchPoints(host: Host): LaunchObservation {
  const accounts = readAccounts(host);
  const context = new LaunchContext(host, accounts);
  for (const problem of accounts.problems) context.problem(problem.message, problem.path!);
  const events = [...readUdev(context), ...readBus(context)];
  const sockets = readSystemd(context, events);
  readCron(context);
  readInitScripts(context);
  readRunDirectories(context);
  readProfiles(context);
  readEnvironmentFiles(context);
  readLoaderFiles(context);
  readPam(context);
  readDesktop(context);
  readKernelModules(context);
  readBinaryFormats(context);
  readKernelSettings(context);
  readSudoers(context);
  readInetd(context);
  readAptHooks(context);
  readRpmHooks(context);
  readLogrotate(context);
  readNetworkHooks(context);
  readProgramHooks(context);
  const value = context.points.sort((a, b) => compareBytes(a.path, b.path) || compareBytes(a.name, b.name) || compareBytes(a.user ?? '', b.user ?? '') || compareBytes(a.when, b.when));
  return { value, coverage: covered('launch-points', context.problems, context.skipped), sockets };
}

/** Every file that a launch point is or names, each once, sorted: what to ask owners of. */
export function pathsOf(launches: readonly LaunchPoint[]): readonly BytePath[] {
  const out = new Set<BytePath>();
  for (const { path, targets } of launches) {
    out.add(path);
    for (const target of targets) out.add(target.path);
  }
  return [...out].sort(compareBytes);
}
