import { describe, expect, it } from 'vitest';
import { aptCommands } from '../../../src/managers/apt/commands.ts';
import { parseSimulation } from '../../../src/managers/apt/simulate.ts';
import { aPackage } from '../../support/build.ts';

const OPTIONS = { allowDowngrade: false, recommends: true };
const DPKG = aPackage('dpkg');

describe('what apt-get -s says', () => {
  it('installations, removals, purges, upgrades, downgrades and what is installed again', () => {
    const text = [
      'Reading package lists...', 'Remv redis [5:7.0.15-1]', 'Remv libx:i386 [1.0] [other:amd64 ]', 'Purg old [2]', 'Inst libunwind8 (1.6.2-3 Debian:12.15/oldstable [amd64])', 'Inst up [1.0] (2.0 Debian:12/stable, Debian-Security:12/stable-security [amd64]) []',
      'Inst down [2.0] (1.0 lab [all])', 'Inst same [1.0] (1.0 lab [amd64])', 'Conf libunwind8 (1.6.2-3 Debian:12.15/oldstable [amd64])',
    ].join('\n');
    const installed = [DPKG, aPackage('redis', { version: '5:7.0.15-1', arch: 'all' }), aPackage('old', { version: '2' }), aPackage('libx', { arch: 'i386' }), aPackage('libx')];
    expect(parseSimulation(text, installed)).toEqual([
      { change: 'remove', name: 'redis', arch: 'all', from: '5:7.0.15-1' }, { change: 'remove', name: 'libx', arch: 'i386', from: '1.0' }, { change: 'purge', name: 'old', arch: 'amd64', from: '2' }, { change: 'install', name: 'libunwind8', arch: 'amd64', to: '1.6.2-3' },
      { change: 'upgrade', name: 'up', arch: 'amd64', from: '1.0', to: '2.0' }, { change: 'downgrade', name: 'down', arch: 'all', from: '2.0', to: '1.0' }, { change: 'reinstall', name: 'same', arch: 'amd64', from: '1.0', to: '1.0' },
    ]);
  });
});

describe('what is not told as it is in the database', () => {
  it('a purge of mere configuration has no version; a package may get an architecture, or lose it', () => {
    const installed = [DPKG, aPackage('left', { version: '3', state: 'residual' }), aPackage('grows', { arch: 'all' }), aPackage('shrinks')];
    expect(parseSimulation('Purg left\nInst grows [1.0] (2.0 lab [amd64])\nInst shrinks [1.0] (2.0 lab [all])\n', installed)).toEqual([
      { change: 'purge', name: 'left', arch: 'amd64', from: '3' }, { change: 'upgrade', name: 'grows', arch: 'all', toArch: 'amd64', from: '1.0', to: '2.0' }, { change: 'upgrade', name: 'shrinks', arch: 'amd64', toArch: 'all', from: '1.0', to: '2.0' },
    ]);
  });
});

describe('commands', () => {
  it('what goes and what comes are one command, purges one of their own', () => {
    const changes = [{ change: 'remove', name: 'a', arch: 'amd64', from: '1' }, { change: 'purge', name: 'b', arch: 'all', from: '1' }, { change: 'install', name: 'c', arch: 'amd64', to: '2' }] as const;
    const split = aptCommands.split(changes);
    expect(split.map((each) => each.map(({ name }) => name))).toEqual([['b'], ['a', 'c']]);
    expect(aptCommands.transaction(split[0]!, OPTIONS).argv.slice(-3)).toEqual(['purge', '--', 'b']);
    expect(aptCommands.transaction(split[1]!, OPTIONS).argv.slice(-4)).toEqual(['install', '--', 'a:amd64-', 'c:amd64=2']);
    expect(aptCommands.transaction(split[1]!, OPTIONS).argv).not.toContain('--allow-downgrades');
  });

  it('no name, architecture or version may be more than that', () => {
    for (const name of ['', '-y', 'x^', 'x*', 'X', 'x y', './x.deb', '~nx', '?installed', 'x/stable', 'x=1']) expect(aptCommands.unsafe({ name, arch: 'amd64' })).toBeDefined();
    for (const name of ['g++', 'libstdc++6', '0ad', 'a']) expect(aptCommands.unsafe({ name, arch: 'amd64', from: '1:2~3+b1-4' })).toBeUndefined();
    expect(aptCommands.unsafe({ name: 'x', arch: 'a b' })).toBeDefined();
    expect(aptCommands.unsafe({ name: 'x', arch: '', to: '1 -y' })).toBeDefined();
  });
});
