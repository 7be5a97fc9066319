// What a plan asks of package managers, really done: each kind of action once on hosts of both families, the second time nothing; and what stops it before anything is touched.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutDirectory } from '../support/build-cache.ts';
import { inside, runningRoot } from '../support/chroot-host.ts';
import { buildDeb, installDebs } from '../support/deb-build.ts';
import { indexDebRepository } from '../support/deb-repository.ts';
import { apt, DEB_TRANSACTION_NEEDS, debTransactionHost } from '../support/deb-transaction-host.ts';
import { planter } from '../support/planter.ts';
import { onTerminal } from '../support/pty.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { RPM_TRANSACTION_NEEDS, rpmTransactionHost } from '../support/rpm-transaction-host.ts';
import { drift, type CliOptions, type CliResult } from '../support/run-cli.ts';
import { inRoot, run } from '../support/run-command.ts';
import { stopAgent } from '../support/signing-key.ts';
import { workingCopy } from '../support/working-copy.ts';

const KINDS = '[package-forbidden, package-missing, package-version, package-hold, package-mark, package-broken, package-residual, file-modified, file-mode, file-stray]';
const MANIFEST = '/etc/drift/manifest.yaml';
const STRAY = '/usr/local/bin/stray';

interface RunJson {
  readonly run: {
    readonly outcome: string; readonly results: readonly { readonly action: string; readonly result: string; readonly reason: string | null; readonly message: string | null }[];
    readonly commands: readonly { readonly command: string; readonly argv: readonly string[]; readonly result: string; readonly before: readonly { readonly name: string; readonly version: string }[] }[];
    readonly items: readonly { readonly path: string; readonly state: string }[];
  } | null;
  readonly failure: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
  readonly left: readonly unknown[] | null;
}
interface ErrorJson { readonly error: { readonly code: string; readonly message: string; readonly hint: string; readonly changed: string } }
interface PlanJson { readonly actions: readonly { readonly kind: string; readonly name?: string }[]; readonly refusals: readonly { readonly reason: string; readonly message: string }[] }

function declare(root: string, packages: string): void {
  mkdirSync(join(root, 'etc/drift'), { recursive: true });
  writeFileSync(join(root, MANIFEST), `drift: 1\npackages: { ${packages} }\npolicy: { reconcile: ${KINDS}, recommends: false }\nsweep: { exclude: ["/mnt/drift/**", "/srv/**", "/var/**", "/root/**", "/boot/**"] }\n`);
}

/** For `drift()`: what is done as soon as it says that on standard error. */
function whenSaid(words: string, act: () => void): Pick<CliOptions, 'started'> {
  let said = '';
  return {
    started: ({ stderr }) => stderr!.on('data', (chunk: Buffer) => {
      const before = said.includes(words);
      said += chunk.toString('latin1');
      if (!before && said.includes(words)) act();
    }),
  };
}

function reconcile(root: string, ...args: readonly string[]): Promise<CliResult> {
  return drift(['reconcile', '--yes', '--json', ...args], inside(root));
}

async function planned(root: string, ...args: readonly string[]): Promise<readonly string[]> {
  const { actions } = (await drift(['plan', '--json', ...args], inside(root))).json<PlanJson>();
  return actions.map(({ kind, name }) => `${kind}${name === undefined ? '' : ` ${name}`}`).toSorted();
}

function runOf(result: CliResult): RunJson {
  expect(result.json<{ error?: object }>().error).toBeUndefined();
  expect(schemaErrors(result.json<object>())).toEqual([]);
  return result.json<RunJson>();
}

