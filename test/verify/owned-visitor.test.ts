// Real files in a temporary root against a hand-made index, one that records nothing but digests (dpkg) and one that records all (rpm).
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentDigest } from '../../src/host/content-digest.ts';
import { localHost } from '../../src/host/local-host.ts';
import { baseOf, parentOf, type BytePath } from '../../src/model/bytes.ts';
import { typeOfMode } from '../../src/model/file.ts';
import type { ClaimId, FileRecord, OwnershipIndex } from '../../src/model/ownership.ts';
import { ownedVisitor } from '../../src/verify/owned-visitor.ts';
import type { CapabilityCheck, VerifyResult } from '../../src/verify/verifier.ts';

const asRoot = process.getuid!() === 0;
let root: string;
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'drift-verify-')); });
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Owned {
  readonly path: BytePath;
  readonly record: FileRecord;
  readonly package?: string;
  /** Changed before its installation. */
  readonly early?: boolean;
  readonly explains?: string;
  /** A maintainer script hands it to this user. */
  readonly handedTo?: string;
}

function indexOf(files: readonly Owned[]): OwnershipIndex {
  const directories = new Map<BytePath, Map<string, ClaimId | ClaimId[]>>();
  files.forEach(({ path }, claim) => {
    const names = directories.get(parentOf(path)) ?? new Map<string, ClaimId | ClaimId[]>();
    const before = names.get(baseOf(path));
    names.set(baseOf(path), before === undefined ? claim : [...(typeof before === 'number' ? [before] : before), claim]);
    directories.set(parentOf(path), names);
  });
  return {
    manager: 'test', names: (dir) => directories.get(dir), directories: () => directories.keys(),
    package: (claim) => ({ manager: 'test', name: files[claim]!.package ?? 'p', arch: 'all', version: '1' }),
    recordedPath: (claim) => files[claim]!.path, record: (claim) => files[claim]!.record,
    installedBefore: (claim) => (files[claim]!.early ? Date.now() + 3_600_000 : 1), explainsPrivilege: (claim) => files[claim]!.explains,
    explainsOwner: (claim, name, what) => (what === 'user' && files[claim]!.handedTo === name ? 'postinst' : undefined),
  };
}

/** Every owned path is visited as a walk would. Forty unchanged files keep the share of late ones low, unless told otherwise. */
function verify(files: readonly Owned[], mode: 'late' | 'all' = 'late', quiet = 100, mounted: readonly BytePath[] = []): VerifyResult & { readonly capabilityChecks: readonly CapabilityCheck[] } {
  const all = [...files];
  mkdirSync(join(root, 'quiet'), { recursive: true });
  for (let i = 0; i < quiet; i++) {
    writeFileSync(join(root, 'quiet', String(i)), '');
    all.push({ path: `/quiet/${i}`, record: {}, early: true });
  }
  const index = indexOf(all);
  const visitor = ownedVisitor(localHost(root), {
    mode, digest: contentDigest(root), mounted: mounted.map((path) => ({ path, source: '/srv/x', claims: { index, claims: index.names(parentOf(path))!.get(baseOf(path))! } })),
  });
  for (const dir of index.directories()) {
    for (const [name, claims] of index.names(dir)!) {
      const path = dir === '/' ? `/${name}` : `${dir}/${name}`;
      const stat = lstatSync(root + path, { throwIfNoEntry: false });
      if (stat === undefined) visitor.absent(path, { index, claims });
      else visitor.present(path, typeOfMode(stat.mode), { index, claims });
    }
  }
  const capabilityChecks = visitor.close();
  return { ...visitor.result(), capabilityChecks };
}

function told(result: VerifyResult): Record<string, string[]> {
  return Object.fromEntries(result.changes.map(({ path, issues }) => [path, issues.map((each) => each.issue)]));
}

function md5(text: string): FileRecord {
  return { digest: { algorithm: 'md5', hex: createHash('md5').update(text).digest('hex') } };
}

function put(path: string, text: string, mode = 0o755): void {
  mkdirSync(join(root, parentOf(path)), { recursive: true });
  writeFileSync(root + path, text);
  chmodSync(root + path, mode);
}

