// After a run that was cut off: what cannot be seen is not taken for gone.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apply, applyRoot, must, planToMove, recoverAll, runsOf, undoLast } from '../support/apply-host.ts';
import { withFault } from '../support/fault-points.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { tmpfs } from '../support/working-copy.ts';

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
