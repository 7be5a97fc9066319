// A root of a few configuration files; test/system/ssh.test.ts asks a real sshd what such files mean.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Host, Query } from '../../../src/host/host.ts';
import { localHost } from '../../../src/host/local-host.ts';
import type { Observation } from '../../../src/model/coverage.ts';
import type { SshState } from '../../../src/model/observed.ts';
import { fail, ok } from '../../../src/model/result.ts';
import { readSsh, type SshOptions } from '../../../src/runtime/ssh/ssh.ts';
import { processorMs } from '../../support/processor-time.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const CONFIG = '/etc/ssh/sshd_config';
let root: string;

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

beforeEach(() => {
  root = temporaryDirectory();
  put('/usr/sbin/sshd', '');
  put('/etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
  put('/etc/group', 'root:x:0:\nwheel:x:10:alice,root\nssh:x:20:alice\n');
});

async function read(options: Partial<SshOptions> = {}, host: Host = localHost(root)): Promise<Observation<SshState | undefined>> {
  return (await readSsh(host, { trusted: () => true, rootLoginFrom: [], ...options }))!;
}

async function state(options: Partial<SshOptions> = {}, host?: Host): Promise<SshState> {
  const { value } = await read(options, host);
  if (value === undefined) throw new Error('no state');
  return value;
}

/** 'anywhere yes+password', '10.0.0.1 no', 'anywhere [localport 2222] no'. */
async function answers(options: Partial<SshOptions> = {}): Promise<string[]> {
  return (await state(options)).answers.map(({ from, passwordAuthentication, permitRootLogin, when }) => `${from}${when === undefined ? '' : ` [${when}]`} ${permitRootLogin}${passwordAuthentication === true ? '+password' : ''}`);
}

describe('without sshd, or without its configuration', () => {
  it('nothing is known where none is installed, and nothing went wrong', async () => {
    rmSync(join(root, 'usr/sbin/sshd'));
    expect(await readSsh(localHost(root), { trusted: () => true, rootLoginFrom: [] })).toBeUndefined();
  });

  it('says so where the configuration cannot be read', async () => {
    mkdirSync(join(root, CONFIG), { recursive: true });
    expect(await read()).toMatchObject({ value: undefined, coverage: { status: 'failed', problems: [{ path: CONFIG }] } });
  });
});

describe('the configuration', () => {
  it.each<[string, string, string[]]>([
    ['nothing', '', ['anywhere prohibit-password']],
    ['comments and other directives', '#PermitRootLogin yes\nX11Forwarding yes\n', ['anywhere prohibit-password']],
    ['the first of two', 'PermitRootLogin yes\nPermitRootLogin no\n', ['anywhere yes+password']],
    ['any case, an equals sign', 'permitROOTlogin=Yes\n', ['anywhere yes+password']],
    ['quotes, blanks, a comment behind', '\t"PermitRootLogin"  "yes"   # for now\r\n', ['anywhere yes+password']],
    ['the old word', 'PermitRootLogin without-password\n', ['anywhere prohibit-password']],
    ['a word that sshd does not know', 'PermitRootLogin maybe\n', ['anywhere prohibit-password']],
    ['a word of JavaScript', 'PermitRootLogin constructor\n__proto__ yes\n', ['anywhere prohibit-password']],
    ['no passwords', 'PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n', ['anywhere yes']],
    ['PAM asks for the password', 'PermitRootLogin yes\nPasswordAuthentication no\nChallengeResponseAuthentication yes\nUsePAM yes\n', ['anywhere yes+password']],
    ['nobody asks', 'PermitRootLogin yes\nPasswordAuthentication no\nUsePAM no\n', ['anywhere yes']],
    ['a key is wanted too', 'PermitRootLogin yes\nAuthenticationMethods publickey,password publickey\n', ['anywhere yes']],
    ['users that are not root', 'PermitRootLogin yes\nAllowUsers alice bob\n', ['anywhere no']],
    ['a pattern that is root', 'PermitRootLogin yes\nDenyUsers r??t\n', ['anywhere no']],
    ['a group that root is not in', 'PermitRootLogin yes\nAllowGroups ssh\n', ['anywhere no']],
    ['groups that root is in', 'PermitRootLogin yes\nAllowGroups ssh wheel\n', ['anywhere yes+password']],
    ['root from one network', 'PermitRootLogin yes\nAllowUsers alice\nAllowUsers root@10.0.0.0/8\n', ['anywhere no', '10.0.0.1 yes+password']],
    ['a block for a network', 'PermitRootLogin no\nMatch Address 10.0.0.0/8,!10.0.0.0/24\n PermitRootLogin yes\n', ['anywhere no', '10.0.0.77 yes+password'].map((line) => line.replace('10.0.0.77', '10.0.77.77'))],
    ['a smaller block in a larger one', 'PermitRootLogin no\nMatch Address 10.0.0.0/24\n PermitRootLogin forced-commands-only\nMatch Address 10.0.0.0/8\n PermitRootLogin yes\n', ['anywhere no', '10.0.0.1 forced-commands-only', '10.0.77.77 yes+password']],
    ['wildcards', 'PermitRootLogin no\nMatch Address 192.168.*\n PermitRootLogin yes\n', ['anywhere no', '192.168.1.1 yes+password']],
    ['IPv6', 'PermitRootLogin no\nMatch Address 2001:db8:1::/48\n PermitRootLogin yes\n', ['anywhere no', '2001:db8:1::1 yes+password']],
    ['everywhere', 'PermitRootLogin no\nMatch Address 0.0.0.0/0\n PermitRootLogin yes\n', ['anywhere yes+password']],
    ['another user', 'PermitRootLogin no\nMatch User *,!root\n PermitRootLogin yes\n', ['anywhere no']],
    ['a group of root', 'PermitRootLogin no\nMatch Group wheel\n PermitRootLogin yes\n', ['anywhere yes+password']],
    ['another port', 'PermitRootLogin no\nMatch LocalPort 2222\n PermitRootLogin yes\n', ['anywhere no', 'anywhere [localport 2222] yes+password']],
    ['another address of this host', 'PermitRootLogin no\nMatch LocalAddress 10.9.0.1\n PermitRootLogin yes\n', ['anywhere no', 'anywhere [localaddress 10.9.0.1] yes+password']],
    ['names of clients', 'UseDNS yes\nPermitRootLogin no\nMatch Host *.example.org\n PermitRootLogin yes\n', ['anywhere no', 'anywhere [host *.example.org] yes+password']],
    ['all', 'PermitRootLogin no\nMatch all\n PermitRootLogin yes\n', ['anywhere yes+password']],
    ['what is not known before the login', 'PermitRootLogin no\nMatch Version OpenSSH_3*\n PermitRootLogin yes\n', ['anywhere no']],
    ['blocks that say nothing of root', 'Match Address 10.0.0.0/8\n X11Forwarding no\n', ['anywhere prohibit-password']],
  ])('%s', async (_, text, expected) => {
    put(CONFIG, text);
    expect(await answers()).toEqual(expected);
  });

  it('is asked about every network of the manifest, whatever it says of it', async () => {
    put(CONFIG, 'PermitRootLogin no\nMatch Address 10.1.0.0/16\n PermitRootLogin yes\n');
    expect(await answers({ rootLoginFrom: ['10.0.0.0/8', '192.0.2.0/24'] })).toEqual(['anywhere no', '10.0.0.1 no', '192.0.2.1 no', '10.1.0.1 yes+password']);
  });

  it('names the line that decides', async () => {
    put(CONFIG, '\nPermitRootLogin yes\nMatch Address 10.0.0.0/8\n PermitRootLogin no\n');
    expect((await state()).answers.map(({ source }) => source)).toEqual([`${CONFIG}:2`, `${CONFIG}:4 (Match address 10.0.0.0/8)`]);
    put(CONFIG, 'PermitRootLogin yes\nAllowUsers alice\n');
    expect((await state()).answers).toMatchObject([{ source: `${CONFIG}:2`, barredBy: 'AllowUsers' }]);
  });
});

describe('included files', () => {
  it('come where they are included, sorted, and without hidden ones', async () => {
    put(CONFIG, 'Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\n');
    put('/etc/ssh/sshd_config.d/60-b.conf', 'PermitRootLogin no\n');
    put('/etc/ssh/sshd_config.d/50-a.conf', 'PermitRootLogin yes\n');
    put('/etc/ssh/sshd_config.d/.10.conf', 'PermitRootLogin no\n');
    put('/etc/ssh/sshd_config.d/10.conf.bak', 'PermitRootLogin no\n');
    expect((await state()).answers).toMatchObject([{ permitRootLogin: 'yes', source: '/etc/ssh/sshd_config.d/50-a.conf:1' }]);
  });

  it('are relative to /etc/ssh, and need not be there', async () => {
    put(CONFIG, 'Include nothing.conf more.conf sshd_config.d/*/x.conf\n');
    put('/etc/ssh/more.conf', 'PasswordAuthentication no\n');
    put('/etc/ssh/sshd_config.d/a/x.conf', 'PermitRootLogin yes\n');
    expect(await answers()).toEqual(['anywhere yes']);
  });

  it('keep their Match blocks to themselves, and stand under those around them', async () => {
    put(CONFIG, 'Include a.conf\nPermitRootLogin yes\n');
    put('/etc/ssh/a.conf', 'Match Address 10.0.0.0/8\n PermitRootLogin no\n');
    expect(await answers()).toEqual(['anywhere yes+password', '10.0.0.1 no']);
    put(CONFIG, 'Match User bob\n Include a.conf\nMatch all\n PasswordAuthentication no\n');
    put('/etc/ssh/a.conf', 'Match all\n PermitRootLogin yes\n');
    expect(await answers()).toEqual(['anywhere prohibit-password']);
  });

  it('end where they include themselves, and lead out of no root', async () => {
    put(CONFIG, 'Include /etc/ssh/out.conf\nPermitRootLogin no\nInclude sshd_config\n');
    symlinkSync('../../../../../../../../etc/ssh/in.conf', join(root, 'etc/ssh/out.conf'));
    put('/etc/ssh/in.conf', 'PermitRootLogin yes\n');
    const { coverage, value } = await read();
    expect(value?.answers).toMatchObject([{ permitRootLogin: 'yes' }]);
    expect(coverage).toMatchObject({ status: 'partial', problems: [{ path: CONFIG }] });
  });

  it('that cannot be read are said', async () => {
    put(CONFIG, 'Include d\nPermitRootLogin no\n');
    mkdirSync(join(root, 'etc/ssh/d'));
    expect(await read()).toMatchObject({ value: { answers: [{ permitRootLogin: 'no' }] }, coverage: { status: 'partial', problems: [{ path: '/etc/ssh/d' }] } });
  });

  it('are bounded, as are directives and clients', async () => {
    put(CONFIG, 'Include many/*\nPermitRootLogin no\n');
    for (let index = 0; index < 600; index++) put(`/etc/ssh/many/${index}`, '');
    expect((await read()).coverage).toMatchObject({ status: 'partial' });
    put(CONFIG, Array.from({ length: 30_000 }, (_, index) => `Match Address 10.${index >> 8 & 255}.${index & 255}.0/24\n`).join(''));
    const started = processorMs();
    const { coverage } = await read();
    expect(coverage.status).toBe('partial');
    expect(coverage.skipped.map(({ reason }) => reason)).toContain('there are too many');
    expect(processorMs() - started).toBeLessThan(60_000);
  });
});

describe('the service', () => {
  it('may give sshd options that count before its file, and another file', async () => {
    put(CONFIG, 'PermitRootLogin no\n');
    put('/etc/default/ssh', '# opts\nSSHD_OPTS="-o PermitRootLogin=yes -oPasswordAuthentication=no -4"\n');
    expect((await state()).answers).toMatchObject([{ permitRootLogin: 'yes', passwordAuthentication: false, source: '/etc/default/ssh:2' }]);
    put('/etc/default/ssh', 'SSHD_OPTS=-f /etc/ssh/other\n');
    put('/etc/ssh/other', 'PermitRootLogin yes\n');
    expect((await state()).answers).toMatchObject([{ permitRootLogin: 'yes', source: '/etc/ssh/other:1' }]);
  });
});

describe('keys of root', () => {
  it('are counted where the configuration says', async () => {
    put(CONFIG, 'AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/keys/%u\nAuthorizedKeysCommand /usr/bin/ldap-keys %u\nTrustedUserCAKeys none\n');
    put('/root/.ssh/authorized_keys', '# old\n\nssh-ed25519 AAAA a\n  ssh-ed25519 BBBB b\n');
    put('/etc/ssh/keys/root', 'ssh-ed25519 CCCC c');
    put('/root/.ssh/authorized_keys2', 'ssh-ed25519 DDDD d\n');
    expect((await state()).rootKeys).toEqual({ count: 3, files: ['/root/.ssh/authorized_keys', '/etc/ssh/keys/root'], other: ['AuthorizedKeysCommand /usr/bin/ldap-keys'] });
  });

  it('are not called none where they cannot be read', async () => {
    put(CONFIG, '');
    mkdirSync(join(root, 'root/.ssh/authorized_keys'), { recursive: true });
    const { coverage, value } = await read();
    expect(value).not.toHaveProperty('rootKeys');
    expect(coverage).toMatchObject({ status: 'partial', problems: [{ path: '/root/.ssh/authorized_keys' }] });
  });
});

describe('the sshd of a running system', () => {
  /** Answers as sshd would, and keeps what it was asked. */
  function live(asked: Query[], says: (specification: string) => string, exitCode = 0): Host {
    const host = localHost(root);
    return new Proxy(host, {
      get(target, key) {
        if (key === 'live') return true;
        if (key === 'query') return async (query: Query) => (asked.push(query), ok({ stdout: Buffer.from(says(query.args.at(-1)!)), stderr: exitCode === 0 ? '' : 'debug\nMissing privilege separation directory: /run/sshd\n', exitCode }));
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  it('is asked for each client, and its words count', async () => {
    put(CONFIG, 'PermitRootLogin no\nMatch Address 10.0.0.0/8\n');
    put('/etc/default/ssh', 'SSHD_OPTS="-o PermitRootLogin=no -o Banner=$(reboot)"\n');
    const asked: Query[] = [];
    const found = await state({}, live(asked, (text) => (text.includes('addr=10.') ? 'permitrootlogin without-password\nusepam yes\n' : 'permitrootlogin yes\npasswordauthentication yes\nallowusers alice\nallowusers root\n')));
    expect(found.answers).toMatchObject([
      { from: 'anywhere', permitRootLogin: 'yes', passwordAuthentication: true, source: 'sshd -T -C user=root,host=192.0.2.1,addr=192.0.2.1,laddr=198.51.100.2,lport=22' },
      { from: '10.0.0.1', permitRootLogin: 'prohibit-password' },
    ]);
    expect(found.plainOnly).toBe(false);
    expect(asked.map(({ args, tool }) => [tool, ...args.slice(0, -1)])).toEqual(Array.from({ length: 2 }, () => ['sshd', '-T', '-o', 'permitrootlogin=no', '-C']));
  });

  it('is not asked when it is not trusted, and never of another root', async () => {
    put(CONFIG, 'PermitRootLogin no\n');
    const asked: Query[] = [];
    const found = await read({ trusted: () => false }, live(asked, () => 'permitrootlogin yes\n'));
    expect([asked, found.value?.answers[0]?.permitRootLogin, found.value?.plainOnly]).toEqual([[], 'no', true]);
    expect(found.coverage).toMatchObject({ status: 'complete', skipped: [{ reason: expect.stringContaining('not as a package left it') }] });
    expect((await read()).coverage.skipped).toMatchObject([{ reason: 'nothing of --root is run' }]);
  });

  it.each<[string, (specification: string) => string, number]>([['fails', () => '', 255], ['says nothing of it', () => 'usepam yes\n', 0]])('that %s leaves it to the configuration', async (_, says, exitCode) => {
    put(CONFIG, 'PermitRootLogin yes\n');
    const found = await read({}, live([], says, exitCode));
    expect(found.value).toMatchObject({ plainOnly: true, answers: [{ permitRootLogin: 'yes', source: `${CONFIG}:1` }] });
    if (exitCode !== 0) expect(found.coverage.skipped).toMatchObject([{ reason: 'Missing privilege separation directory: /run/sshd' }]);
  });

  it('that cannot be started leaves it to the configuration', async () => {
    put(CONFIG, 'PermitRootLogin yes\n');
    const host = new Proxy(live([], () => ''), { get: (target, key) => (key === 'query' ? async () => fail('timed-out', 'no answer') : Reflect.get(target, key, target)) });
    expect((await read({}, host)).coverage.skipped).toMatchObject([{ reason: 'no answer' }]);
  });

  it('is not given names that would be more than one', async () => {
    put(CONFIG, 'UseDNS yes\nMatch Host x,user=bob\nMatch Host "a b"\nMatch LocalPort 99999\n');
    const asked: Query[] = [];
    await read({}, live(asked, () => 'permitrootlogin no\n'));
    for (const { args } of asked) expect(args.at(-1)).toMatch(/^user=root,host=[\w.:-]+,addr=[\d.:a-f]+,laddr=[\d.:a-f]+,lport=\d{1,5}$/);
  });
});
