// Plants every kind of drift of files and launch points into a Debian root, with controls that look alike and are fine. plant-deb-packages.ts does the packages.
import { elf } from './elf.ts';
import { planter, SCRIPT, type Planter } from './planter.ts';
import { plantDebPackages } from './plant-deb-packages.ts';
import { inRoot, run } from './run-command.ts';
import type { Truth } from './truth.ts';

const STRAY = ['file-stray'];
const LAUNCH = ['launch-stray'];
const CHANGED = ['file-modified'];
/** dpkg records no mode: a change shows as privileges that nothing explains. */
const PRIVILEGED = ['file-privileged|file-mode'];

const SERVER = elf({ type: 'program', dynamic: true, text: 'keyvalue server 9.9.9 ready to accept connections' });
const STATIC = elf({ type: 'program', sections: { '.note.go.buildid': 'Go\0build' } });
const LIBRARY = elf({ type: 'library', text: 'hooks' });

/** Call it once on a root of ROLES_DEB_HOST's packages. */
export function plantDeb(root: string): readonly Truth[] {
  const plant = planter(root);
  // Whatever runs programs of the root comes first: after that it has hooks and preloads that do not work.
  plantDebPackages(plant, SERVER);
  plantControls(plant);
  plantFalseProofs(plant);
  plantPrograms(plant);
  plantNames(plant);
  plantCodeWithoutExecBit(plant);
  plantForeignInstallers(plant);
  plantChangedFiles(plant);
  plantLaunchPoints(plant);
  plantAccounts(plant);
  plantTree(plant);
  return plant.truths;
}

function plantPrograms(plant: Planter): void {
  plant.put('/usr/local/bin/keyvalue-server', SERVER);
  plant.found('elf-usr-local', '/usr/local/bin/keyvalue-server', STRAY, 'server compiled into /usr/local/bin');
  const hidden = plant.pick('/usr/bin/redis-check-rdb', '/usr/bin/curl', '/usr/bin/perl').slice('/usr/bin/'.length);
  plant.put(`/usr/local/bin/${hidden}`, SERVER);
  plant.found('shadow', `/usr/local/bin/${hidden}`, ['file-stray', 'file-shadowed'], 'comes before the packaged one on PATH');
  plant.put('/opt/agent/bin/agentd', STATIC);
  plant.found('static-opt', '/opt/agent/bin/agentd', STRAY, 'static program in /opt');
  plant.put('/usr/bin/fix-perms');
  plant.found('script-usr-bin', '/usr/bin/fix-perms', STRAY, 'script in a packaged directory');
  plant.put('/var/tmp/.b', plant.read('/usr/bin/bash'), 0o4755);
  plant.found('setuid', '/var/tmp/.b', ['file-stray', 'file-privileged'], 'setuid copy of bash');
  plant.put('/usr/local/sbin/netsrv', SERVER);
  run('setcap', ['cap_net_raw,cap_net_bind_service+ep', `${plant.root}/usr/local/sbin/netsrv`]);
  plant.found('capabilities', '/usr/local/sbin/netsrv', ['file-stray', 'file-privileged'], 'file capabilities');
  plant.put('/tmp/.../kworker', STATIC);
  plant.found('hidden-tmp', '/tmp/.../kworker', STRAY, 'below a directory named ...');
  plant.put('/dev/shm/.run', STATIC);
  plant.found('dev-shm', '/dev/shm/.run', STRAY, 'in /dev/shm');
  plant.put('/root/.cache/loader', STATIC);
  plant.found('root-home', '/root/.cache/loader', STRAY, 'in a cache below /root');
  plant.put('/etc/update-check');
  plant.found('exec-etc', '/etc/update-check', STRAY, 'executable in /etc');
  plant.put('/var/lib/redis/backup.bin', SERVER);
  plant.found('exec-var-lib', '/var/lib/redis/backup.bin', STRAY, "executable among a service's data");
  plant.put('/srv/app/worker', SERVER);
  plant.found('exec-srv', '/srv/app/worker', STRAY, 'in /srv');
  plant.put('/home/alice/.local/bin/tool', SERVER);
  plant.found('exec-home', '/home/alice/.local/bin/tool', STRAY, 'in a home');
  plant.link('/usr/local/bin/tool', '/home/alice/.local/bin/tool');
  plant.found('link-on-path', '/usr/local/bin/tool', STRAY, 'link on PATH to something in a home');
  const original = plant.pick('/usr/bin/find', '/usr/bin/perl');
  plant.hardLink('/usr/local/libexec/hard', original);
  plant.found('hard-link', '/usr/local/libexec/hard', STRAY, `hard link of the packaged ${original}`);
  const image = Buffer.concat([STATIC, Buffer.alloc(4096)]);
  image.set(Buffer.from('AI\x02', 'latin1'), 8);
  plant.put('/opt/Tool-1.2.AppImage', image);
  plant.found('appimage', '/opt/Tool-1.2.AppImage', STRAY, 'AppImage');
  plant.put('/var/cache/nginx/worker', SERVER);
  plant.found('exec-var-cache', '/var/cache/nginx/worker', STRAY, 'program in a cache');
  plant.put('/var/spool/cron/helper', SERVER, 0o711);
  plant.found('exec-spool', '/var/spool/cron/helper', STRAY, 'program in a spool directory');
  plant.put('/var/log/journal/rotate', SERVER, 0o700);
  plant.found('exec-log', '/var/log/journal/rotate', STRAY, 'program among logs');
}

