// Plants drift into an RPM root that rpm-host.ts built: strays, changed files of every recorded attribute, packages behind the manager's back; with controls.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elf } from './elf.ts';
import { planter, type Planter } from './planter.ts';
import { buildRpms, rpmOn, writeRpmHome } from './rpm-build.ts';
import { dnfOn } from './rpm-host.ts';
import { run } from './run-command.ts';
import type { Truth } from './truth.ts';

const STRAY = ['file-stray'];
const LAUNCH = ['launch-stray'];
const PROGRAM = elf({ type: 'program', dynamic: true, text: 'planted program' });
const LIBRARY = elf({ type: 'library', text: 'planted library' });

/** Call it once on a working copy of `rpmHost()`. */
export function plantRpm(root: string): readonly Truth[] {
  const plant = planter(root);
  plantPackages(plant);
  plantStrays(plant);
  plantLaunchPoints(plant);
  plantChangedFiles(plant);
  plantFalseProofs(plant);
  plantControls(plant);
  return plant.truths;
}

function plantStrays(plant: Planter): void {
  const files: readonly (readonly [string, string, Buffer | undefined, number, string])[] = [
    ['elf-usr-local', '/usr/local/bin/kvstore-server-ng', PROGRAM, 0o755, 'program in /usr/local/bin'],
    ['script-usr-bin', '/usr/bin/fix-perms', undefined, 0o755, 'script in a packaged directory'],
    ['opt', '/opt/other/bin/agentd', PROGRAM, 0o755, 'program in /opt'],
    ['beside-vendor', '/opt/vendor/bin/agent2', PROGRAM, 0o755, "program in a vendor package's directory"],
    ['tmp-hidden', '/tmp/.../kworker', PROGRAM, 0o755, 'below a directory named ...'],
    ['var-lib', '/var/lib/kvstore/backup.bin', PROGRAM, 0o755, "program among a service's data"],
    ['etc', '/etc/update-check', undefined, 0o755, 'executable in /etc'],
    ['home', '/home/alice/bin/tool', PROGRAM, 0o755, 'in a home'],
    ['name-newline', '/usr/local/bin/back\nup', undefined, 0o755, 'newline in the name'],
    ['name-bytes', '/usr/local/bin/caf\xe9\xff', undefined, 0o755, 'name that is not UTF-8'],
    ['name-tab', '/usr/local/bin/a\tb', undefined, 0o755, 'a TAB in the name, which also separates the fields of a query'],
    ['library', '/usr/lib64/libstray.so.1', LIBRARY, 0o644, 'shared object without exec bit'],
    ['picture', '/usr/share/webthing/logo.png', PROGRAM, 0o644, 'program named like a picture'],
    ['kernel-module', '/usr/lib/modules/6.1.2/extra/rk.ko', elf({ type: 'relocatable', sections: { '.modinfo': 'license=GPL\0' } }), 0o644, 'kernel module'],
  ];
  for (const [id, path, content, mode, note] of files) {
    plant.put(path, content, mode);
    plant.found(id, path, STRAY, note);
  }
  plant.put('/var/tmp/.s', PROGRAM, 0o4755);
  plant.found('setuid', '/var/tmp/.s', ['file-stray', 'file-privileged'], 'setuid');
  plant.put('/usr/local/sbin/netsrv', PROGRAM);
  run('setcap', ['cap_net_raw+ep', `${plant.root}/usr/local/sbin/netsrv`]);
  plant.found('capabilities', '/usr/local/sbin/netsrv', ['file-stray', 'file-privileged'], 'file capability');
  plant.put('/usr/local/bin/kvstore-cli', PROGRAM);
  plant.found('shadow', '/usr/local/bin/kvstore-cli', ['file-stray', 'file-shadowed'], 'comes before the packaged one on PATH');
  plant.link('/usr/local/bin/tool', '/home/alice/bin/tool');
  plant.found('link-on-path', '/usr/local/bin/tool', STRAY, 'link on PATH into a home');
  plant.hardLink('/usr/local/libexec/again', '/usr/bin/twice');
  plant.found('hard-link', '/usr/local/libexec/again', STRAY, 'hard link of a packaged program');
  for (const name of ['a', 'b', 'lib/c.so', 'd', 'e', 'f']) plant.put(`/opt/suite/${name}`, name.endsWith('.so') ? LIBRARY : PROGRAM);
  plant.about('tree', { type: 'path', path: '/opt/suite' }, ['tree-stray'], 'six strays below one directory');
}

