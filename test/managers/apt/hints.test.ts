// Hints: which scripts name a path, when they count for more, what the log says; and originals of conffiles out of cached archives.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileFacts } from '../../../src/model/file.ts';
import type { Hint } from '../../../src/model/proof.ts';
import { aptHints, namedPaths } from '../../../src/managers/apt/hints.ts';
import { arMembers, originalConffile, tarMember } from '../../../src/managers/apt/original.ts';
import { readOwnership } from '../../../src/managers/apt/ownership.ts';
import { fakeRoot, type FakeRoot } from './make-root.ts';
import { processorMs } from '../../support/processor-time.ts';

function hintsOf(root: FakeRoot, path: string, more: Partial<FileFacts> = {}): readonly Hint[] {
  const host = root.host();
  const facts = root.facts(path, more);
  return aptHints(host, readOwnership(host).value).flatMap((rule) => rule.hint(facts) ?? []);
}

describe('scripts that name the path', () => {
  it('are strong where the directory is of the same package', () => {
    const root = fakeRoot();
    root.install({ name: 'console-setup', files: { '/etc/console-setup/': '', '/bin/setupcon': '#!/bin/sh\ncp x /etc/console-setup/cached.sh\n' } });
    root.write('/etc/console-setup/cached.sh', '#!/bin/sh\n', 0o755);
    root.write('/etc/console-setup/cached.sh2', '#!/bin/sh\n', 0o755);
    expect(hintsOf(root, '/etc/console-setup/cached.sh')).toEqual([{ source: 'package-script', strong: true, detail: '/usr/bin/setupcon of console-setup names this path, and the directory belongs to the same package' }]);
    expect(hintsOf(root, '/etc/console-setup/cached.sh2')).toEqual([]);
  });

  it('are words only elsewhere, also for a hook that anybody may fill', () => {
    const root = fakeRoot();
    root.install({ name: 'init-system-helpers', files: { '/usr/sbin/': '' }, scripts: { postinst: '#!/bin/sh\ntest -x /usr/local/sbin/policy-rc.d\n' } });
    root.write('/usr/local/sbin/policy-rc.d', '#!/bin/sh\n', 0o755);
    expect(hintsOf(root, '/usr/local/sbin/policy-rc.d')).toEqual([{ source: 'package-script', detail: 'postinst of init-system-helpers names this path' }]);
  });
});

describe('paths in a script', () => {
  it('are whole words', () => {
    const text = 'chmod 755 /usr/bin/a; test -x "/usr/bin/b" && ${D}/usr/bin/c $DPKG_ROOT/usr/bin/d /usr/bin/e. x=/usr/bin/f/ y/usr/bin/g /etc/h.sh';
    expect([...namedPaths([{ package: 'p', name: 'n', text }]).keys()]).toEqual(['/usr/bin/a', '/usr/bin/b', '/usr/bin/d', '/usr/bin/e', '/usr/bin/f', '/etc/h.sh']);
  });

  it('take no time that explodes', () => {
    const started = processorMs();
    namedPaths([{ package: 'p', name: 'n', text: '/'.repeat(200_000) + 'a'.repeat(200_000) + './'.repeat(100_000) }]);
    expect(processorMs() - started).toBeLessThan(10_000);
  });
});

