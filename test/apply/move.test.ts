// Files go to quarantine and come back: the very inode, whatever its name, and nothing else with it.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDirectoryAt } from '../../src/host/directory-handle.ts';
import { writeDurable } from '../../src/host/durable-log.ts';
import { apply, applyRoot, must, planOf, planToMove, quarantineAction, stateOf, undoLast } from '../support/apply-host.ts';
import { planter } from '../support/planter.ts';
import { fc } from '../support/random-cases.ts';
import { needs } from '../support/requirements.ts';
import { tmpfs } from '../support/working-copy.ts';

describe.skipIf(!needs('moves into quarantine', 'root'))('quarantine', () => {
  it('takes files, links and special files away, and undo brings back all that they were', async () => {
    const root = applyRoot('sorts');
    const plant = planter(root);
    plant.put('/usr/local/bin/tool', '#!/bin/sh\n', 0o4755);
    plant.put('/usr/local/bin/capable');
    execFileSync('setcap', ['cap_net_raw+ep', join(root, 'usr/local/bin/capable')]);
    plant.put('/home/bob/.x', 'hidden', 0o600);
    plant.chown('/home/bob/.x', 1000, 1000);
    plant.link('/etc/cron.d/job', '/etc/shadow');
    plant.put('/etc/shadow', 'secret', 0o600);
    execFileSync('mkfifo', [join(root, 'tmp-fifo')]);
    execFileSync('truncate', ['-s', '10M', join(root, 'sparse')]);
    const before = stateOf(root);
    const paths = ['/usr/local/bin/tool', '/usr/local/bin/capable', '/home/bob/.x', '/etc/cron.d/job', '/tmp-fifo', '/sparse'];
    const applied = await apply(root, planToMove(root, paths));
    expect(applied).toMatchObject({ ok: true, value: { record: { phase: 'applied', outcome: 'complete' } } });
    for (const path of paths) expect(existsSync(join(root, path)) || lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined, path).toBe(false);
    // The link went, and not what it leads to.
    expect(stateOf(root).get('/etc/shadow')).toBe(before.get('/etc/shadow'));
    expect(await undoLast(root)).toMatchObject({ ok: true, value: { record: { phase: 'undone', outcome: 'complete' } } });
    expect(stateOf(root)).toEqual(before);
    expect(execFileSync('getcap', [join(root, 'usr/local/bin/capable')], { encoding: 'utf8' })).toContain('cap_net_raw=ep');
  });

  it('keeps what it holds from everybody but root', async () => {
    const root = applyRoot('modes');
    planter(root).put('/opt/x', 'x', 0o777);
    await apply(root, planToMove(root, ['/opt/x']));
    for (const path of ['', 'runs', 'quarantine', `quarantine/${readdirSync(join(root, 'var/lib/drift/quarantine'))[0]}`]) expect(lstatSync(join(root, 'var/lib/drift', path)).mode & 0o7777).toBe(0o700);
    expect(lstatSync(join(root, 'var/lib/drift/lock')).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a link', (root: string) => { mkdirSync(join(root, 'elsewhere')); symlinkSync(join(root, 'elsewhere'), join(root, 'var/lib/drift')); }],
    ['open to others', (root: string) => { mkdirSync(join(root, 'var/lib/drift')); chmodSync(join(root, 'var/lib/drift'), 0o755); }],
    ['a quarantine that is a link', (root: string) => { mkdirSync(join(root, 'var/lib/drift'), { mode: 0o700 }); symlinkSync('/tmp', join(root, 'var/lib/drift/quarantine')); }],
    ['of another user', (root: string) => { mkdirSync(join(root, 'var/lib/drift'), { mode: 0o700 }); execFileSync('chown', ['1000', join(root, 'var/lib/drift')]); }],
  ])('refuses a directory of its own that is %s', async (_what, spoil) => {
    const root = applyRoot('untrusted');
    planter(root).put('/opt/x');
    spoil(root);
    const before = stateOf(root);
    expect(await apply(root, planToMove(root, ['/opt/x']))).toMatchObject({ ok: false, error: { reason: 'state-untrusted' } });
    expect(stateOf(root)).toEqual(before);
  });

  const CHANGES: readonly (readonly [string, (root: string) => void, string])[] = [
    ['written to', (root) => writeFileSync(join(root, 'opt/x'), 'something else!'), 'moved'],
    ['replaced', (root) => { renameSync(join(root, 'opt/other'), join(root, 'opt/x')); }, 'moved'],
    ['given other rights', (root) => chmodSync(join(root, 'opt/x'), 0o700), 'moved'],
    ['given another name', (root) => linkSync(join(root, 'opt/x'), join(root, 'opt/y')), 'moved'],
    ['made a link', (root) => { rmSync(join(root, 'opt/x')); symlinkSync('/etc/passwd', join(root, 'opt/x')); }, 'moved'],
    ['made a directory', (root) => { rmSync(join(root, 'opt/x')); mkdirSync(join(root, 'opt/x')); }, 'moved'],
    ['below a directory that is a link now', (root) => { renameSync(join(root, 'opt'), join(root, 'opt2')); symlinkSync('opt2', join(root, 'opt')); }, 'ENOTDIR'],
    ['immutable', (root) => { execFileSync('chattr', ['+i', join(root, 'opt/x')]); }, 'EPERM'],
  ];

  it.each(CHANGES)('leaves a file that was %s since, says so, and goes on', async (_what, change, reason) => {
    const root = applyRoot('changed');
    const plant = planter(root);
    plant.put('/opt/x');
    plant.put('/opt/other', '#!/bin/sh\necho planted\n');
    plant.put('/srv/next');
    const plan = planToMove(root, ['/opt/x', '/srv/next']);
    change(root);
    const before = stateOf(root);
    const applied = await apply(root, plan);
    spawnSync('chattr', ['-f', '-i', join(root, 'opt/x')]);
    expect(applied).toMatchObject({ ok: true, value: { record: { outcome: 'complete' } } });
    const results = applied.ok ? [...applied.value.record.results.values()] : [];
    expect(results.map(({ result }) => result)).toEqual(['failed', 'done']);
    expect(results[0]!.reason).toBe(reason);
    const after = new Map(before);
    after.delete('/srv/next');
    expect(stateOf(root)).toEqual(after);
  });

  it('a file that is gone already is no failure', async () => {
    const root = applyRoot('gone');
    planter(root).put('/opt/x');
    const plan = planToMove(root, ['/opt/x']);
    rmSync(join(root, 'opt/x'));
    expect(await apply(root, plan)).toMatchObject({ ok: true, value: { record: { outcome: 'complete' }, notes: ['/opt/x was gone already'] } });
  });

  it('undo never replaces what came since', async () => {
    const root = applyRoot('exists');
    const plant = planter(root);
    plant.put('/opt/x', 'old');
    plant.put('/opt/y', 'old');
    await apply(root, planToMove(root, ['/opt/x', '/opt/y']));
    plant.put('/opt/x', 'new');
    const undone = await undoLast(root);
    expect(undone).toMatchObject({ ok: true, value: { record: { phase: 'undone', outcome: 'complete' } } });
    expect(undone.ok ? undone.value.record.items.map(({ moved, state }) => [moved.path, state]) : []).toEqual([['/opt/x', 'kept'], ['/opt/y', 'restored']]);
    expect(plant.read('/opt/x').toString()).toBe('new');
    // Once the name is free, it can be had again.
    rmSync(join(root, 'opt/x'));
    await undoLast(root);
    expect(plant.read('/opt/x').toString()).toBe('old');
  });

  it('undo does not follow a directory that became a link, or belongs to somebody else', async () => {
    const root = applyRoot('parents');
    const plant = planter(root);
    plant.put('/opt/a/x');
    plant.put('/opt/b/y');
    await apply(root, planToMove(root, ['/opt/a/x', '/opt/b/y']));
    renameSync(join(root, 'opt/a'), join(root, 'opt/c'));
    symlinkSync('/etc', join(root, 'opt/a'));
    renameSync(join(root, 'opt/b'), join(root, 'opt/d'));
    mkdirSync(join(root, 'opt/b'));
    execFileSync('chown', ['1000', join(root, 'opt/b')]);
    const undone = await undoLast(root);
    expect(undone.ok ? undone.value.record.items.map(({ state }) => state) : []).toEqual(['kept', 'kept']);
    expect(readdirSync(join(root, 'opt/b'))).toEqual([]);
    expect(existsSync('/etc/x')).toBe(false);
  });

  it('stops between two files where that is asked, and says so', async () => {
    const root = applyRoot('stop');
    const plant = planter(root);
    for (const name of ['a', 'b', 'c']) plant.put(`/opt/${name}`);
    let asked = 0;
    const applied = await apply(root, planToMove(root, ['/opt/a', '/opt/b', '/opt/c']), { stopAsked: () => ++asked > 2 });
    expect(applied).toMatchObject({ ok: true, value: { record: { outcome: 'stopped' } } });
    expect(readdirSync(join(root, 'opt'))).toEqual(['c']);
  });

  it('one run at a time, and a lock that another user cannot take', async () => {
    const root = applyRoot('lock');
    planter(root).put('/opt/x');
    const plan = planToMove(root, ['/opt/x']);
    let second: unknown;
    await apply(root, plan, { begun: () => { second = apply(root, plan); } });
    expect(await second).toMatchObject({ ok: false, error: { reason: 'locked', message: expect.stringContaining(`process ${process.pid}`) } });
    // It ended with its holder.
    expect(await undoLast(root)).toMatchObject({ ok: true });
    expect(() => execFileSync('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'cat', join(root, 'var/lib/drift/lock')], { stdio: 'ignore' })).toThrow();
  });

  it('hostile names come through plan, journal and undo byte for byte', async () => {
    const name = fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 47 ? 10 : byte))).toString('latin1')).filter((text) => text !== '.' && text !== '..');
    const awkward = ['-rf', '\n', '$(reboot)', '\x1b[2J', '\xff\xfe', '"', '\\', 'a"b\\c', '__proto__', '\xe2\x80\xae', ' ', '\x7f', 'x'.repeat(255)];
    await fc.assert(fc.asyncProperty(fc.uniqueArray(name, { minLength: 5, maxLength: 20 }), async (names) => {
      const root = applyRoot('names');
      const plant = planter(root);
      const paths = [...new Set([...names, ...awkward])].map((each) => `/opt/${each}`);
      for (const path of paths) plant.put(path, path);
      const before = stateOf(root);
      expect(await apply(root, planToMove(root, paths))).toMatchObject({ ok: true, value: { record: { outcome: 'complete' } } });
      expect(readdirSync(join(root, 'opt'))).toEqual([]);
      expect(await undoLast(root)).toMatchObject({ ok: true });
      expect(stateOf(root)).toEqual(before);
    }), { numRuns: 5 });
  });

  it('the rest of a path may be longer than the system takes at once', async () => {
    const root = applyRoot('deep');
    const names = Array.from({ length: 30 }, (_, at) => String(at).padStart(200, '0'));
    let directory = must(openDirectoryAt(root));
    for (const name of names) {
      must(directory.makeDirectory(name, 0o755));
      const next = must(directory.open(name));
      directory.close();
      directory = next;
    }
    must(writeDurable(directory, 'file', Buffer.from('x')));
    const { dev, ino, size, mtimeNs, mode, uid, gid, nlink } = must(directory.look('file'));
    directory.close();
    const file = { path: `/${names.join('/')}/file`, type: 'file' as const, dev: Number(dev), ino: Number(ino), size, mtimeMs: Number(mtimeNs) / 1e6, mode, uid, gid, nlink };
    expect(await apply(root, planOf([quarantineAction('a1', [file])]))).toMatchObject({ ok: true, value: { record: { outcome: 'complete', items: [{ state: 'quarantined' }] } } });
    expect(await undoLast(root)).toMatchObject({ ok: true, value: { record: { items: [{ state: 'restored' }] } } });
  });
});

