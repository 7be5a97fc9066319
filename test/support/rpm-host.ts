// Builds a real RPM host as a directory: own packages, a signed repository inside the root, real dnf transactions; kept in the build cache.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from './build-cache.ts';
import { buildRpms, rpmOn, writeRpmHome } from './rpm-build.ts';
import { firstGeneration, secondGeneration, vendorAgent } from './rpm-host-packages.ts';
import { run, sh } from './run-command.ts';
import { makeKey, stopAgent } from './signing-key.ts';

/** Raise when the way of building, or a package, changes. */
const RECIPE = 1;

/** Programs that `rpmHost` needs, for `needs`. */
export const RPM_HOST_NEEDS = ['root', 'mount', 'rpm', 'rpmbuild', 'rpmsign', 'dnf', 'createrepo_c', 'gpg'] as const;

/** The root of a clean host; do not write into it (`workingCopy`). First use takes about 10 s. */
export function rpmHost(): string {
  return cached('rpm-host', [RECIPE], build) + '/root';
}

function build(building: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'drift-rpm-'));
  // gpg's agent has a socket in its home, whose path may not be long.
  const gpgHome = join(scratch, 'gpg');
  try {
    const home = writeRpmHome(join(scratch, 'home'), gpgHome);
    const root = join(building, 'root');
    const repository = join(root, 'srv/repository');
    const key = makeKey(gpgHome);
    buildRpms(home, firstGeneration(key), repository);
    buildRpms(home, secondGeneration(), repository);
    const signed = readdirSync(repository).map((name) => join(repository, name));
    run('rpmsign', ['--addsign', ...signed], { env: { HOME: home, GNUPGHOME: gpgHome } });
    buildRpms(home, [vendorAgent], repository);
    run('createrepo_c', ['-q', '--general-compress-type=gz', repository]);
    mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
    writeFileSync(join(scratch, 'key'), key);
    run('rpmkeys', ['--root', root, '--dbpath', '/var/lib/rpm', '--import', join(scratch, 'key')]);
    install(root, home);
  } finally {
    stopAgent(gpgHome);
    rmSync(scratch, { recursive: true, force: true });
  }
}

function install(root: string, home: string): void {
  const dnf = (...args: string[]): string => dnfOn(root, home, args);
  dnf('install', 'example-release', 'coretools');
  dnf('install', '--setopt=obsoletes=False', 'webthing', 'kvstore-7.0.11', 'privtools', 'oldmon', 'interpreter-libs');
  dnf('install', 'kernel-example-6.1.1');
  dnf('install', 'kernel-example-6.1.2');
  dnf('--setopt=example.gpgcheck=0', 'install', 'vendor-agent');
  dnf('install', 'newmon');
  dnf('upgrade', 'kvstore');
  for (const [name, minor] of [['null', 3], ['zero', 5], ['urandom', 9]] as const) run('mknod', ['-m', '666', join(root, 'dev', name), 'c', '1', String(minor)]);
  check(root);
}

/**
 * dnf on `root` from outside. A file:// address of the root's own .repo file means a path outside even then, so the root's /srv is mounted over the
 * machine's in a mount namespace of its own. `local` and other plugins of the machine would write into the machine.
 */
export function dnfOn(root: string, home: string, args: readonly string[]): string {
  const options = ['-q', '-y', '--noplugins', `--installroot=${root}`, '--releasever=9', '--setopt=reposdir=/nonexistent', '--setopt=clean_requirements_on_remove=False', '--setopt=keepcache=False',
    '--repofrompath=example,file:///srv/repository', '--setopt=example.gpgcheck=1'];
  return run('unshare', ['-m', 'sh', '-c', 'mount --bind "$1/srv" /srv && shift && exec "$@"', 'sh', root, 'dnf', ...options, ...args], { env: { HOME: home } });
}

/** rpm's own verification must be silent, or the tests would start from a host that is not clean. */
function check(root: string): void {
  const said = rpmOn(root, ['-Va', '--nodeps', '--noscripts'], [0, 1]).split('\n').filter((line) => line !== '' && !/ [cg] \//.test(line));
  if (said.length > 0) throw new Error(`the RPM host is not clean:\n${said.join('\n')}`);
  const kernels = rpmOn(root, ['-q', 'kernel-example']).trim().split('\n').length;
  const server = rpmOn(root, ['-q', '--qf', '%{VERSION}', 'kvstore']);
  if (kernels !== 2 || server !== '7.2.4') throw new Error(`the RPM host is not what it should be: ${kernels} kernels, kvstore ${server}`);
  sh(`test -f "${root}/var/lib/rpm/rpmdb.sqlite" && test -f "${root}/var/lib/dnf/history.sqlite"`);
  if (!readFileSync(join(root, 'etc/passwd'), 'utf8').includes('kvstore:')) throw new Error('the scriptlets of the RPM host did not run');
}
