// Files with names of data in a tree whose programs the manifest allows: only an entry for the whole tree covers them.
import { mkdirSync, writeFileSync } from 'node:fs';
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
});
