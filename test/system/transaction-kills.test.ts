// The package manager, drift, or both are killed at a call of a transaction: afterwards it is said truly how far it came, what has to be typed to mend it does that, and nothing is lost.
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inside } from '../support/chroot-host.ts';
import { DEB_CHOSEN, DEB_TRANSACTION_NEEDS, debTransactionHost } from '../support/deb-transaction-host.ts';
import { chosen, spread, tell } from '../support/fault-cases.ts';
import { killPoint } from '../support/kill-library.ts';
import { needs } from '../support/requirements.ts';
import { RPM_CHOSEN, RPM_TRANSACTION_NEEDS, rpmTransactionHost } from '../support/rpm-transaction-host.ts';
import { drift, type CliOptions, type CliResult } from '../support/run-cli.ts';
import { inRoot, run, sh } from '../support/run-command.ts';
import { manifestOf } from '../support/transactions.ts';
import { workingCopy } from '../support/working-copy.ts';

type Who = 'the manager' | 'everything' | 'drift';
const WHO: readonly Who[] = ['the manager', 'everything', 'drift'];
/** Two hosts at once. */
const LANES = 2;

interface Family {
  readonly name: 'dpkg' | 'rpm';
  host(): string;
  readonly chosen: readonly string[];
  readonly packages: Readonly<Record<string, string | undefined>>;
  /** One line for each installed package: its name, version and state. */
  installed(root: string): readonly string[];
  /** As drift says it, and the commands, with what keeps them from asking. */
  readonly mend: readonly [string, ...string[]];
  /** What the manager itself finds wrong, and packaged files that are missing. */
  audit(root: string): string;
}

const DPKG: Family = {
  name: 'dpkg', mend: ['dpkg --configure -a, then apt-get --fix-broken install', 'dpkg --configure -a --force-confdef --force-confold', 'apt-get -q -y -o DPkg::Options::=--force-confdef -o DPkg::Options::=--force-confold --fix-broken install'], host: debTransactionHost, chosen: DEB_CHOSEN,
  packages: { app: '"= 3.0-1"', lib: '"= 2.0"', fresh: 'any', leaf: 'absent', configured: '"= 2.0"', server: '"= 2"', 'server-common': '"= 2"' },
  installed: (root) => lines(inRoot(root, ['dpkg-query', '-W', '-f', '${Package} ${Version} ${db:Status-Status} ${db:Status-Eflag}\\n'])).filter((line) => !line.endsWith('not-installed ok')),
  // Of what its repository has: the content of a whole base takes dpkg a second, many times over.
  audit: (root) => inRoot(root, ['sh', '-c', `dpkg --audit; dpkg --verify $(dpkg-query -W -f '\${binary:Package} ' $(ls /srv/repository | sed -n 's/_.*\\.deb$//p') 2>/dev/null) 2>/dev/null | grep '^missing' || true`]) + readdirSync(join(root, 'var/lib/dpkg/updates')).join(' '),
};
const RPM: Family = {
  name: 'rpm', mend: ['dnf remove --duplicates', 'dnf -y remove --duplicates'], host: rpmTransactionHost, chosen: RPM_CHOSEN,
  packages: { app: '"= 3.0-1"', lib: '"= 2.0-1"', fresh: 'any', leaf: 'absent', configured: '"= 2.0-1"', server: '"= 2-1"', 'server-common': '"= 2-1"' },
  installed: (root) => lines(inRoot(root, ['rpm', '-qa', '--qf', '%{NAME} %{VERSION}-%{RELEASE} installed ok\\n'])),
  audit: (root) => sh(`chroot "$0" dnf -q -C check || true; chroot "$0" rpm -Va --noscripts | grep '^missing' || true`.replaceAll('$0', root)),
};

function lines(text: string): readonly string[] {
  return text.trimEnd().split('\n').toSorted();
}

interface RunShown {
  readonly outcome: string | null;
  readonly phase: string;
  readonly commands: readonly { readonly command: string; readonly result: string; readonly message: string | null; readonly changes: readonly { readonly change: string; readonly name: string; readonly from?: string; readonly to?: string }[] }[];
}

const CONFIGURATION = 'etc/configured.conf';
const MINE = 'setting = mine\n';

async function copyOf(family: Family): Promise<{ readonly root: string; remove(): void }> {
  const copy = workingCopy(family.host(), `killed-${family.name}`);
  mkdirSync(join(copy.root, 'etc/drift'));
  writeFileSync(join(copy.root, 'etc/drift/manifest.yaml'), manifestOf({ packages: family.packages }, family.chosen));
  writeFileSync(join(copy.root, CONFIGURATION), MINE);
  return copy;
}

