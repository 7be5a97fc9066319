// A reference plan of every kind of action that needs no package manager, on a root of two file systems; steps of it are killed, and what is left is looked at, recovered and put back.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll } from 'vitest';
import { unfinishedRuns } from '../../src/operations/observe/unfinished-runs.ts';
import { processStamp } from '../../src/host/live-process.ts';
import { localHost } from '../../src/host/local-host.ts';
import type { Action, Plan } from '../../src/model/plan.ts';
import { apply, identityOf, must, planOf, quarantineAction, recoverAll, ROOTS, runsOf, undoLast } from './apply-host.ts';
import { cacheDirectory } from './build-cache.ts';
import { capabilitiesOf, keptFiles, lostFiles, treeDifferences, type KeptFiles } from './kept-files.ts';
import { planter } from './planter.ts';
import { run } from './run-command.ts';
import { PROJECT } from './run-drift.ts';
import { tmpfs, workDirectory } from './working-copy.ts';

export type Step = 'apply' | 'undo' | 'recover' | 'prune';

export interface Kill {
  readonly step: Step;
  /** From 0: the call that does not happen any more. */
  readonly at: number;
}

/** Each name of node:fs, and how often. */
export type Calls = Readonly<Record<string, number>>;

/** All that change names, files or processes. */
const TRACED = [
  'rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'rmdir', 'mknod', 'mknodat', 'fsync', 'fdatasync', 'sync_file_range', 'truncate', 'ftruncate', 'fallocate',
  'chmod', 'fchmod', 'fchmodat', 'chown', 'fchown', 'lchown', 'fchownat', 'utimensat', 'setxattr', 'lsetxattr', 'fsetxattr', 'removexattr', 'lremovexattr', 'fremovexattr', 'kill',
];

/** Kills one after the other: of a step that was not come to, nothing happens. */
export type KillCase = readonly Kill[];

export interface Stage {
  /** What is wrong after it: nothing. Undefined: the last kill was never come to, because its step has fewer calls. */
  kill(kills: KillCase, late?: 'late'): Promise<readonly string[] | undefined>;
  /** Calls of a step that nobody kills, after those that are. */
  calls(step: Step, after?: KillCase): Promise<number>;
  /** Of the plan. */
  actions(): number;
  /** What was counted of a step that nobody kills, and what strace(1) saw of it. */
  traced(step: Step): Promise<{ readonly counted: Calls; readonly traced: string }>;
}

const CHILD = join(PROJECT, 'test/support/fault-child.ts');
/** In few directories: an undo gives each its time back, by a program. */
const FILES = ['/usr/local/bin/tool', '/usr/local/bin/setuid', '/usr/local/bin/capable', '/usr/local/bin/a name\nof two lines', '/usr/local/bin/bobs', '/usr/local/bin/\xff\xfe', '/etc/ld.so.preload', '/data/tool', '/data/other'];
const LINKS = ['/usr/local/bin/link', '/etc/link', '/data/link'];
const TREE = ['/opt/app/a', '/opt/app/b', '/opt/app/c.so', '/opt/app/d.so', '/data/e', '/data/f'];
const UNIT_LINKS = ['/etc/systemd/system/x.target.wants/x.service', '/etc/systemd/system/x.target.wants/x.socket'];
const ALONE = ['/etc/systemd/system/x.service', '/etc/systemd/system/x.socket', '/etc/job', '/etc/x.sh', '/usr/local/bin/pipe', '/etc/empty', '/opt/one', '/opt/other'];
const RIGHTS = '/usr/bin/owned';
const SLEEPER = '/opt/sleeper';

/** In one piece: a process for each case would else read and strip a hundred modules. */
let bundled: Promise<string> | undefined;

function bundledChild(): Promise<string> {
  return bundled ??= (async () => {
    const dir = workDirectory('fault-child');
    const bundle = await rolldown({ input: CHILD, platform: 'node' });
    await bundle.write({ dir, format: 'esm', entryFileNames: 'child.mjs' });
    await bundle.close();
    return join(dir, 'child.mjs');
  })();
}

function plantAll(root: string): void {
  const plant = planter(root);
  for (const [at, path] of [...FILES, ...TREE, ...ALONE.filter((each) => !/pipe$|other$/.test(each)), '/etc/x.list'].entries()) plant.put(path, path === '/etc/empty' ? '' : `#!/bin/sh\necho ${at}\n`);
  plant.chown('/usr/local/bin/setuid', 1000, 1000);
  plant.chmod('/usr/local/bin/setuid', 0o4755);
  plant.chown('/usr/local/bin/bobs', 1000, 1000);
  plant.chmod('/usr/local/bin/bobs', 0o600);
  execFileSync('setcap', ['cap_net_raw+ep', join(root, 'usr/local/bin/capable')]);
  execFileSync('mkfifo', [join(root, 'usr/local/bin/pipe')]);
  plant.put(RIGHTS);
  plant.chown(RIGHTS, 1000, 1000);
  plant.chmod(RIGHTS, 0o6777);
  for (const path of [...LINKS, ...UNIT_LINKS]) plant.link(path, '/etc/passwd');
  plant.hardLink('/opt/other', '/opt/one');
  plant.put('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n', 0o644);
  plant.put('/data/kept', 'data', 0o600);
  copyFileSync('/usr/bin/sleep', join(root, SLEEPER.slice(1)));
  plant.put('/var/lib/data', 'data', 0o600);
}

