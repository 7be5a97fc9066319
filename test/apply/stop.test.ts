// Real processes are stopped, and only those that were meant; what they were is kept.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processStamp } from '../../src/host/live-process.ts';
import type { ProcessIdentity, StopProcessAction } from '../../src/model/plan.ts';
import { apply, applyRoot, identityOf, planOf, quarantineAction } from '../support/apply-host.ts';
import { pause } from '../support/build-cache.ts';
import { startProgram, startReady } from '../support/children.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';

function identity(pid: number, path: string): ProcessIdentity {
  const { exe, startTicks } = processStamp(pid)!;
  return { pid, startTicks, startedAt: 0, uid: 0, exe: { path, ...exe! } };
}

function stop(process: ProcessIdentity): StopProcessAction {
  return { kind: 'stop-process', id: 'a1', because: ['f'], risk: 'medium', undo: 'not', process };
}

function isThere(pid: number): boolean {
  const stamp = processStamp(pid);
  return stamp !== undefined && !stamp.zombie;
}

function runningFrom(program: string): readonly number[] {
  return readdirSync('/proc').filter((each) => /^\d+$/.test(each)).map(Number).filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/exe`) === program;
    } catch {
      return false;
    }
  });
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

async function waitFor(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 600_000; !holds();) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function sleeper(root: string): Promise<number> {
  const program = join(root, 'opt/sleeper');
  planter(root).put('/opt/sleeper');
  copyFileSync('/usr/bin/sleep', program);
  return startProgram(program, ['300'], program);
}

describe.skipIf(!needs('processes that are stopped', 'root'))('a process', () => {
  it('is stopped, what it was is kept, and then its file goes', async () => {
    const root = applyRoot('stopped');
    const pid = await sleeper(root);
    const plan = planOf([stop(identity(pid, '/opt/sleeper')), { ...quarantineAction('a2', [identityOf(root, '/opt/sleeper')]), because: ['f'] }]);
    const applied = await apply(root, plan);
    expect(applied).toMatchObject({ ok: true, value: { record: { outcome: 'complete', stoppedProcesses: [{ pid, exe: '/opt/sleeper' }], items: [{ state: 'quarantined' }] } } });
    expect(isThere(pid)).toBe(false);
    const run = join(root, 'var/lib/drift/runs', readdirSync(join(root, 'var/lib/drift/runs'))[0]!, 'kept-a1', String(pid));
    expect(readFileSync(join(run, 'cmdline'), 'latin1')).toBe(`${join(root, 'opt/sleeper')}\x00300\x00`);
    expect(readFileSync(join(run, 'maps'), 'latin1')).toContain('/opt/sleeper');
    expect(statSync(join(run, 'environ')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(run, 'program.gz'))).toBe(false);
  });

  it('whose program has no name any more leaves a copy of it', async () => {
    const root = applyRoot('nameless');
    const pid = await sleeper(root);
    rmSync(join(root, 'opt/sleeper'));
    expect(await apply(root, planOf([stop(identity(pid, '/opt/sleeper'))]))).toMatchObject({ ok: true, value: { record: { outcome: 'complete' } } });
    const run = join(root, 'var/lib/drift/runs', readdirSync(join(root, 'var/lib/drift/runs'))[0]!, 'kept-a1', String(pid));
    expect(gunzipSync(readFileSync(join(run, 'program.gz'))).equals(readFileSync('/usr/bin/sleep'))).toBe(true);
  });

  it.each([
    ['started at another time', (is: ProcessIdentity): ProcessIdentity => ({ ...is, startTicks: '1' }), 'done'],
    ['running another program', (is: ProcessIdentity): ProcessIdentity => ({ ...is, exe: { ...is.exe, ino: 1 } }), 'failed'],
  ])('%s than the plan says goes on', async (_what, change, result) => {
    const root = applyRoot('another');
    const pid = await sleeper(root);
    const applied = await apply(root, planOf([stop(change(identity(pid, '/opt/sleeper')))]));
    expect(applied.ok ? [...applied.value.record.results.values()].map((each) => each.result) : []).toEqual([result]);
    expect(isThere(pid)).toBe(true);
    expect(readFileSync(`/proc/${pid}/stat`, 'latin1')).not.toMatch(/\) T /);
  });

  it('drift itself and init are never stopped', async () => {
    const root = applyRoot('itself');
    for (const pid of [process.pid, process.ppid, 1]) {
      const applied = await apply(root, planOf([stop({ pid, startTicks: '1', startedAt: 0, uid: 0, exe: { path: '/x', dev: 1, ino: 1 } })]));
      expect(applied.ok ? [...applied.value.record.results.values()].map((each) => each.reason) : []).toEqual(['protected']);
    }
  });

  it('that cannot be stopped keeps its files', async () => {
    const root = applyRoot('kept');
    const pid = await sleeper(root);
    const wrong = identity(pid, '/opt/sleeper');
    const plan = planOf([stop({ ...wrong, exe: { ...wrong.exe, ino: 1 } }), { ...quarantineAction('a2', [identityOf(root, '/opt/sleeper')]), because: ['f'] }]);
    const applied = await apply(root, plan);
    expect(applied.ok ? [...applied.value.record.results.values()].map((each) => each.reason) : []).toEqual(['moved', 'depends-on-refused']);
    expect(existsSync(join(root, 'opt/sleeper'))).toBe(true);
  });

  it('that starts itself again is frozen with all that it started before any of it ends', async () => {
    const root = applyRoot('watchdog');
    const program = join(root, 'opt/worker');
    planter(root).put('/opt/worker');
    copyFileSync('/bin/bash', program);
    execFileSync('mkfifo', [join(root, 'opt/never')]);
    const pid = await startProgram(program, ['-c', `while :; do "$0" -c 'read x <> ${join(root, 'opt/never')}'; done`, program], program);
    await waitFor(() => runningFrom(program).length === 2);
    // The plan was made before it started the other one.
    expect(await apply(root, planOf([stop(identity(pid, '/opt/worker'))]))).toMatchObject({ ok: true, value: { record: { outcome: 'complete', stoppedProcesses: [{ pid }, { exe: '/opt/worker' }] } } });
    expect(runningFrom(program)).toEqual([]);
  });

  it('that another program starts again does not run any more once its file is gone', async () => {
    const root = applyRoot('respawned');
    const program = join(root, 'opt/worker');
    planter(root).put('/opt/worker');
    copyFileSync('/usr/bin/sleep', program);
    await startReady('sh', ['-c', `echo ready; while :; do ${program} 300; done 2> /dev/null`]);
    await waitFor(() => runningFrom(program).length === 1);
    const [pid = 0] = runningFrom(program);
    const kept = join(root, 'var/lib/drift/quarantine');
    const applied = await apply(root, planOf([stop(identity(pid, '/opt/worker')), { ...quarantineAction('a2', [identityOf(root, '/opt/worker')]), because: ['f'] }]), { progress: (_action, at) => { if (at === 1) for (; runningFrom(program).length === 0;) pause(5); } });
    expect(applied).toMatchObject({ ok: true, value: { record: { outcome: 'complete' } } });
    expect(applied.ok ? applied.value.notes.join() : '').toMatch(/\/opt\/worker had been started again \(process \d+, by process \d+\), and was killed/);
    expect(existsSync(program)).toBe(false);
    await waitFor(() => runningFrom(join(kept, readdirSync(kept)[0]!, '1')).length === 0);
  });

  it('that a person has logged in through since is left, with its files', async () => {
    const root = applyRoot('login');
    const program = join(root, 'opt/door');
    planter(root).put('/opt/door');
    copyFileSync('/bin/bash', program);
    execFileSync('mkfifo', [join(root, 'opt/never')]);
    const pid = await startProgram(program, ['-c', `bash -c 'exec -a -bash bash -c "read x <> ${join(root, 'opt/never')}"'; :`, program], program);
    await waitFor(() => readdirSync('/proc').some((each) => /^\d+$/.test(each) && argumentsOf(each).startsWith('-bash\0')));
    const applied = await apply(root, planOf([stop(identity(pid, '/opt/door')), { ...quarantineAction('a2', [identityOf(root, '/opt/door')]), because: ['f'] }]));
    expect(applied.ok ? [...applied.value.record.results.values()].map((each) => each.reason) : []).toEqual(['login-session', 'depends-on-refused']);
    expect(isThere(pid)).toBe(true);
  });

  it('that was frozen goes on where the run stops before it', async () => {
    const root = applyRoot('let-go');
    const [first, second] = [await sleeper(root), await startProgram(join(root, 'opt/sleeper'), ['300'], join(root, 'opt/sleeper'))];
    const plan = planOf([stop(identity(first, '/opt/sleeper')), { ...stop(identity(second, '/opt/sleeper')), id: 'a2' }]);
    let asked = false;
    const applied = await apply(root, plan, { stopAsked: () => asked, progress: () => { asked = true; } });
    expect(applied).toMatchObject({ ok: true, value: { record: { outcome: 'stopped' } } });
    expect(isThere(first)).toBe(false);
    expect(readFileSync(`/proc/${second}/stat`, 'latin1')).not.toMatch(/\) T /);
  });

  it('leaves the names of its secrets, and not the secrets', async () => {
    const root = applyRoot('environment');
    planter(root).put('/opt/sleeper');
    copyFileSync('/usr/bin/sleep', join(root, 'opt/sleeper'));
    const pid = await startProgram(join(root, 'opt/sleeper'), ['300'], join(root, 'opt/sleeper'), { env: { DB_PASSWORD: 'hunter2', LD_PRELOAD: '', AWS_SECRET_ACCESS_KEY: 'abc', MONKEY: 'banana' } });
    await apply(root, planOf([stop(identity(pid, '/opt/sleeper'))]));
    const run = join(root, 'var/lib/drift/runs', readdirSync(join(root, 'var/lib/drift/runs'))[0]!, 'kept-a1', String(pid));
    expect(readFileSync(join(run, 'environ'), 'latin1').split('\0').filter((each) => each !== '').toSorted()).toEqual(['AWS_SECRET_ACCESS_KEY=***', 'DB_PASSWORD=***', 'LD_PRELOAD=', 'MONKEY=banana']);
  });

  it('a unit where systemd does not run is not stopped, and its files stay', async () => {
    const root = applyRoot('no-systemd');
    planter(root).put('/opt/x');
    const unit = { kind: 'stop-unit' as const, id: 'a1', because: ['f'], risk: 'high' as const, undo: '', unit: 'x.service', argv: ['/usr/bin/systemctl', 'stop', 'x.service'], processes: [] };
    const applied = await apply(root, planOf([unit, { ...quarantineAction('a2', [identityOf(root, '/opt/x')]), because: ['f'] }]));
    expect(applied.ok ? [...applied.value.record.results.values()].map((each) => each.reason) : []).toEqual(['no-systemd', 'depends-on-refused']);
    const odd = await apply(root, planOf([{ ...unit, unit: '--root=/tmp x.service' }]));
    expect(odd.ok ? [...odd.value.record.results.values()].map((each) => each.reason) : []).toEqual(['unsafe-name']);
  });
});
