// Packages from the database: keys, side-by-side versions, left-overs, reasons, locks, protections, kernels, file requirements, keys.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dnf } from '../../../src/managers/dnf/index.ts';
import type { InstalledPackage } from '../../../src/model/package.ts';
import { needs } from '../../support/requirements.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { header, ndb, writeFile, type HeaderSpec } from './make-database.ts';
import { SMALL_ROOT_NEEDS, contextOf, smallRoot } from './small-root.ts';

function rootOf(specs: readonly HeaderSpec[]): string {
  const root = temporaryDirectory();
  writeFile(root, '/var/lib/rpm/Packages.db', ndb(specs.map(header)));
  return root;
}

async function packagesOf(root: string, kernel?: string): Promise<ReadonlyMap<string, InstalledPackage>> {
  const context = contextOf(root, kernel === undefined ? {} : { kernel });
  const { value } = await dnf.observe(context, (await dnf.prepare(context)).value);
  return new Map(value.packages.map((each) => [each.key, each]));
}

describe('versions side by side', () => {
  const kernel = (version: string): HeaderSpec => ({ name: 'kernel-core', version, files: [{ path: `/lib/modules/${version}`, mode: 0o040755 }, { path: `/lib/modules/${version}/vmlinuz` }, { path: '/lib/modules', mode: 0o040755 }] });

  it('have the version in their keys, and each is sound', async () => {
    const packages = await packagesOf(rootOf([kernel('6.1'), kernel('6.2'), { name: 'glibc', arch: 'i686' }, { name: 'glibc' }]));
    expect([...packages.keys()]).toEqual(['dnf:glibc:i686', 'dnf:glibc:x86_64', 'dnf:kernel-core:x86_64:6.1-1', 'dnf:kernel-core:x86_64:6.2-1']);
    expect([...packages.values()].map(({ state }) => state)).toEqual(['installed', 'installed', 'installed', 'installed']);
  });

  it('make the running kernel part of the base; under a root every one that could boot', async () => {
    const root = rootOf([kernel('6.1'), kernel('6.2'), { name: 'other' }]);
    const base = async (running?: string): Promise<readonly string[]> => [...(await packagesOf(root, running)).values()].filter(({ baseBecause }) => baseBecause !== undefined).map(({ version, baseBecause }) => `${version}: ${baseBecause}`);
    expect(await base('6.1')).toEqual(['6.1-1: the running kernel 6.1']);
    expect(await base()).toEqual(['6.1-1: the kernel 6.1', '6.2-1: the kernel 6.2']);
    expect(await base('5.0')).toEqual([]);
  });

  it('are damage where both own the same files', async () => {
    const tool = (version: string): HeaderSpec => ({ name: 'tool', version, files: [{ path: '/usr/bin/tool' }, { path: '/usr/bin/tool2' }, { path: `/usr/share/tool-${version}` }] });
    const packages = await packagesOf(rootOf([tool('1.0'), tool('1.1')]));
    expect(packages.get('dnf:tool:x86_64:1.0-1')).toMatchObject({ state: 'damaged', stateDetail: expect.stringContaining('1.1-1') as string });
    expect(packages.get('dnf:tool:x86_64:1.1-1')!.state).toBe('installed');
  });

  it('are damage where one stands there twice', async () => {
    const packages = await packagesOf(rootOf([{ name: 'twice' }, { name: 'twice' }]));
    expect([...packages.values()]).toMatchObject([{ name: 'twice', state: 'damaged' }]);
  });
});