function referencePlan(root: string, pid: number): Plan {
  const identity = (path: string) => identityOf(root, path);
  const { exe, startTicks } = processStamp(pid)!;
  const base = (id: string) => ({ id, because: [`f${id}`], risk: 'low' as const, undo: '' });
  const actions: readonly ((id: string) => Action)[] = [
    (id) => ({ ...base(id), kind: 'repository-remove', manager: 'apt', name: 'x', uri: 'https://deb.example.org', file: identity('/etc/x.list') }),
    (id) => ({ ...base(id), kind: 'disable-unit', unit: 'x.service', links: UNIT_LINKS.map(identity) }),
    ...ALONE.slice(0, 2).map((path) => (id: string) => quarantineAction(id, [identity(path)], 'unit')),
    ...ALONE.slice(2, 4).map((path) => (id: string) => quarantineAction(id, [identity(path)], 'launch')),
    (id) => ({ ...base(id), kind: 'reload-units', argv: [] }),
    (id) => ({ ...base(id), kind: 'stop-process', process: { pid, startTicks, startedAt: 0, uid: 0, exe: { path: SLEEPER, ...exe! } } }),
    (id) => quarantineAction(id, [identity(SLEEPER)]),
    ...[...FILES, ...LINKS, ...ALONE.slice(4)].map((path) => (id: string) => quarantineAction(id, [identity(path)])),
    (id) => quarantineAction(id, TREE.map(identity), 'tree'),
    (id) => ({ ...base(id), kind: 'restore-mode', file: identity(RIGHTS), to: { mode: 0o755, user: 'root', group: 'root' } }),
  ];
  return planOf(actions.map((make, at) => make(`a${at + 1}`)));
}

