// A package database in memory, and the commands that change it: for tests of order and failure. What real managers do is told by test/system.
import { appendFileSync } from 'node:fs';
import type { CommandEnd, ManagerCommand } from '../../src/host/manager-command.ts';
import type { WritableHost } from '../../src/host/writable-host.ts';
import { aptCommands } from '../../src/managers/apt/commands.ts';
import type { InstalledPackage, PackageState } from '../../src/model/package.ts';
import type { TransactionOptions } from '../../src/model/package-commands.ts';
import type { Holder, PackageWork } from '../../src/model/package-work.ts';
import type { PackageChange, Transaction } from '../../src/model/plan.ts';
import { fail, ok, type Failure, type Result } from '../../src/model/result.ts';

export function fakePackage(name: string, version: string, more: Partial<InstalledPackage> = {}): InstalledPackage {
  return { manager: 'apt', name, arch: 'all', version, key: `apt:${name}:all`, state: 'installed', held: false, reason: 'manual', essential: false, requires: [], recommends: [], provides: [], installedAt: 1, ...more };
}

export interface FakePackages {
  readonly packages: Map<string, InstalledPackage>;
  /** Every command that was run, in order. */
  readonly ran: string[][];
  readonly work: PackageWork;
  /** In the place of `host.managerCommand`. */
  command(given: ManagerCommand): Promise<Result<CommandEnd>>;
  /** What the next command does instead: changes the database as it likes, and answers an exit code. */
  instead: ((argv: readonly string[]) => number) | undefined;
  /** What is simulated; the default is what was asked. */
  simulates: ((changes: readonly PackageChange[], options: TransactionOptions) => Result<readonly PackageChange[]>) | undefined;
  holder: Holder | undefined;
  interrupted: Failure | undefined;
  unreadable: boolean;
}

export function fakePackages(installed: readonly InstalledPackage[] = []): FakePackages {
  let clock = 2;
  const fake: FakePackages = {
    packages: new Map(installed.map((each) => [each.name, each])), ran: [], instead: undefined, simulates: undefined, holder: undefined, interrupted: undefined, unreadable: false,
    work: {
      commands: () => aptCommands, holder: () => fake.holder, interrupted: () => fake.interrupted, mend: () => 'dpkg --configure -a', lacking: async () => [],
      installed: async () => (fake.unreadable ? fail('database-unreadable', 'the database cannot be read') : ok([...fake.packages.values()])),
      simulate: async ({ changes }, options) => fake.simulates?.(changes, options) ?? ok(changes), archive: () => undefined, repack: async () => fail('no-bytes', 'its files are not here'),
    },
    async command({ argv, directory, log }) {
      fake.ran.push([...argv]);
      appendFileSync(directory.native(log), `$ ${argv.join(' ')}\n`);
      const exitCode = fake.instead === undefined ? obey(fake.packages, argv, clock++) : fake.instead(argv);
      fake.instead = undefined;
      return ok({ exitCode, tail: exitCode === 0 ? '' : 'E: it failed', log: `${directory.path}/${log}`, ended: false });
    },
  };
  return fake;
}

/** As apt-get, apt-mark and dpkg would, where nothing depends on anything. */
function obey(packages: Map<string, InstalledPackage>, argv: readonly string[], at: number): number {
  const names = argv.slice(argv.indexOf('--') + 1);
  const verb = argv[argv.indexOf('--') - 1];
  for (const word of argv.includes('--download-only') ? [] : names) {
    const [name = '', version] = word.replace(/-$/, '').split('=');
    const was = packages.get(name);
    const state: PackageState = 'installed';
    if (verb === 'remove' || verb === 'purge' || word.endsWith('-')) packages.delete(name);
    else if (verb === 'install') packages.set(name, { ...fakePackage(name, version ?? ''), ...was, version: version ?? '', state, installedAt: at, reason: 'manual' });
    else if (was === undefined) return 100;
    else if (verb === 'hold' || verb === 'unhold') packages.set(name, { ...was, held: verb === 'hold' });
    else if (verb === 'auto' || verb === 'manual') packages.set(name, { ...was, reason: verb === 'auto' ? 'automatic' : 'manual' });
    else if (verb === '--configure') packages.set(name, { ...was, state });
    else return 100;
  }
  return 0;
}

/** The host with its package managers replaced. */
export function withFakePackages(host: WritableHost, fake: FakePackages): WritableHost {
  return { ...host, managerCommand: (given) => fake.command(given) };
}

export function transactionOf(id: string, actions: readonly string[], changes: readonly PackageChange[], options = { allowDowngrade: false, recommends: true }): Transaction {
  return { id, manager: 'apt', actions, ...aptCommands.transaction(changes, options), changes, simulated: changes };
}
