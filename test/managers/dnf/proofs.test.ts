// Each proof, and a planted program in the same place that it must not cover; hints.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dnf } from '../../../src/managers/dnf/index.ts';
import { parseAlternative } from '../../../src/managers/dnf/proofs/alternatives.ts';
import type { FileFacts } from '../../../src/model/file.ts';
import type { Hint, Proof } from '../../../src/model/proof.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { header, ndb, writeFile, type HeaderSpec } from './make-database.ts';
import { contextOf } from './small-root.ts';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

class Sandbox {
  readonly root = temporaryDirectory();

  constructor(specs: readonly HeaderSpec[]) {
    writeFile(this.root, '/var/lib/rpm/Packages.db', ndb(specs.map(header)));
  }

  write(path: string, content: string): this {
    writeFile(this.root, path, content);
    return this;
  }

  link(path: string, target: string): this {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true });
    symlinkSync(target, file);
    return this;
  }

  facts(path: string, more: Partial<FileFacts> = {}): FileFacts {
    const stat = lstatSync(join(this.root, path));
    return { path, type: stat.isSymbolicLink() ? 'link' : 'file', stat, ...(stat.isSymbolicLink() ? { target: readlinkSync(join(this.root, path)) } : {}), ...more };
  }

  async proof(path: string, more: Partial<FileFacts> = {}): Promise<Proof | undefined> {
    return (await this.#rules()).proofs.map((rule) => rule.prove(this.facts(path, more))).find((proof) => proof !== undefined);
  }

  async hints(facts: FileFacts): Promise<readonly Hint[]> {
    return (await this.#rules()).hints.map((rule) => rule.hint(facts)).filter((hint) => hint !== undefined);
  }

  async #rules() {
    const context = contextOf(this.root);
    const seed = (await dnf.prepare(context)).value;
    const index = dnf.ownership(context.host, seed).value;
    return { proofs: dnf.proofs(context.host, index), hints: dnf.hints(context.host, index) };
  }
}

describe('alternatives', () => {
  const database = 'auto\n/usr/bin/java\njre\n/usr/lib/jre\njavadoc\n/usr/bin/javadoc\n\n/usr/lib/jvm/a/bin/java\n@java-a@180\n/usr/lib/jvm/a\n\n/usr/lib/jvm/b/bin/java\n170 service\n/usr/lib/jvm/b\n/usr/lib/jvm/b/bin/javadoc\n';
  function sandbox(): Sandbox {
    return new Sandbox([{ name: 'java-a', files: [{ path: '/usr/lib/jvm/a/bin/java' }, { path: '/usr/lib/jvm/a', mode: 0o040755 }] }])
      .write('/usr/lib/jvm/a/bin/java', 'java a').write('/usr/lib/jvm/b/bin/java', 'java b').write('/var/lib/alternatives/java', database)
      .link('/etc/alternatives/java', '/usr/lib/jvm/a/bin/java').link('/usr/bin/java', '/etc/alternatives/java').link('/etc/alternatives/jre', '/usr/lib/jvm/a').link('/usr/lib/jre', '/etc/alternatives/jre');
  }

  it('prove master and follower links that end at an owned file', async () => {
    const box = sandbox();
    for (const path of ['/usr/bin/java', '/etc/alternatives/java', '/usr/lib/jre', '/etc/alternatives/jre']) expect(await box.proof(path)).toMatchObject({ mechanism: 'alternatives', package: 'java-a' });
  });

  it('do not prove a choice that nobody owns', async () => {
    const box = sandbox().link('/etc/alternatives/java', '/usr/lib/jvm/b/bin/java');
    expect(await box.proof('/usr/bin/java')).toBeUndefined();
    expect(await box.proof('/etc/alternatives/java')).toBeUndefined();
  });

  it('do not prove a choice that the database does not have, nor a link that it does not name', async () => {
    const box = sandbox().write('/usr/lib/jvm/c', 'c').link('/etc/alternatives/java', '/usr/lib/jvm/a').link('/usr/bin/other', '/etc/alternatives/jre').link('/etc/alternatives/unknown', '/usr/lib/jvm/a/bin/java');
    expect(await box.proof('/usr/bin/java')).toBeUndefined();
    expect(await box.proof('/usr/bin/other')).toBeUndefined();
    expect(await box.proof('/etc/alternatives/unknown')).toBeUndefined();
  });

  it('are read with families, services and empty followers', () => {
    const parsed = parseAlternative('java', '/f', database);
    expect(parsed.map(({ name, link }) => [name, link])).toEqual([['java', '/usr/bin/java'], ['jre', '/usr/lib/jre'], ['javadoc', '/usr/bin/javadoc']]);
    expect([...parsed[0]!.targets]).toContain('/usr/lib/jvm/a/bin/java');
    expect(parseAlternative('x', '/f', 'garbage\n/x\n')).toEqual([]);
    expect(parseAlternative('x', '/f', '')).toEqual([]);
  });
});

