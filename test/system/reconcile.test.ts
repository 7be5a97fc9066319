// The commands that change a host, on a Debian host from inside: asked and not asked, within limits and past them, with saved plans, and after a run that was cut off.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkoutDirectory } from '../support/build-cache.ts';
import { inside } from '../support/chroot-host.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { planter } from '../support/planter.ts';
import { onTerminal } from '../support/pty.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { workingCopy } from '../support/working-copy.ts';

const NEEDS = ['root', 'mount', 'overlay', 'mmdebstrap', 'apt-sources', 'setcap', 'getcap', 'dpkg-deb'] as const;
const MANIFEST = '/etc/drift/manifest.yaml';

async function declaredHost(label: string): Promise<string> {
  const { root } = workingCopy(debHost(ROLES_DEB_HOST), label);
  mkdirSync(join(root, 'etc/drift'));
  const init = await drift(['init', '--output', MANIFEST], inside(root));
  expect(init.stderr).toBe('');
  expect(init.code).toBe(0);
  writeFileSync(join(root, 'etc/machine-id'), `${'b'.repeat(32)}\n`);
  writeFileSync(join(root, MANIFEST), `${readFileSync(join(root, MANIFEST), 'utf8')}\nsweep:\n  exclude: ["/mnt/drift/**"]\n`);
  return root;
}

describe.skipIf(!needs('the limits of a plan', ...NEEDS))('more than the limits', () => {
  it('is nothing that --yes gives', async () => {
    const root = await declaredHost('limits');
    for (let at = 0; at < 11; at++) planter(root).put(`/usr/bin/stray-${at}`);
    const refused = await drift(['reconcile', '--yes', '--json'], inside(root));
    expect(refused.json<{ error: { code: string; changed: string } }>().error).toMatchObject({ code: 'limit-exceeded', changed: 'nothing' });
    expect(refused.code).toBe(1);
    expect(readdirSync(join(root, 'usr/bin')).filter((name) => name.startsWith('stray-'))).toHaveLength(11);
  });
});

