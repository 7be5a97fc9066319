// Package databases that are damaged: never read as "no packages", never as "in sync".
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS, rpmHost } from '../support/rpm-host.ts';
import { drift, type Report } from '../support/run-cli.ts';
import { statusStanza, TINY_PACKAGES, tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory, workingCopy } from '../support/working-copy.ts';

function manifest(): string {
  const file = join(workDirectory('manifest'), 'manifest.yaml');
  writeFileSync(file, 'drift: 1\npackages:\n  server: any\n  dpkg: any\n', { mode: 0o600 });
  return file;
}

function saidOf(report: Report, name: string): readonly string[] {
  return report.findings.filter((finding) => finding.subject.type === 'package' && finding.subject['name'] === name).map((finding) => finding.kind);
}

const STATUS = 'var/lib/dpkg/status';
const WHOLE = TINY_PACKAGES.map(statusStanza).join('');

describe('a damaged dpkg database', () => {
  it.each([
    ['cut in the middle of a field', WHOLE.slice(0, WHOLE.lastIndexOf('Version:') + 3)],
    ['cut in the middle, packages missing', WHOLE.slice(0, WHOLE.indexOf('Package: server') + 30)],
    ['empty', ''],
    ['zeros', '\0'.repeat(4096)],
    ['a stanza of nonsense', `${WHOLE}this is no field\n\n`],
  ])('status file %s: incomplete, and nothing is called missing', async (_, text) => {
    const root = tinyDebRoot('status');
    writeFileSync(join(root, STATUS), text);
    const result = await drift(['check', '--root', root, '--manifest', manifest(), '--json']);
    const report = result.json();
    expect(report.coverage.some((source) => source.status !== 'complete')).toBe(true);
    expect(report.summary.byKind['package-missing'] ?? 0).toBe(0);
    expect([2, 3]).toContain(result.code);
    expect(result.code === 2 ? report.findings.every((finding) => finding.severity === 'info' || finding.kind === 'package-broken') : true).toBe(true);
  });

  it.each([
    ['no final newline', WHOLE.trimEnd()],
    ['CRLF line ends', WHOLE.replaceAll('\n', '\r\n')],
    ['a field of 200 kB', WHOLE.replace('Description: a test', `Description: ${'x'.repeat(200_000)}`)],
  ])('status file with %s: read, or said to be damaged', async (_, text) => {
    const root = tinyDebRoot('odd');
    writeFileSync(join(root, STATUS), text);
    const result = await drift(['check', '--root', root, '--manifest', manifest(), '--json']);
    expect(result.json().summary.byKind['package-missing'] ?? 0).toBe(0);
    expect([0, 2, 3]).toContain(result.code);
  });

  it('two entries for one package', async () => {
    const root = tinyDebRoot('twice');
    writeFileSync(join(root, STATUS), WHOLE + statusStanza({ name: 'server', version: '2.0-1', files: {} }));
    const result = await drift(['check', '--root', root, '--json']);
    expect(saidOf(result.json(), 'server')).toContain('package-broken');
    expect(result.code).toBe(2);
  });

  it('a .list that is missing, empty or holds odd paths', async () => {
    for (const [text, why] of [[undefined, 'missing'], ['', 'empty'], ['usr/bin/relative\n/../../etc/passwd\n//usr//sbin/./server\n\n/\n', 'odd']] as const) {
      const root = tinyDebRoot('list');
      const list = join(root, 'var/lib/dpkg/info/server.list');
      if (text === undefined) rmSync(list);
      else writeFileSync(list, text);
      const result = await drift(['check', '--root', root, '--json']);
      const report = result.json();
      expect([2, 3], why).toContain(result.code);
      if (why === 'missing') expect(saidOf(report, 'server').includes('package-broken') || report.coverage.some((source) => source.status !== 'complete')).toBe(true);
      expect(report.findings.some((finding) => finding.subject['path'] === '/etc/passwd' && finding.kind === 'file-missing')).toBe(false);
    }
  });

  it('an interrupted dpkg is told', async () => {
    const root = tinyDebRoot('updates');
    mkdirSync(join(root, 'var/lib/dpkg/updates'));
    writeFileSync(join(root, 'var/lib/dpkg/updates/0001'), statusStanza(TINY_PACKAGES[3]!).replace('install ok installed', 'install ok half-configured'));
    const result = await drift(['check', '--root', root, '--json']);
    expect(saidOf(result.json(), 'server').includes('package-broken') || result.code === 3).toBe(true);
  });
});