function plantNames(plant: Planter): void {
  const names: readonly (readonly [string, string, string])[] = [
    ['name-newline', '/usr/local/bin/back\nup', 'newline in the name'],
    ['name-escape', '/usr/local/bin/\x1b[31mls\x1b[0m', 'terminal escapes in the name'],
    ['name-bytes', '/usr/local/bin/caf\xe9\xff', 'name that is not UTF-8'],
    ['directory-bytes', '/usr/local/share/\xff\xfe/run', 'directory whose name is not UTF-8'],
    ['name-dash', '/usr/local/bin/-rf', 'name that looks like an option'],
    ['name-blank', '/usr/local/bin/ ', 'a blank as the name'],
    ['name-utf8', '/usr/local/bin/\xe2\x98\x83', 'name in UTF-8'],
    ['name-long', `/usr/local/bin/${'x'.repeat(255)}`, 'name of 255 bytes'],
  ];
  for (const [id, path, note] of names) {
    plant.put(path);
    plant.found(id, path, STRAY, note);
  }
}

function plantCodeWithoutExecBit(plant: Planter): void {
  plant.put('/usr/local/lib/libstray.so.1', LIBRARY, 0o644);
  plant.found('library', '/usr/local/lib/libstray.so.1', STRAY, 'shared object, mode 644');
  plant.put('/usr/share/pixmaps/logo.png', SERVER, 0o644);
  plant.found('elf-named-png', '/usr/share/pixmaps/logo.png', STRAY, 'program named like a picture, not executable, in a shared directory');
  plant.put('/usr/share/doc/bash/changelog.html', SERVER, 0o644);
  plant.found('elf-in-owned-directory', '/usr/share/doc/bash/changelog.html', STRAY, "program named like a page in a package's own directory");
  plant.put('/lib/modules/6.1.0-99-amd64/extra/rk.ko', elf({ type: 'relocatable', sections: { '.modinfo': 'license=GPL\0' } }), 0o644);
  plant.found('kernel-module', '/usr/lib/modules/6.1.0-99-amd64/extra/rk.ko', STRAY, 'kernel module');
  plant.put('/usr/lib/python3/dist-packages/zz.pth', 'import os\n', 0o644);
  plant.found('pth', '/usr/lib/python3/dist-packages/zz.pth', ['file-stray|launch-stray'], 'runs at every start of Python');
  plant.put('/usr/lib/python3/dist-packages/sitecustomize.py', 'import os\n', 0o644);
  plant.found('sitecustomize', '/usr/lib/python3/dist-packages/sitecustomize.py', ['file-stray|launch-stray'], 'runs at every start of Python');
  plant.put('/usr/lib/x86_64-linux-gnu/security/pam_extra.so', LIBRARY, 0o644);
  plant.found('pam-module', '/usr/lib/x86_64-linux-gnu/security/pam_extra.so', STRAY, 'PAM module');
  plant.put('/usr/local/lib/nightly.sh', SCRIPT, 0o644);
  plant.found('script-noexec', '/usr/local/lib/nightly.sh', STRAY, 'script without exec bit, which cron runs through sh');
  plant.put('/srv/app/plugin.jar', Buffer.concat([Buffer.from('PK\x03\x04\x14\x00\x00\x00\x00\x00', 'latin1'), Buffer.alloc(16), Buffer.from('\x14\x00\x00\x00META-INF/MANIFEST.MF', 'latin1'), Buffer.alloc(64)]), 0o644);
  plant.found('jar', '/srv/app/plugin.jar', STRAY, 'Java archive');
}

