// What drift is for: Redis from the package manager, a second one built by hand, the packaged one removed. On real hosts that run, of both families, the check
// that a person types says all of the second one in one finding, whatever it is called, wherever it lies and whoever started it. The README shows it.
import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutDirectory } from '../support/build-cache.ts';
import { BOOT_NEEDS, bootHost, CHECKOUT_INSIDE, until, type BootedHost } from '../support/booted-host.ts';
import { needs } from '../support/requirements.ts';
import { DEB, RPM, type Family } from '../support/redis-families.ts';
import { RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import { drift, type CliResult, type ReportedFinding } from '../support/run-cli.ts';
import { BUILT, builtProgram, installRedis, PACKAGED, UNIT, writeUnit } from '../support/second-redis.ts';
import { workingCopy } from '../support/working-copy.ts';

const MANIFEST = '/etc/drift/manifest.yaml';
const SERVER = '/usr/local/bin/redis-server';
const WANTS = '/etc/systemd/system/multi-user.target.wants/redis-local.service';
const PID_FILE = '/var/tmp/second.pid';
const CAN = needs('the acceptance story', ...BOOT_NEEDS, ...RPM_HOST_NEEDS, 'mmdebstrap', 'apt-sources', 'ldd');

interface Story {
  readonly host: BootedHost;
  drift(...args: readonly string[]): Promise<CliResult>;
  /** Of `drift check`. */
  findings(): Promise<readonly ReportedFinding[]>;
  stop(): void;
}

/** A host that runs, with its packaged Redis. The manifest is of nothing but of what the test brings along. */
async function start({ hostname, name, pristine }: Family, fresh = false): Promise<Story> {
  const copy = workingCopy(pristine(), `acceptance-${name}`, { fresh });
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(copy.root, path)), { recursive: true });
    writeFileSync(join(copy.root, path), text);
  };
  put('/etc/hostname', `${hostname}\n`);
  put('/etc/machine-id', '0123456789abcdef0123456789abcdef\n');
  put(MANIFEST, `drift: 1\nsweep:\n  exclude: [${CHECKOUT_INSIDE}/**]\n`);
  const host = await bootHost(copy.root);
  const run = (...args: readonly string[]): Promise<CliResult> => drift(args, host.cli);
  return {
    host, drift: run,
    async findings() {
      const result = await run('check', '--json');
      expect(result.stderr).toBe('');
      return result.json().findings;
    },
    stop() {
      host.stop();
      copy.remove();
    },
  };
}

/** As somebody at a prompt does. */
async function startByHand({ host }: Story, program: string, ...more: readonly string[]): Promise<void> {
  host.run(program, ['--daemonize', 'yes', '--bind', '0.0.0.0', '--protected-mode', 'no', '--dir', '/var/tmp', '--save', '', '--pidfile', PID_FILE, ...more]);
  await until('the second Redis listens', () => pidOf(host) !== '');
}

function pidOf({ root }: BootedHost): string {
  try {
    return readFileSync(join(root, PID_FILE), 'latin1').trim();
  } catch {
    return '';
  }
}

async function end({ host }: Story): Promise<void> {
  const pid = pidOf(host);
  host.run('sh', ['-c', `kill ${pid}`]);
  // It takes its file away a little before it is gone.
  await until('the second Redis has ended', () => pidOf(host) === '' && host.run('sh', ['-c', `[ ! -e /proc/${pid} ] || echo there`]) === '');
}

/** Without what differs from run to run; lines may break elsewhere. */
function timeless(text: string): string {
  return text.replace(/^.* entries swept.*$/m, (line) => line.replaceAll(/[\d,]*\d/g, 'N')).replaceAll(/\b\d{4}-\d\d-\d\d\b/g, 'DAY').replaceAll(/\bpid \d+\b/g, 'pid N').replaceAll(/\s+/g, ' ').trim();
}

