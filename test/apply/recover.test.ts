// After a run that was cut off: what cannot be seen is not taken for gone, and what was being put back is where the journal says.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/model/journal.ts';
import { fail, ok, type Result } from '../../src/model/result.ts';
import { pruneRun } from '../../src/apply/prune-run.ts';
import { openState } from '../../src/apply/state-directory.ts';
import type { QueryAnswer } from '../../src/host/host.ts';
import { writableHost, type WritableHost } from '../../src/host/writable-host.ts';
import { settleRuns } from '../../src/operations/changing/settle-runs.ts';
import { apply, applyRoot, identityOf, must, planOf, planToMove, quarantineAction, recoverAll, runsOf, stateOf, undoLast } from '../support/apply-host.ts';
import { fakePackage, fakePackages } from '../support/fake-packages.ts';
import { withFault } from '../support/fault-points.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { tmpfs } from '../support/working-copy.ts';

describe.skipIf(!needs('runs that put back what they moved', 'root'))('a run that was putting back what it had moved, because it could not begin,', () => {
  it.each([['linkSync', 0, 'kept'], ['linkSync', 1, 'restored'], ['unlinkSync', 1, 'restored']] as const)('and was cut off at %s + %i, leaves it where it says that it is', async (name, behind, state) => {
    const root = applyRoot('half-back');
    planter(root).put('/etc/x.list');
    const before = stateOf(root);
    const packages = fakePackages([fakePackage('old', '1')]);
    packages.interrupted = fail('manager-interrupted', 'dpkg was cut off').error;
    const base = { because: ['f'], risk: 'low' as const, undo: '', manager: 'apt' };
    const plan = planOf([
      { ...base, kind: 'repository-remove', id: 'a1', name: 'x', uri: 'https://deb.example.org', file: identityOf(root, '/etc/x.list') },
      { ...base, kind: 'package-hold', id: 'a2', name: 'old', arch: 'all', argv: ['/usr/bin/apt-mark', 'hold', '--', 'old'] },
    ]);
    const fault = { at: -1, what: 'kill', seen: (each: string, call: number) => { if (each === name) fault.at = call + behind; } };
    expect((await withFault(fault, () => apply(root, plan, {}, packages))).result).toEqual({ killed: true });
    packages.interrupted = undefined;
    expect(await recoverAll(root, packages)).toMatchObject({ ok: true });
    expect(must(runsOf(root))).toMatchObject([{ phase: 'applied', outcome: 'cut-off', items: [{ state }] }]);
    expect(await recoverAll(root, packages)).toEqual({ ok: true, value: [] });
    if (state === 'kept') await undoLast(root);
    expect(stateOf(root)).toEqual(before);
  });
});

describe.skipIf(!needs('disks that are not there', 'root', 'mount'))('a disk that is not mounted', () => {
  it.each([['moved to quarantine', 'renameSync', 'moving', 'quarantined', 'data/tool'], ['put back', 'linkSync', 'restoring', 'restored', 'data/tool']] as const)('is waited for: what was being %s on it is not taken for done', async (_what, last, open, closed, file) => {
    const root = applyRoot('unmounted');
    mkdirSync(join(root, 'data'));
    const disk = tmpfs('disk', 'size=4m,mode=755');
    const mount = (): unknown => execFileSync('mount', ['--bind', disk.root, join(root, 'data')]);
    mount();
    try {
      planter(root).put('/data/tool');
      const plan = planToMove(root, ['/data/tool']);
      const act = last === 'renameSync' ? () => apply(root, plan) : () => undoLast(root);
      if (last === 'linkSync') await apply(root, plan);
      const fault = { at: -1, what: 'kill', seen: (name: string, call: number) => { if (name === last) fault.at = call + 1; } };
      expect((await withFault(fault, act)).result).toEqual({ killed: true });
      execFileSync('umount', [join(root, 'data')]);
      for (let time = 0; time < 2; time++) {
        expect(await recoverAll(root)).toMatchObject({ ok: false, error: { reason: 'recover-failed', message: expect.stringContaining('/data/tool'), hint: expect.stringContaining('mount the file system') } });
        expect(must(runsOf(root))).toMatchObject([{ items: [{ state: open }] }]);
      }
      mount();
      expect(await recoverAll(root)).toMatchObject({ ok: true });
      expect(must(runsOf(root))).toMatchObject([{ items: [{ state: closed }] }]);
      if (closed === 'quarantined') await undoLast(root);
      expect(existsSync(join(root, file))).toBe(true);
    } finally {
      execFileSync('umount', [join(root, 'data')]);
      disk.remove();
    }
  });
});

