// The RPM host that every transaction of a test starts from: a dnf that runs inside it, a signed repository with several versions of small packages, some of them installed.
// The programs are Debian's, and no database owns them: what its database owns is what the transactions are about.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from './build-cache.ts';
import { debHost } from './deb-host.ts';
import { TRANSACTION_BASE } from './deb-transaction-host.ts';
import { buildRpms, rpmOn, writeRpmHome, type RpmPackage } from './rpm-build.ts';
import { RPM_HOST_NEEDS } from './rpm-host.ts';
import { inRoot, run } from './run-command.ts';
import { makeKey, stopAgent } from './signing-key.ts';

/** Raise when the way of building, or a package, changes. */
const RECIPE = 2;

export const RPM_TRANSACTION_NEEDS = [...RPM_HOST_NEEDS, 'overlay', 'mmdebstrap', 'apt-sources'] as const;

/** Installed by choice on it. */
export const RPM_CHOSEN: readonly string[] = [
  'app', 'leaf', 'plus++', 'tail', 'tail-1', 'mailer', 'mta-a', 'kernel-example', 'configured', 'epoch', 'grows', 'rival', 'oldtool', 'server', 'vital', 'rich',
];

/** A program of the machine's architecture. */
const program = (name: string, version: string, tags: readonly string[] = [], more: Partial<RpmPackage> = {}): RpmPackage => ({
  name, version, tags, files: [{ path: `/usr/bin/${name}`, content: `#!/bin/sh\necho ${version}\n`, mode: '0755' }, { path: `/etc/${name}.conf`, content: 'setting = 1\n', directive: '%config(noreplace)' }], ...more,
});
const plain = (name: string, version: string, tags: readonly string[] = [], more: Partial<RpmPackage> = {}): RpmPackage => ({
  name, version, noarch: true, tags, files: [{ path: `/usr/share/${name}-files/version`, content: `${version}\n` }], ...more,
});

function kernel(version: string): RpmPackage {
  return plain('kernel-example', version, ['Provides: installonlypkg(kernel)'], { files: [{ path: `/boot/vmlinuz-${version}`, content: version }, { path: `/usr/lib/modules/${version}/modules.order` }] });
}

/** A spec may name a package once: each list is one. */
const GENERATIONS: readonly (readonly RpmPackage[])[] = [
  [
    plain('example-release', '9', ['Provides: system-release = 9'], { files: [{ path: '/usr/lib/os-release', content: 'NAME="Example Linux"\nID=example\nID_LIKE="rhel fedora"\nVERSION_ID="9"\n' }] }),
    program('app', '1.0', ['Requires: lib >= 1', 'Recommends: app-doc']), plain('lib', '1.0'), plain('app-doc', '1'),
    plain('leaf', '1'), plain('orphan', '1'), plain('fresh', '1', ['Requires: fresh-lib', 'Recommends: fresh-extra', 'Suggests: leaf']), plain('fresh-lib', '1'), plain('fresh-extra', '1'),
    plain('plus++', '1'), plain('plus+', '1'), plain('tail', '1'), plain('tail-1', '1'), plain('tail.noarch', '1'),
    plain('mailer', '1', ['Requires: mail-transport']), plain('mta-a', '1', ['Provides: mail-transport', 'Conflicts: mta-b']), plain('mta-b', '1', ['Provides: mail-transport', 'Conflicts: mta-a']),
    kernel('6.1.1'), program('configured', '1.0'), plain('epoch', '1.0~rc1', [], { epoch: 1 }), plain('grows', '1'), plain('rival', '1'), plain('challenger', '1', ['Conflicts: rival']),
    program('oldtool', '1'), program('server', '1', ['Requires: server-common = 1-1']), plain('server-common', '1'), plain('unmet', '1', ['Requires: nobody-has-this']), plain('vital', '1'),
    plain('rich', '1', ['Requires: (lib if app)']), plain('several', '1'),
  ],
  [
    program('app', '2.0', ['Requires: lib >= 1', 'Recommends: app-doc']), plain('lib', '1.5'), kernel('6.1.2'), plain('epoch', '1.0', [], { epoch: 1 }), program('grows', '2'),
    program('newtool', '2', ['Obsoletes: oldtool < 2', 'Provides: oldtool = 2'], { files: [{ path: '/usr/bin/newtool', content: '#!/bin/sh\n', mode: '0755' }] }),
    program('server', '2', ['Requires: server-common = 2-1']), plain('server-common', '2'), program('configured', '2.0', [], { files: [{ path: '/usr/bin/configured', content: '#!/bin/sh\necho 2\n', mode: '0755' }, { path: '/etc/configured.conf', content: 'setting = 2\n', directive: '%config(noreplace)' }] }),
    plain('several', '2'),
  ],
  [program('app', '3.0', ['Requires: lib >= 2', 'Recommends: app-doc']), plain('lib', '2.0'), kernel('6.1.3'), plain('several', '3')],
];