function plantLaunchPoints(plant: Planter): void {
  const files: readonly (readonly [string, string, string, string, number?])[] = [
    ['ld-so-conf', '/etc/ld.so.conf.d/stray.conf', '/usr/local/lib/stray\n', 'changes the library search path'],
    ['ld-so-preload', '/etc/ld.so.preload', '/usr/local/lib/libstray.so.1\n', 'loaded into every program'],
    ['cron', '/etc/cron.d/nightly', '17 3 * * * root sh /usr/local/lib/nightly.sh\n', 'cron job'],
    ['unit', '/etc/systemd/system/metricsd.service', '[Service]\nExecStart=/usr/local/libexec/metricsd\n', 'unit'],
    ['timer', '/etc/systemd/system/metricsd.timer', '[Timer]\nOnBootSec=1\n[Install]\nWantedBy=timers.target\n', 'timer, enabled'],
    ['drop-in', '/etc/systemd/system/cron.service.d/more.conf', '[Service]\nExecStartPre=/usr/local/libexec/metricsd\n', "drop-in of a packaged unit"],
    ['udev', '/etc/udev/rules.d/99-more.rules', 'ACTION=="add", RUN+="/usr/local/libexec/metricsd"\n', 'udev rule that runs something'],
    ['profile', '/etc/profile.d/zz.sh', 'alias ls=true\n', 'read by every login shell'],
    ['sudoers', '/etc/sudoers.d/more', 'alice ALL=(ALL) NOPASSWD: ALL\n', 'sudo rule', 0o440],
    ['apt-hook', '/etc/apt/apt.conf.d/99more', 'APT::Update::Post-Invoke { "/usr/local/libexec/metricsd"; };\n', 'run by apt'],
  ];
  for (const [id, path, content, note, mode] of files) {
    plant.put(path, content, mode ?? 0o644);
    plant.found(id, path, LAUNCH, note);
  }
  plant.put('/usr/local/libexec/metricsd', STATIC);
  plant.found('unit-program', '/usr/local/libexec/metricsd', STRAY, 'started by an unowned unit');
  plant.link('/etc/systemd/system/timers.target.wants/metricsd.timer', '../metricsd.timer');
  plant.found('enablement', '/etc/systemd/system/timers.target.wants/metricsd.timer', LAUNCH, 'said with the program that the timer starts');
  plant.put('/usr/lib/systemd/system-generators/more-generator');
  plant.found('generator', '/usr/lib/systemd/system-generators/more-generator', ['file-stray|launch-stray'], 'systemd generator');
  plant.put('/etc/cron.daily/report');
  plant.found('cron-daily', '/etc/cron.daily/report', ['file-stray|launch-stray'], 'daily script');
  plant.put('/etc/init.d/extra');
  plant.found('init-script', '/etc/init.d/extra', ['file-stray|launch-stray'], 'init script');
  plant.put('/var/spool/cron/crontabs/www-data', '* * * * * /usr/local/libexec/metricsd\n', 0o600);
  plant.found('crontab', '/var/spool/cron/crontabs/www-data', LAUNCH, "a user's crontab");
}

function plantForeignInstallers(plant: Planter): void {
  const site = '/usr/local/lib/python3.11/dist-packages';
  plant.put(`${site}/strayreq/__init__.py`, 'def main(): pass\n', 0o644);
  plant.put(`${site}/strayreq-1.0.dist-info/METADATA`, 'Metadata-Version: 2.1\nName: strayreq\nVersion: 1.0\n', 0o644);
  plant.put(`${site}/strayreq-1.0.dist-info/INSTALLER`, 'pip\n', 0o644);
  plant.put(`${site}/strayreq-1.0.dist-info/RECORD`, 'strayreq/__init__.py,,\nstrayreq-1.0.dist-info/METADATA,,\nstrayreq-1.0.dist-info/RECORD,,\n../../../bin/strayreq,,\n', 0o644);
  plant.put('/usr/local/bin/strayreq', '#!/usr/bin/python3\nfrom strayreq import main\nmain()\n');
  plant.found('pip', '/usr/local/bin/strayreq', STRAY, 'console script of a pip package');
  plant.put('/usr/local/lib/node_modules/stray-cli/package.json', '{"name":"stray-cli","version":"2.0.0","bin":{"stray-cli":"bin/cli.js"}}\n', 0o644);
  plant.put('/usr/local/lib/node_modules/stray-cli/bin/cli.js', '#!/usr/bin/env node\n');
  plant.link('/usr/local/bin/stray-cli', '../lib/node_modules/stray-cli/bin/cli.js');
  plant.found('npm', '/usr/local/lib/node_modules/stray-cli/bin/cli.js', STRAY, 'npm -g package');
  plant.found('npm-link', '/usr/local/bin/stray-cli', STRAY, "npm -g package's link on PATH");
  plant.put('/var/lib/gems/3.1.0/specifications/stray-0.1.gemspec', 'Gem::Specification.new{|s|s.name="stray";s.version="0.1"}\n', 0o644);
  plant.put('/var/lib/gems/3.1.0/gems/stray-0.1/bin/stray', '#!/usr/bin/env ruby\n');
  plant.found('gem', '/var/lib/gems/3.1.0/gems/stray-0.1/bin/stray', STRAY, 'gem');
}