describe.skipIf(!needs('the commands that change a host', ...NEEDS))('on a running host', () => {
  let root: string;

  beforeAll(async () => {
    root = await declaredHost('commands');
    planter(root).put('/usr/local/bin/stray');
  });

  it('nothing is done without a yes, and nobody is there to give it', async () => {
    const asked = await drift(['reconcile'], inside(root));
    expect(asked.stderr).toContain('there is no terminal to ask at');
    expect(asked.stderr).toContain('changed: nothing');
    expect(asked.code).toBe(1);
    expect(existsSync(join(root, 'usr/local/bin/stray'))).toBe(true);
  });

  it('a directory that --root names is never changed', async () => {
    for (const command of [['reconcile', '--yes'], ['undo'], ['recover']]) {
      const refused = await drift([...command, '--root', root, '--json']);
      expect(refused.json<{ error: { code: string; changed: string } }>().error).toMatchObject({ code: 'root-read-only', changed: 'nothing' });
      expect(refused.code).toBe(1);
    }
  });

  it('a saved plan is applied as it is, once, and only as long as nothing moved', async () => {
    expect((await drift(['plan', '--output', '/root/plan.json'], inside(root))).code).toBe(2);
    const file = join(root, 'root/plan.json');
    const saved = readFileSync(file, 'utf8');
    const apply = async (text: string): Promise<{ code: string }> => {
      writeFileSync(file, text, { mode: 0o600 });
      return (await drift(['reconcile', '/root/plan.json', '--yes', '--json'], inside(root))).json<{ error: { code: string } }>().error;
    };
    expect(await apply(saved.slice(0, -40))).toMatchObject({ code: 'plan-invalid' });
    expect(await apply(saved.replace('drift.plan/1', 'drift.plan/2'))).toMatchObject({ code: 'plan-invalid' });
    expect(await apply(saved.replace('"/usr/local/bin/stray"', '"/usr/local/../bin/stray"').replaceAll('"path": "/usr/local/bin/stray"', '"path": "/usr/local/bin/../bin/stray"'))).toMatchObject({ code: 'plan-invalid' });
    expect(await apply(saved.replace(/"machineId": "[^"]*"/, `"machineId": "${'a'.repeat(32)}"`).replace('"arch"', '"machineId": "b", "arch"'))).toMatchObject({ code: 'plan-foreign' });
    const manifest = readFileSync(join(root, MANIFEST), 'utf8');
    writeFileSync(join(root, MANIFEST), `${manifest}\n`);
    expect(await apply(saved)).toMatchObject({ code: 'plan-stale' });
    writeFileSync(join(root, MANIFEST), manifest);
    writeFileSync(file, saved, { mode: 0o600 });
    const done = await drift(['reconcile', '/root/plan.json', '--yes'], inside(root));
    expect(done.stdout).toContain('1 file moved to quarantine');
    expect(done.stdout).toContain('looked again: nothing of it is left');
    expect(done.code).toBe(0);
    expect(existsSync(join(root, 'usr/local/bin/stray'))).toBe(false);
  });

  it('a run that was cut off is told by check, and recover closes it', async () => {
    const [run = ''] = readdirSync(join(root, 'var/lib/drift/runs'));
    const journal = join(root, 'var/lib/drift/runs', run, 'journal');
    const lines = readFileSync(journal, 'latin1').split('\n');
    // As if drift had been killed after the move, before it wrote that down.
    writeFileSync(journal, lines.slice(0, 2).map((line) => `${line}\n`).join(''));
    const check = await drift(['check', '--json'], inside(root));
    expect(check.json().findings.filter(({ severity }) => severity !== 'info').map(({ kind }) => kind)).toEqual(['run-unfinished']);
    expect(check.code).toBe(2);
    const id = readFileSync(join(root, 'etc/machine-id'), 'utf8');
    writeFileSync(join(root, 'etc/machine-id'), `${'c'.repeat(32)}\n`);
    for (const command of ['recover', 'undo', 'reconcile']) {
      const refused = await drift([command, '--json'], inside(root));
      expect(refused.json<{ error: { code: string; changed: string } }>().error).toMatchObject({ code: 'run-foreign', changed: 'nothing' });
    }
    writeFileSync(join(root, 'etc/machine-id'), id);
    const recover = await drift(['recover'], inside(root));
    expect(recover.stdout).toContain('/usr/local/bin/stray had been moved to quarantine');
    expect(recover.code).toBe(0);
    expect((await drift(['recover'], inside(root))).stdout).toBe('nothing had been cut off\n');
    expect((await drift(['undo'], inside(root))).code).toBe(0);
    expect(existsSync(join(root, 'usr/local/bin/stray'))).toBe(true);
    expect((await drift(['undo', '--json'], inside(root))).json<{ error: { code: string } }>().error.code).toBe('nothing-to-undo');
  });

  it('at a terminal, only a typed yes is one', async () => {
    const { checkout = '', wrap = [] } = inside(root);
    const command = [...wrap, process.execPath.replace(checkoutDirectory(), checkout), join(checkout, 'bin/run.js'), 'reconcile'];
    for (const type of ['\r', 'n\r', '\x04']) {
      const declined = await onTerminal(command, [{ see: 'Do this? [y/N] ', type }]);
      expect(declined.screen).toContain('/usr/local/bin/stray');
      expect(declined.screen).toContain('changed: nothing');
      expect(declined.code).toBe(1);
    }
    expect(existsSync(join(root, 'usr/local/bin/stray'))).toBe(true);
    const done = await onTerminal(command, [{ see: 'Do this? [y/N] ', type: 'y\r' }]);
    expect(done.screen).toContain('looked again: nothing of it is left');
    expect(done.code).toBe(0);
    expect((await drift(['undo'], inside(root))).code).toBe(0);
  });

  it('what comes back a third time within a day is left to whatever puts it there', async () => {
    planter(root).put('/etc/cron.d/deploy', '* * * * * root /usr/bin/rsync -a /srv/deploy/ /usr/local/\n');
    const only = ['--only', '/usr/local/bin/back'];
    for (let at = 0; at < 2; at++) {
      planter(root).put('/usr/local/bin/back');
      expect((await drift(['reconcile', '--yes', ...only], inside(root))).stdout).toContain('1 file moved to quarantine');
    }
    planter(root).put('/usr/local/bin/back');
    const { actions, refusals } = (await drift(['plan', '--json', ...only], inside(root))).json<{ actions: readonly unknown[]; refusals: readonly { reason: string; message: string; findings: readonly string[] }[] }>();
    expect(actions).toEqual([]);
    expect(refusals).toMatchObject([{ reason: 'flapping', message: expect.stringMatching(/^runs \d+ and \d+ .*: \/etc\/cron.d\/deploy$/) as string }]);
    expect((await drift(['reconcile', '--yes', '--only', refusals[0]!.findings[0]!], inside(root))).code).toBe(0);
    expect((await drift(['undo'], inside(root))).code).toBe(0);
    for (const path of ['etc/cron.d/deploy', 'usr/local/bin/back']) rmSync(join(root, path));
  });

  it('a journal that is damaged stops what is new until somebody sets that run aside', async () => {
    expect((await drift(['reconcile', '--yes'], inside(root))).code).toBe(0);
    const run = readdirSync(join(root, 'var/lib/drift/runs')).toSorted().at(-1)!;
    const journal = join(root, 'var/lib/drift/runs', run, 'journal');
    writeFileSync(journal, readFileSync(journal, 'latin1').replace('"outcome":"complete"', '"outcome":"stopped"'), 'latin1');
    planter(root).put('/usr/local/bin/other');
    let hint = '';
    for (const command of [['reconcile', '--yes'], ['undo'], ['recover']]) {
      const refused = await drift([...command, '--json'], inside(root));
      const { error } = refused.json<{ error: { code: string; changed: string; hint: string } }>();
      expect(error, command[0]).toMatchObject({ code: 'journal-damaged', changed: 'nothing' });
      expect(refused.code).toBe(1);
      hint = error.hint;
    }
    const [, from = '', to = ''] = /drift history \d+ shows what the lines before it say; to go on without that run: mv (\S+) (\S+);/.exec(hint) ?? [];
    expect([from, to]).toEqual([`/var/lib/drift/runs/${run}`, `/var/lib/drift/runs/aside-${run}`]);
    const history = await drift(['history', String(Number.parseInt(run, 10))], inside(root));
    expect(history.stdout).toMatch(/cannot be read\n[^]*what the lines before that say:\n[^]*in quarantine, in [^]* 1 {2}\/usr\/local\/bin\/stray\n/);
    renameSync(join(root, from), join(root, to));
    // Nobody proves any more what lies there.
    const kept = `/var/lib/drift/quarantine/${run}/1`;
    const check = await drift(['check', '--json', '--only', 'file-stray'], inside(root));
    expect(check.json().findings.map(({ subject }) => ('path' in subject ? subject.path : '')).toSorted()).toEqual(['/usr/local/bin/other', kept]);
    const done = await drift(['reconcile', '--yes'], inside(root));
    expect(done.stdout).toContain('1 file moved to quarantine');
    expect(existsSync(join(root, kept))).toBe(true);
    expect((await drift(['undo'], inside(root))).code).toBe(0);
    expect(existsSync(join(root, 'usr/local/bin/other'))).toBe(true);
    rmSync(join(root, 'usr/local/bin/other'));
    renameSync(join(root, kept), join(root, 'usr/local/bin/stray'));
    rmSync(join(root, to), { recursive: true });
  });

  it('prune makes room for good', async () => {
    expect((await drift(['reconcile', '--yes'], inside(root))).code).toBe(0);
    const pruned = await drift(['history', 'prune', '--older-than', '0h', '--yes'], inside(root));
    expect(pruned.stdout).toContain('pruned');
    expect(pruned.code).toBe(0);
    expect((await drift(['undo', String(readdirSync(join(root, 'var/lib/drift/runs')).length), '--json'], inside(root))).json<{ error: { code: string } }>().error.code).toBe('pruned');
    expect((await drift(['history', 'prune', '--older-than', 'soon', '--yes', '--json'], inside(root))).json<{ error: { code: string } }>().error.code).toBe('usage');
  });
});
