// Plants drift of packages into a Debian root through its own dpkg and apt: every state, origin, hold and diversion.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDeb, installDebs, type DebPackage } from './deb-build.ts';
import { SCRIPT, type Planter } from './planter.ts';
import { inRoot } from './run-command.ts';

export function plantDebPackages(plant: Planter, program: Buffer): void {
  const root = plant.root;
  const about = (id: string, name: string, kinds: readonly string[], note: string): void => plant.about(id, { type: 'package', name }, kinds, note);
  const tool = (name: string): Readonly<Record<string, string>> => ({ [`/usr/bin/${name}`]: SCRIPT });

  installDebs(root, [{ name: 'localtool', version: '1.0-1', arch: 'all', files: tool('localtool') }]);
  about('local-deb', 'localtool', ['package-foreign', 'package-extra'], 'from a .deb, in no repository');

  plantRepository(plant, { name: 'thirdparty', version: '3.2-1', arch: inRoot(root, ['dpkg', '--print-architecture']).trim(), files: { '/usr/bin/thirdpartyd': program } });
  about('third-party', 'thirdparty', ['package-extra'], 'from an undeclared repository');
  plant.about('repository', { type: 'repository', contains: '/srv/apt' }, ['repository-unsigned'], 'trusted=yes');
  plant.about('source-file', { type: 'path', path: '/etc/apt/sources.list.d/vendor.list' }, [], 'the repository is the finding, not the file that names it');

  installDebs(root, [{ name: 'leftover', version: '1.0', arch: 'all', files: { ...tool('leftover'), '/etc/leftover/leftover.conf': 'x=1\n' }, conffiles: ['/etc/leftover/leftover.conf'] }]);
  inRoot(root, ['dpkg', '--remove', 'leftover']);
  about('residual', 'leftover', ['package-residual'], 'removed, conffile left');

  installDebs(root, [{ name: 'halfconf', version: '1.0', arch: 'all', files: tool('halfconf'), scripts: { postinst: 'exit 1' } }], '--install', true);
  about('half-configured', 'halfconf', ['package-broken'], 'postinst failed');
  installDebs(root, [{ name: 'halfinst', version: '1.0', arch: 'all', files: tool('halfinst'), scripts: { preinst: 'exit 1', postrm: 'exit 1' } }], '--install', true);
  about('half-installed', 'halfinst', ['package-broken'], 'preinst and its undoing failed');
  installDebs(root, [{ name: 'unpacked', version: '1.0', arch: 'all', files: tool('unpacked') }], '--unpack');
  about('unpacked', 'unpacked', ['package-broken'], 'never configured');

  inRoot(root, ['dpkg', '--set-selections'], { input: 'nginx-light hold\n' });
  about('hold', 'nginx-light', ['package-hold'], 'put on hold');
  inRoot(root, ['apt-mark', 'auto', 'openssh-server']);
  about('mark', 'openssh-server', ['package-mark'], 'a declared package that autoremove would take');

  downgrade(plant, 'ucf');
  about('downgraded', 'ucf', ['package-foreign'], 'a version that no repository has or had');

  const diverted = '/usr/bin/factor';
  installDebs(root, [{
    name: 'divertpkg', version: '1.0', arch: 'all', files: { [diverted]: SCRIPT },
    scripts: { preinst: `dpkg-divert --package divertpkg --rename --divert ${diverted}.distrib --add ${diverted}` },
  }]);
  about('diverting', 'divertpkg', ['package-foreign', 'package-extra'], 'diverts a packaged program');
  plant.control('diverted', diverted, "the diverting package's own file");
  plant.control('diverted-original', `${diverted}.distrib`, 'the packaged original, moved by that diversion');
  inRoot(root, ['dpkg-divert', '--quiet', '--local', '--rename', '--divert', '/usr/bin/pr.real', '--add', '/usr/bin/pr']);
  plant.put('/usr/bin/pr', SCRIPT);
  plant.found('local-diversion', '/usr/bin/pr', ['file-stray'], 'local diversion, own script in its place');
  plant.control('local-diversion-original', '/usr/bin/pr.real', 'the packaged original, moved by the local diversion');

  inRoot(root, ['dpkg', '--add-architecture', 'i386']);
  installDebs(root, [{ name: 'otherarch', version: '1.0', arch: 'i386', fields: ['Multi-Arch: same'], files: { '/usr/lib/i386-linux-gnu/otherarch/data': 'x\n' } }]);
  plant.about('foreign-architecture', { type: 'package', name: 'otherarch', arch: 'i386' }, ['package-foreign', 'package-extra'], 'of another architecture');
}

/** An unsigned repository in a directory, its index fetched by the root's own apt, and the package installed from it. */
function plantRepository(plant: Planter, spec: DebPackage): void {
  const directory = join(plant.root, 'srv/apt');
  mkdirSync(directory, { recursive: true });
  const deb = buildDeb(spec, directory);
  const name = deb.slice(directory.length + 1);
  const control = [`Package: ${spec.name}`, `Version: ${spec.version}`, `Architecture: ${spec.arch}`, 'Maintainer: Test <test@example.invalid>', 'Description: made by a test'];
  const sha256 = createHash('sha256').update(readFileSync(deb)).digest('hex');
  writeFileSync(join(directory, 'Packages'), `${control.join('\n')}\nFilename: ./${name}\nSize: ${statSync(deb).size}\nSHA256: ${sha256}\n\n`);
  writeFileSync(join(directory, 'Release'), 'Origin: Vendor Inc\nLabel: Vendor\n');
  plant.put('/etc/apt/sources.list.d/vendor.list', 'deb [trusted=yes] file:/srv/apt ./\n', 0o644);
  inRoot(plant.root, ['apt-get', '-qq', '-o', 'Dir::Etc::sourcelist=sources.list.d/vendor.list', '-o', 'Dir::Etc::sourceparts=-', '-o', 'APT::Get::List-Cleanup=0', '-o', 'APT::Sandbox::User=root', 'update']);
  inRoot(plant.root, ['apt-get', '-qq', '-y', '-o', 'Dpkg::Use-Pty=0', '-o', 'APT::Sandbox::User=root', '--no-install-recommends', 'install', spec.name]);
}

/** Installs the files of an installed package again, as an older version that never was. */
function downgrade(plant: Planter, name: string): void {
  const [arch] = inRoot(plant.root, ['dpkg-query', '-W', '-f', '${Architecture}', name]).split('\n');
  const files: Record<string, Buffer> = {};
  for (const path of inRoot(plant.root, ['dpkg', '-L', name]).trim().split('\n')) {
    if (plant.has(path) && plant.stat(path).isFile()) files[path] = plant.read(path);
  }
  const depends = inRoot(plant.root, ['dpkg-query', '-W', '-f', '${Depends}', name]);
  installDebs(plant.root, [{ name, version: '0.0.1~really', arch: arch!, fields: ['Multi-Arch: foreign', ...(depends === '' ? [] : [`Depends: ${depends}`])], files }]);
}
