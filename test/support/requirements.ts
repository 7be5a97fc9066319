// What a test needs of the machine. Where it is not there the test is skipped and the run's closing lines say so; DRIFT_REQUIRE_SYSTEM=1 makes that a failure.
import { accessSync, appendFileSync, constants } from 'node:fs';
import { join } from 'node:path';
import { checkoutDirectory } from './build-cache.ts';
import { run } from './run-command.ts';
import { machineAptSources } from './apt-sources.ts';

/** Set by global-setup.ts: the file that collects, over all test processes, what was not run and why. */
const NOT_RUN_FILE = 'DRIFT_TEST_NOT_RUN';

/** Debian package that brings a program, for the message. */
const BROUGHT_BY: Readonly<Record<string, string>> = {
  rpmbuild: 'rpm', rpmsign: 'rpm', rpm: 'rpm', createrepo_c: 'createrepo-c', gpg: 'gnupg', setcap: 'libcap2-bin', getcap: 'libcap2-bin',
  xmllint: 'libxml2-utils', promtool: 'prometheus', amtool: 'prometheus-alertmanager', 'prometheus-node-exporter': 'prometheus-node-exporter',
  setpriv: 'util-linux', unshare: 'util-linux', nsenter: 'util-linux', ip: 'iproute2', ss: 'iproute2', 'dpkg-deb': 'dpkg', borg: 'borgbackup', updatedb: 'plocate', 'cruft-ng': 'cruft-ng', 'mkfs.ext4': 'e2fsprogs', 'mkfs.xfs': 'xfsprogs',
};

/**
 * True when this machine can run the test. `root`, `mount`, `overlay`, `xfs` and `boot` (a systemd in namespaces of its own) are privileges, `apt-sources` a configured
 * Debian, every other word a program.
 * Use it as `describe.skipIf(!needs('what is tested', 'root', 'mmdebstrap'))`.
 */
export function needs(what: string, ...wanted: readonly string[]): boolean {
  const lacking = wanted.filter((each) => !isMet(each));
  if (lacking.length === 0) return true;
  const reason = `${what}: needs ${lacking.map((each) => (BROUGHT_BY[each] === undefined ? each : `${each} (package ${BROUGHT_BY[each]})`)).join(', ')}`;
  if (process.env['DRIFT_REQUIRE_SYSTEM'] === '1') throw new Error(`DRIFT_REQUIRE_SYSTEM=1, and yet ${reason}`);
  const file = process.env[NOT_RUN_FILE];
  if (file === undefined) process.stderr.write(`not run: ${reason}\n`);
  else appendFileSync(file, `${reason}\n`);
  return false;
}

const known = new Map<string, boolean>();

function isMet(requirement: string): boolean {
  let met = known.get(requirement);
  if (met === undefined) known.set(requirement, (met = look(requirement)));
  return met;
}

function look(requirement: string): boolean {
  switch (requirement) {
    case 'root': return process.getuid?.() === 0;
    case 'mount': return process.getuid?.() === 0 && succeeds('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
    case 'overlay': return isMet('mount') && succeeds('sh', ['-c', 'grep -q overlay /proc/filesystems || modprobe overlay']);
    case 'xfs': return isMet('mkfs.xfs') && succeeds('sh', ['-c', 'grep -qw xfs /proc/filesystems || modprobe xfs']);
    // What a systemd of its own asks for as the first process of namespaces.
    case 'boot': return isMet('mount') && succeeds('unshare', ['-m', '-p', '-f', '-n', '-u', '-i', '-C', 'mount', '-t', 'cgroup2', 'cgroup2', '/mnt']);
    case 'apt-sources': return machineAptSources() !== undefined;
    default: return toolPath(requirement) !== undefined;
  }
}

/** .ci/setup unpacks what would start a server if it were installed. */
const UNPACKED = join(checkoutDirectory(), '.cache/tools/usr/bin');

/** For a program that `needs` found. */
export function tool(name: string): string {
  const path = toolPath(name);
  if (path === undefined) throw new Error(`${name} is not on this machine`);
  return path;
}

function toolPath(name: string): string | undefined {
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin', UNPACKED].map((dir) => `${dir}/${name}`).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function succeeds(command: string, args: readonly string[]): boolean {
  try {
    run(command, args);
    return true;
  } catch {
    return false;
  }
}