function plantChangedFiles(plant: Planter): void {
  plant.tamper('/usr/bin/tac', (content) => { content.writeUInt8(content[200]! ^ 0xff, 200); return content; });
  plant.found('content', '/usr/bin/tac', CHANGED, 'other content, size and mtime as they were');
  plant.chmod('/usr/bin/nl', 0o4755);
  plant.found('mode', '/usr/bin/nl', PRIVILEGED, 'made setuid');
  plant.chown('/usr/bin/paste', 65534, 65534);
  plant.found('owner', '/usr/bin/paste', PRIVILEGED, 'given to nobody');
  run('setcap', ['cap_setuid+ep', `${plant.root}/usr/bin/comm`]);
  plant.found('capable', '/usr/bin/comm', PRIVILEGED, 'given a capability');
  plant.remove('/usr/bin/shred');
  plant.found('missing', '/usr/bin/shred', ['file-missing'], 'deleted');
  plant.remove('/usr/bin/unexpand');
  plant.put('/usr/local/libexec/unexpand', SERVER);
  plant.link('/usr/bin/unexpand', '/usr/local/libexec/unexpand');
  plant.found('replaced-by-link', '/usr/bin/unexpand', ['file-modified'], 'replaced by a link');
  plant.found('replacement', '/usr/local/libexec/unexpand', STRAY, 'what that link leads to');
  const library = plant.pick('/usr/share/perl5/Debconf/Db.pm', '/usr/lib/python3.11/os.py');
  plant.append(library, '# planted\n');
  plant.found('library-module', library, CHANGED, 'packaged module changed');
  plant.append('/etc/cron.daily/dpkg', '\n# planted\n');
  plant.found('conffile', '/etc/cron.daily/dpkg', CHANGED, 'conffile edited');
  plant.remove('/etc/skel/.bashrc');
  plant.found('conffile-missing', '/etc/skel/.bashrc', ['file-missing'], 'conffile deleted');
  plant.chmod('/usr/share/keyrings', 0o2777);
  plant.found('shared-directory', '/usr/share/keyrings', PRIVILEGED, 'packaged directory made setgid and writable by everyone');
}

function plantFalseProofs(plant: Planter): void {
  // Each of these lies where a proof holds for its neighbours, and the proof itself must fail.
  plant.put('/var/lib/dpkg/info/evil.postinst');
  plant.found('postinst-of-no-package', '/var/lib/dpkg/info/evil.postinst', STRAY, 'maintainer script of no installed package');
  const source = plant.stat('/usr/lib/python3.11/os.py');
  const header = Buffer.alloc(16);
  header.set([0xa7, 0x0d, 0x0d, 0x0a]);
  header.writeUInt32LE((Math.floor(source.mtimeMs / 1000) + 1) >>> 0, 8);
  header.writeUInt32LE(source.size, 12);
  plant.put('/usr/lib/python3.11/__pycache__/os.cpython-311.opt-2.pyc', Buffer.concat([header, Buffer.from('body')]), 0o644);
  plant.found('bytecode-other-header', '/usr/lib/python3.11/__pycache__/os.cpython-311.opt-2.pyc', STRAY, 'bytecode beside an owned source that it was not made from');
  plant.put('/usr/lib/python3.11/__pycache__/nosuch.cpython-311.pyc', Buffer.concat([header, Buffer.from('body')]), 0o644);
  plant.found('bytecode-orphan', '/usr/lib/python3.11/__pycache__/nosuch.cpython-311.pyc', STRAY, 'bytecode without a source');
  plant.put('/usr/local/libexec/editor', SCRIPT);
  plant.found('alternative-target', '/usr/local/libexec/editor', STRAY, 'what an alternative leads to');
  inRoot(plant.root, ['update-alternatives', '--quiet', '--install', '/usr/bin/planted-editor', 'planted-editor', '/usr/local/libexec/editor', '10']);
  plant.found('alternative-link', '/usr/bin/planted-editor', STRAY, 'alternative whose choice is a stray');
  plant.put('/boot/initrd.img-6.1.0-66-amd64', Buffer.concat([Buffer.from('070701'), Buffer.alloc(600)]), 0o644);
  plant.found('initrd-of-no-kernel', '/boot/initrd.img-6.1.0-66-amd64', ['file-stray|launch-stray'], 'initrd of a kernel that is not installed');
}

