// A root with a real rpm database: a few packages built by rpmbuild and installed by rpm, merged /usr, a repository on its own disk.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { localHost } from '../../../src/host/local-host.ts';
import type { Host } from '../../../src/host/host.ts';
import type { ManagerContext } from '../../../src/managers/manager.ts';
import { cached } from '../../support/build-cache.ts';
import { buildRpms, rpmOn, writeRpmHome, type RpmPackage } from '../../support/rpm-build.ts';
import { scratchDirectory } from '../../support/temporary-directory.ts';

export const SMALL_ROOT_NEEDS = ['root', 'rpm', 'rpmbuild'] as const;

const PACKAGES: readonly RpmPackage[] = [
  { name: 'base', version: '9', noarch: true, files: [{ path: '/etc/base-release', content: 'base 9\n' }, { path: '/var/log/base.log', directive: '%ghost' }] },
  {
    name: 'alpha', epoch: 2, version: '1.5', release: '3', tags: ['Requires: /bin/beta', 'Requires: base >= 8', 'Recommends: (gamma if beta)', 'Provides: virtual-alpha = 7'],
    lua: { post: 'posix.stat("/var/lib/alpha/cache.sh")' },
    files: [
      { path: '/usr/bin/alpha', content: '#!/bin/sh\necho alpha\n', mode: '4755' }, { path: '/etc/alpha.conf', content: 'a=1\n', directive: '%config(noreplace)' },
      { path: '/usr/bin/alpha-link', linkTo: 'alpha' }, { path: '/var/lib/alpha', directory: true, mode: '0700' }, { path: '/usr/share/alpha/caf\u00e9 100%.txt', content: 'x' },
    ],
  },
  // The tree has /bin as a link: the database keeps the package's spelling.
  { name: 'beta', version: '1.0', files: [{ path: '/bin/beta', content: '#!/bin/sh\necho beta\n', mode: '0755', caps: 'cap_net_raw=ep' }] },
  { name: 'kernel-one', version: '6.1.1', noarch: true, files: [{ path: '/lib/modules/6.1.1/vmlinuz', content: 'MZ one' }, { path: '/lib/modules/6.1.1/a.ko', content: 'module' }] },
];

/** Must not be changed by a test: take a copy. */
export function smallRoot(): string {
  return join(cached('dnf-small-root', PACKAGES, build), 'root');
}

function build(directory: string): void {
  const root = join(directory, 'root');
  for (const dir of ['usr/bin', 'usr/lib', 'var/lib/rpm', 'etc/yum.repos.d', 'srv/repo/repodata', 'tmp']) mkdirSync(join(root, dir), { recursive: true });
  symlinkSync('usr/bin', join(root, 'bin'));
  symlinkSync('usr/lib', join(root, 'lib'));
  const rpms = join(directory, 'rpms');
  buildRpms(writeRpmHome(join(directory, 'home')), PACKAGES, rpms);
  rpmOn(root, ['-i', '--nodeps', '--nosignature', ...readdirSync(rpms).map((name) => join(rpms, name))]);
  writeFileSync(join(root, 'etc/yum.repos.d/disk.repo'), '[disk]\nname=Disk\nbaseurl=file:///srv/repo\ngpgcheck=1\n');
  writeRepository(root, PACKAGES.map((each) => ({ name: each.name, arch: each.noarch === true ? 'noarch' : process.arch === 'arm64' ? 'aarch64' : 'x86_64', epoch: each.epoch ?? 0, version: each.version, release: each.release ?? '1' })));
}

export interface RepositoryEntry {
  readonly name: string;
  readonly arch: string;
  readonly epoch: number;
  readonly version: string;
  readonly release: string;
  readonly files?: readonly string[];
}

export function writeRepository(root: string, entries: readonly RepositoryEntry[], directory = 'srv/repo'): void {
  const packages = entries.map(({ name, arch, epoch, version, release, files = [] }) => `<package type="rpm">\n  <name>${name}</name>\n  <arch>${arch}</arch>\n  <version epoch="${epoch}" ver="${version}" rel="${release}"/>\n  <format><rpm:provides><rpm:entry name="${name}" ver="0"/></rpm:provides>${files.map((file) => `<file>${file.replaceAll('&', '&amp;')}</file>`).join('')}</format>\n</package>\n`);
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common" packages="${entries.length}">\n${packages.join('')}</metadata>\n`;
  mkdirSync(join(root, directory, 'repodata'), { recursive: true });
  writeFileSync(join(root, directory, 'repodata/primary.xml.gz'), gzipSync(xml));
  writeFileSync(join(root, directory, 'repodata/repomd.xml'), '<repomd>\n<data type="filelists"><location href="repodata/filelists.xml.gz"/></data>\n<data type="primary">\n<location href="repodata/primary.xml.gz"/></data>\n</repomd>\n');
}

export function contextOf(root: string, more: Partial<ManagerContext> = {}): ManagerContext {
  return { host: localHost(root), scratch: scratchDirectory(), ...more };
}

/** The host on a machine that has no rpm. */
export function withoutRpm(host: Host): Host {
  return new Proxy(host, {
    get(target, key) {
      if (key === 'query') return () => Promise.resolve({ ok: false, error: { reason: 'tool-missing', message: 'rpm is not installed' } });
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
