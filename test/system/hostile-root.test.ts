// Roots that were made to lead drift out of them, to hang it or to fill its memory: nothing outside is opened, and it comes to an end.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jar } from '../evidence/programs.ts';
import { elf } from '../support/elf.ts';
import { planter, type Planter } from '../support/planter.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { programs, readStrace, straceWrap, type Call } from '../support/strace-log.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

/** What may be started, none of it the root's (src/host/tools.ts). */
const TOOLS = ['/usr/sbin/getcap', '/sbin/getcap', '/usr/bin/getcap', '/usr/lib/apt/apt-helper', '/usr/bin/gpg'];

/** Seconds are enough; of time that is quadratic in what lies there, or exponential, it would be hours. */
const HANGS_MS = 400_000;

/** Files and directories that drift reads in a root, each of which may be a link. */
const READ_BY_DRIFT = [
  'etc/os-release', 'etc/hostname', 'etc/passwd', 'etc/group', 'etc/shadow', 'etc/sudoers', 'etc/sudoers.d', 'etc/apt/sources.list', 'etc/apt/sources.list.d', 'etc/apt/trusted.gpg.d', 'etc/apt/preferences',
  'etc/alternatives', 'etc/cron.d', 'etc/crontab', 'etc/ld.so.preload', 'etc/ld.so.conf', 'etc/systemd/system', 'etc/yum.repos.d', 'etc/dnf/dnf.conf', 'root/.ssh/authorized_keys', 'boot', 'usr/lib/modules',
  'usr/local/bin', 'opt/tool', 'usr/share/keyrings', 'var/lib/apt/lists', 'var/lib/apt/extended_states', 'var/lib/dpkg/diversions', 'var/lib/dpkg/statoverride', 'var/lib/dpkg/alternatives',
  'var/lib/dpkg/arch', 'var/lib/dpkg/info/server.list', 'var/lib/dpkg/info/server.md5sums', 'var/lib/ucf/hashfile', 'var/lib/rpm', 'var/lib/dnf/history.sqlite', 'var/log/dpkg.log', 'var/lib/docker', 'var/lib/dkms',
];

function replace(root: string, path: string, target: string): void {
  const at = join(root, path);
  mkdirSync(dirname(at), { recursive: true });
  rmSync(at, { recursive: true, force: true });
  symlinkSync(target, at);
}

/** Calls whose path lies below the directory, or (strace -y) whose descriptor does. */
function reaching(calls: readonly Call[], directory: string): readonly string[] {
  return calls.filter((call) => call.paths.some((path) => path.startsWith(directory)) || call.text.includes(`<${directory}`)).map((call) => `${call.name}(${call.text}`);
}

describe('a root with links that lead out of it', () => {
  const possible = needs('links that lead out of a root', 'strace');
  let outside: string;
  beforeAll(() => {
    outside = mkdtempSync(join(tmpdir(), 'outside-'));
    for (const path of READ_BY_DRIFT) {
      mkdirSync(dirname(join(outside, path)), { recursive: true });
      if (path.includes('.') || /passwd|group|shadow|hostname|states|override|hashfile|arch|diversions/.test(path)) writeFileSync(join(outside, path), 'root:x:0:0:::\n', { mode: 0o644 });
      else mkdirSync(join(outside, path), { recursive: true });
    }
    writeFileSync(join(outside, 'program'), '#!/bin/sh\n', { mode: 0o755 });
  });
  afterAll(() => rmSync(outside, { recursive: true, force: true }));

  it.skipIf(!possible).each([['absolute', (path: string) => join(outside, path)], ['relative', (path: string, root: string) => `${'../'.repeat(join(root, path).split('/').length + 5)}${join(outside, path).slice(1)}`]] as const)(
    '%s links: nothing outside is touched', async (_, target) => {
      const root = tinyDebRoot('links');
      for (const path of READ_BY_DRIFT) replace(root, path, target(path, root));
      replace(root, 'usr/bin/outside', join(outside, 'program'));
      const log = join(workDirectory('strace'), 'log');
      for (const args of [['check', '--verify'], ['init'], ['explain', '/usr/bin/outside', '/etc/passwd', 'server']]) {
        const result = await drift([...args, '--root', root], { wrap: straceWrap(log) });
        expect([0, 1, 2, 3]).toContain(result.code);
        expect(result.stderr).not.toMatch(/internal error/);
        expect(reaching(readStrace(log), outside)).toEqual([]);
      }
    });

  it.skipIf(!possible)('the package database itself is such a link: it is no host, and the one outside is not read', async () => {
    const root = tinyDebRoot('database');
    cpSync(join(root, 'var/lib/dpkg'), join(outside, 'dpkg'), { recursive: true });
    rmSync(join(root, 'var/lib/dpkg'), { recursive: true });
    symlinkSync(join(outside, 'dpkg'), join(root, 'var/lib/dpkg'));
    const log = join(workDirectory('strace'), 'log');
    const result = await drift(['check', '--root', root, '--json'], { wrap: straceWrap(log) });
    expect([1, 3]).toContain(result.code);
    expect(result.stdout).not.toMatch(/coreutils/);
    expect(reaching(readStrace(log), outside)).toEqual([]);
  });
});