/** Its root is used for one case after the other. */
export function killStage(label: string): Stage {
  const base = workDirectory(label);
  const template = join(base, 'template');
  plantAll(template);
  const capabilities = capabilitiesOf(template);
  // Of memory: what a power cut leaves is shown elsewhere.
  const { root } = tmpfs(label, 'size=64m,mode=755');
  execFileSync('mkdir', ['-p', join(root, 'data')]);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=755', 'tmpfs', join(root, 'data')]);
  let sleeper: ChildProcess | undefined;
  afterAll(() => void sleeper?.kill('SIGKILL'));
  const planFile = join(base, 'plan.json');

  const fresh = async (): Promise<KeptFiles> => {
    sleeper?.kill('SIGKILL');
    for (const top of [root, join(root, 'data')]) for (const name of readdirSync(top)) if (name !== 'data') rmSync(join(top, name), { recursive: true });
    execFileSync('cp', ['-a', `${template}/.`, root]);
    sleeper = spawn(join(root, SLEEPER.slice(1)), ['600'], { stdio: 'ignore' });
    await new Promise((resolve) => sleeper!.once('spawn', resolve));
    const pid = sleeper.pid!;
    writeFileSync(planFile, JSON.stringify(referencePlan(root, pid)));
    return keptFiles(root);
  };

  const child = async (step: Step, at: number, late?: 'late'): Promise<{ readonly signal: string | null; readonly said: string }> => {
    // The other journal takes the place of a module.
    const program = late === undefined ? await bundledChild() : CHILD;
    return new Promise((resolve, reject) => {
      const process_ = spawn(process.execPath, [program, root, planFile, step, String(at), ...(late === undefined ? [] : [late])], { env: { ...process.env, NODE_COMPILE_CACHE: join(cacheDirectory(), 'compiled') }, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [process_.stdout, process_.stderr]) stream.on('data', (data: Buffer) => (said += data.toString('latin1')));
      process_.once('error', reject);
      process_.once('close', (code, signal) => (code !== 0 && signal !== 'SIGKILL' ? reject(new Error(`${step}: ${said}`)) : resolve({ signal, said })));
    });
  };

  /** 'undo' and 'prune' need a run that is over. */
  const begin = async (first: Step): Promise<void> => {
    if (first !== 'apply') await apply(root, JSON.parse(readFileSync(planFile, 'utf8')) as Plan, { accounts: ROOTS });
  };

  return {
    actions: () => (JSON.parse(readFileSync(planFile, 'utf8')) as Plan).actions.length,
    async calls(step, after = []) {
      await fresh();
      await begin(after[0]?.step ?? step);
      for (const each of after) await child(each.step, each.at);
      return Object.values(JSON.parse((await child(step, -1)).said) as Calls).reduce((sum, count) => sum + count, 0);
    },
    async traced(step) {
      await fresh();
      await begin(step);
      const log = join(base, 'trace');
      const said = run('strace', ['-f', '-qq', '-o', log, '-e', `trace=${TRACED.join(',')}`, process.execPath, CHILD, root, planFile, step, '-1']);
      return { counted: JSON.parse(said) as Calls, traced: readFileSync(log, 'latin1') };
    },
    async kill(kills, late) {
      const wrong: string[] = [];
      const before = await fresh();
      await begin(kills[0]!.step);
      const pruning = kills.some(({ step }) => step === 'prune');
      for (const [at, { step, at: call }] of kills.entries()) {
        const { signal } = await child(step, call, late);
        if (signal === null) {
          if (at === kills.length - 1) return undefined;
          continue;
        }
        const now = keptFiles(root);
        if (!pruning) wrong.push(...lostFiles(before, now, RIGHTS).map((each) => `lost after ${step} ${call}: ${each}`));
        wrong.push(...viewProblems(root, now, before));
      }
      wrong.push(...await afterKill(root, before, pruning));
      if (!pruning && capabilitiesOf(root).join('\n') !== capabilities.join('\n')) wrong.push('capabilities are not what they were');
      const state = sleeper === undefined ? '' : stateOfProcess(sleeper.pid!);
      if (state === 'T') wrong.push('a process was left frozen');
      return wrong;
    },
  };
}

/** What `drift check` would say: that a run was cut off, unless nothing was changed yet, or all of it is done and written down. */
function viewProblems(root: string, now: KeptFiles, before: KeptFiles): readonly string[] {
  const { coverage, runs } = unfinishedRuns(localHost(root));
  const records = must(runsOf(root));
  const open = records.filter(({ endedAt, phase }) => endedAt === undefined || phase === 'pruning').length;
  const wrong = coverage.map(({ problems }) => `check cannot read its runs: ${JSON.stringify(problems)}`);
  if (runs.length !== open) wrong.push(`check tells of ${runs.length} unfinished runs, and ${open} are`);
  if (records.length === 0 && treeDifferences(before, now).length > 0) wrong.push('something was changed, and no run knows of it');
  return wrong;
}

async function afterKill(root: string, before: KeptFiles, pruning: boolean): Promise<readonly string[]> {
  const wrong: string[] = [];
  const recovered = await recoverAll(root);
  if (!recovered.ok) return [`recover failed: ${recovered.error.message}`];
  if (unfinishedRuns(localHost(root)).runs.length > 0) wrong.push('a run is still unfinished after recover');
  const [tree, journals] = [keptFiles(root), journalsOf(root)];
  if (!pruning) wrong.push(...lostFiles(before, tree, RIGHTS).map((each) => `lost by recover: ${each}`));
  const again = await recoverAll(root);
  if (!again.ok || again.value.length > 0) wrong.push('recover did something the second time');
  if (journalsOf(root) !== journals || treeDifferences(tree, keptFiles(root)).length > 0) wrong.push('the second recover changed something');
  const [last] = must(runsOf(root)).slice(-1);
  if (last === undefined) return [...wrong, ...treeDifferences(before, tree)];
  for (const { moved, state } of last.items) if (state === 'moving' || state === 'restoring') wrong.push(`${moved.path} is ${state} after recover`);
  // Nothing that the journal does not know is in quarantine, and all that it says is there is.
  const told = last.items.filter(({ state }) => state === 'quarantined' || state === 'kept').map(({ moved }) => `${moved.quarantine}/${moved.item}`).toSorted();
  if (last.phase !== 'pruned' && told.join('\n') !== tree.quarantined.toSorted().join('\n')) wrong.push(`the journal tells of ${told.length} files in quarantine, and ${tree.quarantined.length} are there`);
  if (pruning) return wrong;
  const undone = await undoLast(root);
  if (!undone.ok || undone.value.failure !== undefined) return [...wrong, `undo failed: ${JSON.stringify(undone)}`];
  const end = keptFiles(root);
  wrong.push(...treeDifferences(before, end), ...end.quarantined.map((path) => `${path} is still in quarantine`));
  return wrong;
}

function journalsOf(root: string): string {
  const runs = join(root, 'var/lib/drift/runs');
  return readdirSync(runs).toSorted().flatMap((run) => readdirSync(join(runs, run)).filter((name) => name === 'journal').map((name) => readFileSync(join(runs, run, name), 'latin1'))).join('\n');
}

function stateOfProcess(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return '';
  }
}
