// The script and the playbook of a rebuild list, carried out by a fresh root of each family from a local repository: the same packages, versions and marks, and nothing to do the second time.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { debHost } from '../support/deb-host.ts';
import { DEB_TRANSACTION_NEEDS, debTransactionHost, TRANSACTION_BASE } from '../support/deb-transaction-host.ts';
import { needs } from '../support/requirements.ts';
import { rpmTransactionHost, RPM_CHOSEN, RPM_TRANSACTION_NEEDS } from '../support/rpm-transaction-host.ts';
import { inRoot, run } from '../support/run-command.ts';
import { runDrift } from '../support/run-drift.ts';
import { workingCopy } from '../support/working-copy.ts';

const SLOW = 900_000;

function form(root: string, format: string, ...args: readonly string[]): string {
  const { code, stderr, stdout } = runDrift(['rebuild', '--root', root, '--format', format, ...args]);
  expect(code, stderr).toBe(0);
  return stdout;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '').toSorted();
}

/** Runs a command of the root with what package managers need there. */
function within(root: string, command: readonly string[], accept: readonly number[] = [0]): string {
  const mounts = 'root=$1; shift; mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" && exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"';
  return run('unshare', ['-m', '-n', 'sh', '-c', mounts, 'sh', root, ...command], { accept });
}

function sh(root: string, script: string, ...args: readonly string[]): string {
  writeFileSync(join(root, 'root/rebuild.sh'), script);
  return within(root, ['sh', '/root/rebuild.sh', ...args]);
}

/** A host with choices of its own, and a fresh root with the repository of that host. */
function debPair(base = TRANSACTION_BASE): { readonly host: string; readonly fresh: string } {
  const host = workingCopy(debTransactionHost(), 'rebuild-host').root;
  inRoot(host, ['apt-mark', 'hold', 'leaf']);
  inRoot(host, ['groupadd', '-g', '1500', 'team']);
  inRoot(host, ['useradd', '-u', '1501', '-g', 'team', '-c', "Alice O'Hara", '-s', '/bin/sh', '-G', 'adm', 'alice']);
  inRoot(host, ['dpkg-divert', '--local', '--rename', '--divert', '/usr/bin/app.orig', '--add', '/usr/bin/app']);
  inRoot(host, ['dpkg-statoverride', '--update', '--add', 'root', 'adm', '0750', '/usr/bin/server']);
  writeFileSync(join(host, 'etc/apt/preferences.d/app'), 'Package: app\nPin: version 1.*\nPin-Priority: 1\n');
  const fresh = workingCopy(debHost(base), 'rebuild-fresh').root;
  run('cp', ['-a', join(host, 'srv/repository'), join(fresh, 'srv/repository')]);
  return { host, fresh };
}

const INSTALLED = ['dpkg-query', '-W', '-f=${Package} ${Architecture} ${Version} ${db:Status-Abbrev}\\n'];

function expectSameSettings(host: string, fresh: string): void {
  for (const question of [['apt-mark', 'showhold'], ['dpkg', '--print-foreign-architectures'], ['dpkg-divert', '--list'], ['dpkg-statoverride', '--list'], ['grep', '-E', '^(alice|team):', '/etc/passwd', '/etc/group'], ['id', '-nG', 'alice'], ['cat', '/etc/apt/sources.list', '/etc/apt/preferences.d/app']]) {
    expect(lines(inRoot(fresh, question)), question.join(' ')).toEqual(lines(inRoot(host, question)));
  }
  expect(inRoot(fresh, ['grep', '^alice:', '/etc/shadow'])).toMatch(/^alice:!/);
}

describe.skipIf(!needs('the script of a Debian host', ...DEB_TRANSACTION_NEEDS))('the script of a Debian host', () => {
  it('shows, does, and has nothing to do the second time: the same versions, marks and settings', () => {
    const { fresh, host } = debPair();
    const script = form(host, 'sh', '--versions', 'exact');
    const before = lines(within(fresh, INSTALLED));
    expect(sh(fresh, script)).toMatch(/would write \/etc\/apt\/sources\.list\n(?:.*\n)*.*nothing was changed: --apply does them\n$/);
    expect(lines(within(fresh, INSTALLED))).toEqual(before);
    sh(fresh, script, '--apply');
    expect(lines(within(fresh, INSTALLED))).toEqual(lines(within(host, INSTALLED)));
    for (const mark of ['showauto', 'showmanual']) expect(lines(within(fresh, ['apt-mark', mark]))).toEqual(lines(within(host, ['apt-mark', mark])));
    expectSameSettings(host, fresh);
    expect(sh(fresh, script, '--apply')).toBe('nothing to do: this system is as the list says\n');
  }, SLOW);

  it('says what no repository has, and does the rest', () => {
    const { fresh, host } = debPair();
    for (const name of ['leaf_1_all.deb', 'tail_1_all.deb']) rmSync(join(fresh, 'srv/repository', name), { force: true });
    const script = form(host, 'sh').replace('\nleaf all 1 manual hold -\n', '\nleaf all 9 manual hold -\nnobody-has-this all 1 manual - -\n');
    writeFileSync(join(fresh, 'root/rebuild.sh'), script);
    const said = within(fresh, ['sh', '-c', 'sh /root/rebuild.sh --apply 2>&1'], [1]);
    expect(said).toContain('FAILED: nobody-has-this=1 is not here, or an older version of it is');
    expect(within(fresh, ['dpkg-query', '-W', '-f=${db:Status-Status}', 'base-files'])).toBe('installed');
  }, SLOW);
});

