// `drift rebuild` and `drift rebuild diff` as they are typed, on a root that is just big enough: forms, secrets, what is left out, hostile names, bad lists, and that nothing is changed.
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { ED25519_FINGERPRINT, ED25519_KEY } from '../managers/openpgp-samples.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { runDrift, type Run } from '../support/run-drift.ts';
import { TINY_PACKAGES, tinyDebRoot } from '../support/tiny-deb-root.ts';
import { differences, snapshot } from '../support/tree-snapshot.ts';
import { workDirectory } from '../support/working-copy.ts';

const SECRETS = ['hunter2', 'tokentoken', 'letmein', 'S3cretWifi', '$6$salt$hash', 'proxypw'] as const;

let root: string;
let place: string;
let manifest: string;

function put(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  chmodSync(join(root, path), mode);
}

beforeAll(() => {
  root = tinyDebRoot('rebuild', [...TINY_PACKAGES, { name: 'extra', files: { '/usr/bin/extra': '#!/bin/sh\n' } }]);
  place = workDirectory('rebuild-output');
  put('/etc/apt/keyrings/example.asc', ED25519_KEY);
  put('/etc/apt/keyrings/secret.asc', `${ED25519_KEY}${ED25519_KEY.replaceAll('PUBLIC', 'PRIVATE')}`);
  put('/etc/apt/sources.list.d/example.sources', 'Types: deb\nURIs: https://bob:hunter2@deb.example.org/debian\nSuites: stable\nComponents: main\nSigned-By: /etc/apt/keyrings/example.asc\n');
  put('/etc/apt/sources.list', 'deb [signed-by=/etc/apt/keyrings/secret.asc] https://tokentoken@deb.example.org/other stable main\ndeb [trusted=yes] http://evil.example.org/ ./\n');
  put('/etc/apt/preferences.d/pin', 'Package: server\nPin: version 1.*\nPin-Priority: 1001\n');
  put('/var/lib/dpkg/arch', 'amd64\ni386\n');
  put('/var/cache/debconf/templates.dat', 'Name: server/admin\nType: string\n\nName: server/root-password\nType: password\n\nName: server/url\nType: string\n\n');
  put('/var/cache/debconf/config.dat', 'Name: server/admin\nTemplate: server/admin\nValue: it\'s $(touch /tmp/x)\nOwners: server\nFlags: seen\n\nName: server/url\nTemplate: server/url\nValue: postgres://u:letmein@db/\nOwners: server\nFlags: seen\n\n');
  put('/var/cache/debconf/passwords.dat', 'Name: server/root-password\nTemplate: server/root-password\nValue: letmein\nOwners: server\nFlags: seen\n\n', 0o600);
  put('/etc/shadow', 'root:*:19000:0:99999:7:::\nalice:$6$salt$hash:19000:0:99999:7:::\n', 0o600);
  put('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nalice:x:1000:1000:Alice O\'Hara,,,:/home/alice:/bin/bash\nbad;name:x:1001:1001::/home/x:/bin/sh\nserver:x:900:900::/:/usr/sbin/nologin\n');
  put('/etc/group', 'root:x:0:\nalice:x:1000:\nserver:x:900:alice\nbad;name:x:1001:\n');
  put('/var/lib/dpkg/info/server.postinst', '#!/bin/sh\nadduser --system --group server\n', 0o755);
  put('/etc/fstab', '/dev/sda1 / ext4 defaults 0 1\n//nas/x /mnt cifs username=u,password=letmein 0 0\n');
  put('/etc/network/interfaces', 'iface wlan0 inet dhcp\n  wpa-psk S3cretWifi\n', 0o600);
  put('/etc/netplan/50.yaml', 'network:\n  wifis:\n    w: { access-points: { x: { password: S3cretWifi } } }\n', 0o600);
  put('/var/lib/dpkg/statoverride', "root root 4755 /usr/bin/it's\n");
  put('/var/lib/dpkg/diversions', '/usr/share/doc/server-readme\n/usr/share/doc/server-readme.orig\n:\n/usr/local/bin/intruder\n/usr/local/bin/intruder.orig\n:\n');
  put('/var/lib/dpkg/alternatives/editor', 'manual\n/usr/bin/editor\n\n/usr/bin/cat\n10\n\n');
  mkdirSync(join(root, 'etc/alternatives'), { recursive: true });
  symlinkSync('/usr/bin/cat', join(root, 'etc/alternatives/editor'));
  put('/usr/local/bin/intruder', '#!/bin/sh\n', 0o755);
  put('/etc/systemd/system/intruder.service', '[Service]\nExecStart=/usr/local/bin/intruder\n[Install]\nWantedBy=multi-user.target\n');
  mkdirSync(join(root, 'etc/systemd/system/multi-user.target.wants'), { recursive: true });
  symlinkSync('/etc/systemd/system/intruder.service', join(root, 'etc/systemd/system/multi-user.target.wants/intruder.service'));
  symlinkSync('/dev/null', join(root, 'etc/systemd/system/server.service'));
  manifest = join(place, 'manifest.yaml');
  writeFileSync(manifest, 'drift: 1\npackages: { base-files: any, server: any, coreutils: any, dpkg: any }\n', { mode: 0o644 });
});

