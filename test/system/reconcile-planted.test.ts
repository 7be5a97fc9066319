// Hosts of both families with planted drift, from inside: reconcile takes away what it may, says what it leaves, and undo brings all of it back.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { inside, INSIDE } from '../support/chroot-host.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { plantDeb } from '../support/plant-deb.ts';
import { plantRpm } from '../support/plant-rpm.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import { drift, type CliResult } from '../support/run-cli.ts';
import { redisRpmHost } from '../support/second-redis.ts';
import { rootDifferences, wholeRoot } from '../support/whole-root.ts';
import { workingCopy } from '../support/working-copy.ts';

const MANIFEST = '/etc/drift/manifest.yaml';
const SCOPE = 'file-stray,tree-stray,launch-stray';

const FAMILIES = [
  { name: 'Debian', needs: ['root', 'mount', 'overlay', 'mmdebstrap', 'apt-sources', 'setcap', 'getcap', 'dpkg-deb'], pristine: () => debHost(ROLES_DEB_HOST), plant: plantDeb },
  { name: 'RPM', needs: [...RPM_HOST_NEEDS, 'overlay', 'mmdebstrap', 'apt-sources', 'ldd', 'setcap', 'getcap'], pristine: redisRpmHost, plant: plantRpm },
] as const;

interface PlanJson {
  readonly actions: readonly { readonly kind: string; readonly because: readonly string[] }[];
  readonly refusals: readonly { readonly findings: readonly string[]; readonly reason: string }[];
}

for (const family of FAMILIES) {
  describe.skipIf(!needs(`reconcile on a planted ${family.name} host`, ...family.needs))(`a planted ${family.name} host`, () => {
    let root: string;
    let before: ReadonlyMap<string, string>;
    let plan: PlanJson;
    let refused: ReadonlySet<string>;
    let reconcile: CliResult;

    beforeAll(async () => {
      ({ root } = workingCopy(family.pristine(), 'planted'));
      mkdirSync(join(root, 'etc/drift'));
      expect(await drift(['init', '--output', MANIFEST], inside(root))).toMatchObject({ code: 0, stderr: '' });
      writeFileSync(join(root, MANIFEST), `${readFileSync(join(root, MANIFEST), 'utf8')}\nsweep:\n  exclude: [${INSIDE}/**]\n`);
      family.plant(root);
      inside(root);
      // Makes the state directory, which is no part of what is compared.
      expect((await drift(['recover'], inside(root))).code).toBe(0);
      expect((await drift(['plan', '--output', '/root/plan.json'], inside(root))).code).toBe(2);
      plan = JSON.parse(readFileSync(join(root, 'root/plan.json'), 'utf8')) as PlanJson;
      refused = new Set(plan.refusals.flatMap(({ findings }) => findings));
      before = wholeRoot(root);
      // It is more than --yes may pass, and somebody has read it.
      reconcile = await drift(['reconcile', '/root/plan.json', '--yes', '--json'], inside(root));
    });

    it('has much to do', () => {
      expect(plan.actions.length).toBeGreaterThan(20);
    });

    it('does all of it', () => {
      expect(reconcile.json<{ error?: unknown }>().error).toBeUndefined();
      expect(schemaErrors(reconcile.json())).toEqual([]);
      const run = reconcile.json<{ run: { outcome: string; results: readonly { result: string; message: string | null }[] }; left: readonly { id: string }[] }>();
      expect(run.run.outcome).toBe('complete');
      expect(run.run.results.filter(({ result }) => result !== 'done')).toEqual([]);
      expect(run.left.filter(({ id }) => !refused.has(id))).toEqual([]);
      expect(reconcile.code).toBe(refused.size > 0 ? 2 : 0);
    });

    it('check is silent but for what was refused', async () => {
      const check = await drift(['check', '--only', SCOPE, '--json'], inside(root));
      expect(check.json().findings.filter(({ id, severity }) => severity !== 'info' && !refused.has(id))).toEqual([]);
      expect(check.code).toBe(refused.size > 0 ? 2 : 0);
    });

    it('the second time there is nothing to do', async () => {
      const again = await drift(['reconcile', '--yes', '--json'], inside(root));
      expect(again.json<{ run: unknown }>().run).toBeNull();
      expect(readdirSync(join(root, 'var/lib/drift/runs'))).toHaveLength(1);
    });

    it('undo brings back every byte, every owner, mode and time', async () => {
      const undo = await drift(['undo', '--json'], inside(root));
      expect(schemaErrors(undo.json())).toEqual([]);
      expect(undo.code).toBe(0);
      expect(before.size).toBeGreaterThan(500);
      // Scratch copies of a package database come and go in /tmp.
      expect(rootDifferences(before, wholeRoot(root)).filter((line) => !line.startsWith('"tmp": '))).toEqual([]);
    });

    it('history tells it', async () => {
      const history = await drift(['history', '--json'], inside(root));
      expect(schemaErrors(history.json())).toEqual([]);
      expect(history.json<{ runs: readonly { phase: string }[] }>().runs.map(({ phase }) => phase)).toEqual(['undone']);
      const text = await drift(['history', '1'], inside(root));
      expect(text.stdout).toMatch(/^run 1 .* put back\n/);
      expect(text.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    });
  });
}
