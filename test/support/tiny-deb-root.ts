// A Debian root of a few files, written by hand in the formats of dpkg (deb-status, info/*.list): for tests of damage and of hostile content, where it
// does not matter that dpkg itself never ran. Needs no privileges.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { elf } from './elf.ts';
import { nextTick } from './file-clock.ts';
import { workDirectory } from './working-copy.ts';

export interface TinyPackage {
  readonly name: string;
  readonly version?: string;
  readonly fields?: readonly string[];
  readonly files: Readonly<Record<string, string | Buffer>>;
}

const DIRECTORIES = ['/.', '/usr', '/usr/bin', '/usr/sbin', '/usr/lib', '/usr/lib64', '/usr/share', '/usr/share/doc', '/etc', '/etc/apt', '/var', '/var/lib', '/var/log', '/var/cache', '/root', '/home', '/opt', '/srv', '/tmp', '/run', '/boot', '/bin', '/sbin', '/lib', '/lib64'];

export const TINY_PACKAGES: readonly TinyPackage[] = [
  { name: 'base-files', fields: ['Essential: yes', 'Priority: required'], files: { '/usr/lib/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\nVERSION_CODENAME=bookworm\n', '/etc/motd': 'hello\n' } },
  { name: 'coreutils', fields: ['Essential: yes', 'Priority: required'], files: { '/usr/bin/cat': elf({ type: 'program', dynamic: true, text: 'cat' }), '/usr/bin/ls': elf({ type: 'program', dynamic: true, text: 'ls' }) } },
  { name: 'dpkg', fields: ['Essential: yes', 'Priority: required'], files: { '/usr/bin/dpkg': elf({ type: 'program', dynamic: true, text: 'dpkg' }) } },
  { name: 'server', fields: ['Depends: library (>= 1)'], files: { '/usr/sbin/server': elf({ type: 'program', dynamic: true, text: 'server' }), '/usr/share/doc/server-readme': 'readme\n' } },
  { name: 'library', files: { '/usr/lib/libx.so.1': elf({ type: 'library', text: 'library' }) } },
];

export function statusStanza(each: TinyPackage): string {
  return [`Package: ${each.name}`, 'Status: install ok installed', ...(each.fields ?? ['Priority: optional']), 'Maintainer: Test <test@example.invalid>', 'Architecture: amd64',
    `Version: ${each.version ?? '1.0-1'}`, 'Description: a test', '', ''].join('\n');
}

/** The path of a new root; the caller may do with it as it likes. */
export function tinyDebRoot(label: string, packages: readonly TinyPackage[] = TINY_PACKAGES): string {
  const root = join(workDirectory(label), 'root');
  const info = join(root, 'var/lib/dpkg/info');
  mkdirSync(info, { recursive: true });
  for (const path of DIRECTORIES.slice(1, -4)) mkdirSync(join(root, path), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  chmodSync(join(root, 'root'), 0o700);
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nshadow:x:42:\nnogroup:x:65534:\n');
  writeFileSync(join(root, 'etc/shadow'), 'root:*:19000:0:99999:7:::\n', { mode: 0o600 });
  symlinkSync('../usr/lib/os-release', join(root, 'etc/os-release'));
  for (const each of packages) {
    for (const [path, content] of Object.entries(each.files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
      chmodSync(join(root, path), /\/s?bin\//.test(path) ? 0o755 : 0o644);
    }
    const own = each.name === 'base-files' ? DIRECTORIES : [];
    writeFileSync(join(info, `${each.name}.md5sums`), Object.entries(each.files).map(([path, content]) => `${createHash('md5').update(content).digest('hex')}  ${path.slice(1)}\n`).join(''));
    writeFileSync(join(info, `${each.name}.list`), [...own, ...Object.keys(each.files)].map((path) => `${path}\n`).join(''));
  }
  writeFileSync(join(root, 'var/lib/dpkg/status'), packages.map(statusStanza).join(''));
  // What the caller changes is later than the installation.
  nextTick(root);
  return root;
}
