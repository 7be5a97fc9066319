// Files with names of data in a tree whose programs the manifest allows: only an entry for the whole tree covers them.
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { elf } from '../../support/elf.ts';
import { drift } from '../../support/run-cli.ts';
import { tinyDebRoot } from '../../support/tiny-deb-root.ts';
import { workDirectory } from '../../support/working-copy.ts';

describe('a tree with allowed programs', () => {
  it.each([
    ['/opt/vendor/bin/*', ['/opt/vendor/data/x.png']],
    ['/opt/vendor/**', []],
  ])('%s', async (allowed, expected) => {
    const root = tinyDebRoot('observe');
    const program = elf({ type: 'program', dynamic: true, text: 'vendor' });
    for (const name of ['bin', 'data']) mkdirSync(join(root, 'opt/vendor', name), { recursive: true });
    for (let i = 0; i < 6; i++) writeFileSync(join(root, 'opt/vendor/bin', `p${i}`), program, { mode: 0o755 });
    writeFileSync(join(root, 'opt/vendor/data/x.png'), program, { mode: 0o644 });
    const manifest = join(workDirectory('observe'), 'manifest.yaml');
    writeFileSync(manifest, `drift: 1\nallow:\n  - { path: "${allowed}", reason: "vendor" }\n`, { mode: 0o600 });
    const check = await drift(['check', '--root', root, '--manifest', manifest, '--json']);
    expect(check.json().findings.filter(({ kind }) => kind === 'file-stray' || kind === 'tree-stray').map(({ subject }) => subject['path'])).toEqual(expected);
  });

  it('and another name of a packaged program, which is told as such', async () => {
    const root = tinyDebRoot('observe-link');
    const program = elf({ type: 'program', dynamic: true, text: 'vendor' });
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    mkdirSync(join(root, 'opt/vendor/bin'), { recursive: true });
    writeFileSync(join(root, 'usr/bin/tool'), program, { mode: 0o755 });
    writeFileSync(join(root, 'var/lib/dpkg/status'), 'Package: tool\nStatus: install ok installed\nMaintainer: A <a@example.org>\nArchitecture: all\nVersion: 1\nDescription: x\n\n', { flag: 'a' });
    writeFileSync(join(root, 'var/lib/dpkg/info/tool.list'), '/.\n/usr\n/usr/bin\n/usr/bin/tool\n');
    linkSync(join(root, 'usr/bin/tool'), join(root, 'opt/vendor/bin/linked'));
    for (let i = 0; i < 6; i++) writeFileSync(join(root, 'opt/vendor/bin', `p${i}`), program, { mode: 0o755 });
    writeFileSync(join(root, 'opt/vendor/x.png'), program, { mode: 0o644 });
    const manifest = join(workDirectory('observe'), 'linked.yaml');
    writeFileSync(manifest, 'drift: 1\nallow:\n  - { path: "/opt/vendor/bin/p*", reason: "vendor" }\n', { mode: 0o600 });
    const check = await drift(['check', '--root', root, '--manifest', manifest, '--json']);
    const linked = check.json().findings.find(({ subject }) => subject['path'] === '/opt/vendor/bin/linked');
    expect(linked?.facts).toMatchObject({ hardLinkOf: { path: '/usr/bin/tool' } });
    expect(check.json().findings.some(({ subject }) => subject['path'] === '/opt/vendor/x.png')).toBe(true);
  });
});
