// Starts a host that the tests built: its own systemd as PID 1 in namespaces of its own (unshare(1), chroot(8)), with its own /proc, /dev, network and
// cgroups. What it runs ends with the test process.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutDirectory, isRunning, ownName } from './build-cache.ts';
import { run } from './run-command.ts';
import type { CliOptions } from './run-cli.ts';
import { workDirectory } from './working-copy.ts';

/** Words for `needs`. */
export const BOOT_NEEDS = ['root', 'mount', 'overlay', 'boot', 'nsenter', 'setpriv'] as const;

/** Where the host sees the checkout, which is no part of it: a manifest of the host has to leave it out. */
export const CHECKOUT_INSIDE = '/srv/media';

export interface BootedHost {
  readonly root: string;
  /** Runs a program inside. */
  run(command: string, args: readonly string[], accept?: readonly number[]): string;
  /** For `drift`: on the running host, as its root. */
  readonly cli: CliOptions;
  stop(): void;
}

/** $1 = a directory to mount on, $2 = the name of the host's cgroup, $3 = what to go on with, then its arguments. */
const OWN_CGROUP = `
mount -t cgroup2 cgroup2 "$1"
mkdir "$1/$2"
echo $$ > "$1/$2/cgroup.procs"
umount "$1"
shift 2
exec unshare -m -p -f -n -u -i -C --kill-child --propagation private sh -euc "$@"
`;

/** $1 = the root, $2 = the checkout, $3 = where to write the pid, as it is outside. */
const BOOT = `
read -r pid rest < /proc/self/stat
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t sysfs -o ro sysfs "$1/sys"
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
mount --bind "$2" "$1${CHECKOUT_INSIDE}"
mount -o remount,bind,ro "$1${CHECKOUT_INSIDE}"
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for device in null zero full random urandom tty; do : > "$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
mkdir "$1/dev/pts" "$1/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$1/dev/pts"
ln -s pts/ptmx "$1/dev/ptmx"
mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$1/run"
echo "$pid" > "$3"
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$1" /usr/lib/systemd/systemd --log-target=null --show-status=0
`;

const CGROUP = 'drift-test-';
/** What a host does by the clock, at midnight and other hours: no test is about that. */
const BY_THE_CLOCK = ['apt-daily', 'apt-daily-upgrade', 'dpkg-db-backup', 'e2scrub_all', 'fstrim', 'logrotate', 'man-db', 'systemd-tmpfiles-clean'].map((name) => `${name}.timer`);
/** Ends what hangs: a machine that is busy or slow needs its time. */
const PATIENCE_MS = 600_000;
let counter = 0;

/** `root` is changed by it, as a running host changes its disk. */
export async function bootHost(root: string): Promise<BootedHost> {
  const scratch = workDirectory('boot');
  const name = `${CGROUP}${ownName()}-${counter++}`;
  const pidFile = join(scratch, 'pid');
  const mountPoint = join(scratch, 'cgroup');
  mkdirSync(mountPoint);
  mkdirSync(join(root, CHECKOUT_INSIDE), { recursive: true });
  removeCgroups(mountPoint, (each) => !isRunning(each.slice(CGROUP.length)));
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '-m', '--propagation', 'private', 'sh', '-euc', OWN_CGROUP, 'sh', mountPoint, name, BOOT, 'sh', root, checkoutDirectory(), pidFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString('latin1')));
  const enter = await entering(child, pidFile, () => said);
  const host: BootedHost = {
    root, cli: { wrap: enter, checkout: CHECKOUT_INSIDE },
    run: (command, args, accept = [0]) => run(enter[0]!, [...enter.slice(1), command, ...args], { accept }),
    stop() {
      child.kill('SIGKILL');
      removeCgroups(mountPoint, (each) => each === name);
    },
  };
  await until('the host has started', () => host.run('systemctl', ['is-active', 'multi-user.target'], [0, 1, 3, 4]).trim() === 'active', () => said);
  host.run('systemctl', ['stop', ...BY_THE_CLOCK], [0, 5]);
  await until('no service is about to start', () => atRest(host));
  return host;
}

/** What asks for a user namespace, which nobody has after a chroot(2), ends at once and is started again, more or less often: it is stopped. */
function atRest(host: BootedHost): boolean {
  const starting = host.run('systemctl', ['list-units', '--state=activating', '--plain', '--no-legend', '--no-pager']).split('\n').map((line) => line.split(/ +/)).filter(([unit]) => unit!.endsWith('.service'));
  const again = starting.filter(([, , , sub]) => sub === 'auto-restart').map(([unit]) => unit!);
  if (again.length > 0) host.run('systemctl', ['stop', ...again]);
  return starting.length === 0;
}

/** The command that enters all namespaces of the host's first process. */
async function entering(child: ChildProcess, pidFile: string, said: () => string): Promise<string[]> {
  await until('the host has a first process', () => {
    if (child.exitCode !== null) throw new Error(`the host did not start: ${said()}`);
    return existsSync(pidFile) && readFileSync(pidFile, 'latin1').endsWith('\n') && readFileSync(`/proc/${readFileSync(pidFile, 'latin1').trim()}/comm`, 'latin1').trim() === 'systemd';
  }, said);
  return ['nsenter', '-t', readFileSync(pidFile, 'latin1').trim(), '-m', '-p', '-n', '-u', '-i', '-C', '-r', '-w'];
}

export async function until(what: string, holds: () => boolean, said: () => string = () => ''): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    if (holds()) return;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}: ${said().slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Empty ones only can be removed, so what was killed has a moment to end. */
function removeCgroups(mountPoint: string, which: (name: string) => boolean): void {
  const script = `
mount -t cgroup2 cgroup2 "$1"
for name in $(ls "$1"); do echo "$name"; done
`;
  const names = run('unshare', ['-m', 'sh', '-euc', script, 'sh', mountPoint]).split('\n').filter((name) => name.startsWith(CGROUP) && which(name));
  for (const name of names) {
    run('unshare', ['-m', 'sh', '-uc', `
mount -t cgroup2 cgroup2 "$1"
for try in 1 2 3 4 5 6 7 8 9 10; do
  find "$1/$2" -depth -type d -exec rmdir {} + 2>/dev/null
  [ -d "$1/$2" ] || exit 0
  sleep 0.1
done
`, 'sh', mountPoint, name], { accept: [0, 1] });
  }
}