function plantLaunchPoints(plant: Planter): void {
  const files: readonly (readonly [string, string, string, string])[] = [
    ['unit', '/etc/systemd/system/metricsd.service', '[Service]\nExecStart=/usr/local/bin/kvstore-server-ng\n', 'unit'],
    ['preload', '/etc/ld.so.preload', '/usr/lib64/libstray.so.1\n', 'loaded into every program'],
    ['library-path', '/etc/ld.so.conf.d/stray.conf', '/usr/local/lib/stray\n', 'changes the library search path'],
    ['cron', '/etc/cron.d/nightly', '1 1 * * * root /usr/local/bin/kvstore-server-ng\n', 'cron job'],
    ['udev', '/usr/lib/udev/rules.d/99-more.rules', 'RUN+="/usr/local/bin/kvstore-server-ng"\n', 'udev rule'],
    ['profile', '/etc/profile.d/zz.sh', 'alias ls=true\n', 'read by login shells'],
    ['sudoers', '/etc/sudoers.d/more', 'alice ALL=(ALL) NOPASSWD: ALL\n', 'sudo rule'],
  ];
  for (const [id, path, content, note] of files) {
    plant.put(path, content, 0o644);
    plant.found(id, path, LAUNCH, note);
  }
  plant.put('/usr/lib/python3.11/site-packages/zz.pth', 'import os\n', 0o644);
  plant.found('pth', '/usr/lib/python3.11/site-packages/zz.pth', ['file-stray|launch-stray'], 'runs at every start of Python');
}

function plantChangedFiles(plant: Planter): void {
  plant.tamper('/usr/bin/tee', (content) => { content.writeUInt8(content[content.length - 200]! ^ 0xff, content.length - 200); return content; });
  plant.found('content', '/usr/bin/tee', ['file-modified'], 'other content, size and mtime as they were');
  plant.chmod('/usr/bin/wc', 0o777);
  plant.found('mode', '/usr/bin/wc', ['file-mode'], 'writable by everyone');
  plant.chmod('/usr/bin/uniq', 0o4755);
  plant.found('made-setuid', '/usr/bin/uniq', ['file-mode|file-privileged'], 'made setuid');
  plant.chown('/usr/bin/sort', 65534, 65534);
  plant.found('owner', '/usr/bin/sort', ['file-mode'], 'given to nobody');
  run('setcap', ['cap_sys_admin+ep', `${plant.root}/usr/bin/send-echo`]);
  plant.found('other-capability', '/usr/bin/send-echo', ['file-mode|file-privileged'], 'another capability than the recorded one');
  run('setcap', ['cap_setuid+ep', `${plant.root}/usr/bin/date`]);
  plant.found('new-capability', '/usr/bin/date', ['file-mode|file-privileged'], 'a capability where none is recorded');
  plant.remove('/usr/bin/head');
  plant.found('missing', '/usr/bin/head', ['file-missing'], 'deleted');
  plant.remove('/usr/bin/tail');
  plant.link('/usr/bin/tail', '/usr/local/bin/kvstore-server-ng');
  plant.found('replaced-by-link', '/usr/bin/tail', ['file-modified'], 'replaced by a link');
  plant.remove('/usr/bin/list');
  plant.link('/usr/bin/list', '/usr/local/bin/kvstore-server-ng');
  plant.found('link-turned', '/usr/bin/list', ['file-modified'], 'a packaged link that leads elsewhere');
  plant.append('/etc/kvstore/kvstore.conf', 'bind 0.0.0.0\n');
  plant.found('config', '/etc/kvstore/kvstore.conf', ['file-modified'], '%config(noreplace) edited');
  plant.chmod('/etc/kvstore/users.acl', 0o666);
  plant.found('config-mode', '/etc/kvstore/users.acl', ['file-mode'], 'configuration writable by everyone');
  plant.append('/usr/lib/systemd/system/kvstore.service', 'ExecStartPost=/usr/local/bin/kvstore-server-ng\n');
  plant.found('unit-changed', '/usr/lib/systemd/system/kvstore.service', ['file-modified'], 'packaged unit changed');
  plant.chmod('/usr/share/webthing', 0o777);
  plant.found('directory-mode', '/usr/share/webthing', ['file-mode|file-privileged'], 'packaged directory writable by everyone');
  plant.append('/etc/passwd', 'toor:x:0:0::/root:/bin/sh\n');
  plant.about('second-uid-0', { type: 'account', name: 'toor' }, ['watch-changed'], 'second account with uid 0');
  plant.chmod('/etc/shadow', 0o644);
  plant.found('shadow-mode', '/etc/shadow', ['file-mode|watch-changed'], 'readable by everyone');
}

/** A repository without anything in it, whose index dnf has fetched: so what is foreign can still be told. */
function plantRepository(plant: Planter, home: string): void {
  mkdirSync(join(plant.root, 'srv/vendor'));
  run('createrepo_c', ['-q', '--general-compress-type=gz', join(plant.root, 'srv/vendor')]);
  plant.put('/etc/yum.repos.d/vendor.repo', '[vendor]\nname=Vendor\nbaseurl=file:///srv/vendor\nenabled=1\ngpgcheck=0\n', 0o644);
  dnfOn(plant.root, home, ['--repofrompath=vendor,file:///srv/vendor', 'makecache']);
  plant.about('repository', { type: 'repository', contains: 'vendor' }, ['repository-unsigned', 'repository-extra'], 'gpgcheck=0');
}

