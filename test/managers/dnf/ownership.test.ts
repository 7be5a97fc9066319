// The index and its records: canonical directories, file states, %ghost, what rpm verifies, and the time after which a change is late.
import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dnf } from '../../../src/managers/dnf/index.ts';
import { RpmOwnership, buildOwnership } from '../../../src/managers/dnf/ownership.ts';
import { claimsOf, type OwnershipIndex } from '../../../src/model/ownership.ts';
import { processorMs } from '../../support/processor-time.ts';
import { needs } from '../../support/requirements.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { header, ndb, writeFile, type HeaderSpec } from './make-database.ts';
import { SMALL_ROOT_NEEDS, contextOf, smallRoot } from './small-root.ts';

function rootOf(specs: readonly HeaderSpec[]): string {
  const root = temporaryDirectory();
  writeFile(root, '/var/lib/rpm/Packages.db', ndb(specs.map(header)));
  return root;
}

async function indexOf(root: string): Promise<OwnershipIndex> {
  const context = contextOf(root);
  return dnf.ownership(context.host, (await dnf.prepare(context)).value).value;
}

describe('canonical directories', () => {
  it('finds files of a package that has another spelling than the tree', async () => {
    const root = rootOf([{ name: 'glibc', files: [{ path: '/lib64/libc.so.6' }, { path: '/sbin/ldconfig' }, { path: '/gone/dir/file' }] }]);
    mkdirSync(join(root, 'usr/lib64'), { recursive: true });
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    symlinkSync('usr/lib64', join(root, 'lib64'));
    // Fedora 42: /sbin -> usr/sbin -> bin
    symlinkSync('usr/sbin', join(root, 'sbin'));
    symlinkSync('bin', join(root, 'usr/sbin'));
    const index = await indexOf(root);
    const [claim] = claimsOf(index, '/usr/lib64', 'libc.so.6');
    expect(index.recordedPath(claim!)).toBe('/lib64/libc.so.6');
    expect(claimsOf(index, '/usr/bin', 'ldconfig')).toHaveLength(1);
    expect(claimsOf(index, '/lib64', 'libc.so.6')).toEqual([]);
    expect(claimsOf(index, '/gone/dir', 'file')).toHaveLength(1);
  });

  it('gives a directory that several packages own to all of them', async () => {
    const index = await indexOf(rootOf([{ name: 'a', files: [{ path: '/etc/shared', mode: 0o040755 }] }, { name: 'b', files: [{ path: '/etc/shared', mode: 0o040755 }] }, { name: 'c', files: [{ path: '/etc/shared', mode: 0o040755 }] }]));
    expect(claimsOf(index, '/etc', 'shared').map((claim) => index.package(claim).name)).toEqual(['a', 'b', 'c']);
  });
});

describe('records', () => {
  it('says nothing of content for directories, links and ghosts', async () => {
    const digest = 'b'.repeat(64);
    const index = await indexOf(rootOf([{
      name: 'a',
      files: [
        { path: '/etc/dir', mode: 0o040750, size: 4096 }, { path: '/etc/link', mode: 0o120777, link: 'dir', size: 3 },
        { path: '/etc/ghost', mode: 0o100600, flags: 64, size: 10 }, { path: '/etc/conf', flags: 17, digest, size: 5 }, { path: '/etc/maybe', flags: 8 | 1 },
      ],
    }]));
    const record = (name: string) => index.record(claimsOf(index, '/etc', name)[0]!);
    expect(record('dir')).toEqual({ type: 'directory', mode: 0o750, user: 'root', group: 'root' });
    expect(record('link')).toEqual({ type: 'link', user: 'root', group: 'root', linkTarget: 'dir' });
    expect(record('ghost')).toEqual({ type: 'file', mode: 0o600, user: 'root', group: 'root', mayBeMissing: true, ghost: true });
    expect(record('conf')).toEqual({ type: 'file', mode: 0o644, user: 'root', group: 'root', size: 5, mtime: 1_600_000_000, digest: { algorithm: 'sha256', hex: digest }, capabilities: '', config: true });
    expect(record('maybe')).toMatchObject({ config: true, mayBeMissing: true });
  });

  it('expects nothing in places that are empty after a boot', async () => {
    const root = rootOf([{ name: 'a', files: [{ path: '/var/run/a.sock.d', mode: 0o040755 }, { path: '/var/lib/a', mode: 0o040755 }] }]);
    mkdirSync(join(root, 'run'));
    symlinkSync('/run', join(root, 'var/run'));
    const index = await indexOf(root);
    expect(index.record(claimsOf(index, '/run', 'a.sock.d')[0]!).mayBeMissing).toBe(true);
    expect(index.record(claimsOf(index, '/var/lib', 'a')[0]!).mayBeMissing).toBeUndefined();
  });
});