describe('a root with things that hang or never end', () => {
  it('FIFOs, devices, loops, long chains, huge and empty files where drift reads', async () => {
    const root = tinyDebRoot('hang');
    const fifo = (path: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      rmSync(join(root, path), { recursive: true, force: true });
      execFileSync('mkfifo', [join(root, path)]);
    };
    for (const path of ['etc/hostname', 'etc/apt/sources.list', 'var/lib/dpkg/diversions', 'var/lib/dpkg/info/server.md5sums', 'var/lib/apt/extended_states', 'var/log/dpkg.log', 'usr/bin/fifo', 'etc/ld.so.preload', 'etc/cron.d/fifo', 'root/.ssh/authorized_keys']) fifo(path);
    replace(root, 'etc/crontab', 'crontab');
    replace(root, 'etc/sudoers', 'chain-0');
    for (let index = 0; index < 45; index += 1) symlinkSync(`chain-${index + 1}`, join(root, `etc/chain-${index}`));
    writeFileSync(join(root, 'etc/chain-45'), '');
    writeFileSync(join(root, 'var/lib/dpkg/statoverride'), '');
    truncateSync(join(root, 'var/lib/dpkg/statoverride'), 2 ** 40);
    writeFileSync(join(root, 'usr/bin/sparse'), '\x7fELF', { mode: 0o755 });
    truncateSync(join(root, 'usr/bin/sparse'), 2 ** 42);
    // What hangs would not come to an end at all.
    const result = await drift(['check', '--root', root, '--verify', '--json'], { timeoutMs: HANGS_MS });
    expect(result.signal).toBeUndefined();
    expect([2, 3]).toContain(result.code);
    expect(result.json().coverage.some((source) => source.status !== 'complete')).toBe(true);
  });

  it('a FIFO as the status file', async () => {
    const root = tinyDebRoot('fifo-status');
    rmSync(join(root, 'var/lib/dpkg/status'));
    execFileSync('mkfifo', [join(root, 'var/lib/dpkg/status')]);
    const result = await drift(['check', '--root', root, '--json'], { timeoutMs: HANGS_MS });
    expect([1, 3]).toContain(result.code);
  });

  it('directories nested deeper than a path can be long', async () => {
    const root = tinyDebRoot('deep');
    // Made step by step from inside, as one does who wants to hide there: the whole path is longer than PATH_MAX.
    execFileSync('/bin/sh', ['-euc', `cd "${root}/srv"; n=$(printf %0200d 0); i=0; while [ $i -lt 40 ]; do mkdir $n; cd -P $n; i=$((i+1)); done; printf '#!/bin/sh\\n' > deep; chmod 755 deep`]);
    const result = await drift(['check', '--root', root, '--json'], { timeoutMs: HANGS_MS });
    expect([2, 3]).toContain(result.code);
    expect(result.stderr).not.toMatch(/internal error/);
    const told = result.json().findings.length > 0 || result.json().coverage.some((source) => source.status === 'partial');
    expect(told).toBe(true);
  });
});

