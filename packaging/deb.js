// Makes the .deb with dpkg-deb(1) from a staged tree (deb(5), deb-control(5)).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entries, setTimes } from './stage.js';

const ARCHITECTURE = { x64: 'amd64', arm64: 'arm64' }[process.arch];
/** Of Node's own executable (`objdump -T`); libatomic1 is not on every host, the others are. */
const DEPENDS = 'libatomic1, libc6 (>= 2.28), libgcc-s1 (>= 3.0) | libgcc1, libstdc++6 (>= 5)';

/** Returns the path of the package. `about`: { version, epoch, fast }. */
export function makeDeb(stage, output, about) {
  const control = join(stage, 'DEBIAN');
  const files = entries(stage).filter(({ isDirectory }) => !isDirectory).map(({ path }) => path);
  mkdirSync(control, { mode: 0o755 });
  const kilobytes = files.reduce((sum, path) => sum + Math.ceil(statSync(path).size / 1024), 0);
  writeFileSync(join(control, 'control'), `Package: drift
Version: ${about.version}-1
Architecture: ${ARCHITECTURE}
Maintainer: drift <drift@example.org>
Installed-Size: ${kilobytes}
Depends: ${DEPENDS}
Recommends: libcap2-bin
Section: admin
Priority: optional
Description: find what neither the package database nor a manifest accounts for
 drift compares a manifest with the dpkg database, and that database with the
 file system, the running processes, the listening sockets and everything that
 starts programs. What neither accounts for is reported, and put right when
 asked for.
`);
  writeFileSync(join(control, 'conffiles'), '/etc/apt/apt.conf.d/90drift\n/etc/drift/manifest.yaml.example\n');
  writeFileSync(join(control, 'md5sums'), files.map((path) => `${createHash('md5').update(readFileSync(path)).digest('hex')}  ${path.slice(stage.length + 1)}\n`).filter((line) => !line.includes('  etc/')).join(''));
  for (const name of ['postinst', 'postrm', 'prerm']) {
    copyFileSync(join(import.meta.dirname, 'deb', name), join(control, name));
    chmodSync(join(control, name), 0o755);
  }
  for (const name of ['control', 'conffiles', 'md5sums']) chmodSync(join(control, name), 0o644);
  setTimes(stage, about.epoch);
  const path = join(output, `drift_${about.version}-1_${ARCHITECTURE}.deb`);
  // One thread: with several, xz cuts the data elsewhere, and the bytes depend on the machine.
  const compression = about.fast ? ['-Zgzip', '-z1'] : ['-Zxz', '-z6', '--threads-max=1'];
  execFileSync('dpkg-deb', ['--root-owner-group', '--uniform-compression', ...compression, '--build', stage, path], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, SOURCE_DATE_EPOCH: String(about.epoch) } });
  return path;
}