/** Nothing was changed, and this is why. */
async function refused(root: string, ...args: readonly string[]): Promise<ErrorJson['error']> {
  const database = readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8');
  const answer = await reconcile(root, ...args);
  expect(answer.code).toBe(1);
  const { error } = answer.json<ErrorJson>();
  expect(error.changed).toBe('nothing');
  expect(existsSync(join(root, STRAY))).toBe(true);
  expect(readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8')).toBe(database);
  return error;
}

function deb(root: string, name: string): string {
  return inRoot(root, ['dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Version}', name], { accept: [0, 1] }).trim();
}

describe.skipIf(!needs('package actions on a Debian host', ...DEB_TRANSACTION_NEEDS))('on a Debian host', () => {
  const copy = (label: string): string => workingCopy(debTransactionHost(), label).root;

  it('each kind is done once, and the second time there is nothing to do', async () => {
    const root = copy('actions');
    installDebs(root, [{ name: 'half', version: '1', arch: 'all', scripts: { postinst: 'test -e /etc/half-may' } }], '--install', true);
    writeFileSync(join(root, 'etc/half-may'), '');
    inRoot(root, ['sh', '-c', 'apt-mark hold leaf && dpkg -r configured && test -e /etc/configured.conf']);
    const tool = join(root, 'usr/bin/oldtool');
    const tampered = readFileSync(tool, 'utf8').replace('echo', 'ECHO');
    rmSync(tool);
    writeFileSync(tool, tampered, { mode: 0o755 });
    planter(root).put(STRAY);
    declare(root, 'app: ">= 3.0", lib: ">= 2", fresh: any, plus: absent, leaf: any, epoch: { version: any, hold: true }, server-common: any, half: any, "tail": any, grows: any, mailer: any');
    // The host was copied, so that the time of no file says anything: all of them are read.
    expect(await planned(root, '--verify')).toEqual([
      'package-configure half', 'package-hold epoch', 'package-install fresh', 'package-mark lib', 'package-mark server-common', 'package-reinstall oldtool', 'package-remove configured', 'package-remove plus',
      'package-set-version app', 'package-set-version lib', 'package-unhold leaf', 'quarantine',
    ]);
    const done = await reconcile(root, '--verify');
    const { failure, left, run: ran } = runOf(done);
    expect(failure).toBeNull();
    expect(ran!.results.filter(({ result }) => result !== 'done')).toEqual([]);
    expect(left).toEqual([]);
    expect(done.code).toBe(0);
    expect(Object.fromEntries(['app', 'lib', 'fresh', 'fresh-lib', 'plus', 'half', 'configured'].map((name) => [name, deb(root, name)]))).toEqual({
      app: 'ii  3.0-1', lib: 'ii  2.0', fresh: 'ii  1', 'fresh-lib': 'ii  1', plus: '', half: 'ii  1', configured: '',
    });
    expect(inRoot(root, ['apt-mark', 'showhold'])).toBe('epoch\n');
    expect(inRoot(root, ['apt-mark', 'showauto', 'lib', 'server-common', 'fresh-lib'])).toBe('fresh-lib\n');
    expect(existsSync(join(root, 'etc/configured.conf'))).toBe(false);
    expect(existsSync(join(root, STRAY))).toBe(false);
    // The replaced file is kept.
    expect(readFileSync(tool, 'utf8')).not.toBe(tampered);
    const kept = ran!.items.find(({ path }) => path === '/usr/bin/oldtool')!;
    expect(kept.state).toBe('linked');
    const again = await reconcile(root, '--verify');
    expect(runOf(again).run).toBeNull();
    expect(again.code).toBe(0);
    const log = readdirSync(join(root, 'var/lib/drift/runs')).map((name) => readFileSync(join(root, 'var/lib/drift/runs', name, 'packages.log'), 'utf8')).join('');
    expect(log.split('\n').filter((line) => line.startsWith('$ '))).toHaveLength(ran!.commands.length + 1);
  });

  it('an edited configuration file stays as it is, and nobody is asked', async () => {
    const root = copy('conffile');
    writeFileSync(join(root, 'etc/configured.conf'), 'setting = mine\n');
    declare(root, 'configured: ">= 2"');
    expect((await reconcile(root)).code).toBe(0);
    expect(deb(root, 'configured')).toBe('ii  2.0');
    expect(readFileSync(join(root, 'etc/configured.conf'), 'utf8')).toBe('setting = mine\n');
  });

  it('a repository that does not have the packages any more, a package manager that was cut off, and a changed repository stop it with nothing changed', async () => {
    const root = copy('refused');
    planter(root).put(STRAY);
    declare(root, 'fresh: any');
    writeFileSync(join(root, 'var/lib/dpkg/updates/0001'), '');
    expect(await refused(root)).toMatchObject({ code: 'manager-interrupted', hint: 'dpkg --configure -a, then apt-get --fix-broken install, then try again' });
    rmSync(join(root, 'var/lib/dpkg/updates/0001'));
    expect((await drift(['plan', '--output', '/root/plan.json'], inside(root))).code).toBe(2);
    // A file: repository that is away is what a mirror is that does not answer.
    run('mv', [join(root, 'srv/repository/fresh-lib_1_all.deb'), join(root, 'srv/away')]);
    expect(await refused(root)).toMatchObject({ code: 'download-failed', message: expect.stringContaining('not all packages could be fetched') });
    run('mv', [join(root, 'srv/away'), join(root, 'srv/repository/fresh-lib_1_all.deb')]);
    // The same version wants more than when the plan was made.
    const gpgHome = '/run/drift-test-gpg';
    run('rm', ['-rf', gpgHome]);
    run('cp', ['-a', join(dirname(debTransactionHost()), 'gpg'), gpgHome]);
    try {
      rmSync(join(root, 'srv/repository/fresh_1_all.deb'));
      buildDeb({ name: 'fresh', version: '1', arch: 'all', fields: ['Depends: fresh-lib, orphan, challenger'] }, join(root, 'srv/repository'));
      indexDebRepository(join(root, 'srv/repository'), gpgHome);
    } finally {
      stopAgent(gpgHome);
      run('rm', ['-rf', gpgHome]);
    }
    apt(root, 'update');
    expect(await refused(root, '/root/plan.json')).toMatchObject({ code: 'plan-cascade', message: expect.stringContaining('challenger') });
  });

  it('what comes is from the repositories that stay', async () => {
    const root = copy('repositories');
    const other = join(root, 'srv/other');
    mkdirSync(other);
    buildDeb({ name: 'fresh', version: '2', arch: 'all', fields: ['Depends: fresh-lib'] }, other);
    writeFileSync(join(other, 'Packages'), `${inRoot(root, ['dpkg-deb', '-f', '/srv/other/fresh_2_all.deb']).trimEnd()}\nFilename: ./fresh_2_all.deb\nSize: ${statSync(join(other, 'fresh_2_all.deb')).size}\nSHA256: ${run('sha256sum', [join(other, 'fresh_2_all.deb')]).slice(0, 64)}\n`);
    const list = join(root, 'etc/apt/sources.list.d/other.list');
    writeFileSync(list, 'deb [trusted=yes] file:///srv/other ./\n');
    apt(root, 'update');
    declare(root, 'fresh: any');
    const manifest = join(root, MANIFEST);
    writeFileSync(manifest, `${readFileSync(manifest, 'utf8').replace('policy: { reconcile: [', 'policy: { reconcile: [repository-extra, ')}repositories: { example: { apt: { uris: ["file:///srv/repository"], suites: ["./"] } } }\n`);
    const together = await reconcile(root);
    expect(together.json<ErrorJson>().error).toMatchObject({ code: 'plan-stale', changed: 'nothing', hint: expect.stringMatching(/^let the repositories go first: drift reconcile --only [0-9a-f]{12}; then the rest: drift reconcile$/) });
    expect(together.code).toBe(1);
    expect(existsSync(list)).toBe(true);
    expect(deb(root, 'fresh')).toBe('');
    const [, id = ''] = /--only ([0-9a-f]{12})/.exec(together.json<ErrorJson>().error.hint)!;
    expect((await reconcile(root, '--only', id)).code).toBe(0);
    expect(existsSync(list)).toBe(false);
    expect((await reconcile(root)).code).toBe(0);
    expect(deb(root, 'fresh')).toBe('ii  1');
  });

  it('who fetches at this moment is waited for, and named', async () => {
    const root = copy('locked');
    planter(root).put(STRAY);
    declare(root, 'fresh: any');
    // fcntl(2) F_SETLK of the whole file, as apt-get does it.
    writeFileSync(join(root, 'root/hold.pl'), 'open(my $f, ">>", "/var/cache/apt/archives/lock") or die; my $lock = pack("s s x4 q q i x4", 1, 0, 0, 0, 0); fcntl($f, 6, $lock) or die "$!"; open(my $s, ">", "/run/held"); close $s; select(undef, undef, undef, 0.1) until -e "/run/let-go";');
    const holding = inside(root, 'chroot "$root" perl /root/hold.pl & until [ -e "$root/run/held" ]; do sleep 0.1; done');
    // It lets go once the run says that it waits.
    const waited = await drift(['reconcile', '--yes', '--json'], { ...holding, ...whenSaid('waiting for perl', () => writeFileSync(join(root, 'run/let-go'), '')) });
    expect(waited.stderr).toMatch(/waiting for perl \(process \d+\), which holds \/var\/cache\/apt\/archives\/lock/);
    expect(runOf(waited).run!.outcome).toBe('complete');
    expect(waited.code).toBe(0);
  });

  /** Its removal says when it has begun, and takes until it is told to end. */
  const slow = { name: 'slow', version: '1', arch: 'all', scripts: { prerm: ': > /root/began; until [ -e /root/go-on ]; do sleep 0.1; done' } };
  const goOn = (root: string): void => writeFileSync(join(root, 'root/go-on'), '');

  it('Ctrl-C waits for a command that changes packages, and nothing is begun after it', async () => {
    const root = copy('interrupted');
    installDebs(root, [slow]);
    declare(root, 'slow: absent, leaf: { version: any, hold: true }');
    const { checkout = '', wrap = [] } = inside(root);
    const command = [...wrap, process.execPath.replace(checkoutDirectory(), checkout), join(checkout, 'bin/run.js'), 'reconcile', '--only', 'package-forbidden,package-hold'];
    const ended = await onTerminal(command, [{ see: 'Do this? [y/N] ', type: 'y\r' }, { see: 'package-remove, 1 of 2', when: () => existsSync(join(root, 'root/began')), type: '\x03' }, { see: 'SIGINT: what is being done is finished, then drift stops', type: '', then: () => goOn(root) }]);
    expect(ended.screen).toContain('SIGINT: what is being done is finished, then drift stops');
    expect(ended.code).toBe(130);
    expect(deb(root, 'slow')).toBe('');
    expect(inRoot(root, ['dpkg', '--audit'])).toBe('');
    expect(inRoot(root, ['apt-mark', 'showhold'])).toBe('');
    expect((await drift(['history', '--json'], inside(root))).json<{ runs: readonly object[] }>().runs).toMatchObject([{ outcome: 'stopped', commands: [{ result: 'done', exitCode: 0 }] }]);
  });

  it('a drift that is killed leaves the command at work; recover waits for it, and writes down what it did', async () => {
    const root = copy('killed');
    installDebs(root, [slow]);
    declare(root, 'slow: absent');
    const running = await runningRoot(root, '', []);
    try {
      const [enter = '', ...rest] = running.cli.wrap!;
      const killed = drift(['reconcile', '--yes', '--only', 'package-forbidden'], running.cli);
      while (!existsSync(join(root, 'root/began'))) await new Promise((resolve) => setTimeout(resolve, 100));
      // Of the processes of that host only.
      run(enter, [...rest, 'sh', '-c', 'for each in /proc/[0-9]*; do if tr "\\0" " " < "$each/cmdline" | grep -q "run.js[ ]reconcile"; then kill -9 "${each#/proc/}"; fi; done'], { accept: [0, 1] });
      expect((await killed).code).not.toBe(0);
      expect(deb(root, 'slow')).not.toBe('');
      const recovered = await drift(['recover'], { ...running.cli, ...whenSaid(', which holds ', () => goOn(root)) });
      expect(recovered.stderr).toMatch(/waiting for (?:apt-get|dpkg) \(process \d+\), which holds \/var\/lib\/dpkg\/lock-frontend/);
      expect(recovered.stdout).toContain('t1 (/usr/bin/apt-get) had done all of its work');
      expect(recovered.code).toBe(0);
      expect(deb(root, 'slow')).toBe('');
      expect((await drift(['recover'], running.cli)).stdout).toBe('nothing had been cut off\n');
    } finally {
      running.stop();
    }
  });

  it('a maintainer script that fails is told by its package, with what mends it; what went before stays away', async () => {
    const root = copy('failing');
    planter(root).put(STRAY);
    installDebs(root, [{ name: 'stubborn', version: '1', arch: 'all', scripts: { prerm: 'exit 1' } }]);
    declare(root, 'stubborn: absent, plus: absent');
    const failed = await reconcile(root);
    const { failure, run: ran } = runOf(failed);
    expect(failed.code).toBe(4);
    expect(failure).toMatchObject({ code: 'transaction-differs' });
    expect(failure!.message).toMatch(/remove stubborn 1 did not happen/);
    expect(failure!.message).toMatch(/installed stubborn package pre-removal script subprocess returned error exit status 1|Sub-process \/usr\/bin\/dpkg returned an error code/);
    expect(ran!.outcome).toBe('failed');
    expect(ran!.commands).toMatchObject([{ result: 'part' }]);
    expect(existsSync(join(root, STRAY))).toBe(false);
    expect((await drift(['check', '--json'], inside(root))).json().findings.some(({ kind }) => kind === 'run-unfinished')).toBe(false);
  });
});

describe.skipIf(!needs('package actions on an RPM host', ...RPM_TRANSACTION_NEEDS))('on an RPM host', () => {
  const copy = (label: string): string => workingCopy(rpmTransactionHost(), label).root;
  const rpm = (root: string, name: string): string => inRoot(root, ['rpm', '-q', '--qf', '%{VERSION} ', name], { accept: [0, 1] }).trim();

  it('each kind is done once, and the second time there is nothing to do', async () => {
    const root = copy('rpm-actions');
    const tool = join(root, 'usr/bin/oldtool');
    const tampered = readFileSync(tool, 'utf8').replace('echo', 'ECHO');
    rmSync(tool);
    writeFileSync(tool, tampered, { mode: 0o755 });
    chmodSync(join(root, 'usr/bin/server'), 0o777);
    inRoot(root, ['dnf', '-q', '-y', 'versionlock', 'add', 'leaf']);
    declare(root, 'app: ">= 3.0", lib: ">= 2", fresh: any, "plus++": absent, leaf: any, rival: { version: any, hold: true }, grows: "= 1-1"');
    // What the base of the host brought is no package's: only what packages own is looked at.
    const only = ['--verify', '--only', 'package-forbidden,package-missing,package-version,package-hold,package-mark,file-modified,file-mode'];
    expect(await planned(root, ...only)).toEqual([
      'package-hold rival', 'package-install fresh', 'package-mark lib', 'package-reinstall oldtool', 'package-remove plus++', 'package-set-version app', 'package-set-version lib', 'package-unhold leaf', 'restore-mode',
    ]);
    const done = await reconcile(root, ...only);
    const { failure, left, run: ran } = runOf(done);
    expect(failure).toBeNull();
    expect(ran!.results.filter(({ result }) => result !== 'done')).toEqual([]);
    expect(left).toEqual([]);
    expect(Object.fromEntries(['app', 'lib', 'fresh', 'fresh-lib', 'plus++'].map((name) => [name, rpm(root, name)]))).toEqual({ app: '3.0', lib: '2.0', fresh: '1', 'fresh-lib': '1', 'plus++': 'package plus++ is not installed' });
    expect(inRoot(root, ['dnf', '-q', 'versionlock', 'list'])).toMatch(/^rival-0:1-1\.\*\s*$/);
    expect(statSync(join(root, 'usr/bin/server')).mode & 0o7777).toBe(0o755);
    expect(readFileSync(tool, 'utf8')).not.toBe(tampered);
    expect(ran!.items.find(({ path }) => path === '/usr/bin/oldtool')!.state).toBe('linked');
    expect(runOf(await reconcile(root, ...only)).run).toBeNull();
    // The mode is as it was, and the packages are not touched by that.
    const undo = await drift(['undo', '--json'], inside(root));
    expect(schemaErrors(undo.json<object>())).toEqual([]);
    expect(statSync(join(root, 'usr/bin/server')).mode & 0o7777).toBe(0o777);
  });

  it('a repository that does not have the packages any more stops it with nothing changed', async () => {
    const root = copy('rpm-dead');
    declare(root, 'fresh: any, leaf: absent');
    expect((await drift(['plan', '--output', '/root/plan.json', '--only', 'package-missing,package-forbidden'], inside(root))).code).toBe(2);
    rmSync(join(root, 'srv/repository/fresh-lib-1-1.noarch.rpm'));
    const before = statSync(join(root, 'var/lib/rpm/rpmdb.sqlite')).mtimeMs;
    const answer = await reconcile(root, '/root/plan.json');
    expect(answer.code).toBe(1);
    expect(answer.json<ErrorJson>().error).toMatchObject({ code: 'download-failed', changed: 'nothing' });
    expect(rpm(root, 'leaf')).toBe('1');
    expect(statSync(join(root, 'var/lib/rpm/rpmdb.sqlite')).mtimeMs).toBe(before);
  });
});
