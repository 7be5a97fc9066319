// A tiny Debian host; who may change a file needs root to be tested.
import { chmodSync, chownSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { apt } from '../../../src/managers/apt/index.ts';
import { isAsPackaged, packagedContent } from '../../../src/operations/observe/as-packaged.ts';
import { needs } from '../../support/requirements.ts';
import { scratchDirectory } from '../../support/temporary-directory.ts';
import { tinyDebRoot } from '../../support/tiny-deb-root.ts';

describe.skipIf(!needs('which programs may be asked', 'root'))('a program that may be asked', () => {
  let root: string;
  beforeEach(() => void (root = tinyDebRoot('as-packaged')));

  async function asked(path: string): Promise<boolean> {
    const host = localHost(root);
    const { value } = await apt.prepare({ host, scratch: scratchDirectory() });
    return isAsPackaged(host, [apt.ownership(host, value).value], path);
  }

  it('is as its package left it, by whatever name', async () => {
    expect(await asked('/usr/sbin/server')).toBe(true);
    expect(await asked('/sbin/server')).toBe(true);
    symlinkSync('server', join(root, 'usr/sbin/alias'));
    expect(await asked('/usr/sbin/alias')).toBe(true);
  });

  it('is not one that no package owns, or that is not there', async () => {
    writeFileSync(join(root, 'usr/sbin/own'), 'x', { mode: 0o755 });
    expect(await asked('/usr/sbin/own')).toBe(false);
    expect(await asked('/usr/sbin/nothing')).toBe(false);
  });

  it.each<[string, () => void]>([
    ['with other content', () => writeFileSync(join(root, 'usr/sbin/server'), 'other')],
    ['that others can write to', () => chmodSync(join(root, 'usr/sbin/server'), 0o757)],
    ['that belongs to somebody else', () => chownSync(join(root, 'usr/sbin/server'), 65534, 0)],
    ['in a directory of somebody else', () => chownSync(join(root, 'usr/sbin'), 65534, 0)],
    ['of which the database has no digest', () => writeFileSync(join(root, 'var/lib/dpkg/info/server.md5sums'), '')],
  ])('is not one %s', async (_, change) => {
    change();
    expect(await asked('/usr/sbin/server')).toBe(false);
  });

  it('has the content that its package brought, other content, or nobody knows', async () => {
    const content = async (): Promise<string> => {
      const host = localHost(root);
      const { value } = await apt.prepare({ host, scratch: scratchDirectory() });
      return packagedContent(host, [apt.ownership(host, value).value], '/usr/sbin/server');
    };
    expect(await content()).toBe('same');
    writeFileSync(join(root, 'usr/sbin/server'), 'other');
    expect(await content()).toBe('different');
    writeFileSync(join(root, 'var/lib/dpkg/info/server.md5sums'), '');
    expect(await content()).toBe('unknown');
  });
});