describe.skipIf(!needs('quarantine on other mounts', 'root', 'mount'))('another file system', () => {
  it('has a quarantine of its own, in its root', async () => {
    const root = applyRoot('mount');
    mkdirSync(join(root, 'data'));
    const disk = tmpfs('mounted', 'size=4m,mode=755');
    execFileSync('mount', ['--bind', disk.root, join(root, 'data')]);
    try {
      const plant = planter(root);
      plant.put('/data/tool');
      const before = stateOf(root);
      expect(await apply(root, planToMove(root, ['/data/tool']))).toMatchObject({ ok: true, value: { record: { items: [{ state: 'quarantined', moved: { quarantine: expect.stringMatching(/^\/data\/\.drift-quarantine\/000001-/) } }] } } });
      expect(existsSync(join(root, 'data/tool'))).toBe(false);
      await undoLast(root);
      expect(stateOf(root)).toEqual(before);
    } finally {
      execFileSync('umount', [join(root, 'data')]);
      disk.remove();
    }
  });

  it.each([['read-only', ['-o', 'remount,bind,ro'], 'EROFS']])('that is %s is left, and the rest goes on', async (_what, options, reason) => {
    const root = applyRoot('readonly');
    mkdirSync(join(root, 'data'));
    const disk = tmpfs('mounted', 'size=4m,mode=755');
    execFileSync('mount', ['--bind', disk.root, join(root, 'data')]);
    try {
      const plant = planter(root);
      plant.put('/data/tool');
      plant.put('/opt/x');
      const plan = planToMove(root, ['/data/tool', '/opt/x']);
      execFileSync('mount', [...options, join(root, 'data')]);
      const applied = await apply(root, plan);
      expect(applied.ok ? [...applied.value.record.results.values()].map((each) => each.reason) : []).toEqual([reason, undefined]);
    } finally {
      execFileSync('umount', [join(root, 'data')]);
      disk.remove();
    }
  });

  it('whose root others may change holds nothing', async () => {
    const root = applyRoot('open');
    mkdirSync(join(root, 'data'));
    const disk = tmpfs('mounted', 'size=4m,mode=777');
    execFileSync('mount', ['--bind', disk.root, join(root, 'data')]);
    try {
      planter(root).put('/data/tool');
      const applied = await apply(root, planToMove(root, ['/data/tool']));
      expect(applied.ok ? [...applied.value.record.results.values()].map((each) => each.reason) : []).toEqual(['file-system']);
      expect(existsSync(join(root, 'data/tool'))).toBe(true);
    } finally {
      execFileSync('umount', [join(root, 'data')]);
      disk.remove();
    }
  });
});