describe('a database of digests', () => {
  it('finds changed content of late files, and of nothing else', () => {
    put('/bin/same', 'a');
    put('/bin/changed', 'b');
    put('/bin/early', 'b');
    const result = verify([{ path: '/bin/same', record: md5('a') }, { path: '/bin/changed', record: md5('a') }, { path: '/bin/early', record: md5('a'), early: true }]);
    expect(told(result)).toEqual({ '/bin/changed': ['content'] });
    expect(result.counts).toMatchObject({ owned: 103, late: 2, hashed: 2 });
  });

  it('reads whatever is mounted over a packaged file, and says so; one with the same content is none', () => {
    put('/bin/early', 'b');
    put('/bin/same', 'a');
    mkdirSync(join(root, 'srv'));
    const files = [{ path: '/bin/early', record: md5('a'), early: true }, { path: '/bin/same', record: md5('a'), early: true }, { path: '/srv', record: {}, early: true }];
    const result = verify(files, 'late', 100, ['/bin/early', '/bin/same', '/srv']);
    expect(told(result)).toEqual({ '/bin/early': ['content'] });
    expect(result.changes[0]!.mounted).toBe('/srv/x');
  });

  it("finds it in all files with 'all'", () => {
    put('/bin/early', 'b');
    expect(told(verify([{ path: '/bin/early', record: md5('a'), early: true }], 'all'))).toEqual({ '/bin/early': ['content'] });
  });

  it('hashes none and accuses nobody where everything is late, and says so', () => {
    put('/bin/changed', 'b', 0o4755);
    const files = Array.from({ length: 30 }, (_, i) => ({ path: `/bin/f${i}`, record: md5('a') }));
    for (const { path } of files) put(path, 'a', 0o4755);
    const result = verify([...files, { path: '/bin/changed', record: md5('a') }], 'late', 20);
    expect(told(result)).toEqual({});
    expect(result.counts.hashed).toBe(0);
    expect(result.skipped[0]!.reason).toContain('--verify');
    expect(told(verify([...files, { path: '/bin/changed', record: md5('a') }], 'all', 20))).toEqual({ '/bin/changed': ['content'] });
  });

  it('finds what is not there, unless it may be missing', () => {
    mkdirSync(join(root, 'usr'));
    const result = verify([
      { path: '/usr/gone', record: {} }, { path: '/usr/optional', record: { mayBeMissing: true } }, { path: '/usr/conf', record: { config: true } }, { path: '/run/lock', record: {} },
    ]);
    expect(told(result)).toEqual({ '/usr/conf': ['missing'], '/usr/gone': ['missing'] });
    expect(result.changes.map((each) => each.conffile)).toEqual([true, false]);
  });

  it('finds a file that is a link or a directory now', () => {
    mkdirSync(join(root, 'bin/dir'), { recursive: true });
    symlinkSync('/tmp/evil', join(root, 'bin/link'));
    const result = verify([{ path: '/bin/dir', record: md5('a') }, { path: '/bin/link', record: md5('a') }]);
    expect(told(result)).toEqual({ '/bin/dir': ['type'], '/bin/link': ['type'] });
    expect(result.changes[1]!.facts!.target).toBe('/tmp/evil');
  });

  it('finds a link that was made anew and leads to what nobody owns', () => {
    for (const path of ['/srv/evil', '/bin/good', '/bin/dir/x']) put(path, 'a');
    for (const [name, target] of [['stray', '/srv/evil'], ['fine', 'good'], ['early', '/srv/evil'], ['gone', '/nowhere'], ['moved', '/srv'], ['run', '/run/x']] as const) symlinkSync(target, join(root, 'bin', name));
    put('/run/x', 'a');
    const links = ['stray', 'fine', 'gone', 'moved', 'run'].map((name) => ({ path: `/bin/${name}`, record: {} }));
    expect(told(verify([...links, { path: '/bin/early', record: {}, early: true }, { path: '/bin/good', record: md5('a') }]))).toEqual({ '/bin/moved': ['link'], '/bin/stray': ['link'] });
  });

  it('finds a late file whose digest is not recorded where its package has the others', () => {
    put('/bin/listed', 'a');
    put('/bin/bare', 'a');
    symlinkSync('listed', join(root, 'bin/link'));
    const files = [{ path: '/bin/listed', record: { undigested: true } }, { path: '/bin/bare', record: {} }, { path: '/bin/link', record: { undigested: true } }];
    for (const mode of ['late', 'all'] as const) expect(told(verify(files, mode))).toEqual({ '/bin/listed': ['content'] });
    expect(told(verify(files.map((file) => ({ ...file, early: true }))))).toEqual({});
  });

  it.skipIf(!asRoot)('finds privilege that came after the installation and that nothing explains', () => {
    for (const name of ['suid', 'explained', 'early', 'given', 'handed', 'stolen', 'group', 'open']) put(`/bin/${name}`, 'a');
    for (const name of ['suid', 'explained', 'early']) chmodSync(join(root, 'bin', name), 0o4755);
    for (const name of ['given', 'handed', 'stolen']) chownSync(join(root, 'bin', name), 65534, 65534);
    chmodSync(join(root, 'bin/stolen'), 0o4755);
    chownSync(join(root, 'bin/group'), 0, 42);
    chmodSync(join(root, 'bin/open'), 0o777);
    const result = verify([
      { path: '/bin/suid', record: md5('a') }, { path: '/bin/explained', record: md5('a'), explains: 'postinst' }, { path: '/bin/early', record: md5('a'), early: true },
      { path: '/bin/given', record: md5('a') }, { path: '/bin/group', record: md5('a') }, { path: '/bin/open', record: md5('a') },
      { path: '/bin/handed', record: md5('a'), handedTo: '65534' }, { path: '/bin/stolen', record: md5('a'), handedTo: '65534' },
    ]);
    expect(told(result)).toEqual({ '/bin/given': ['owner'], '/bin/open': ['mode'], '/bin/stolen': ['privileged'], '/bin/suid': ['privileged'] });
    expect(result.changes[0]!.note).toContain('neither modes nor owners');
    expect(result.capabilityChecks.map((each) => each.path)).toEqual(['/bin/given', '/bin/group', '/bin/handed', '/bin/open', '/bin/stolen', '/bin/suid']);
  });

  it('tells content and privilege of one file as one change', () => {
    put('/bin/both', 'b', 0o4755);
    for (const mode of ['late', 'all'] as const) expect(told(verify([{ path: '/bin/both', record: md5('a') }], mode))).toEqual({ '/bin/both': ['content', 'privileged'] });
  });

  it('finds a directory that everybody may write', () => {
    for (const [name, mode] of [['open', 0o777], ['setgid', 0o3777], ['sticky', 0o1777], ['group', 0o2775]] as const) {
      mkdirSync(join(root, name));
      chmodSync(join(root, name), mode);
    }
    expect(told(verify(['/open', '/setgid', '/sticky', '/group'].map((path) => ({ path, record: {} }))))).toEqual({ '/open': ['privileged'], '/setgid': ['privileged'] });
  });

  it('takes the owner whose record fits', () => {
    put('/bin/shared', 'b');
    expect(told(verify([{ path: '/bin/shared', record: md5('a'), package: 'one' }, { path: '/bin/shared', record: md5('b'), package: 'two' }]))).toEqual({});
    const result = verify([{ path: '/bin/shared', record: md5('a'), package: 'one' }, { path: '/bin/shared', record: md5('c'), package: 'two' }]);
    expect(result.changes.map((each) => each.owners.map((owner) => owner.name))).toEqual([['one', 'two']]);
  });

  it('reads a file of one terabyte no further than it must, and says so', () => {
    put('/bin/huge', '');
    truncateSync(join(root, 'bin/huge'), 1024 ** 4);
    const result = verify([{ path: '/bin/huge', record: md5('a') }]);
    expect(result.problems[0]!.message).toContain('more than');
    expect(told(result)).toEqual({});
  });
});