function plantAccounts(plant: Planter): void {
  plant.append('/etc/passwd', 'toor:x:0:0::/root:/bin/bash\n');
  plant.about('second-uid-0', { type: 'account', name: 'toor' }, ['watch-changed'], 'second account with uid 0');
  plant.chmod('/etc/shadow', 0o644);
  plant.found('shadow-mode', '/etc/shadow', ['watch-changed'], 'readable by everyone');
  plant.put('/root/.ssh/authorized_keys', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA x\n', 0o666);
  plant.found('authorized-keys-mode', '/root/.ssh/authorized_keys', ['watch-changed'], 'writable by everyone');
  plant.about('root-login', { type: 'account', name: 'root' }, ['ssh-root-login'], 'a key of root, and an sshd that takes it from anywhere');
}

function plantTree(plant: Planter): void {
  for (const name of ['start', 'stop', 'lib/a.so', 'lib/b.so', 'sbin/d']) {
    plant.put(`/opt/suite/${name}`, name.endsWith('.so') ? LIBRARY : SERVER);
  }
  plant.put('/opt/suite/readme.txt', 'data\n', 0o644);
  plant.about('tree', { type: 'path', path: '/opt/suite' }, ['tree-stray'], 'five strays below one directory');
  plant.put('/opt/suite/bin/helper', SERVER, 0o4755);
  plant.found('tree-setuid', '/opt/suite/bin/helper', ['file-stray', 'file-privileged'], 'setuid file inside a tree, said on its own');
}

function plantControls(plant: Planter): void {
  inRoot(plant.root, ['dpkg-statoverride', '--force-all', '--update', '--add', 'root', 'root', '0755', '/usr/bin/expiry']);
  plant.control('statoverride', '/usr/bin/expiry', 'mode changed through dpkg-statoverride');
  const pager = inRoot(plant.root, ['update-alternatives', '--list', 'pager']).trim().split('\n').at(-1)!;
  inRoot(plant.root, ['update-alternatives', '--quiet', '--set', 'pager', pager]);
  plant.control('alternative', '/usr/bin/pager', 'alternative chosen by hand');
  inRoot(plant.root, ['python3', '-m', 'compileall', '-q', '-f', '/usr/lib/python3/dist-packages', '/usr/lib/python3.11/json'], { accept: [0, 1] });
  plant.control('bytecode', '/usr/lib/python3.11/json/__pycache__/decoder.cpython-311.pyc', 'bytecode of an owned source, compiled again');
  plant.put('/etc/cron.d/not.run', '* * * * * root true\n', 0o644);
  plant.control('cron-dotted', '/etc/cron.d/not.run', 'cron leaves names with a dot alone');
  plant.link('/etc/systemd/system/sysinit.target.wants/cron.service', '/lib/systemd/system/cron.service');
  plant.control('enablement-owned', '/etc/systemd/system/sysinit.target.wants/cron.service', 'enablement link to a packaged unit');
  plant.put('/var/lib/redis/dump.rdb', 'REDIS0010', 0o640);
  plant.control('data', '/var/lib/redis/dump.rdb', "a service's data");
  plant.put('/usr/local/share/notes.txt', 'notes\n', 0o644);
  plant.control('text', '/usr/local/share/notes.txt', 'a text');
  run('mkfifo', [`${plant.root}/tmp/fifo`]);
  plant.control('fifo', '/tmp/fifo', 'a FIFO, which nothing may open');
}