describe.skipIf(!needs('damaged rpm databases', ...RPM_HOST_NEEDS))('a damaged rpm database', () => {
  let pristine: string;
  beforeAll(() => { pristine = rpmHost(); });

  async function check(change: (database: string) => void): Promise<{ readonly code: number; readonly report: Report }> {
    const copy = workingCopy(pristine, 'rpmdb');
    try {
      const database = join(copy.root, 'var/lib/rpm');
      change(database);
      const file = join(workDirectory('manifest'), 'manifest.yaml');
      writeFileSync(file, 'drift: 1\npackages:\n  kvstore: any\n', { mode: 0o600 });
      const result = await drift(['check', '--root', copy.root, '--manifest', file, '--json']);
      return { code: result.code, report: result.json() };
    } finally {
      copy.remove();
    }
  }

  function expectFailed(result: { readonly code: number; readonly report: Report }): void {
    expect(result.report.coverage.filter((source) => source.source.startsWith('dnf/')).some((source) => source.status === 'failed')).toBe(true);
    expect(result.report.summary.byKind['package-missing'] ?? 0).toBe(0);
    // Without an owner for anything, every program would be a stray: that is not said either.
    expect(result.report.summary.byKind['file-stray'] ?? 0).toBe(0);
    expect(result.code).toBe(3);
  }

  const alone = (database: string): void => { for (const name of ['rpmdb.sqlite', 'rpmdb.sqlite-wal', 'rpmdb.sqlite-shm', '.rpm.lock']) rmSync(join(database, name), { force: true }); };

  it('sqlite: empty', async () => {
    expectFailed(await check((database) => { alone(database); writeFileSync(join(database, 'rpmdb.sqlite'), ''); }));
  });

  it('sqlite: cut in the middle', async () => {
    expectFailed(await check((database) => {
      const size = readFileSync(join(database, 'rpmdb.sqlite')).length;
      rmSync(join(database, 'rpmdb.sqlite-wal'), { force: true });
      rmSync(join(database, 'rpmdb.sqlite-shm'), { force: true });
      truncateSync(join(database, 'rpmdb.sqlite'), Math.floor(size / 2 / 4096) * 4096);
    }));
  });

  it('sqlite: nonsense', async () => {
    expectFailed(await check((database) => { alone(database); writeFileSync(join(database, 'rpmdb.sqlite'), 'not a database\n'.repeat(1000)); }));
  });

  it('sqlite: a FIFO', async () => {
    expectFailed(await check((database) => { alone(database); execFileSync('mkfifo', [join(database, 'rpmdb.sqlite')]); }));
  });

  it('Berkeley DB: empty, and cut', async () => {
    expectFailed(await check((database) => { alone(database); writeFileSync(join(database, 'Packages'), ''); }));
    expectFailed(await check((database) => {
      alone(database);
      // A hash database's first page (db_page.h: magic 0x061561 at 12, version 9, page size 4096) that says there are more pages.
      const page = Buffer.alloc(4096);
      page.writeUInt32LE(0x061561, 12);
      page.writeUInt32LE(9, 16);
      page.writeUInt32LE(4096, 20);
      page.writeUInt8(8, 25);
      page.writeUInt32LE(900, 32);
      writeFileSync(join(database, 'Packages'), page);
    }));
  });

  it('ndb, which the rpm of this machine may not read: failed or read, never empty', async () => {
    expectFailed(await check((database) => {
      alone(database);
      const head = Buffer.alloc(8192);
      head.write('RpmP', 0, 'latin1');
      head.writeUInt32LE(0, 4);
      head.writeUInt32LE(7, 8);
      head.writeUInt32LE(1, 12);
      head.writeUInt32LE(3, 16);
      writeFileSync(join(database, 'Packages.db'), head);
    }));
  });

  it('a write-ahead log beside it that was not written back is read too', async () => {
    const { report } = await check(() => {});
    expect(saidOf(report, 'kvstore')).toEqual([]);
    expect(report.coverage.filter((source) => source.source.startsWith('dnf/') && source.status === 'failed')).toEqual([]);
  });

  it('dpkg and rpm side by side: both are read; an empty second one is noted', async () => {
    const both = tinyDebRoot('both');
    cpSync(join(pristine, 'var/lib/rpm'), join(both, 'var/lib/rpm'), { recursive: true });
    const full = (await drift(['check', '--root', both, '--json'])).json();
    expect(full.host.managers.toSorted()).toEqual(['apt', 'dnf']);
    const empty = tinyDebRoot('empty-second');
    mkdirSync(join(empty, 'var/lib/rpm'), { recursive: true });
    execFileSync('rpm', ['--dbpath', join(empty, 'var/lib/rpm'), '--initdb']);
    const noted = await drift(['check', '--root', empty, '--json']);
    expect(noted.code).toBe(0);
    expect(noted.json().host.managers).toContain('apt');
    copyFileSync(join(pristine, 'usr/lib/os-release'), join(empty, 'usr/lib/os-release'));
  });
});