export function rpmTransactionHost(): string {
  return `${cached('rpm-transactions', [RECIPE, TRANSACTION_BASE], build)}/root`;
}

function build(building: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'drift-rpm-'));
  const gpgHome = join(scratch, 'gpg');
  const root = join(building, 'root');
  const repository = join(root, 'srv/repository');
  try {
    run('cp', ['-a', '--reflink=auto', debHost(TRANSACTION_BASE), root]);
    for (const path of ['var/lib/dpkg', 'var/lib/apt', 'var/cache/apt', 'etc/apt', 'usr/bin/apt-get', 'usr/bin/dpkg', 'etc/os-release', 'usr/share/doc', 'usr/share/locale', 'usr/share/man']) rmSync(join(root, path), { recursive: true, force: true });
    run('ln', ['-s', '../usr/lib/os-release', join(root, 'etc/os-release')]);
    const key = makeKey(gpgHome);
    const home = writeRpmHome(join(scratch, 'home'), gpgHome);
    for (const generation of GENERATIONS) buildRpms(home, generation, repository);
    const signed = readdirSync(repository).map((name) => join(repository, name));
    run('rpmsign', ['--addsign', ...signed], { env: { HOME: home, GNUPGHOME: gpgHome } });
    run('createrepo_c', ['-q', '--general-compress-type=gz', repository]);
    mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
    mkdirSync(join(root, 'etc/pki/rpm-gpg'), { recursive: true });
    writeFileSync(join(root, 'etc/pki/rpm-gpg/example'), key);
    run('rpmkeys', ['--root', root, '--dbpath', '/var/lib/rpm', '--import', join(root, 'etc/pki/rpm-gpg/example')]);
  } finally {
    stopAgent(gpgHome);
    rmSync(scratch, { recursive: true, force: true });
  }
  // What makes Debian's rpm and dnf be those of an RPM host: where the database is, and no plugin that copies packages about.
  mkdirSync(join(root, 'etc/rpm'), { recursive: true });
  writeFileSync(join(root, 'etc/rpm/macros'), '%_dbpath /var/lib/rpm\n');
  mkdirSync(join(root, 'etc/yum.repos.d'), { recursive: true });
  writeFileSync(join(root, 'etc/yum.repos.d/example.repo'), '[example]\nname=Example\nbaseurl=file:///srv/repository\nenabled=1\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/example\n');
  writeFileSync(join(root, 'etc/dnf/plugins/local.conf'), '[main]\nenabled = false\n');
  writeFileSync(join(root, 'etc/dnf/dnf.conf'), '[main]\ngpgcheck=1\ninstallonly_limit=3\nclean_requirements_on_remove=True\nbest=True\n');
  mkdirSync(join(root, 'etc/dnf/protected.d'), { recursive: true });
  writeFileSync(join(root, 'etc/dnf/protected.d/example.conf'), 'example-release\nvital\n');
  dnf(root, '--releasever=9', 'install', 'example-release');
  dnf(root, 'install', '--setopt=obsoletes=False', 'app-1.0', 'lib-1.0', 'leaf', 'plus++', 'tail', 'tail-1', 'mta-a', 'mailer', 'kernel-example-6.1.1', 'configured-1.0', 'epoch-1:1.0~rc1', 'grows-1', 'rival', 'oldtool', 'server-1', 'vital', 'rich');
  dnf(root, 'install', 'kernel-example-6.1.2');
  dnf(root, 'mark', 'remove', 'lib', 'server-common', 'app-doc');
  const kernels = rpmOn(root, ['-q', 'kernel-example']).trim().split('\n');
  if (kernels.length !== 2) throw new Error(`the RPM transaction host is not what it should be: ${kernels.join(' ')}`);
}

export function dnf(root: string, ...args: readonly string[]): string {
  return inRoot(root, ['dnf', '-q', '-y', ...args]);
}
