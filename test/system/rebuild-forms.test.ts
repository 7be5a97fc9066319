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
import { workDirectory, workingCopy } from '../support/working-copy.ts';

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

const ANSIBLE_HOST = { ...TRANSACTION_BASE, name: 'deb-ansible', packages: [...TRANSACTION_BASE.packages, 'ansible-core', 'python3-pip', 'python3-venv', 'ruby'] };

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

/** Two versions of a Python package and of a gem, where pip and gem of that root look for them. */
const OTHER_CHANNELS = String.raw`mkdir -p /srv/wheels /srv/gems/gems && cd /srv/gems
for version in 1.0 2.0; do
  python3 -c 'import sys, zipfile
version = sys.argv[1]
record = "greet_tool-" + version + ".dist-info/"
files = {"greet.py": "def main(): print(" + repr(version) + ")\n", record + "METADATA": "Metadata-Version: 2.1\nName: Greet.Tool\nVersion: " + version + "\n", record + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n", record + "entry_points.txt": "[console_scripts]\ngreet = greet:main\n"}
with zipfile.ZipFile("/srv/wheels/greet_tool-" + version + "-py3-none-any.whl", "w") as wheel:
    for name, text in files.items(): wheel.writestr(name, text)
    wheel.writestr(record + "RECORD", "".join(name + ",,\n" for name in [*files, record + "RECORD"]))' $version
  printf '%s\n' 'Gem::Specification.new do |s|' '  s.name = "hi"' "  s.version = \"$version\"" '  s.summary = "x"' '  s.authors = ["x"]' 'end' >hi.gemspec
  gem build --quiet --output gems/hi-$version.gem hi.gemspec >/dev/null 2>&1 || exit 1
done
gem generate_index --quiet --directory /srv/gems >/dev/null
printf '%s\n' '[global]' 'no-index = true' 'find-links = /srv/wheels' >/etc/pip.conf
printf '%s\n' ':sources:' '- file:///srv/gems/' >/etc/gemrc
`;

describe.skipIf(!needs('software of other channels on a Debian host', ...DEB_TRANSACTION_NEEDS))('software of other channels', () => {
  it('is installed by the script where somebody asks for it: the same versions in the same places, and nothing to do the second time', () => {
    const [host, fresh] = ['rebuild-channels', 'rebuild-fresh-channels'].map((label) => workingCopy(debHost(ANSIBLE_HOST), label).root) as [string, string];
    for (const root of [host, fresh]) within(root, ['sh', '-ec', OTHER_CHANNELS]);
    within(host, ['sh', '-ec', 'python3 -m pip install -q --break-system-packages --root-user-action=ignore Greet.Tool==1.0; python3 -m venv /opt/app; /opt/app/bin/pip install -q greet-tool==2.0; gem install --quiet --no-document hi --version 1.0; gem install --quiet --no-document --install-dir /opt/own/lib/ruby/gems/3.1.0 hi --version 2.0']);
    const manifest = join(workDirectory('manifest'), 'manifest.yaml');
    writeFileSync(manifest, 'drift: 1\nchannels: { pip: { greet-tool: any, pip: any, setuptools: any }, gem: { hi: any } }\n', { mode: 0o600 });
    const script = form(host, 'sh', '--manifest', manifest);
    const state = (root: string): string => within(root, ['sh', '-c', '/usr/local/bin/greet; /opt/app/bin/greet; ls /usr/local/lib/python3*/dist-packages /opt/app/lib/python3*/site-packages; gem list --quiet hi; ls /opt/own/lib/ruby/gems/3.1.0/specifications'], [0, 2]);
    const nothing = 'nothing to do: this system is as the list says\n';
    const before = state(fresh);
    expect(sh(fresh, script, '--apply')).toBe(nothing);
    expect(state(fresh)).toBe(before);
    sh(fresh, script, '--apply', '--channels');
    expect(state(fresh)).toBe(state(host));
    expect(state(host)).toMatch(/^1\.0\n2\.0\n/);
    expect(sh(fresh, script, '--apply', '--channels')).toBe(nothing);
  }, SLOW);
});