describe('a database of everything', () => {
  function whole(path: string, changes: Partial<FileRecord> = {}): Owned {
    const stat = lstatSync(root + path);
    const user = asRoot ? 'root' : String(stat.uid);
    return { path, early: true, record: { type: 'file', mode: stat.mode & 0o7777, user, group: asRoot ? 'root' : String(stat.gid), size: stat.size, mtime: Math.floor(stat.mtimeMs / 1000), capabilities: '', ...md5('a'), ...changes } };
  }

  it('compares modes of early files too, and directories', () => {
    mkdirSync(join(root, 'bin'));
    put('/bin/mode', 'a');
    const dir = { path: '/bin', early: true, record: { type: 'directory' as const, mode: 0o700 } };
    expect(told(verify([dir, whole('/bin/mode', { mode: 0o700 })]))).toEqual({ '/bin': ['mode'], '/bin/mode': ['mode'] });
  });

  it('hashes an early file whose size or time moved: a time alone is no change', () => {
    put('/bin/touched', 'a');
    put('/bin/edited', 'bb');
    const result = verify([whole('/bin/touched', { mtime: 5 }), whole('/bin/edited', { size: 1 })]);
    expect(told(result)).toEqual({ '/bin/edited': ['size', 'content'] });
    expect(result.counts.hashed).toBe(2);
  });

  it('goes on comparing what needs no content where everything is late', () => {
    const files = Array.from({ length: 40 }, (_, i) => `/bin/f${i}`);
    for (const path of files) put(path, 'a');
    const owned = files.map((path) => ({ ...whole(path), early: false }));
    owned[3] = { ...owned[3]!, record: { ...owned[3]!.record, mode: 0o700 } };
    expect(told(verify(owned, 'late', 0))).toEqual({ '/bin/f3': ['mode'] });
  });

  it('asks for recorded capabilities whenever the file changed', () => {
    put('/bin/ping', 'a');
    put('/bin/other', 'a');
    expect(verify([whole('/bin/ping', { capabilities: 'cap_net_raw=p' }), whole('/bin/other')]).capabilityChecks.map((each) => each.path)).toEqual(['/bin/ping']);
    expect(verify([whole('/bin/ping', { capabilities: 'cap_net_raw=p' }), whole('/bin/other')], 'all').capabilityChecks.map((each) => each.path)).toEqual(['/bin/other', '/bin/ping']);
  });
});