function readmeSession(hostname: string): string {
  const sessions = [...readFileSync(join(checkoutDirectory(), 'README.md'), 'utf8').matchAll(/^```console\n\$ sudo bin\/drift check\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
  return sessions.find((session) => session.startsWith(`${hostname} `)) ?? '';
}

function details(finding: ReportedFinding | undefined, source: string): string[] {
  return (finding?.evidence ?? []).filter((each) => each.source === source).map(({ detail }) => detail);
}

describe.skipIf(!CAN).each([DEB, RPM])('a second Redis on a host of the $name family', (family) => {
  let story: Story;
  let declared: string;
  const manifest = (): string => join(story.host.root, MANIFEST);

  beforeAll(async () => {
    story = await start(family);
    rmSync(manifest());
    expect(await story.drift('init', '--output', MANIFEST)).toMatchObject({ code: 0, stderr: '' });
    const written = `${readFileSync(manifest(), 'utf8')}\nsweep:\n  exclude: [${CHECKOUT_INSIDE}/**]\n`;
    writeFileSync(manifest(), written);
    // Clean, with the packaged Redis that the manifest declares.
    expect(await story.findings()).toEqual([]);
    expect(written).toMatch(new RegExp(`^ +${family.packaged}: `, 'm'));
    declared = written.replace(new RegExp(`^ +${family.packaged}: .*\\n`, 'm'), family.instead.map((name) => `  ${name}: any\n`).join(''));
    writeFileSync(manifest(), declared);
    installRedis(story.host.root);
    family.removePackaged(story.host);
  });
  afterAll(() => story?.stop());

  /** What is the same however it was started. */
  function expectRedis(one: ReportedFinding | undefined): void {
    expect(one).toMatchObject({
      kind: 'file-stray', severity: 'critical', subject: { type: 'path', path: SERVER },
      message: expect.stringMatching(new RegExp(`^Redis ${BUILT}, from no package; listens on every address \\(6379/tcp\\) as root since \\d{4}-\\d\\d-\\d\\d$`)) as string,
      facts: {
        product: { id: 'redis', name: 'Redis', version: BUILT },
        processes: [{ uid: 0, user: 'root' }], listens: [{ protocol: 'tcp', address: '0.0.0.0', port: 6379, reach: 'any' }],
      },
    });
    expect((one!.facts['packaged'] as readonly unknown[])[0]).toMatchObject({ manager: family.name === 'deb' ? 'apt' : 'dnf', name: family.packaged, state: 'removed' });
    expect(one!.facts.alsoKinds).toEqual(expect.arrayContaining(['process-stray', 'listener-unconfirmed']));
    expect(details(one, 'identity')[0]).toContain('Redis is starting');
    expect(details(one, 'owner')).toEqual(['no package owns it']);
    expect(details(one, 'package')[0]).toMatch(new RegExp(`^the packaged ${family.packaged}.* removed on (?:${[Date.now() - 86_400_000, Date.now()].map((at) => new Date(at).toISOString().slice(0, 10)).join('|')})`));
    expect(JSON.stringify(one!.facts['manifestLines'])).toMatch(/path: \/usr\/local\/bin\/redis-server, sha256: [0-9a-f]{64}, reason/);
  }

  describe('that a unit starts', () => {
    beforeAll(async () => {
      writeUnit(story.host.root);
      story.host.run('systemctl', ['daemon-reload']);
      story.host.run('systemctl', ['enable', '--now', 'redis-local.service']);
      await until('the second Redis answers', () => story.host.run('/usr/local/bin/redis-cli', ['ping'], [0, 1]).trim() === 'PONG');
    });

    it('is the one finding of the check, which says all of it', async () => {
      const [one, ...more] = await story.findings();
      expect(more).toEqual([]);
      expectRedis(one);
      expect(one!.facts['startedBy']).toMatchObject([{ path: UNIT, name: 'redis-local.service', when: 'boot', enabled: true }]);
      expect(one!.facts['processes']).toMatchObject([{ unit: 'redis-local.service' }]);
      expect(one!.facts['enabledBy']).toEqual([{ path: WANTS }]);
      expect(details(one, 'starts')).toEqual(['redis-local.service starts it at boot']);
      expect(details(one, 'launch point')).toEqual([`${UNIT}:6 (ExecStart), which no package owns either`]);
      expect(details(one, 'reconcile')).toEqual(['reconcile would stop it, quarantine 8 files']);
    });

    it('is four lines for a tired person', async () => {
      const { code, stdout } = await story.drift('check');
      expect(code).toBe(2);
      if (family === DEB) expect(timeless(stdout)).toBe(timeless(readmeSession(family.hostname)));
      const lines = stdout.split('\n');
      const first = lines.findIndex((line) => line.startsWith('? '));
      expect(lines.slice(first, lines.indexOf('', first))).toHaveLength(5);
      for (const text of [`from no package`, 'every address (6379/tcp) as root since', `packaged ${family.packaged} removed`, 'redis-local.service starts it at boot', 'known by its text and build id', 'reconcile would stop it, quarantine 8 files', 'allow: - { path: /usr/local/bin/redis-server']) {
        expect(timeless(lines.slice(first, first + 5).join(' '))).toContain(text);
      }
    });

    it('is what the table of listeners and both ways to ask about it tell', async () => {
      const [table, ...explained] = (await Promise.all([['listeners'], ['explain', SERVER], ['explain', '6379/tcp']].map((args) => story.drift(...args)))).map(({ stdout }) => stdout);
      expect(table).toMatch(/^6379\/tcp +0\.0\.0\.0 +\/usr\/local\/bin\/redis-server +UNOWNED +unconfirmed/m);
      expect(table).toMatch(/redis-local\.service, as root, since \d{4}/);
      for (const told of explained.map(timeless)) {
        for (const text of [
          'no package owns it', `it is Redis ${BUILT}: its text says "Redis is starting`, 'of redis-local.service as root since DAY', 'listens on 0.0.0.0:6379/tcp: confirmed by nobody',
          `started at boot by redis-local.service (ExecStart in ${UNIT}:6) as root, enabled`, `${family.packaged} `, / (?:was|were)\s+removed on DAY/, 'critical: Redis', 'reconcile would stop it, quarantine 8 files', 'to confirm it, below listeners: in the manifest:',
        ]) expect(told).toMatch(text);
        expect(told.split('its text says')).toHaveLength(2);
      }
    });

    it('is silent once it is allowed and confirmed, and the gate opens then only', async () => {
      const [one] = await story.findings();
      const paths = [SERVER, ...(one!.facts['parts'] as readonly { path: string }[]).map(({ path }) => path).filter((path) => path !== SERVER), WANTS];
      expect(await story.drift('allow', ...new Set(paths), '--reason', 'the queue (OPS-12)')).toMatchObject({ code: 0 });
      expect(await story.drift('check', '--gate')).toMatchObject({ code: 2, stdout: expect.stringContaining('0.0.0.0:6379/tcp /usr/local/bin/redis-server') as string });
      expect(await story.drift('listeners', 'confirm', '6379/tcp', '--by', 'alice', '--reason', 'the queue (OPS-12)')).toMatchObject({ code: 0 });
      expect(await story.drift('check', '--gate')).toMatchObject({ code: 0 });
      expect((await story.drift('listeners')).stdout).toMatch(/^6379\/tcp .* alice/m);
      writeFileSync(manifest(), declared);
    });
  });

  describe('that somebody started by hand', () => {
    beforeAll(async () => {
      story.host.run('systemctl', ['disable', '--now', 'redis-local.service']);
      rmSync(join(story.host.root, UNIT));
      story.host.run('systemctl', ['daemon-reload']);
      await startByHand(story, SERVER);
    });

    it('is the one finding of the check, which says all of it', async () => {
      const [one, ...more] = await story.findings();
      expect(more).toEqual([]);
      expectRedis(one);
      expect(one!.facts['startedBy']).toBeUndefined();
      expect(details(one, 'starts')).toEqual(['no unit or cron job starts it']);
      expect(details(one, 'reconcile')).toEqual([`reconcile would stop pid ${pidOf(story.host)}, quarantine 6 files`]);
    });

    it('is four lines for a tired person', async () => {
      const { code, stdout } = await story.drift('check');
      expect(code).toBe(2);
      if (family === RPM) expect(timeless(stdout)).toBe(timeless(readmeSession(family.hostname)));
      for (const text of [`packaged ${family.packaged} removed DAY; no unit or cron job starts it; known by its text`, 'reconcile would stop pid N, quarantine 6 files', 'allow: - { path: /usr/local/bin/redis-server']) expect(timeless(stdout)).toContain(text);
    });
  });
});

describe.skipIf(!CAN)('a second Redis in disguise', () => {
  let story: Story;
  let known: ReadonlySet<string>;
  const at = (path: string): string => join(story.host.root, path);
  const fresh = async (): Promise<readonly ReportedFinding[]> => (await story.findings()).filter(({ id }) => !known.has(id));

  beforeAll(async () => {
    story = await start(DEB, true);
    known = new Set((await story.findings()).map(({ id }) => id));
  });
  afterAll(() => story?.stop());

  it('is not the packaged one that runs beside it', async () => {
    installRedis(story.host.root);
    await startByHand(story, SERVER, '--port', '6380');
    const [one, ...more] = await fresh();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ severity: 'critical', subject: { path: SERVER }, facts: { packaged: [{ name: 'redis-server', state: 'installed' }, { name: 'redis-tools', state: 'installed' }] } });
    expect(one!.message).toMatch(new RegExp(`^Redis ${BUILT}, not the packaged one; listens on every address \\(6380/tcp\\) as root`));
    await end(story);
    rmSync(at('/usr/local/bin'), { recursive: true });
    mkdirSync(at('/usr/local/bin'));
    expect(await fresh()).toEqual([]);
  });

  describe('after the packaged one was removed, its tools not', () => {
    beforeAll(() => void story.host.run('apt-get', ['-q', 'remove', '-y', 'redis-server']));

    async function expectOne(path: string, version: string): Promise<ReportedFinding> {
      const [one, ...more] = await fresh();
      expect(more).toEqual([]);
      expect(one).toMatchObject({ severity: 'critical', subject: { path }, facts: { product: { id: 'redis', version }, packaged: [{ name: 'redis-server', state: 'removed' }, { name: 'redis-tools', state: 'installed' }] } });
      expect(one!.message).toMatch(new RegExp(`^Redis ${version}, from no package; listens on every address \\(6379/tcp\\) as root since`));
      await end(story);
      return one!;
    }

    it('has the name of a thread of the kernel', async () => {
      const path = '/usr/local/bin/kworkerd';
      writeFileSync(at(path), builtProgram('redis-server'), { mode: 0o755 });
      await startByHand(story, path, '--proc-title-template', '[kworker/0:1-events]');
      await expectOne(path, BUILT);
      rmSync(at(path));
    });

    it('is a copy of what a package has', async () => {
      const path = '/usr/local/bin/cached';
      copyFileSync(at('/usr/bin/redis-check-rdb'), at(path));
      chmodSync(at(path), 0o755);
      await startByHand(story, path);
      expect(details(await expectOne(path, PACKAGED), 'identity')).toContainEqual(expect.stringMatching(/^same content as \/usr\/bin\/redis-check-(?:aof|rdb) of redis-tools$/));
      rmSync(at(path));
    });

    it('is another name of what a package has', async () => {
      const path = '/usr/local/bin/cached';
      linkSync(at('/usr/bin/redis-check-rdb'), at(path));
      await startByHand(story, path);
      expect(details(await expectOne(path, PACKAGED), 'identity')).toContain('hard link to /usr/bin/redis-check-rdb of redis-tools');
      rmSync(at(path));
    });

    it('lies where it was built', async () => {
      const tree = '/opt/redis-7.2';
      for (const name of ['redis-server', 'redis-cli', 'redis-benchmark', 'redis-sentinel', 'redis-check-rdb']) {
        mkdirSync(at(`${tree}/src`), { recursive: true });
        writeFileSync(at(`${tree}/src/${name}`), builtProgram(name === 'redis-sentinel' ? 'redis-server' : name), { mode: 0o755 });
      }
      for (const name of ['runtest', 'src/mkreleasehdr.sh', 'utils/install_server.sh']) {
        mkdirSync(dirname(at(`${tree}/${name}`)), { recursive: true });
        writeFileSync(at(`${tree}/${name}`), '#!/bin/sh\n:\n', { mode: 0o755 });
      }
      writeFileSync(at(`${tree}/src/server.c`), '/* text */\n');
      await startByHand(story, `${tree}/src/redis-server`);
      const one = await expectOne(`${tree}/src/redis-server`, BUILT);
      expect(one.facts.alsoKinds).toContain('tree-stray');
      expect(details(one, 'reconcile')[0]).toMatch(/^reconcile would stop pid \d+, quarantine \d+ files$/);
      expect(JSON.stringify(one.facts['manifestLines'])).toContain(`path: "${tree}/**"`.replaceAll('"', '\\"'));
      rmSync(at(tree), { recursive: true });
    });
  });
});
