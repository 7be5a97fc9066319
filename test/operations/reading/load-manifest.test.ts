// The manifest in its default place, seen in a mount namespace of its own: what stands there and cannot be read is never taken for "no manifest".
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../../support/requirements.ts';
import { drift } from '../../support/run-cli.ts';
import { workDirectory } from '../../support/working-copy.ts';

const MANIFEST = "printf 'drift: 1\\npackages:\\n  some-package: any\\n'";

/** Runs `drift manifest show` where /etc is a copy with what `prepare` makes in /etc/drift. */
function show(prepare: string, as: readonly string[] = []): ReturnType<typeof drift> {
  const script = `mount -t tmpfs -o mode=755 tmpfs /mnt && mkdir /mnt/drift && mount -t overlay -o lowerdir=/mnt:/etc overlay /etc && mount -t tmpfs -o mode=755 tmpfs /etc/drift && { ${prepare}; } && exec "$@"`;
  return drift(['manifest', 'show'], { wrap: ['unshare', '-m', 'sh', '-euc', script, 'sh', ...as] });
}

describe('included files', () => {
  it('are found beside a manifest of the current directory, also behind links', async () => {
    const directory = workDirectory('include');
    mkdirSync(join(directory, 'roles'));
    writeFileSync(join(directory, 'web.yaml'), 'drift: 1\ninclude: ["roles/*.yaml"]\n', { mode: 0o600 });
    writeFileSync(join(directory, 'redis'), 'drift: 1\npackages:\n  some-package: any\n', { mode: 0o600 });
    symlinkSync('../redis', join(directory, 'roles/redis.yaml'));
    const shown = await drift(['manifest', 'show', '--manifest', 'web.yaml'], { cwd: directory });
    expect(shown.stdout).toMatch(/some-package/);
  });
});

describe.skipIf(!needs('manifests in their default place', 'mount', 'overlay', 'setpriv'))('the default manifest', () => {
  it('may be a link, and so may be drop-ins', async () => {
    const files = await show(`${MANIFEST} > /etc/drift/web.txt; ln -s web.txt /etc/drift/manifest.yaml; mkdir /etc/drift/manifest.d; ${MANIFEST} | sed s/some/other/ > /etc/drift/roles; ln -s ../roles /etc/drift/manifest.d/a.yaml; ln -s me@host.1 /etc/drift/manifest.d/.#a.yaml`);
    expect(files.stdout).toMatch(/some-package/);
    expect(files.stdout).toMatch(/other-package/);
    expect(files.code).toBe(0);
  });

  it.each([
    ['a link that leads nowhere', 'ln -s gone /etc/drift/manifest.yaml', []],
    ['a directory that is a link that leads nowhere', `${MANIFEST} > /etc/drift/manifest.yaml; ln -s gone /etc/drift/manifest.d`, []],
    ['a drop-in that leads nowhere', `${MANIFEST} > /etc/drift/manifest.yaml; mkdir /etc/drift/manifest.d; ln -s gone /etc/drift/manifest.d/a.yaml`, []],
    ['a place that may not be looked at', `${MANIFEST} > /etc/drift/manifest.yaml; chmod 700 /etc/drift`, ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']],
  ])('%s is an error', async (_, prepare, as) => {
    const shown = await show(prepare, as);
    expect(shown.stderr).toMatch(/drift: error: .*(cannot be read|cannot be looked at|cannot be listed)/);
    expect(shown.code).toBe(1);
  });
});
