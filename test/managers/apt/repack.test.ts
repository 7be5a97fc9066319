// Packages as files: put together from what is installed so that dpkg-deb reads them, or taken from apt's cache.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { apt } from '../../../src/managers/apt/index.ts';
import { keepDeb } from '../../../src/managers/apt/repack.ts';
import { needs } from '../../support/requirements.ts';
import { run } from '../../support/run-command.ts';
import { tinyDebRoot } from '../../support/tiny-deb-root.ts';
import { workDirectory } from '../../support/working-copy.ts';

const LONG = `/usr/share/${'long-name-'.repeat(11)}file`;
let root: string;

beforeAll(() => {
  root = tinyDebRoot('repack', [{
    name: 'kept', version: '1:2.0-1', fields: ['Depends: other (>= 1)', 'Conffiles:', ' /etc/kept.conf 00000000000000000000000000000000'],
    files: { '/usr/bin/kept': '#!/bin/sh\necho kept\n', '/etc/kept.conf': 'x = 1\n', [LONG]: 'long\n', '/usr/share/empty': '' },
  }]);
  writeFileSync(join(root, 'var/lib/dpkg/info/kept.postinst'), '#!/bin/sh\nexit 0\n');
  symlinkSync('/usr/bin/kept', join(root, 'usr/bin/other-name'));
  writeFileSync(join(root, 'var/lib/dpkg/info/kept.list'), ['/.', '/usr', '/usr/bin', '/usr/bin/kept', '/usr/bin/other-name', '/etc', '/etc/kept.conf', LONG, '/usr/share/empty', ''].join('\n'));
});

function keep(): ReturnType<typeof keepDeb> {
  const host = localHost(root);
  return keepDeb(host, apt.ownership(host, { manager: 'apt' }).value, { manager: 'apt', name: 'kept', arch: 'amd64', version: '1:2.0-1' });
}

describe.skipIf(!needs('packages that are put together again', 'dpkg-deb'))('a package that is put together again', () => {
  it('is one that dpkg reads: fields, scripts, conffiles, files with their names, modes and contents', () => {
    const kept = keep();
    if (!kept.ok) throw new Error(kept.error.message);
    expect([kept.value.file, kept.value.how]).toEqual(['kept_1%3a2.0-1_amd64.deb', 'repacked']);
    const place = workDirectory('repacked');
    const deb = join(place, 'kept.deb');
    writeFileSync(deb, kept.value.content);
    expect(['Package', 'Version', 'Depends', 'Status'].map((field) => run('dpkg-deb', ['-f', deb, field]).trim())).toEqual(['kept', '1:2.0-1', 'other (>= 1)', '']);
    run('dpkg-deb', ['-R', deb, join(place, 'tree')]);
    const tree = (...args: readonly string[]): string => run('sh', ['-c', `cd "$1" && ${args.join(' ')}`, 'sh', join(place, 'tree')]);
    expect(tree('find . -type f -o -type l | sort').split('\n').filter((line) => line !== '')).toEqual([
      './DEBIAN/conffiles', './DEBIAN/control', './DEBIAN/md5sums', './DEBIAN/postinst', './etc/kept.conf', './usr/bin/kept', './usr/bin/other-name', './usr/share/empty', `.${LONG}`,
    ]);
    expect([tree('cat DEBIAN/conffiles'), tree('cat usr/bin/kept'), tree('readlink usr/bin/other-name'), tree('stat -c %a usr/bin/kept DEBIAN/postinst')]).toEqual(['/etc/kept.conf\n', '#!/bin/sh\necho kept\n', '/usr/bin/kept\n', '755\n755\n']);
    const again = keep();
    expect(again.ok && again.value.content.equals(kept.value.content)).toBe(true);
  });

  it('is not made of what somebody changed since', () => {
    const sums = join(root, 'var/lib/dpkg/info/kept.md5sums');
    const before = readFileSync(sums);
    writeFileSync(sums, `${'0'.repeat(32)}  usr/bin/kept\n`);
    expect(keep()).toMatchObject({ ok: false, error: { reason: 'no-bytes', message: '/usr/bin/kept is not as it was installed' } });
    writeFileSync(sums, before);
    expect(keep().ok).toBe(true);
  });

  it('comes from apt\'s cache where that has it', () => {
    mkdirSync(join(root, 'var/cache/apt/archives'), { recursive: true });
    writeFileSync(join(root, 'var/cache/apt/archives/kept_1%3a2.0-1_amd64.deb'), 'as it was fetched');
    expect(keep()).toMatchObject({ ok: true, value: { how: 'cached', content: Buffer.from('as it was fetched') } });
  });
});
