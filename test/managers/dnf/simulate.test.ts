import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { dnfCommands } from '../../../src/managers/dnf/commands.ts';
import { parseTransaction } from '../../../src/managers/dnf/simulate.ts';
import { aPackage } from '../../support/build.ts';

const RULE = '='.repeat(80);

function installed(name: string, version: string, arch = 'x86_64'): ReturnType<typeof aPackage> {
  return aPackage(name, { manager: 'dnf', version, arch });
}

describe('what dnf --assumeno says', () => {
  it('sections, sizes without a unit, names too long for their column', () => {
    const text = [
      'Dependencies resolved.', RULE, ' Package   Arch   Version   Repository   Size', RULE, 'Removing:', ' weblet-common        noarch     2:3.1^git20240101-1.lab9     @System       2  ', ' a-name-that-is-longer-than-its-column-and-so-has-a-line-of-its-own',
      '                      x86_64     1-1                          @System      17 k', 'Removing dependent packages:', ' weblet               noarch     2:3.1^git20240101-1.lab9     @System      38  ', '', 'Transaction Summary', RULE, 'Remove  3 Packages', ' not a package at all x',
    ].join('\n');
    expect(parseTransaction(text, [installed('weblet-common', '2:3.1^git20240101-1.lab9', 'noarch')]).map(({ arch, change, from, name }) => [change, name, arch, from])).toEqual([
      ['remove', 'weblet-common', 'noarch', '2:3.1^git20240101-1.lab9'], ['remove', 'a-name-that-is-longer-than-its-column-and-so-has-a-line-of-its-own', 'x86_64', '1-1'], ['remove', 'weblet', 'noarch', '2:3.1^git20240101-1.lab9'],
    ]);
  });

  it('what dnf 5 replaces is no change of its own', () => {
    const text = ['Package  Arch  Version  Repository  Size', 'Upgrading:', ' bash     x86_64  0:5.3-1  updates  8.1 MiB', '   replacing bash     x86_64  0:5.2-1  anaconda  8.0 MiB', 'Installing:', ' tree  x86_64  2.1-1  fedora  100.0 KiB', '', 'Transaction Summary:'].join('\n');
    expect(parseTransaction(text, [installed('bash', '5.2-1')])).toEqual([
      { change: 'upgrade', name: 'bash', arch: 'x86_64', from: '5.2-1', to: '5.3-1' }, { change: 'install', name: 'tree', arch: 'x86_64', to: '2.1-1' },
    ]);
  });
});

describe('what is obsoleted', () => {
  it('goes, and is told in another way than what is removed', () => {
    const dnf4 = ['Installing:', ' newtool        x86_64        2-1        example        6.1 k', '     replacing  old.tool.x86_64 1-1', '', 'Transaction Summary'].join('\n');
    const dnf5 = ['Installing:', ' newtool        x86_64        0:2-1        example        6.1 KiB', '   replacing old.tool  x86_64  0:1-1  example  1.0 KiB', '', 'Transaction Summary:'].join('\n');
    for (const text of [dnf4, dnf5]) {
      expect(parseTransaction(text, [installed('old.tool', '1-1')])).toEqual([{ change: 'install', name: 'newtool', arch: 'x86_64', to: '2-1' }, { change: 'remove', name: 'old.tool', arch: 'x86_64', from: '1-1' }]);
    }
  });

  it('a package that gets an architecture is the one before', () => {
    const text = ['Upgrading:', ' grows   x86_64   2-1   example   6.1 k', '', 'Transaction Summary'].join('\n');
    expect(parseTransaction(text, [installed('grows', '1-1', 'noarch')])).toEqual([{ change: 'upgrade', name: 'grows', arch: 'noarch', toArch: 'x86_64', from: '1-1', to: '2-1' }]);
  });
});

describe('commands', () => {
  const root = mkdtempSync(join(tmpdir(), 'drift-dnf-'));
  const commands = dnfCommands(localHost(root));

  it('one verb a command, packages named whole', () => {
    const changes = [{ change: 'install', name: 'a', arch: 'x86_64', to: '1:2-3' }, { change: 'remove', name: 'b', arch: 'noarch', from: '1-1' }, { change: 'upgrade', name: 'c', arch: 'x86_64', from: '1-1', to: '2-1' }] as const;
    const split = commands.split(changes);
    expect(split.map((each) => each.map(({ name }) => name))).toEqual([['b'], ['a', 'c']]);
    expect(commands.transaction(split[0]!, { allowDowngrade: false, recommends: true })).toEqual({ argv: ['/usr/bin/dnf', '-y', '--setopt=clean_requirements_on_remove=False', '--setopt=install_weak_deps=True', 'remove', '--', 'b-1-1.noarch'] });
    expect(commands.transaction(split[1]!, { allowDowngrade: false, recommends: false }).download).toEqual(['/usr/bin/dnf', '-y', '--setopt=clean_requirements_on_remove=False', '--setopt=install_weak_deps=False', 'install', '--downloadonly', '--allowerasing', '--', 'a-1:2-3.x86_64', 'c-2-1.x86_64']);
  });

  it('no pattern, group, file or option', () => {
    for (const name of ['@core', 'a*', '/usr/bin/x', '-y', 'a b', 'a[1]', 'perl(Foo)', './a.rpm', 'http://x/a.rpm']) expect(commands.unsafe({ name, arch: 'x86_64' })).toBeDefined();
    for (const name of ['gtk+', 'libstdc++', '0ad', 'python3.11', '_x']) expect(commands.unsafe({ name, arch: 'x86_64', from: '2:3.1^git20240101-1.lab9' })).toBeUndefined();
    expect(commands.unsafe({ name: 'a', arch: 'x86_64', to: '1.2' })).toBeDefined();
  });

  it('holds only where something of dnf keeps them', () => {
    const ref = { manager: 'dnf', name: 'a', arch: 'x86_64', version: '1-1' };
    expect(commands.hold(ref, true)).toBeUndefined();
    mkdirSync(join(root, 'etc/dnf/plugins'), { recursive: true });
    writeFileSync(join(root, 'etc/dnf/plugins/versionlock.conf'), '');
    expect(dnfCommands(localHost(root)).hold(ref, true)).toEqual(['/usr/bin/dnf', '-y', 'versionlock', 'add', '--', 'a']);
    expect(commands.mark(ref, 'manual')).toEqual(['/usr/bin/dnf', '-y', 'mark', 'install', '--', 'a']);
  });
});