describe('marks', () => {
  it('come from locks and protections', async () => {
    const root = rootOf([{ name: 'locked', epoch: 1, version: '2.0', release: '3' }, { name: 'glob-a' }, { name: 'excluded' }, { name: 'five' }, { name: 'free' }, { name: 'dnf' }, { name: 'guarded' }, { name: 'main-guarded' }]);
    writeFile(root, '/etc/dnf/plugins/versionlock.list', '# words\nlocked-1:2.0-3.*\nglob-*\n!excluded-0:1.0-1.*\n');
    writeFile(root, '/etc/dnf/versionlock.toml', 'version = "1.0"\n[[packages]]\nname = "five"\n[[packages.conditions]]\nkey = "evr"\ncomparator = "="\nvalue = "1.0-1"\n[[packages]]\nname = "free"\n[[packages.conditions]]\nkey = "evr"\ncomparator = "<"\nvalue = "0.5"\n');
    writeFile(root, '/etc/dnf/protected.d/guard.conf', '# words\nguarded\n');
    writeFile(root, '/etc/dnf/dnf.conf', '[main]\nprotected_packages = main-guarded,\n  glob:/etc/x/*.conf\n');
    const packages = await packagesOf(root);
    expect([...packages.values()].filter(({ held }) => held).map(({ name }) => name)).toEqual(['five', 'glob-a', 'locked']);
    expect([...packages.values()].filter(({ essential }) => essential).map(({ name, baseBecause }) => `${name}: ${baseBecause}`)).toEqual([
      'dnf: the package manager', 'guarded: /etc/dnf/protected.d/guard.conf protects it', 'main-guarded: /etc/dnf/dnf.conf protects it',
    ]);
  });

  it('obey a plugin that is switched off', async () => {
    const root = rootOf([{ name: 'locked' }]);
    writeFile(root, '/etc/dnf/plugins/versionlock.list', 'locked\n');
    expect((await packagesOf(root)).get('dnf:locked:x86_64')!.held).toBe(true);
    writeFile(root, '/etc/dnf/plugins/versionlock.conf', '[main]\nenabled = 0\n');
    expect((await packagesOf(root)).get('dnf:locked:x86_64')!.held).toBe(false);
  });
});

describe('requirements', () => {
  it('on files become provides of the owner, in whatever spelling', async () => {
    const root = rootOf([
      { name: 'needs', requires: [['/bin/sh', 1 << 9, ''], ['/usr/bin/perl', 0, ''], ['rpmlib(CompressedFileNames)', 10 | 1 << 24, '3.0.4-1']] },
      { name: 'dash', files: [{ path: '/usr/bin/sh' }, { path: '/usr/bin/other' }] },
      { name: 'old-perl', files: [{ path: '/bin/perl' }] },
    ]);
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    symlinkSync('usr/bin', join(root, 'bin'));
    const packages = await packagesOf(root);
    expect(packages.get('dnf:needs:x86_64')!.requires).toEqual([{ kind: 'name', name: '/bin/sh' }, { kind: 'name', name: '/usr/bin/perl' }]);
    expect(packages.get('dnf:dash:x86_64')!.provides).toEqual([{ name: 'dash', op: '=', version: '1.0-1' }, { name: '/bin/sh' }]);
    expect(packages.get('dnf:old-perl:x86_64')!.provides).toContainEqual({ name: '/usr/bin/perl' });
  });
});

describe.skipIf(!needs('packages of a real rpm database', ...SMALL_ROOT_NEEDS))('what rpm installed', () => {
  it('has every field', async () => {
    const packages = await packagesOf(smallRoot());
    const alpha = packages.get(`dnf:alpha:${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`)!;
    expect(alpha).toMatchObject({
      manager: 'dnf', name: 'alpha', version: '2:1.5-3', state: 'installed', held: false, reason: 'unknown', essential: false, vendor: 'Example Distribution', source: 'all-of-them', signature: 'none',
      recommends: [{ kind: 'if', condition: { kind: 'name', name: 'beta' }, negated: false, then: { kind: 'name', name: 'gamma' } }],
      origins: ['disk'], newestAvailable: '2:1.5-3',
    });
    expect(alpha.requires).toEqual(expect.arrayContaining([{ kind: 'name', name: '/bin/beta' }, { kind: 'name', name: 'base', op: '>=', version: '8' }]) as unknown);
    expect(alpha.provides).toEqual(expect.arrayContaining([{ name: 'virtual-alpha', op: '=', version: '7' }, { name: 'alpha', op: '=', version: '2:1.5-3' }]) as unknown);
    expect(packages.get(`dnf:beta:${alpha.arch}`)!.provides).toContainEqual({ name: '/bin/beta' });
    expect(Math.abs(alpha.installedAt! - Date.now())).toBeLessThan(400 * 24 * 3600 * 1000);
    expect(packages.get('dnf:kernel-one:noarch')!.baseBecause).toBe('the kernel 6.1.1');
  });
});