/** Whoever kills drift alone has to leave its package manager a namespace: the first process stays until that has ended. */
function killable(root: string): CliOptions {
  const { checkout, wrap = [] } = inside(root);
  const script = wrap.at(-2)!.replace('chroot "$root" "$@"', 'chroot "$root" "$@" & wait $!; code=$?; until [ -e "$root/mnt/kill/over" ]; do sleep 0.05; done; exit $code');
  return { wrap: ['unshare', '-m', '-p', '-f', '-n', '--kill-child', 'sh', '-c', script, 'sh'], ...(checkout === undefined ? {} : { checkout }) };
}

function processesIn(root: string): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      return readlinkSync(`/proc/${name}/root`) === root ? [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ') }] : [];
    } catch {
      return [];
    }
  }).filter(({ command }) => command !== '');
}

async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + 600_000; !what();) {
    if (Date.now() > end) throw new Error('it does not come to it');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The plan, which is the same on every copy, and what the host is when all of it is done. */
async function planOf(family: Family): Promise<{ readonly plan: string; readonly calls: number }> {
  const { remove, root } = await copyOf(family);
  const planned = await drift(['plan', '--output', '/root/plan.json'], inside(root));
  expect(planned.code, planned.stderr).toBe(2);
  const plan = readFileSync(join(root, 'root/plan.json'), 'utf8');
  const point = killPoint(root, -1, false);
  const done = await drift(['reconcile', '/root/plan.json', '--yes', '--json'], inside(root));
  expect(done.code, done.stdout + done.stderr).toBe(0);
  expect(family.audit(root)).toBe('');
  const calls = point.calls();
  remove();
  return { plan, calls };
}

async function killed(root: string, at: number, who: Who): Promise<CliResult> {
  const point = killPoint(root, at, who !== 'the manager');
  let over: Promise<void> | undefined;
  const result = drift(['reconcile', '/root/plan.json', '--yes', '--json'], {
    ...killable(root),
    started(child) {
      let ended = false;
      child.once('close', () => (ended = true));
      over = (async () => {
        await until(() => ended || point.reached() !== 0);
        if (who === 'everything') child.kill('SIGKILL');
        if (who === 'drift') {
          for (const { command, pid } of processesIn(root)) if (command.includes('bin/run.js')) process.kill(pid, 'SIGKILL');
          point.letGo();
        }
        // What was killed is seen by whoever started it, and what goes on comes to its end.
        if (who !== 'everything') await until(() => processesIn(root).length === 0);
        writeFileSync(join(root, 'mnt/kill/over'), '');
      })();
    },
  });
  const ended = await result;
  await over;
  expect(point.reached(), `call ${at}`).not.toBe(0);
  writeFileSync(join(root, 'etc/ld.so.preload'), '');
  return ended;
}

/** How far a command came, from the database alone. */
function truthOf(now: readonly string[], before: readonly string[], { changes }: RunShown['commands'][number]): string {
  const about = (all: readonly string[]): string => all.filter((line) => changes.some(({ name }) => line.startsWith(`${name} `))).join('\n');
  const there = (name: string, version: string | undefined): boolean => now.includes(`${name} ${version} installed ok`);
  const done = changes.every(({ change, from, name, to }) => (change === 'remove' ? !now.some((line) => line.startsWith(`${name} ${from} `) && !line.includes(' config-files ')) : there(name, to) && !now.some((line) => line.startsWith(`${name} ${from} `))));
  const whole = about(now).split('\n').every((line) => line === '' || line.endsWith(' installed ok') || line.endsWith(' config-files ok'));
  return done && whole ? 'done' : about(now) === about(before) ? 'nothing' : 'part';
}

async function problemsOf(family: Family, plan: string, at: number, who: Who): Promise<readonly string[]> {
  const wrong: string[] = [];
  const { remove, root } = await copyOf(family);
  try {
    writeFileSync(join(root, 'root/plan.json'), plan);
    const before = family.installed(root);
    const ended = await killed(root, at, who);
    const survived = who === 'the manager';
    if (survived !== (ended.signal === undefined && ended.code !== 137)) wrong.push(`it ended with ${ended.code}`);
    const recovered = await drift(['recover'], inside(root));
    if (recovered.code !== 0) wrong.push(`recover: exit code ${recovered.code}: ${recovered.stdout}`);
    const history = await drift(['history', '--json'], inside(root));
    const [shown] = history.json<{ readonly runs: readonly RunShown[] }>().runs;
    if (shown === undefined) return [...wrong, 'history knows of no run'];
    if (shown.phase !== 'applied' || shown.outcome === null) wrong.push(`the run is ${shown.phase}`);
    const now = family.installed(root);
    for (const command of shown.commands.filter(({ changes }) => changes.length > 0)) {
      const truth = truthOf(now, before, command);
      // What dpkg still has in its own journal, and files that rpm has taken away, are not done, whatever their database says.
      const open = command.result === 'part' && family.audit(root) !== '';
      if (truth !== command.result && !open) wrong.push(`${command.command} is said to be ${command.result}, and it is ${truth}: ${now.filter((line) => !before.includes(line)).join(', ')}`);
    }
    const half = shown.commands.some(({ result }) => result === 'part');
    const said = survived ? `${ended.json<{ failure: { hint: string | null } | null }>().failure?.hint ?? ''}` : recovered.stdout;
    wrong.push(...await mended(family, root, half, said));
    if (readFileSync(join(root, CONFIGURATION), 'utf8') !== MINE) wrong.push('the configuration that was changed is lost');
    const again = await drift(['recover', '--json'], inside(root));
    if (again.json<{ readonly runs: readonly unknown[] }>().runs.length > 0) wrong.push('recover did something the second time');
  } catch (error) {
    wrong.push(String(error));
  } finally {
    remove();
  }
  return wrong.map((each) => `${who} killed at call ${at}: ${each}`);
}

async function mended(family: Family, root: string, half: boolean, said: string): Promise<readonly string[]> {
  const found = family.audit(root);
  if (found === '') return [];
  if (!half) return [`nothing is said to be half-done, and ${family.name} says: ${found}`];
  const [mend, ...commands] = family.mend;
  if (!said.replaceAll(/\s+/g, ' ').includes(`${mend}; what that leaves broken: drift reconcile --only package-broken; what it had not come to: drift reconcile`)) return [`how to mend it is not said: ${said}`];
  // It may have nothing to do, or not be able to do all of it: then there is the second.
  for (const command of commands) runIn(root, command);
  if (family.audit(root) === '') return [];
  let rest = await drift(['reconcile', '--only', 'package-broken', '--yes', '--json'], inside(root));
  // A package that is gone but for its entry is not broken: it is still to go.
  if (family.audit(root) !== '') rest = await drift(['reconcile', '--yes', '--json'], inside(root));
  const left = family.audit(root);
  return left === '' ? [] : [`what was said does not mend it (${rest.code}): ${left} ${rest.stdout.slice(-1500)} ${rest.stderr.slice(-500)}`];
}

function runIn(root: string, command: string): void {
  const { wrap = [] } = inside(root);
  const [program, ...args] = [...wrap, '/usr/bin/env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C.UTF-8', 'DEBIAN_FRONTEND=noninteractive', ...command.split(' ')];
  run(program!, args, { accept: [0, 1, 100] });
}

async function killAll(family: Family, sample: number, all: number): Promise<readonly string[]> {
  const since = Date.now();
  const { calls, plan } = await planOf(family);
  expect(calls).toBeGreaterThan(100);
  // In turn over what is chosen, so that a sample has all three.
  const cases = chosen(spread(calls, all), sample).map((at, index) => ({ at, who: WHO[index % WHO.length]! }));
  const count = cases.length;
  const wrong: string[] = [];
  await Promise.all(Array.from({ length: LANES }, async () => {
    for (let each = cases.shift(); each !== undefined; each = cases.shift()) wrong.push(...await problemsOf(family, plan, each.at, each.who));
  }));
  tell(`killed inside ${family.name}`, count, since);
  return wrong;
}

describe.skipIf(!needs('transactions that are killed', ...DEB_TRANSACTION_NEEDS, 'gcc'))('killed inside dpkg', () => {
  it('it is said how far it came, and can be mended', async () => {
    expect(await killAll(DPKG, 12, 120)).toEqual([]);
  }, 7_200_000);
});

describe.skipIf(!needs('transactions that are killed', ...RPM_TRANSACTION_NEEDS, 'gcc'))('killed inside rpm', () => {
  it('it is said how far it came, and can be mended', async () => {
    expect(await killAll(RPM, 6, 60)).toEqual([]);
  }, 7_200_000);
});
