// reconcile at a terminal, on a Debian host from inside: Ctrl-C, a terminal that closes, a second run beside it, what is past the limits, and a manifest that is another host's.
import { spawn } from 'node:child_process';
import { existsSync, copyFileSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkoutDirectory } from '../support/build-cache.ts';
import { inside, INSIDE } from '../support/chroot-host.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { planter } from '../support/planter.ts';
import { onTerminal } from '../support/pty.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { workingCopy } from '../support/working-copy.ts';

const NEEDS = ['root', 'mount', 'overlay', 'mmdebstrap', 'apt-sources'] as const;
const MANIFEST = '/etc/drift/manifest.yaml';
const STUBBORN = '/usr/local/bin/stubborn';
/** Ends what hangs. */
const PATIENT = 800_000;

function command(root: string, services: string, ...args: readonly string[]): readonly string[] {
  const { checkout = '', wrap = [] } = inside(root, services);
  return [...wrap, process.execPath.replace(checkoutDirectory(), checkout), join(checkout, 'bin/run.js'), ...args];
}

const PROCESSES = 3;

/** A host with one stray, which runs several times and does not care for SIGTERM: to stop each takes five seconds. */
function busyHost(label: string): { readonly root: string; readonly service: string } {
  const { root } = workingCopy(debHost(ROLES_DEB_HOST), label);
  mkdirSync(join(root, 'etc/drift'));
  writeFileSync(join(root, MANIFEST), `drift: 1\nsweep:\n  exclude: [${INSIDE}/**]\n`);
  copyFileSync(join(root, 'bin/bash'), join(root, STUBBORN));
  return { root, service: `mkfifo "$root/run/never"; for each in 1 2 3; do\nchroot "$root" ${STUBBORN} -c "trap '' TERM HUP INT; echo > /run/runs-$each; while :; do read -r x <> /run/never; done" < /dev/null > /dev/null 2>&1 &\nuntil [ -e "$root/run/runs-$each" ]; do sleep 0.1; done; done` };
}

function journalOf(root: string, run: number): string {
  const runs = join(root, 'var/lib/drift/runs');
  const name = existsSync(runs) ? readdirSync(runs).toSorted()[run - 1] : undefined;
  return name === undefined ? '' : readFileSync(join(runs, name, 'journal'), 'latin1');
}

