// Makes the .rpm with rpmbuild(8) from a staged tree.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entries, setTimes, TIMER_STAMPS } from './stage.js';

const ARCHITECTURE = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
const RELEASE = '1';
/** Directories that are drift's own, and those that nobody else may have brought; the others belong to the system. */
const OWN = /^\/(?:(?:etc|var\/lib|usr\/lib|usr\/share\/doc|usr\/share\/licenses)\/drift(?:\/.*)?|etc\/dnf(?:\/plugins(?:\/post-transaction-actions\.d)?)?|usr\/share\/(?:bash-completion(?:\/completions)?|zsh(?:\/site-functions)?|fish(?:\/vendor_completions\.d)?))$/;

/** Returns the path of the package. `about`: { version, epoch, fast, licences }. */
export function makeRpm(stage, output, about) {
  // rpmbuild takes a blank in a path for the end of it, and a checkout may lie anywhere.
  const top = mkdtempSync(join(tmpdir(), 'drift-rpm-'));
  symlinkSync(stage, join(top, 'stage'));
  setTimes(stage, about.epoch);
  const list = entries(stage).map(({ isDirectory, path }) => fileLine(stage, path.slice(stage.length) || '/', isDirectory)).filter((line) => line !== '');
  writeFileSync(join(top, 'files'), `${list.join('\n')}\n`);
  copyFileSync(join(import.meta.dirname, 'rpm/drift.spec'), join(top, 'drift.spec'));
  const defines = {
    _topdir: top, stage: join(top, 'stage'), file_list: join(top, 'files'), drift_version: about.version, drift_arch: ARCHITECTURE, payload: about.fast ? 'w1.gzdio' : 'w6.xzdio',
    drift_licence: about.licences.join(' AND '), drift_day: new Date(about.epoch * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) .*$/, '$1 $3 $2 $4'),
    // Not the build machine's own opinion of itself.
    dist: '%{nil}', vendor: '%{nil}',
  };
  const result = spawnSync('rpmbuild', ['-bb', '--quiet', `--target=${ARCHITECTURE}`, ...Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]), join(top, 'drift.spec')], {
    encoding: 'utf8', env: { ...process.env, SOURCE_DATE_EPOCH: String(about.epoch), LC_ALL: 'C.UTF-8' },
  });
  if (result.status !== 0) {
    rmSync(top, { recursive: true });
    throw new Error(`rpmbuild: ${result.error ?? `${result.stdout}${result.stderr}`}`);
  }
  const name = `drift-${about.version}-${RELEASE}.${ARCHITECTURE}.rpm`;
  copyFileSync(join(top, 'RPMS', ARCHITECTURE, name), join(output, name));
  rmSync(top, { recursive: true });
  return join(output, name);
}

function fileLine(stage, path, isDirectory) {
  if (isDirectory) return OWN.test(path) ? `%dir %attr(${path === '/var/lib/drift' ? '0700' : '0755'}, root, root) "${path}"` : '';
  const kind = TIMER_STAMPS.includes(path) ? '%ghost ' : path.startsWith('/etc/') ? '%config(noreplace) ' : path.startsWith('/usr/share/doc/') || path.startsWith('/usr/share/man/') ? '%doc ' : path.startsWith('/usr/share/licenses/') ? '%license ' : '';
  return `${kind}%attr(${statSync(join(stage, path)).mode & 0o111 ? '0755' : '0644'}, root, root) "${path}"`;
}