/** A host, and a fresh root that has its repository and nothing in its database. */
function rpmPair(): { readonly host: string; readonly fresh: string } {
  const host = rpmTransactionHost();
  const fresh = workingCopy(host, 'rebuild-fresh-rpm').root;
  for (const path of ['var/lib/rpm', 'var/lib/dnf', 'etc/yum.repos.d']) rmSync(join(fresh, path), { recursive: true, force: true });
  mkdirSync(join(fresh, 'var/lib/rpm'), { recursive: true });
  within(fresh, ['rpm', '--initdb']);
  return { host, fresh };
}

function expectSameRpms(host: string, fresh: string): void {
  const installed = (root: string): string[] => lines(within(root, ['rpm', '-qa', '--qf', '%{nevra}\\n'])).filter((line) => !line.startsWith('gpg-pubkey'));
  expect(installed(fresh)).toEqual(installed(host));
  const chosen = lines(within(fresh, ['dnf', '-q', '-C', 'repoquery', '--userinstalled', '--qf', '%{name}']));
  expect([...new Set(chosen)]).toEqual([...RPM_CHOSEN, 'example-release'].toSorted());
  expect(lines(within(fresh, ['rpm', '-q', 'gpg-pubkey']))).toHaveLength(1);
}

describe.skipIf(!needs('the script of an RPM host', ...RPM_TRANSACTION_NEEDS))('the script of an RPM host', () => {
  it('shows, does, and has nothing to do the second time: the same versions, kernels and keys', () => {
    const { fresh, host } = rpmPair();
    const script = form(host, 'sh', '--versions', 'exact');
    expect(sh(fresh, script)).toContain('nothing was changed');
    expect(within(fresh, ['rpm', '-qa'])).toBe('');
    sh(fresh, script, '--apply');
    expectSameRpms(host, fresh);
    expect(sh(fresh, script, '--apply')).toBe('nothing to do: this system is as the list says\n');
  }, SLOW);
});

const ANSIBLE_HOST = { ...TRANSACTION_BASE, name: 'deb-ansible', packages: [...TRANSACTION_BASE.packages, 'ansible-core'] };

describe.skipIf(!needs('the playbook of a Debian host', ...DEB_TRANSACTION_NEEDS))('the playbook of a Debian host', () => {
  it('is carried out by Debian\'s ansible, with --check first, and changes nothing the second time', () => {
    const { fresh, host } = debPair(ANSIBLE_HOST);
    writeFileSync(join(fresh, 'root/rebuild.yml'), form(host, 'ansible', '--versions', 'exact'));
    const play = (...args: readonly string[]): string => within(fresh, ['ansible-playbook', '-i', 'localhost,', '-c', 'local', '-e', 'ansible_python_interpreter=/usr/bin/python3', ...args, '/root/rebuild.yml']);
    const own = (root: string): string[] => lines(within(root, INSTALLED)).filter((line) => ours.has(line.split(' ')[0]!));
    const ours = new Set(lines(run('sh', ['-c', 'ls "$1"', 'sh', join(host, 'srv/repository')])).map((name) => name.split('_')[0]!));
    expect(play('--check')).toMatch(/failed=0/);
    expect(own(fresh)).toEqual([]);
    expect(play()).toMatch(/failed=0/);
    expect(own(fresh)).toEqual(own(host));
    expectSameSettings(host, fresh);
    expect(play()).toMatch(/changed=0 .*failed=0/);
  }, SLOW);
});

describe.skipIf(!needs('the playbook of an RPM host', ...RPM_TRANSACTION_NEEDS, ...DEB_TRANSACTION_NEEDS))('the playbook of an RPM host', () => {
  it('is carried out by ansible from another machine, with --check first, and changes nothing the second time', () => {
    const { fresh, host } = rpmPair();
    const controller = workingCopy(debHost(ANSIBLE_HOST), 'rebuild-controller').root;
    mkdirSync(join(controller, 'srv/target'));
    // As by ssh, with chroot(8) in its place: of that root ansible gets a shell, and nothing of its own but Python.
    writeFileSync(join(controller, 'root/reach'), '#!/bin/sh\nfor last; do :; done\nexec chroot /srv/target /bin/sh -c "$last"\n', { mode: 0o755 });
    writeFileSync(join(controller, 'root/rebuild.yml'), form(host, 'ansible', '--versions', 'exact'));
    const mounts = 'mount --bind "$2" "$1/srv/target" && for root in "$1" "$1/srv/target"; do mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" || exit 9; done; root=$1; shift 2; exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"';
    const play = (...args: readonly string[]): string => run('unshare', ['-m', '-n', 'sh', '-c', mounts, 'sh', controller, fresh, 'ansible-playbook', '-i', 'target,', '-c', 'ssh', '-u', 'root',
      '-e', '{"ansible_ssh_executable": "/root/reach", "ansible_ssh_transfer_method": "piped", "ansible_python_interpreter": "/usr/bin/python3"}', ...args, '/root/rebuild.yml']);
    expect(play('--check')).toMatch(/failed=0/);
    expect(within(fresh, ['rpm', '-qa'])).toBe('');
    expect(play()).toMatch(/failed=0/);
    expectSameRpms(host, fresh);
    expect(play()).toMatch(/changed=0 .*failed=0/);
  }, SLOW);
});
