// The hosts of the acceptance story: Redis from the package manager, on a Debian and on an RPM host that boot, and a second Redis beside it as somebody who
// builds it has it. The programs are Debian's; the second one is of another version.
import { lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cached } from './build-cache.ts';
import { debHost, type DebHostSpec } from './deb-host.ts';
import { buildRpms, writeRpmHome, type RpmFile, type RpmPackage } from './rpm-build.ts';
import { dnfOn, rpmHost } from './rpm-host.ts';
import { inRoot, run } from './run-command.ts';

/** Raise when the way of building changes. */
const RECIPE = 2;

const DEB_HOST: DebHostSpec = { name: 'deb-booted', variant: 'minbase', packages: ['systemd-sysv', 'dbus', 'libcap2-bin', 'redis-server', 'libatomic1', 'libjemalloc2', 'liblzf1'] };

export const PACKAGED = '7.0.15';
export const BUILT = '7.2.11';
export const UNIT = '/etc/systemd/system/redis-local.service';

export function redisDebHost(): string {
  return debHost(DEB_HOST);
}

/** Debian's systemd and Redis and the libraries that they need, as packages of the RPM host. */
export function redisRpmHost(): string {
  const debian = redisDebHost();
  return cached('rpm-booted', [RECIPE, DEB_HOST, rpmHost()], (building) => {
    const root = join(building, 'root');
    run('cp', ['-a', '--reflink=auto', rpmHost(), root]);
    const home = writeRpmHome(join(building, 'home'));
    const repository = join(root, 'srv/repository');
    buildRpms(home, packagesFrom(debian), repository);
    run('createrepo_c', ['-q', '--general-compress-type=gz', '--update', repository]);
    dnfOn(root, home, ['--refresh', '--setopt=example.gpgcheck=0', 'install', 'systemd', 'shell', 'coreutils', 'libcap', 'redis']);
    // Needed by nothing: a finding of its own.
    dnfOn(root, home, ['remove', 'libunused']);
    run('rm', ['-rf', home]);
  }) + '/root';
}

function packagesFrom(debian: string): RpmPackage[] {
  const programs = ['/usr/lib/systemd/systemd', '/usr/bin/dash', '/usr/sbin/getcap', '/usr/bin/touch', '/usr/bin/redis-server', '/usr/bin/redis-cli'];
  const systemd = inRoot(debian, ['dpkg', '-L', 'systemd']).trim().split('\n').map(canonical).filter((path) => !/^\/usr\/share\/(?:doc|man|locale|bash-completion|zsh|lintian|bug)\//.test(path));
  const files = systemd.flatMap((path) => fileOf(debian, path));
  const needed = [...programs, ...systemd].filter((path) => isElf(join(debian, path))).flatMap((path) => librariesOf(debian, inRoot(debian, ['ldd', path], { accept: [0, 1] })));
  // drift itself runs there too.
  const libraries = [...new Set([...needed, ...librariesOf(debian, run('ldd', [process.execPath]))])].filter((path) => !systemd.includes(path));
  return [
    { name: 'system-libs', version: '1', files: libraries.flatMap((path) => [...fileOf(debian, path)]) },
    { name: 'shell', version: '1', tags: ['Requires: system-libs'], files: [...fileOf(debian, '/usr/bin/dash'), { path: '/usr/bin/sh', linkTo: 'dash' }] },
    { name: 'coreutils', version: '9', tags: ['Requires: system-libs'], files: fileOf(debian, '/usr/bin/touch') },
    { name: 'libcap', version: '2', tags: ['Requires: system-libs'], files: fileOf(debian, '/usr/sbin/getcap') },
    { name: 'systemd', version: '252', tags: ['Requires: system-libs'], files },
    {
      name: 'redis', version: PACKAGED, tags: ['Requires: system-libs'],
      files: [
        program(debian, '/usr/bin/redis-server'), program(debian, '/usr/bin/redis-cli'), { path: '/etc/redis.conf', content: 'bind 127.0.0.1\n', directive: '%config(noreplace)' },
        { path: '/usr/lib/systemd/system/redis.service', content: '[Service]\nExecStart=/usr/bin/redis-server /etc/redis.conf\n[Install]\nWantedBy=multi-user.target\n' },
      ],
    },
  ];
}

/** As on a host whose /usr is merged. */
function canonical(path: string): string {
  return path.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/');
}

function isElf(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && readFileSync(path).subarray(0, 4).toString('latin1') === '\x7fELF';
}

/** `said` by ldd(1). */
function librariesOf(debian: string, said: string): string[] {
  return [...said.matchAll(/(?:^|=> )\s*(\/[^ ]+) \(/gm)].flatMap(([, library = '']) => withTarget(debian, canonical(library)));
}

/** A library is most often a link to the file of its version. */
function withTarget(debian: string, path: string): string[] {
  return lstatSync(join(debian, path)).isSymbolicLink() ? [path, canonical(resolve(dirname(path), readlinkSync(join(debian, path))))] : [path];
}

function fileOf(debian: string, path: string): RpmFile[] {
  const stat = lstatSync(join(debian, path), { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return [];
  if (stat.isSymbolicLink()) return [{ path, linkTo: readlinkSync(join(debian, path)) }];
  return [{ path, content: readFileSync(join(debian, path)), mode: (stat.mode & 0o7777).toString(8).padStart(4, '0') }];
}

function program(debian: string, path: string): RpmFile {
  return { path, content: readFileSync(join(debian, path)), mode: '0755' };
}

/** A program as somebody built it: of another version, and as sound as before, for the numbers are of one length. */
export function builtProgram(name: string): Buffer {
  return Buffer.from(readFileSync(join(redisDebHost(), 'usr/bin', name)).toString('latin1').replaceAll(PACKAGED, BUILT), 'latin1');
}

/** What `make install` leaves. */
export function installRedis(root: string): void {
  const bin = join(root, 'usr/local/bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['redis-server', 'redis-cli', 'redis-benchmark']) writeFileSync(join(bin, name), builtProgram(name), { mode: 0o755 });
  for (const name of ['redis-sentinel', 'redis-check-rdb', 'redis-check-aof']) symlinkSync('redis-server', join(bin, name));
}

/** The unit of somebody who followed a guide. */
export function writeUnit(root: string): void {
  writeFileSync(join(root, UNIT), `[Unit]\nDescription=Redis\nAfter=network.target\n\n[Service]\nExecStart=/usr/local/bin/redis-server --bind 0.0.0.0 --protected-mode no --save ""\nRestart=always\n\n[Install]\nWantedBy=multi-user.target\n`);
}
