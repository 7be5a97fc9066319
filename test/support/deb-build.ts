// Builds small .deb files with dpkg-deb(1) and installs them into a root with its own dpkg.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inRoot, run } from './run-command.ts';

export interface DebPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** More control fields, whole lines. */
  readonly fields?: readonly string[];
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** Of files that are neither programs below a `bin` (0755) nor 0644. */
  readonly modes?: Readonly<Record<string, number>>;
  readonly conffiles?: readonly string[];
  /** preinst, postinst, prerm, postrm: shell text after the '#!' line. */
  readonly scripts?: Readonly<Record<string, string>>;
}

export function buildDeb(spec: DebPackage, into: string): string {
  const tree = mkdtempSync(join(tmpdir(), 'drift-deb-'));
  try {
    chmodSync(tree, 0o755);
    mkdirSync(join(tree, 'DEBIAN'), { mode: 0o755 });
    const sums: string[] = [];
    for (const [path, content] of Object.entries(spec.files ?? {})) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), content);
      chmodSync(join(tree, path), spec.modes?.[path] ?? (path.includes('/bin/') ? 0o755 : 0o644));
      sums.push(`${createHash('md5').update(readFileSync(join(tree, path))).digest('hex')}  ${path.slice(1)}\n`);
    }
    const control = [`Package: ${spec.name}`, `Version: ${spec.version}`, `Architecture: ${spec.arch}`, 'Maintainer: Test <test@example.invalid>', ...(spec.fields ?? []), 'Description: made by a test', ''];
    writeFileSync(join(tree, 'DEBIAN/control'), control.join('\n'));
    writeFileSync(join(tree, 'DEBIAN/md5sums'), sums.join(''));
    if (spec.conffiles !== undefined) writeFileSync(join(tree, 'DEBIAN/conffiles'), `${spec.conffiles.join('\n')}\n`);
    for (const [name, text] of Object.entries(spec.scripts ?? {})) {
      writeFileSync(join(tree, 'DEBIAN', name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(tree, 'DEBIAN', name), 0o755);
    }
    const deb = join(into, `${spec.name}_${spec.version.replace(/^\d+:/, '')}_${spec.arch}.deb`);
    run('dpkg-deb', ['--root-owner-group', '-Zgzip', '-b', tree, deb]);
    return deb;
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/** Installs (or with '--unpack' only unpacks) the packages in `root`; `mayFail` where a maintainer script is meant to. */
export function installDebs(root: string, specs: readonly DebPackage[], action: '--install' | '--unpack' = '--install', mayFail = false): void {
  const inside = '/run/drift-test-debs';
  mkdirSync(join(root, inside), { recursive: true });
  try {
    const files = specs.map((spec) => buildDeb(spec, join(root, inside)).slice(root.length));
    inRoot(root, ['dpkg', '--force-unsafe-io', action, ...files], { accept: mayFail ? [0, 1] : [0] });
  } finally {
    rmSync(join(root, inside), { recursive: true });
  }
}