describe('init links', () => {
  it('prove what chkconfig made, and nothing else', async () => {
    const box = new Sandbox([{ name: 'initscripts', files: [{ path: '/etc/rc.d/init.d/network' }, { path: '/usr/bin/bash' }] }])
      .write('/etc/rc.d/init.d/network', '#!/bin/sh\n').write('/etc/rc.d/init.d/evil', '#!/bin/sh\n').write('/usr/bin/bash', 'x')
      .link('/etc/rc.d/rc3.d/S10network', '../init.d/network').link('/etc/rc.d/rc3.d/S11evil', '../init.d/evil').link('/etc/rc.d/rc3.d/S12network', '../../../usr/bin/bash').link('/etc/rc.d/rc3.d/network', '../init.d/network');
    expect(await box.proof('/etc/rc.d/rc3.d/S10network')).toMatchObject({ mechanism: 'init-link', package: 'initscripts' });
    for (const name of ['S11evil', 'S12network', 'network']) expect(await box.proof(`/etc/rc.d/rc3.d/${name}`)).toBeUndefined();
  });
});

describe('rpmnew', () => {
  it('proves what the package ships, by its digest', async () => {
    const box = new Sandbox([{ name: 'a', files: [{ path: '/etc/profile.d/a.sh', flags: 17, digest: sha256('shipped') }, { path: '/usr/bin/a', digest: sha256('shipped') }] }])
      .write('/etc/profile.d/a.sh', 'edited').write('/etc/profile.d/a.sh.rpmnew', 'shipped');
    expect(await box.proof('/etc/profile.d/a.sh.rpmnew')).toMatchObject({ mechanism: 'rpmnew', package: 'a' });
    expect(await box.proof('/etc/profile.d/a.sh.rpmnew', { stat: { ...box.facts('/etc/profile.d/a.sh.rpmnew').stat, mode: 0o104755 } })).toBeUndefined();
    box.write('/etc/profile.d/a.sh.rpmnew', 'planted').write('/etc/profile.d/a.sh.rpmsave', 'shipped').write('/usr/bin/a.rpmnew', 'shipped').write('/etc/profile.d/b.sh.rpmnew', 'shipped');
    for (const path of ['/etc/profile.d/a.sh.rpmnew', '/etc/profile.d/a.sh.rpmsave', '/usr/bin/a.rpmnew', '/etc/profile.d/b.sh.rpmnew']) expect(await box.proof(path)).toBeUndefined();
  });
});

describe('kernel images', () => {
  it('prove copies of an installed kernel, by its digest', async () => {
    const box = new Sandbox([{ name: 'kernel-core', files: [{ path: '/lib/modules/6.1/vmlinuz', digest: sha256('MZ kernel') }] }])
      .write('/lib/modules/6.1/vmlinuz', 'MZ kernel').write('/boot/vmlinuz-6.1', 'MZ kernel').write('/boot/efi/0123/6.1/linux', 'MZ kernel').write('/boot/vmlinuz-6.2', 'MZ kernel').write('/usr/local/vmlinuz-6.1', 'MZ kernel');
    expect(await box.proof('/boot/vmlinuz-6.1')).toMatchObject({ mechanism: 'kernel-image', package: 'kernel-core' });
    expect(await box.proof('/boot/efi/0123/6.1/linux')).toMatchObject({ mechanism: 'kernel-image' });
    expect(await box.proof('/boot/vmlinuz-6.2')).toBeUndefined();
    expect(await box.proof('/usr/local/vmlinuz-6.1')).toBeUndefined();
    expect(await box.write('/boot/vmlinuz-6.1', 'MZ planted').proof('/boot/vmlinuz-6.1')).toBeUndefined();
  });
});

describe('hints', () => {
  it('name the scriptlet, strongly where the directory is of the same package', async () => {
    const box = new Sandbox([{ name: 'console', postin: 'touch /etc/console/cached.sh /usr/bin/made', files: [{ path: '/etc/console', mode: 0o040755 }, { path: '/usr/bin', mode: 0o040755 }] }])
      .write('/etc/console/cached.sh', '#!/bin/sh\n').write('/usr/bin/made', 'x').write('/usr/bin/unnamed', 'x');
    expect(await box.hints(box.facts('/etc/console/cached.sh'))).toEqual([{ source: 'package-script', detail: '%postin of console names this path, and the directory belongs to the same package', strong: true }]);
    // A package that owns a system directory must not vouch for what lies in it.
    expect(await box.hints(box.facts('/usr/bin/made'))).toEqual([{ source: 'package-script', detail: '%postin of console names this path' }]);
    expect(await box.hints(box.facts('/usr/bin/unnamed'))).toEqual([]);
  });

  it('tell of the transaction of that time', async () => {
    const box = new Sandbox([{ name: 'a' }, { name: 'b' }]).write('/usr/bin/x', 'x');
    const facts = box.facts('/usr/bin/x');
    const at = (mtimeMs: number): FileFacts => ({ ...facts, stat: { ...facts.stat, mtimeMs } as FileFacts['stat'] });
    expect(await box.hints(at(1_700_000_000_500))).toEqual([{ source: 'rpm', detail: 'rpm installed a, b at 2023-11-14 22:13:20 UTC, when the file was last written (may be a coincidence)' }]);
    expect(await box.hints(at(1_700_000_002_000))).toEqual([]);
  });
});