describe('the dump', () => {
  it('reads states, verify flags and algorithms', () => {
    const text = 'P\told\t0\t1\t1\ti386\t1700000000\t1700000000\t(none)\t5\t(none)\t(none)\t(none)\nD\t/etc/\n'
      + 'F\t0\t0\t33188\t1\t5\t0\t4294967294\td41d8cd98f00b204e9800998ecf8427e\troot\troot\t(none)\t\tnoverify\n'
      + 'F\t0\t0\t33188\t1\t5\t1\t4294967295\td41d8cd98f00b204e9800998ecf8427e\troot\troot\t(none)\t\treplaced\n'
      + 'F\t0\t2\t33188\t1\t5\t2\t4294967295\td41d8cd98f00b204e9800998ecf8427e\troot\troot\t(none)\t\tnotinstalled\n'
      + 'F\t0\t0\t33188\t1\t5\t4\t4294967295\td41d8cd98f00b204e9800998ecf8427e\troot\troot\t(none)\t\tcolour\n'
      + 'F\t0\t0\t35309\t1\t5\t0\t4294967295\td41d8cd98f00b204e9800998ecf8427e\troot\troot\t= cap_net_raw+ep\t\ta\tb\n';
    const context = contextOf(rootOf([]));
    const dump = context.scratch().write('dump', `T\t1700000000\t1700000030\n${text}`);
    const { value: index, coverage } = buildOwnership(context.host, { manager: 'dnf', dump });
    expect(coverage).toEqual({ source: 'dnf/ownership', status: 'complete', problems: [], skipped: [] });
    const record = (name: string) => index.record(claimsOf(index, '/etc', name)[0]!);
    expect(record('noverify').notVerified).toEqual(new Set(['digest']));
    expect(record('noverify').digest?.algorithm).toBe('md5');
    // Another file stands there: a digest of ours would make a false finding.
    expect(record('replaced')).toEqual({ mayBeMissing: true });
    expect(record('colour')).toEqual({ mayBeMissing: true });
    expect(record('notinstalled')).toMatchObject({ mayBeMissing: true, size: 1 });
    expect(index.record(claimsOf(index, '/etc', 'b')[0]!)).toMatchObject({ mode: 0o4755, capabilities: '= cap_net_raw+ep' });
    // The end of dnf's run, and the second that rpm's clock leaves out.
    expect(index.installedBefore(claimsOf(index, '/etc', 'noverify')[0]!)).toBe(1_700_000_031_000);
  });

  it('notices names that hold line ends', () => {
    const context = contextOf(rootOf([]));
    const text = 'P\tevil\t0\t1\t1\tnoarch\t1\t1\t8\t2\t(none)\t(none)\t(none)\nD\t/etc/\nF\t0\t0\t33188\t1\t5\t0\t0\t\troot\troot\t\t\tgood\nF\t0\t0\t33188\t1\t5\t0\t0\t\troot\troot\t\t\tba\nd\n';
    const dump = context.scratch().write('dump', text);
    const { value, coverage } = buildOwnership(context.host, { manager: 'dnf', dump });
    expect(coverage.status).toBe('partial');
    expect(claimsOf(value, '/etc', 'good')).toHaveLength(1);
  });

  it('is not there: nothing is owned, and it is said', () => {
    expect(buildOwnership(contextOf(rootOf([])).host, { manager: 'dnf' }).coverage.status).toBe('failed');
  });

  it('takes 150,000 files in well under half a second', () => {
    const lines: string[] = [];
    for (let p = 0; p < 500; p++) {
      lines.push(`P\tpackage-${p}\t0\t1\t1\tnoarch\t1\t1\t8\t300\t(none)\t(none)\t(none)`);
      for (let d = 0; d < 30; d++) lines.push(`D\t/usr/share/package-${p}/${d}/`);
      for (let f = 0; f < 300; f++) lines.push(`F\t${f % 30}\t0\t33188\t1000\t1600000000\t0\t4294967295\t${'a'.repeat(64)}\troot\troot\t(none)\t\tfile-${f}.py`);
    }
    const context = contextOf(rootOf([]));
    const dump = context.scratch().write('dump', lines.join('\n'));
    const started = processorMs();
    const { value, coverage } = buildOwnership(context.host, { manager: 'dnf', dump });
    expect(processorMs() - started).toBeLessThan(10_000);
    expect(coverage.status).toBe('complete');
    expect(claimsOf(value, '/usr/share/package-499/29', 'file-299.py')).toHaveLength(1);
  });
});

describe('scriptlets', () => {
  it('names the package whose script holds a path as a word of its own', async () => {
    const index = await indexOf(rootOf([{ name: 'a', postin: 'chmod 4755 /usr/bin/tool\nln -s /opt/x "/usr/bin/tool.sh"', files: [{ path: '/usr/bin/tool', mode: 0o100755 }] }, { name: 'b', files: [{ path: '/usr/bin/tool.s' }] }]));
    expect(index).toBeInstanceOf(RpmOwnership);
    const records = index as RpmOwnership;
    expect(records.scriptNaming('/usr/bin/tool')).toEqual({ package: { manager: 'dnf', name: 'a', arch: 'x86_64', version: '1.0-1' }, script: 'postin' });
    expect(records.scriptNaming('/usr/bin/tool.s')).toBeUndefined();
    expect(records.scriptNaming('/bin/tool')).toBeUndefined();
    expect(index.explainsPrivilege!(claimsOf(index, '/usr/bin', 'tool')[0]!)).toBe('%postin of a names it');
    expect(index.explainsPrivilege!(claimsOf(index, '/usr/bin', 'tool.s')[0]!)).toBeUndefined();
  });
});

describe.skipIf(!needs('records of a real rpm database', ...SMALL_ROOT_NEEDS))('on a root that rpm installed', () => {
  it('has mode, capabilities and names, and nothing was changed late', async () => {
    const root = smallRoot();
    const index = await indexOf(root);
    const claim = (directory: string, name: string): number => claimsOf(index, directory, name)[0]!;
    expect(index.record(claim('/usr/bin', 'alpha'))).toMatchObject({ mode: 0o4755, capabilities: '' });
    expect(index.record(claim('/usr/bin', 'beta'))).toMatchObject({ mode: 0o755, capabilities: 'cap_net_raw=ep' });
    expect(index.record(claim('/etc', 'alpha.conf')).config).toBe(true);
    expect(index.recordedPath(claim('/usr/share/alpha', 'caf\xc3\xa9 100%.txt'))).toBe('/usr/share/alpha/caf\xc3\xa9 100%.txt');
    expect(statSync(join(root, 'usr/bin/alpha')).ctimeMs).toBeLessThan(index.installedBefore(claim('/usr/bin', 'alpha'))!);
  });
});
