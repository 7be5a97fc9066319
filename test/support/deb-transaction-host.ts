// The Debian host that every transaction of a test starts from: a signed repository of its own with several versions of small packages, some of them installed by its apt.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from './build-cache.ts';
import type { DebPackage } from './deb-build.ts';
import { debHost, type DebHostSpec } from './deb-host.ts';
import { writeDebRepository } from './deb-repository.ts';
import { inRoot, run } from './run-command.ts';
import { makeKey, stopAgent } from './signing-key.ts';

/** Raise when the way of building, or a package, changes. */
const RECIPE = 2;

/** Has what node needs, and dnf for the other one (rpm-transaction-host.ts). */
export const TRANSACTION_BASE: DebHostSpec = { name: 'deb-dnf', variant: 'minbase', packages: ['libatomic1', 'dnf', 'dnf-plugins-core', 'rpm'] };

export const DEB_TRANSACTION_NEEDS = ['root', 'mount', 'overlay', 'mmdebstrap', 'apt-sources', 'dpkg-deb', 'gpg'] as const;

/** Installed by choice on it; what is not in this list came as a dependency. */
export const DEB_CHOSEN: readonly string[] = [
  'libatomic1', 'dnf', 'dnf-plugins-core', 'rpm', 'app', 'leaf', 'plus', 'plus++', 'tail', 'shared', `shared:${foreign()}`, 'mailer', 'mta-a', 'linux-image-example', 'linux-image-6.1.0-1-example',
  'configured', 'epoch', 'grows', 'rival', 'oldtool', 'server',
];

const deb = (name: string, version: string, fields: readonly string[] = [], more: Partial<DebPackage> = {}): DebPackage => ({
  name, version, arch: 'all', fields, files: { [`/usr/share/${name}/version`]: `${version}\n` }, ...more,
});
const program = (name: string, version: string, fields: readonly string[] = [], more: Partial<DebPackage> = {}): DebPackage => ({
  name, version, arch: native(), fields, files: { [`/usr/bin/${name}`]: `#!/bin/sh\necho ${version}\n`, [`/etc/${name}.conf`]: 'setting = 1\n' }, conffiles: [`/etc/${name}.conf`], ...more,
});