/** A megabyte. */
const M = 1024 * 1024;
const SITE = '/usr/local/lib/python3.11/dist-packages';

function plantLaunchPoints(plant: Planter): void {
  const cycle = (at: number): string => `[Unit]\nWants=cycle-${(at + 1) % 5}.service\nOnFailure=cycle-${at}.service\n[Service]\nExecStart=/usr/local/bin/stray-%i-%%-%n\nEnvironmentFile=/etc/default/cycle\n`;
  for (let at = 0; at < 5; at += 1) plant.put(`/etc/systemd/system/cycle-${at}.service`, cycle(at), 0o644);
  plant.put('/etc/systemd/system/a@.service', '[Service]\nExecStart=/usr/local/bin/%i %I %j %f %h %u %% %\n', 0o644);
  plant.link('/etc/systemd/system/multi-user.target.wants/a@stray.service', '../a@.service');
  for (const [name, target] of [['b', 'c'], ['c', 'b']]) plant.link(`/etc/systemd/system/${name}.service`, `${target}.service`);
  plant.put('/etc/systemd/system/long.service', `[Service]\nExecStart=/usr/local/bin/${'x'.repeat(M)}\nExecStartPre=/usr/local/bin/stray\n`, 0o644);
  plant.put('/etc/systemd/system/long.service.d/more.conf', `[Service]\nEnvironment=${'A=%n '.repeat(M / 5)}\n`, 0o644);
  plant.put('/etc/cron.d/crlf', '# made elsewhere\r\nPATH=/usr/local/bin\r\n@reboot root /usr/local/bin/stray --flag\r', 0o644);
  plant.put('/etc/crontab', `0 0 * * * root ${'%'.repeat(M)}\n1 1 * * * root /usr/local/bin/stray`, 0o644);
  plant.put('/etc/ld.so.conf', 'include /etc/ld.so.conf\ninclude /etc/*.conf\n', 0o644);
  plant.put('/etc/apt/apt.conf.d/99loop', '#include "/etc/apt/apt.conf.d/99loop";\nDPkg::Post-Invoke { "/usr/local/bin/stray"; };\n', 0o644);
  plant.put('/etc/sudoers', '@include /etc/sudoers\n@includedir /etc\n', 0o440);
  plant.put('/etc/profile.d/deep.sh', `${'$('.repeat(M / 4)} . /usr/local/bin/stray\n`, 0o644);
  plant.put('/usr/local/bin/stray');
}

function plantPrograms(plant: Planter): void {
  const whole = elf({ type: 'program', dynamic: true, text: 'Redis server v=7.0.15', sections: { '.go.buildinfo': 'x'.repeat(64), '.dep-v0': Buffer.alloc(64), '.note.package': 'x' } });
  for (let cut = 4; cut < whole.length; cut += 37) plant.put(`/usr/local/bin/cut-${cut}`, whole.subarray(0, cut));
  // Where the table of sections lies, how long each of its entries is, and how many there are.
  for (const [at, value] of [[40, 0xfffffff0], [44, 0x7fffffff], [58, 0xffff], [60, 0xffff], [62, 0xffff], [32, 0xffffff00], [54, 0xffff], [56, 0xffff]] as const) {
    const spoilt = Buffer.from(whole);
    if (value > 0xffff) spoilt.writeUInt32LE(value, at);
    else spoilt.writeUInt16LE(value, at);
    plant.put(`/usr/local/bin/spoilt-${at}`, spoilt);
  }
  plant.put('/usr/local/lib/outside.jar', jar({ '/etc/passwd': 'x', '../../../../etc/shadow': 'x', 'META-INF/MANIFEST.MF': `Implementation-Title: ${'A'.repeat(M)}\r\n` }), 0o644);
  const archive = jar({ 'META-INF/MANIFEST.MF': 'Implementation-Title: Apache Tomcat\r\nImplementation-Version: 9.0.70\r\n' });
  plant.put('/usr/local/lib/cut.jar', archive.subarray(0, archive.length - 30), 0o644);
  archive.writeUInt32LE(0xfffffff0, archive.length - 6);
  plant.put('/usr/local/lib/elsewhere.jar', archive, 0o644);
}

