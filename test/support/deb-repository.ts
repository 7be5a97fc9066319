// A signed apt repository of packages that the tests build (one flat directory: Packages, Release, InRelease), as apt-get(8) reads it from a file: address.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDeb, type DebPackage } from './deb-build.ts';
import { run } from './run-command.ts';
import { clearSign } from './signing-key.ts';

export function writeDebRepository(directory: string, specs: readonly DebPackage[], gpgHome: string): void {
  mkdirSync(directory, { recursive: true });
  for (const spec of specs) buildDeb(spec, directory);
  indexDebRepository(directory, gpgHome);
}

/** Of the .deb files that lie in it now. */
export function indexDebRepository(directory: string, gpgHome: string): void {
  const debs = readdirSync(directory).filter((name) => name.endsWith('.deb')).toSorted();
  const stanzas = debs.map((name) => {
    const content = readFileSync(join(directory, name));
    return `${run('dpkg-deb', ['-f', join(directory, name)]).trimEnd()}\nFilename: ./${name}\nSize: ${content.length}\nSHA256: ${sha256(content)}\n`;
  });
  const packages = stanzas.join('\n');
  writeFileSync(join(directory, 'Packages'), packages);
  const release = `Origin: Example\nLabel: Example\nSuite: stable\nDate: ${new Date(Date.now()).toUTCString().replace('GMT', 'UTC')}\nSHA256:\n ${sha256(packages)} ${packages.length} Packages\n`;
  writeFileSync(join(directory, 'Release'), release);
  writeFileSync(join(directory, 'InRelease'), clearSign(gpgHome, release));
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
