// The files of the packages, as they will lie on a host: the same for the same sources, whoever makes them, wherever and when.
import { chmodSync, copyFileSync, lutimesSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { completions } from './completions.js';
import { billOfMaterials, bundledPackages, licenceNotices, ownLicence } from './licences.js';
import { manualPages } from './manual.js';

const root = dirname(import.meta.dirname);
const UNITS = ['drift-check', 'drift-rebuild'];
/** When the timers last ran, as systemd keeps it: of the .rpm, which then takes it away. */
export const TIMER_STAMPS = UNITS.map((name) => `/var/lib/systemd/timers/stamp-${name}.timer`);

/** `about`: { version, epoch }. `fill` fills a directory for 'deb' or 'rpm'; `licences`: of everything that is in the executable, as SPDX has them. */
export async function preparedFiles(about) {
  const time = new Date(about.epoch * 1000).toISOString();
  const packages = await bundledPackages();
  const [manual, completion] = [await manualPages(about.version, time.slice(0, 10)), await completions()];
  const notices = licenceNotices(packages);
  const materials = billOfMaterials(packages, about.version, time);
  const licences = [...new Set(['Apache-2.0', 'MIT', ...packages.map(({ licence }) => licence)])].toSorted();
  const fill = (directory, kind) => {
    rmSync(directory, { recursive: true, force: true });
    const place = (path, content, mode = 0o644) => {
      mkdirSync(dirname(join(directory, path)), { recursive: true, mode: 0o755 });
      writeFileSync(join(directory, path), content);
      chmodSync(join(directory, path), mode);
    };
    const doc = 'usr/share/doc/drift';
    mkdirSync(join(directory, 'usr/bin'), { recursive: true });
    copyFileSync(join(root, 'build/drift'), join(directory, 'usr/bin/drift'));
    chmodSync(join(directory, 'usr/bin/drift'), 0o755);
    for (const [name, text] of manual) place(`usr/share/man/man1/${name}.gz`, zipped(text));
    place('usr/share/bash-completion/completions/drift', completion.get('drift.bash'));
    place(`usr/share/zsh/${kind === 'deb' ? 'vendor-completions' : 'site-functions'}/_drift`, completion.get('_drift'));
    place('usr/share/fish/vendor_completions.d/drift.fish', completion.get('drift.fish'));
    for (const name of [...UNITS.flatMap((unit) => [`${unit}.service`, `${unit}.timer`]), 'drift-mail.service']) place(`usr/lib/systemd/system/${name}`, readFileSync(join(import.meta.dirname, 'files/systemd', name)));
    place('usr/lib/drift/after-transaction', readFileSync(join(import.meta.dirname, 'files/hooks/after-transaction')), 0o755);
    const hook = kind === 'deb' ? 'etc/apt/apt.conf.d/90drift' : 'etc/dnf/plugins/post-transaction-actions.d/drift.action';
    place(hook, readFileSync(join(import.meta.dirname, 'files/hooks', basename(hook))));
    place('usr/lib/tmpfiles.d/drift.conf', readFileSync(join(import.meta.dirname, 'files/tmpfiles.conf')));
    place('etc/drift/manifest.yaml.example', readFileSync(join(import.meta.dirname, 'files/manifest.yaml.example')));
    for (const [from, to] of [['docs/reference', doc], ['manifests', `${doc}/manifests`], ['packaging/files/monitoring', `${doc}/monitoring`]]) {
      for (const name of readdirSync(join(root, from)).toSorted()) place(`${to}/${name}`, readFileSync(join(root, from, name)));
    }
    place(`${doc}/sbom.cdx.json`, materials);
    place(`${doc}/changelog.gz`, zipped(readFileSync(join(root, 'CHANGELOG.md'))));
    if (kind === 'deb') {
      place(`${doc}/changelog.Debian.gz`, zipped(`drift (${about.version}-1) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- drift <drift@example.org>  ${new Date(about.epoch * 1000).toUTCString().replace('GMT', '+0000')}\n`));
      place(`${doc}/copyright`, copyright(packages, about));
      place(`${doc}/NOTICES.gz`, zipped(notices));
      place('usr/share/lintian/overrides/drift', readFileSync(join(import.meta.dirname, 'deb/lintian-overrides')));
    } else {
      place('usr/share/licenses/drift/LICENSE', ownLicence());
      place('usr/share/licenses/drift/NOTICES', notices);
      for (const stamp of TIMER_STAMPS) place(stamp.slice(1), '');
    }
    mkdirSync(join(directory, 'var/lib/drift'), { recursive: true });
    for (const path of entries(directory)) if (path.isDirectory) chmodSync(path.path, path.path.endsWith('/var/lib/drift') ? 0o700 : 0o755);
  };
  return { fill, licences };
}

/** The texts are long and not for the eyes; Debian has its own copy of the Apache License. */
function copyright(packages, about) {
  return [
    `Copyright (C) ${new Date(about.epoch * 1000).getUTCFullYear()} the authors of drift.`, 'drift is under the Apache License, version 2.0, which is in', '/usr/share/common-licenses/Apache-2.0.', '',
    'The executable contains Node.js with the libraries that it brings, and these packages;', 'their copyright notices and licences are in NOTICES.gz beside this file.', '',
    ...packages.map(({ licence, name, version }) => ` ${name} ${version}: ${licence}`), '',
  ].join('\n');
}

/** Everything has the time of the sources, directories last. */
export function setTimes(directory, epoch) {
  for (const { path } of entries(directory).toReversed()) lutimesSync(path, epoch, epoch);
}

/** The directory itself, then what is in it, in the order of bytes, each before what is below it. */
export function entries(directory, isDirectory = true) {
  if (!isDirectory) return [{ path: directory, isDirectory }];
  const inner = readdirSync(directory, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [{ path: directory, isDirectory }, ...inner.flatMap((entry) => entries(join(directory, entry.name), entry.isDirectory()))];
}

/** As `gzip -9n`: neither name nor time in it. */
function zipped(content) {
  return gzipSync(content, { level: 9 });
}