/** Records that own what they should not, and name what is not theirs to name. */
function plantRecords(plant: Planter, outside: string): void {
  const up = '../'.repeat(60);
  plant.put(`${SITE}/evil-1.0.dist-info/METADATA`, `Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n${'X: y\n'.repeat(100_000)}`, 0o644);
  plant.put(`${SITE}/evil-1.0.dist-info/RECORD`, [`${up}${outside.slice(1)}/program`, `${outside}/program`, '/usr/bin/cat', '../../../../bin/stray', `"${'a'.repeat(M)}`, 'evil-1.0.dist-info/RECORD'].map((path) => `${path},,\n`).join(''), 0o644);
  plant.put('/usr/local/lib/node_modules/evil/package.json', `{"name":"../../../etc","version":"1.0.0","bin":{"x":"${up}${outside.slice(1)}/program"}}`, 0o644);
  plant.put('/usr/local/lib/node_modules/deep/package.json', `${'['.repeat(M)}`, 0o644);
  plant.put('/var/lib/gems/3.1.0/specifications/evil-1.gemspec', `Gem::Specification.new{|s|s.name="evil";s.version="1";s.files=["${up}${outside.slice(1)}/program"];system("touch ${outside}/ran")}\n`, 0o644);
}

describe('a root whose launch points, programs and records were made to mislead', () => {
  it.skipIf(!needs('hostile launch points, programs and records', 'strace'))('is told of in short time, with nothing run and nothing outside looked at', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    try {
      writeFileSync(join(outside, 'program'), '#!/bin/sh\n', { mode: 0o755 });
      const plant = planter(tinyDebRoot('hostile'));
      plantLaunchPoints(plant);
      plantPrograms(plant);
      plantRecords(plant, outside);
      const log = join(workDirectory('strace'), 'log');
      const check = await drift(['check', '--json', '--history', '--root', plant.root], { wrap: straceWrap(log), timeoutMs: HANGS_MS });
      expect([check.code, check.stderr]).toEqual([2, expect.not.stringContaining('internal error')]);
      expect(schemaErrors(check.json())).toEqual([]);
      expect(check.json().coverage.filter(({ status }) => status !== 'complete').flatMap(({ problems, source }) => problems.map(({ message }) => `${source}: ${message}`)))
        .toEqual(['b', 'c'].map((name) => `launch-points: ${name}.service leads through more than 40 links`));
      const stray = JSON.stringify(check.json().findings.find(({ subject }) => subject['path'] === '/usr/local/bin/stray'));
      for (const starts of ['/etc/cron.d/crlf', '/etc/crontab', '/etc/systemd/system/long.service', '/etc/apt/apt.conf.d/99loop', 'a@stray.service']) expect(stray).toContain(starts);
      const calls = readStrace(log);
      expect(reaching(calls, outside)).toEqual([]);
      expect(programs(calls).filter((program) => program !== process.execPath && !TOOLS.includes(program))).toEqual([]);
      for (const [args, code] of [[['check'], 2], [['init'], 3], [['explain', '/usr/local/bin/stray', '/etc/systemd/system/long.service'], 0]] as const) {
        const result = await drift([...args, '--root', plant.root], { timeoutMs: HANGS_MS });
        expect([result.code, result.stderr]).toEqual([code, expect.not.stringContaining('internal error')]);
        expect(result.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
      }
      expect(existsSync(join(outside, 'ran'))).toBe(false);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});