const said = new Map<string, Run>();

/** The root is the same for all, and a list of it too. */
function rebuild(...args: readonly string[]): Run {
  const key = args.join('\n');
  const run = said.get(key) ?? runDrift(['rebuild', '--root', root, ...args]);
  said.set(key, run);
  return run;
}

interface Listed {
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly [part: string]: unknown;
}

function json(...args: readonly string[]): Listed {
  const { code, stderr, stdout } = rebuild('--json', ...args);
  expect([0, 3], stderr).toContain(code);
  return JSON.parse(stdout) as Listed;
}

describe('a rebuild list', () => {
  it('is as its schema says, the same each time, and changes nothing', () => {
    const before = snapshot(root);
    const [first, second] = [rebuild('--json'), rebuild('--format', 'json')];
    expect(first.stdout).toBe(second.stdout);
    expect(schemaErrors(JSON.parse(first.stdout))).toEqual([]);
    for (const format of ['list', 'manifest', 'sh']) rebuild('--format', format);
    expect(differences(before, snapshot(root))).toEqual([]);
  });

  it('has what the managers were told', () => {
    const list = json();
    expect(list.packages.map(({ name }) => name)).toEqual(['base-files', 'coreutils', 'dpkg', 'extra', 'library', 'server']);
    expect(list).toMatchObject({
      source: 'host', versions: 'at-least', asIs: false, architectures: [{ manager: 'apt', arch: 'i386' }],
      alternatives: [{ name: 'editor', target: '/usr/bin/cat' }], diversions: [{ from: '/usr/share/doc/server-readme', to: '/usr/share/doc/server-readme.orig' }],
      statOverrides: [{ path: "/usr/bin/it's", user: 'root', group: 'root', mode: 0o4755 }],
      units: [{ name: 'server.service', state: 'masked' }],
      debconf: [{ question: 'server/admin', type: 'string', value: "it's $(touch /tmp/x)" }, { question: 'server/root-password' }, { question: 'server/url' }],
    });
    expect(list['files']).toContainEqual(expect.objectContaining({ what: 'preferences', path: '/etc/apt/preferences.d/pin' }));
    const users = list['users'] as readonly { readonly name: string; readonly origin: unknown }[];
    expect(users.map(({ name, origin }) => [name, origin])).toEqual([
      ['root', { kind: 'base' }], ['server', { kind: 'script', by: 'server' }], ['alice', { kind: 'person' }], ['bad;name', { kind: 'person' }],
    ]);
    const key = (list['keys'] as readonly { readonly path: string; readonly fingerprints: readonly string[]; readonly base64: string }[]).find(({ path }) => path.endsWith('example.asc'))!;
    expect([key.fingerprints, Buffer.from(key.base64, 'base64').toString()]).toEqual([[ED25519_FINGERPRINT], ED25519_KEY]);
  });

  it.each(['list', 'json', 'manifest', 'sh'])('holds no secret: %s', (format) => {
    for (const args of format === 'json' ? [[], ['--as-is']] : [[]]) {
      const { stderr, stdout } = rebuild('--format', format, ...args);
      for (const secret of SECRETS) expect(`${stdout}${stderr}`).not.toContain(secret);
      expect(stdout).not.toContain('PRIVATE KEY');
    }
  });

  it('says which secrets it lacks; --with-secrets keeps those of sources and answers', () => {
    const { masked } = json() as unknown as { masked: readonly { readonly what: string; readonly name: string }[] };
    expect(masked.map(({ what, name }) => `${what} ${name}`)).toEqual([
      'debconf server/root-password', 'debconf server/url', 'file /etc/apt/sources.list', 'file /etc/apt/sources.list.d/example.sources', 'key /etc/apt/keyrings/secret.asc',
      'note /etc/fstab', 'note /etc/netplan/50.yaml', 'note /etc/network/interfaces',
    ]);
    const open = rebuild('--json', '--with-secrets').stdout;
    expect(open).toContain('hunter2');
    for (const secret of ['S3cretWifi', '$6$salt$hash']) expect(open).not.toContain(secret);
  });

  it('puts what cannot be rebuilt first, and leaves the intruder out, with reasons', () => {
    const { stdout } = rebuild('--format', 'list');
    expect(stdout.split('\n').find((line) => line.startsWith('Cannot be rebuilt'))).toBe('Cannot be rebuilt (1)');
    expect(stdout.indexOf('Cannot be rebuilt')).toBeLessThan(stdout.indexOf('Packages ('));
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
    const { leftOut, repositories, units } = json() as unknown as { leftOut: readonly { readonly kind: string; readonly name: string; readonly because: string }[]; repositories: readonly { readonly name: string }[]; units: unknown };
    const kinds = leftOut.map(({ kind, name }) => `${kind} ${name}`);
    for (const each of ['repository http://evil.example.org/ ./', 'unit intruder.service', 'account toor', 'path /usr/local/bin/intruder', 'setting /usr/local/bin/intruder']) expect(kinds).toContain(each);
    expect(leftOut.every(({ because }) => because !== '')).toBe(true);
    expect(repositories.map(({ name }) => name)).toEqual(['https://***@deb.example.org/debian stable', 'https://***@deb.example.org/other stable']);
    expect(JSON.stringify(units)).not.toContain('intruder');
  });

  it('leaves out what the manifest does not declare, unless it is to be as it is', () => {
    expect(json('--manifest', manifest).packages.map(({ name }) => name)).toEqual(['base-files', 'coreutils', 'dpkg', 'library', 'server']);
    expect(json('--manifest', manifest, '--as-is').packages.map(({ name }) => name)).toContain('extra');
    expect(JSON.stringify(json('--manifest', manifest)['leftOut'])).toContain('apt:extra:amd64 1.0-1');
  });

  it('can be made from the manifest alone', () => {
    const list = json('--from-manifest', '--manifest', manifest);
    expect(schemaErrors(list)).toEqual([]);
    expect([list['source'], list.packages.map(({ name, version }) => [name, version])]).toEqual(['manifest', [['base-files', undefined], ['coreutils', undefined], ['dpkg', undefined], ['server', undefined]]]);
    expect(rebuild('--from-manifest').code).toBe(1);
  });

  it('as a manifest is one that drift accepts', () => {
    const file = join(place, 'made.yaml');
    for (const versions of ['at-least', 'exact']) {
      rebuild('--format', 'manifest', '--versions', versions, '--output', file);
      expect(runDrift(['manifest', 'lint', '--manifest', file])).toMatchObject({ code: 0 });
      expect(readFileSync(file, 'utf8')).toContain(`server: "${versions === 'exact' ? '=' : '>='} 1.0-1"`);
    }
  });

  it('as a script is one that shells read, in which no name is a command', () => {
    const { stdout } = rebuild('--format', 'sh');
    for (const shell of ['dash', 'bash']) expect(spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' }).stderr).toBe('');
    expect(stdout).toContain("answer 'server/admin' 'server' 'server server/admin string it'\\''s $(touch /tmp/x)'");
    expect(stdout).toContain("warn 'not done, a script cannot name it: the user bad;name'");
    expect(stdout).toContain("user 'alice' 1000 'alice' '/home/alice' '/bin/bash' 'Alice O'\\''Hara,,,'");
    expect(stdout).not.toContain('intruder');
    expect(stdout).not.toContain('toor');
  });

  it('is written for its owner alone', () => {
    const file = join(place, 'private.json');
    rebuild('--json', '--output', file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('drift rebuild diff', () => {
  const file = (name: string): string => join(place, name);

  it('finds no difference in the host that a list was made of, and each one after a change', () => {
    writeFileSync(file('a.json'), rebuild('--json').stdout, { mode: 0o600 });
    const same = runDrift(['rebuild', 'diff', '--root', root, file('a.json')]);
    expect(same.stdout).toMatch(/no\s+difference/);
    expect([0, 3]).toContain(same.code);
    const changed = readFileSync(file('a.json'), 'utf8').replace('"name": "extra"', '"name": "other"').replace('Pin-Priority: 1001', 'Pin-Priority: 1');
    writeFileSync(file('b.json'), changed, { mode: 0o600 });
    const { code, stdout } = runDrift(['rebuild', 'diff', file('a.json'), file('b.json')]);
    expect(code).toBe(2);
    for (const line of ['- apt:extra:amd64 1.0-1', '+ apt:other:amd64 1.0-1', '-Pin-Priority: 1001', '+Pin-Priority: 1']) expect(stdout).toContain(line);
    const value = JSON.parse(runDrift(['rebuild', 'diff', '--json', file('a.json'), file('b.json')]).stdout);
    expect(schemaErrors(value)).toEqual([]);
    expect(value.differences.map(({ change, key }: { change: string; key: string }) => `${change} ${key}`)).toEqual(['removed apt:extra:amd64', 'added apt:other:amd64', 'changed /etc/apt/preferences.d/pin']);
  });

  it.each<readonly [string, (text: string) => string, string]>([
    ['cut off', (text) => text.slice(0, text.length / 2), 'list-invalid'],
    ['of a newer drift', (text) => text.replace('drift.rebuild/1', 'drift.rebuild/2'), 'list-invalid'],
    ['with a path that leads out', (text) => text.replace('"/etc/apt/preferences.d/pin"', '"/etc/../../x"'), 'list-invalid'],
    ['with a mark that is none', (text) => text.replace('"mark": "manual"', '"mark": "maybe"').replace('"mark": "automatic"', '"mark": "maybe"'), 'list-invalid'],
    ['without packages', (text) => text.replace('"packages": [', '"packagez": ['), 'list-invalid'],
    ['of another distribution', (text) => text.replace('"id": "debian"', '"id": "fedora"'), 'list-foreign'],
  ])('refuses a list that is %s', (_, spoil, reason) => {
    const good = rebuild('--json').stdout;
    expect(spoil(good)).not.toBe(good);
    writeFileSync(file('bad.json'), spoil(good), { mode: 0o600 });
    writeFileSync(file('good.json'), good, { mode: 0o600 });
    const { code, stdout } = runDrift(['rebuild', 'diff', '--json', file('good.json'), file('bad.json')]);
    expect([code, JSON.parse(stdout).error.code]).toEqual([1, reason]);
  });
});