describe.skipIf(!needs('disks that are not there', 'root', 'mount'))('what lies in quarantine on a disk that is not mounted', () => {
  it('is not taken for deleted', async () => {
    const root = applyRoot('prune-unmounted');
    mkdirSync(join(root, 'data'));
    const disk = tmpfs('disk', 'size=4m,mode=755');
    const mount = (): unknown => execFileSync('mount', ['--bind', disk.root, join(root, 'data')]);
    const prune = (): Result<RunRecord> => {
      const state = must(openState(must(writableHost(root))));
      try {
        return pruneRun(must(writableHost(root)), state, must(state.list()).at(-1)!);
      } finally {
        state.close();
      }
    };
    mount();
    try {
      for (const path of ['/data/tool', '/opt/tool']) planter(root).put(path);
      await apply(root, planToMove(root, ['/data/tool', '/opt/tool']));
      execFileSync('umount', [join(root, 'data')]);
      expect(prune()).toMatchObject({ ok: false, error: { reason: 'not-mounted', message: expect.stringMatching(/^run 000001-\w{6} keeps files in \/data\/\.drift-quarantine\/000001-\w{6}, /) as string } });
      const [run] = must(runsOf(root));
      expect(run).toMatchObject({ phase: 'applied' });
      expect(existsSync(join(root, run!.items[1]!.moved.quarantine, '2'))).toBe(true);
      mount();
      expect(prune()).toMatchObject({ ok: true, value: { phase: 'pruned' } });
      for (const { moved } of run!.items) expect(existsSync(join(root, moved.quarantine, String(moved.item))), moved.path).toBe(false);
    } finally {
      execFileSync('umount', [join(root, 'data')]);
      disk.remove();
    }
  });
});

describe.skipIf(!needs('units of runs that were cut off', 'root'))('a run that was cut off after it moved', () => {
  it.each([['a unit', 'unit', [['daemon-reload']]], ['no unit', 'file', []]] as const)('%s: systemd reads its units again only then', async (_what, what, asked) => {
    const root = applyRoot('units');
    mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
    const path = '/etc/systemd/system/x.service';
    planter(root).put(path);
    const fault = { at: -1, what: 'kill', seen: (name: string, call: number) => { if (name === 'renameSync') fault.at = call + 1; } };
    expect((await withFault(fault, () => apply(root, planOf([quarantineAction('a1', [identityOf(root, path)], what)])))).result).toEqual({ killed: true });
    const said: (readonly string[])[] = [];
    const real = must(writableHost(root));
    const host: WritableHost = { ...real, live: true, systemctl: async (args) => { said.push(args); return ok({ exitCode: said.length === 1 ? 1 : 0, stdout: Buffer.alloc(0), stderr: 'not now' } as QueryAnswer); } };
    const state = must(openState(host));
    try {
      const { runs } = must(await settleRuns(host, state, fakePackages().work, { stopAsked: () => false, tell: () => {} }));
      expect(runs[0]!.notes).toEqual([`${path} had been moved to quarantine`, ...(asked.length === 0 ? [] : ['systemd could not read its units again: not now'])].toSorted());
      expect(must(await settleRuns(host, state, fakePackages().work, { stopAsked: () => false, tell: () => {} })).runs).toEqual([]);
    } finally {
      state.close();
    }
    expect(said).toEqual(asked);
  });
});