describe('logs', () => {
  it('name a packaged program of that name that was removed', () => {
    const root = fakeRoot();
    root.install({ name: 'other' });
    root.write('/usr/local/bin/redis-server', 'x', 0o755);
    root.write('/var/log/dpkg.log', '2026-03-01 10:00:00 install redis-server:amd64 <none> 5:7.0-1\n2026-03-02 11:00:00 remove redis-server:amd64 5:7.0-1 <none>\n2026-03-02 11:00:01 status config-files redis-server:amd64 5:7.0-1\n');
    expect(hintsOf(root, '/usr/local/bin/redis-server').map((hint) => hint.detail)).toEqual(['the package redis-server 5:7.0-1 was removed on 2026-03-02 11:00:00']);
  });

  it('say what dpkg did in those seconds, in words that claim no more', () => {
    const root = fakeRoot();
    root.install({ name: 'other' });
    root.write('/opt/x', 'x', 0o755);
    root.setTime('/opt/x', Date.UTC(2026, 2, 1, 10, 0, 2));
    root.write('/var/log/dpkg.log', '2026-03-01 10:00:00 configure other:amd64 1.0-1 <none>\n2026-03-01 12:00:00 configure later:amd64 1.0-1 <none>\n');
    const hints = hintsOf(root, '/opt/x');
    expect(hints).toEqual([{ source: 'dpkg.log', detail: expect.stringContaining('dpkg worked on other at 2026-03-01 10:00:00') }]);
  });

  it('and ucf says whose changed configuration it is', () => {
    const root = fakeRoot();
    root.install({ name: 'aide' });
    root.write('/etc/cron.daily/aide', 'changed', 0o755);
    root.write('/var/lib/ucf/registry', 'aide \t /etc/cron.daily/aide\n');
    root.write('/var/lib/ucf/hashfile', `${'0'.repeat(32)}  /etc/cron.daily/aide\n`);
    expect(hintsOf(root, '/etc/cron.daily/aide').map((hint) => hint.source)).toEqual(['ucf']);
  });
});

describe.runIf(existsSync('/usr/bin/dpkg-deb'))('originals of conffiles', () => {
  function packaged(compression: string): FakeRoot {
    const root = fakeRoot();
    root.install({ name: 'one', version: '1:2.0-1', files: { '/etc/one.conf': 'shipped\n' }, conffiles: ['/etc/one.conf'] });
    const tree = join(root.path, 'tree');
    mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
    mkdirSync(join(tree, 'etc', 'd'.repeat(60), 'e'.repeat(60)), { recursive: true });
    writeFileSync(join(tree, 'etc', 'd'.repeat(60), 'e'.repeat(60), 'long.conf'), 'long\n');
    writeFileSync(join(tree, 'etc/one.conf'), 'shipped\n');
    writeFileSync(join(tree, 'DEBIAN/control'), 'Package: one\nVersion: 1:2.0-1\nArchitecture: amd64\nMaintainer: Test <test@example.invalid>\nDescription: a test\n');
    mkdirSync(join(root.path, 'var/cache/apt/archives'), { recursive: true });
    const built = spawnSync('/usr/bin/dpkg-deb', ['--root-owner-group', `-Z${compression}`, '-b', tree, join(root.path, 'var/cache/apt/archives/one_1%3a2.0-1_amd64.deb')]);
    expect(built.status).toBe(0);
    root.write('/etc/one.conf', 'edited\n');
    return root;
  }

  it.each(['gzip', 'zstd', 'none'])('come out of a cached archive (%s)', async (compression) => {
    expect((await originalConffile(packaged(compression).host(), '/etc/one.conf'))?.toString()).toBe('shipped\n');
  });

  it('are not had without an archive of this version, or for what is no conffile', async () => {
    const root = packaged('gzip');
    expect(await originalConffile(root.host(), '/etc/other.conf')).toBeUndefined();
    root.remove('/var/cache/apt/archives/one_1%3a2.0-1_amd64.deb');
    expect(await originalConffile(root.host(), '/etc/one.conf')).toBeUndefined();
  });

  it('are found under long names, and a cut archive is no crash', () => {
    const archive = packaged('none').host().readFile('/var/cache/apt/archives/one_1%3a2.0-1_amd64.deb');
    if (!archive.ok) throw new Error(archive.error.message);
    const data = [...arMembers(archive.value)].find((member) => member.name === 'data.tar')!.data;
    expect(tarMember(data, `/etc/${'d'.repeat(60)}/${'e'.repeat(60)}/long.conf`)?.toString()).toBe('long\n');
    expect(tarMember(data, '/etc/nothing')).toBeUndefined();
    for (let cut = 0; cut < archive.value.length; cut += 97) for (const member of arMembers(archive.value.subarray(0, cut))) tarMember(member.data, '/etc/one.conf');
  });
});