export function native(): string {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

export function foreign(): string {
  return process.arch === 'arm64' ? 'armhf' : 'i386';
}

function shared(arch: string, version: string): DebPackage {
  return { name: 'shared', version, arch, fields: ['Multi-Arch: same'], files: { [`/usr/lib/${arch}-linux-gnu/libshared.so.1`]: `${arch} ${version}` } };
}

function kernel(abi: string): DebPackage {
  return deb(`linux-image-${abi}`, '6.1.1-1', ['Section: kernel'], { files: { [`/boot/vmlinuz-${abi}`]: abi, [`/lib/modules/${abi}/modules.order`]: '' } });
}

/** 1 is older than 2, which is older than 3. */
const REPOSITORY: readonly DebPackage[] = [
  program('app', '1.0-1', ['Depends: lib (>= 1)', 'Recommends: app-doc']), program('app', '2.0-1', ['Depends: lib (>= 1)', 'Recommends: app-doc']), program('app', '3.0-1', ['Depends: lib (>= 2)', 'Recommends: app-doc']),
  deb('lib', '1.0'), deb('lib', '1.5'), deb('lib', '2.0'), deb('app-doc', '1'),
  deb('leaf', '1'), deb('orphan', '1'), deb('fresh', '1', ['Depends: fresh-lib', 'Recommends: fresh-extra', 'Suggests: leaf']), deb('fresh-lib', '1'), deb('fresh-extra', '1'),
  deb('plus', '1'), deb('plus+', '1'), deb('plus++', '1'), deb('tail', '1'), deb('tail-', '1'), deb('tail.', '1'), deb('tail+', '1'),
  shared(native(), '1'), shared(native(), '2'), shared(foreign(), '1'), shared(foreign(), '2'),
  deb('mailer', '1', ['Depends: mta-a | mail-transport']), deb('mta-a', '1', ['Provides: mail-transport', 'Conflicts: mail-transport', 'Replaces: mail-transport']), deb('mta-b', '1', ['Provides: mail-transport', 'Conflicts: mail-transport', 'Replaces: mail-transport']),
  kernel('6.1.0-1-example'), kernel('6.1.0-2-example'), deb('linux-image-example', '2', ['Depends: linux-image-6.1.0-2-example']),
  program('configured', '1.0'), program('configured', '2.0', [], { files: { '/usr/bin/configured': '#!/bin/sh\necho 2\n', '/etc/configured.conf': 'setting = 2\n' } }),
  deb('epoch', '1:1.0~rc1-1'), deb('epoch', '1:1.0-1'),
  deb('grows', '1'), program('grows', '2'),
  deb('rival', '1'), deb('challenger', '1', ['Conflicts: rival']),
  program('oldtool', '1'), deb('newtool', '2', ['Replaces: oldtool', 'Breaks: oldtool', 'Provides: oldtool (= 2)'], { files: { '/usr/bin/oldtool': '#!/bin/sh\necho 2\n' } }),
  program('server', '1', ['Depends: server-common (= 1)']), deb('server-common', '1'), program('server', '2', ['Depends: server-common (= 2)']), deb('server-common', '2'),
  deb('unmet', '1', ['Depends: nobody-has-this']),
  deb('vital', '1', ['Important: yes', 'Protected: yes']),
];

export function debTransactionHost(): string {
  return `${cached('deb-transactions', [RECIPE, TRANSACTION_BASE], build)}/root`;
}

function build(building: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'drift-apt-'));
  const gpgHome = join(scratch, 'gpg');
  const root = join(building, 'root');
  try {
    run('cp', ['-a', '--reflink=auto', debHost(TRANSACTION_BASE), root]);
    const key = makeKey(gpgHome);
    writeDebRepository(join(root, 'srv/repository'), REPOSITORY, gpgHome);
    mkdirSync(join(root, 'etc/apt/keyrings'), { recursive: true });
    writeFileSync(join(root, 'etc/apt/keyrings/example.asc'), key);
    run('cp', ['-a', gpgHome, join(building, 'gpg')]);
  } finally {
    stopAgent(gpgHome);
    rmSync(scratch, { recursive: true, force: true });
  }
  // One source: what the machine's mirrors have today must not decide a test.
  run('sh', ['-euc', 'rm -rf "$1"/var/lib/apt/lists/* "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/* "$1"/var/cache/apt/*.bin', 'sh', root]);
  writeFileSync(join(root, 'etc/apt/sources.list'), 'deb [signed-by=/etc/apt/keyrings/example.asc] file:///srv/repository ./\n');
  inRoot(root, ['dpkg', '--add-architecture', foreign()]);
  apt(root, 'update');
  apt(root, 'install', 'app=1.0-1', 'lib=1.0', 'leaf', 'plus', 'plus++', 'tail', `shared:${native()}=1`, `shared:${foreign()}=1`, 'mta-a', 'mailer', 'linux-image-example', 'linux-image-6.1.0-1-example', 'configured=1.0', 'epoch=1:1.0~rc1-1', 'grows=1', 'rival', 'oldtool', 'server=1', 'server-common=1');
  inRoot(root, ['apt-mark', 'auto', 'lib', 'server-common', 'linux-image-6.1.0-2-example', 'app-doc']);
  if (!readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8').includes('Package: linux-image-6.1.0-2-example')) throw new Error('the transaction host is not what it should be');
}

export function apt(root: string, ...args: readonly string[]): string {
  return inRoot(root, ['apt-get', '-qq', '-y', '-oDpkg::Options::=--force-unsafe-io', '-oAPT::Sandbox::User=root', '--allow-downgrades', '--allow-change-held-packages', ...args]);
}