function plantPackages(plant: Planter): void {
  const about = (id: string, name: string, kinds: readonly string[], note: string): void => plant.about(id, { type: 'package', name }, kinds, note);
  const scratch = mkdtempSync(join(tmpdir(), 'drift-plant-'));
  try {
    const home = writeRpmHome(join(scratch, 'home'));
    buildRpms(home, [{ name: 'smuggled', version: '1.0', noarch: true, files: [{ path: '/usr/bin/smuggled', mode: '0755', content: '#!/bin/sh\n' }] }], join(scratch, 'rpms'));
    plantRepository(plant, home);
    const [file] = readdirSync(join(scratch, 'rpms'));
    rpmOn(plant.root, ['-i', '--nodeps', '--nosignature', join(scratch, 'rpms', file!)]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  about('smuggled', 'smuggled', ['package-foreign', 'package-extra'], 'installed by rpm alone, in no repository');
  const [spare] = readdirSync(join(plant.root, 'srv/repository')).filter((name) => name.startsWith('spare-'));
  rpmOn(plant.root, ['-i', '--nodeps', '--nosignature', join(plant.root, 'srv/repository', spare!)]);
  about('behind-dnf', 'spare', ['package-extra'], 'in the repository, but installed by rpm alone: dnf knows no reason for it');
  rpmOn(plant.root, ['-e', '--nodeps', '--noscripts', 'webthing-theme']);
  plant.about('removed-weak', { type: 'package', name: 'webthing-theme' }, [], 'a weak dependency, removed behind dnf: nobody declared it');
  rpmOn(plant.root, ['-e', '--nodeps', '--noscripts', 'vendor-agent']);
  about('removed', 'vendor-agent', ['package-missing'], 'declared, and removed by rpm behind dnf');
  plant.put('/etc/dnf/plugins/versionlock.list', 'privtools-0:1.2-1.*\n', 0o644);
  about('versionlock', 'privtools', ['package-hold'], 'locked to its version, and not declared held');
}

function plantFalseProofs(plant: Planter): void {
  const header = Buffer.alloc(16);
  header.set([0xa7, 0x0d, 0x0d, 0x0a]);
  const cache = '/usr/lib/python3.11/site-packages/__pycache__';
  plant.put(`${cache}/module.cpython-311.opt-2.pyc`, Buffer.concat([header, Buffer.from('body')]), 0o644);
  plant.found('bytecode-other-header', `${cache}/module.cpython-311.opt-2.pyc`, STRAY, 'bytecode beside an owned source that it was not made from');
  plant.put(`${cache}/nosuch.cpython-311.pyc`, Buffer.concat([header, Buffer.from('body')]), 0o644);
  plant.found('bytecode-orphan', `${cache}/nosuch.cpython-311.pyc`, STRAY, 'bytecode without a source');
  plant.put('/boot/initramfs-9.9.9.img', Buffer.concat([Buffer.from('070701'), Buffer.alloc(600)]), 0o600);
  plant.found('initrd-of-no-kernel', '/boot/initramfs-9.9.9.img', ['file-stray|launch-stray'], 'initramfs of a kernel that is not installed');
  plant.put('/var/cache/dnf/example-hook', undefined, 0o755);
  plant.found('script-in-cache', '/var/cache/dnf/example-hook', STRAY, "script in the package manager's cache");
}

function plantControls(plant: Planter): void {
  const source = plant.stat('/usr/lib/python3.11/site-packages/module.py');
  const header = Buffer.alloc(16);
  header.set([0xa7, 0x0d, 0x0d, 0x0a]);
  header.writeUInt32LE(Math.floor(source.mtimeMs / 1000) >>> 0, 8);
  header.writeUInt32LE(source.size, 12);
  const bytecode = '/usr/lib/python3.11/site-packages/__pycache__/module.cpython-311.pyc';
  plant.put(bytecode, Buffer.concat([header, Buffer.from('body')]), 0o644);
  plant.control('bytecode', bytecode, 'bytecode of an owned source, with its time and size');
  plant.put('/var/log/kvstore/kvstore.log', 'started\n', 0o640);
  plant.control('ghost-present', '/var/log/kvstore/kvstore.log', '%ghost that is there');
  plant.control('ghost-absent', '/var/lib/kvstore/dump.kv', '%ghost that is not there');
  plant.put('/boot/initramfs-6.1.2.img', Buffer.concat([Buffer.from('070701'), Buffer.alloc(600)]), 0o600);
  plant.control('ghost-initramfs', '/boot/initramfs-6.1.2.img', '%ghost of an installed kernel');
  plant.remove('/var/www/index.html');
  plant.control('missing-ok', '/var/www/index.html', '%config(missingok) deleted');
  plant.append('/etc/group', 'alice:x:1000:\n');
  plant.control('verify-not-digest', '/etc/group', '%verify(not md5 size mtime) edited');
  plant.put('/var/lib/kvstore/data.kv', 'data\n', 0o640);
  plant.control('data', '/var/lib/kvstore/data.kv', "a service's data");
  plant.control('unused', '/usr/share/libunused/data', "a left-over dependency's file");
}