/** Whether that is the Node that runs `drift reconcile` in this root. */
function isReconcileIn(pid: number, root: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/root`) === root && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('bin/run.js\0reconcile');
  } catch {
    return false;
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENT; !holds();) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ONLY = ['--only', STUBBORN];

describe.skipIf(!needs('reconcile at a terminal', ...NEEDS))('while something is changed', () => {
  it('Ctrl-C lets what is being done come to its end, begins nothing more, and undo has nothing to fear', async () => {
    const { root, service } = busyHost('ctrl-c');
    const stopped = await onTerminal(command(root, service, 'reconcile', ...ONLY), [{ see: 'Do this? [y/N] ', type: 'y\r' }, { see: `stop-process, 1 of ${PROCESSES + 1}`, type: '\x03' }], PATIENT);
    expect(stopped.screen).toContain('SIGINT: what is being done is finished, then drift stops');
    expect(journalOf(root, 1).match(/"type":"action"/g)).toHaveLength(1);
    expect(stopped.code).toBe(130);
    expect(journalOf(root, 1)).toContain('"outcome":"stopped"');
    expect(existsSync(join(root, STUBBORN))).toBe(true);
    const check = await drift(['check', '--json'], inside(root));
    expect(check.json().findings.map(({ kind }) => kind)).not.toContain('run-unfinished');
  });

  it('a terminal that closes ends nothing; a second run beside it is told to wait', async () => {
    const { root, service } = busyHost('hangup');
    const inRoot = (): readonly number[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => isReconcileIn(pid, root));
    const shell = spawn('script', ['-qefc', command(root, service, 'reconcile', '--yes', ...ONLY).map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '), '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TERM: 'xterm', SHELL: '/bin/sh' } });
    shell.stdout.resume();
    await until('it stops the process', () => journalOf(root, 1).includes('stop-process-intent'));
    shell.kill('SIGKILL');
    // It is held where it is: nobody knows how long the second one takes to begin.
    const [first, ...others] = inRoot();
    expect([first, others]).toEqual([expect.any(Number), []]);
    // The kernel lets those go on whose terminal went.
    const hold = setInterval(() => process.kill(first!, 'SIGSTOP'), 20);
    const second = await drift(['reconcile', '--yes', '--json'], inside(root));
    expect(second.json<{ error: { code: string; changed: string; message: string } }>().error).toMatchObject({ code: 'locked', changed: 'nothing', message: expect.stringContaining('another drift') as string });
    expect(second.code).toBe(1);
    clearInterval(hold);
    process.kill(first!, 'SIGCONT');
    await until('it has come to its end', () => journalOf(root, 1).includes('"type":"end"'));
    expect(journalOf(root, 1)).toContain('"outcome":"complete"');
    expect(existsSync(join(root, STUBBORN))).toBe(false);
    expect(journalOf(root, 2)).toBe('');
  });
});

describe.skipIf(!needs('what has to be typed', ...NEEDS))('past the limits', () => {
  let root: string;

  beforeAll(() => {
    ({ root } = workingCopy(debHost(ROLES_DEB_HOST), 'typed'));
    mkdirSync(join(root, 'etc/drift'));
    writeFileSync(join(root, MANIFEST), `drift: 1\npolicy: { limits: { quarantines: 2 }, protect: [/srv/agent/**] }\nsweep:\n  exclude: [${INSIDE}/**]\n`);
    for (let at = 0; at < 3; at++) planter(root).put(`/usr/bin/stray-${at}`);
    planter(root).put('/srv/agent/run');
  });

  it('the number and the name of the host are typed, or nothing is done', async () => {
    const ask = (number: string, host?: string): ReturnType<typeof onTerminal> => onTerminal(command(root, '', 'reconcile', '--only', '/usr/bin'), [
      { see: '(0 packages and 3 files), as one number: ', type: `${number}\r` }, ...(host === undefined ? [] : [{ see: 'Type the name of this host', type: `${host}\r` }]),
    ], PATIENT);
    for (const wrong of [await ask('y'), await ask('2'), await ask('3', 'elsewhere')]) {
      expect(wrong.screen).toContain('3 is more than 2 (policy.limits.quarantines is 2)');
      expect(wrong.screen).toContain('changed: nothing');
      expect(wrong.code).toBe(1);
    }
    expect(readdirSync(join(root, 'usr/bin')).filter((name) => name.startsWith('stray-'))).toHaveLength(3);
    const name = (await drift(['check', '--json', '--no-sweep'], inside(root))).json().host.name;
    const done = await ask('3', name);
    expect(done.screen).toContain('looked again: nothing of it is left');
    expect(done.code).toBe(0);
  });

  it('what policy.protect names is never taken, however it is named', async () => {
    const reconcile = await drift(['reconcile', '--yes', '--json', '--only', '/srv/agent/run'], inside(root));
    expect(reconcile.json<{ run: unknown }>().run).toBeNull();
    expect(existsSync(join(root, 'srv/agent/run'))).toBe(true);
  });
});

describe.skipIf(!needs('a manifest of another host', ...NEEDS))('a manifest that wants most of the host gone', () => {
  it('is not believed', async () => {
    const { root } = workingCopy(debHost(ROLES_DEB_HOST), 'most');
    mkdirSync(join(root, 'etc/drift'));
    const init = await drift(['init'], inside(root));
    const installed = Array.from(readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8').matchAll(/^Package: (.*)$/gm), ([, name]) => name!);
    expect(init.code).toBe(0);
    writeFileSync(join(root, MANIFEST), `drift: 1\npackages:\n${installed.map((name) => `  "${name}": absent\n`).join('')}sweep:\n  exclude: [${INSIDE}/**]\n`);
    const plan = await drift(['plan', '--json'], inside(root));
    const { actions, refusals } = plan.json<{ actions: readonly { kind: string }[]; refusals: readonly { reason: string; hint?: string }[] }>();
    expect(actions.filter(({ kind }) => kind === 'package-remove')).toEqual([]);
    expect(refusals.filter(({ reason }) => reason === 'most-of-the-host').length).toBeGreaterThan(installed.length / 2);
    expect(refusals.find(({ reason }) => reason === 'most-of-the-host')!.hint).toContain(MANIFEST);
  });
});
