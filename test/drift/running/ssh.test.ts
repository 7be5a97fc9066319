import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/model/finding.ts';
import type { SshPolicy } from '../../../src/model/manifest.ts';
import type { ObservedState, SshAnswer, SshState } from '../../../src/model/observed.ts';
import { DECLARED_AT, desired, findings, lines, observed } from '../../support/build.ts';

const KEYLESS: NonNullable<SshState['rootKeys']> = { count: 0, files: [], other: [] };
const ONE_KEY: NonNullable<SshState['rootKeys']> = { count: 1, files: ['/root/.ssh/authorized_keys'], other: [] };
const NO: SshPolicy = { rootLogin: { value: false, declaredAt: DECLARED_AT } };
const YES: SshPolicy = { rootLogin: { value: true, declaredAt: DECLARED_AT } };

function from(...blocks: readonly string[]): SshPolicy {
  return { rootLogin: { value: false, declaredAt: DECLARED_AT }, rootLoginFrom: { value: blocks, declaredAt: { ...DECLARED_AT, line: 9 } } };
}

function answer(permitRootLogin: SshAnswer['permitRootLogin'], place = 'anywhere', more: Partial<SshAnswer> = {}): SshAnswer {
  return { from: place, permitRootLogin, passwordAuthentication: permitRootLogin === 'yes', source: '/etc/ssh/sshd_config:3', ...more };
}

function of(answers: readonly SshAnswer[], policy?: SshPolicy, more: Partial<SshState> = {}, rest: Partial<ObservedState> = {}): readonly Finding[] {
  const wanted = policy === undefined ? undefined : desired({ ssh: policy });
  return findings(wanted, observed({ ssh: { answers, plainOnly: false, rootKeys: KEYLESS, ...more }, ...rest }));
}

describe('root login by ssh', () => {
  it.each<[string, readonly SshAnswer[], SshPolicy | undefined, Partial<SshState>, string[]]>([
    ['what distributions ship, without a key: told and no more', [answer('prohibit-password')], undefined, {}, ['info ssh-root-login root']],
    ['the same with a key', [answer('prohibit-password')], undefined, { rootKeys: ONE_KEY }, ['low ssh-root-login root']],
    ['the same with keys from elsewhere', [answer('prohibit-password')], undefined, { rootKeys: { count: 0, files: [], other: ['TrustedUserCAKeys /etc/ssh/ca.pub'] } }, ['low ssh-root-login root']],
    ['commands only', [answer('forced-commands-only')], undefined, {}, ['info ssh-root-login root']],
    ['yes, and a key is needed all the same', [answer('yes', 'anywhere', { passwordAuthentication: false })], undefined, {}, ['info ssh-root-login root']],
    ['a password', [answer('yes')], undefined, {}, ['high ssh-root-login root']],
    ['a password from one network', [answer('no'), answer('yes', '10.0.0.1')], undefined, {}, ['high ssh-root-login root']],
    ['no', [answer('no')], undefined, {}, []],
    ['no, and declared so', [answer('no')], NO, {}, []],
    ['what distributions ship, and declared otherwise', [answer('prohibit-password')], NO, {}, ['high ssh-root-login root']],
    ['from one network, and declared otherwise', [answer('no'), answer('prohibit-password', '10.0.0.1')], NO, {}, ['high ssh-root-login root']],
    ['declared', [answer('yes')], YES, {}, []],
    ['from where it is declared', [answer('no'), answer('yes', '10.0.0.1')], from('10.0.0.0/8'), {}, []],
    ['from where it is declared, in IPv6', [answer('no'), answer('yes', '2001:db8:1::1')], from('10.0.0.0/8', '2001:db8::/32'), {}, []],
    ['from elsewhere too', [answer('no'), answer('yes', '10.0.0.1'), answer('yes', '192.168.0.1')], from('10.0.0.0/8'), {}, ['high ssh-root-login root']],
    ['from anywhere', [answer('prohibit-password'), answer('yes', '10.0.0.1')], from('10.0.0.0/8'), {}, ['high ssh-root-login root']],
    ['a block that holds nobody', [answer('prohibit-password')], from(), {}, ['high ssh-root-login root']],
  ])('%s', (_, answers, policy, more, expected) => expect(lines(of(answers, policy, more))).toEqual(expected));

  it('says nothing where no sshd is', () => expect(findings(desired({ ssh: NO }), observed())).toEqual([]));

  it('does not take keys that could not be read for keys, and says so', () => {
    const found = findings(undefined, observed({ ssh: { answers: [answer('prohibit-password')], plainOnly: true } }));
    expect(lines(found)).toEqual(['info ssh-root-login root']);
    expect(found[0]?.evidence.map(({ detail }) => detail)).toEqual(['PermitRootLogin prohibit-password', 'whether root has keys could not be read', 'its configuration was read, sshd itself was not asked']);
  });

  it('says who may come from where and what shows it, with the line of the manifest', () => {
    const [found] = of([answer('no'), answer('yes', '192.168.0.1', { when: 'LocalPort 2222' })], from('10.0.0.0/8'), { rootKeys: { count: 2, files: ['/root/.ssh/authorized_keys', '/etc/ssh/keys/root'], other: [] } });
    expect(found?.message).toBe('may log in by ssh, with a password, from where the manifest does not allow it');
    expect(found?.evidence.map(({ detail, source }) => `${source}: ${detail}`)).toEqual([
      '/etc/ssh/sshd_config:3: PermitRootLogin yes for 192.168.0.1 when LocalPort 2222', 'sshd: a password is enough', 'manifest: the manifest does not allow it', 'keys: 2 keys in /root/.ssh/authorized_keys, /etc/ssh/keys/root',
    ]);
    expect(found?.facts).toMatchObject({ answers: [{ from: '192.168.0.1', permitRootLogin: 'yes', passwordAuthentication: true, when: 'LocalPort 2222' }], allowedFrom: ['10.0.0.0/8'], rootKeys: 2 });
    expect(found?.declaredAt?.line).toBe(9);
  });

  it('says whether sshd serves anybody', () => {
    const exe = { path: '/usr/sbin/sshd', state: 'present', dev: 1, ino: 1 } as const;
    const [found] = of([answer('yes')], undefined, {}, {
      runtime: {
        processes: [{ pid: 7, parent: 1, startedAt: 0, startTicks: '1', uid: 0, comm: 'sshd', argv: [], exe, libraries: [], otherNamespaces: [] }],
        listeners: [{ protocol: 'tcp', address: '127.0.0.1', port: 22, reach: 'loopback', pids: [7], uid: 0, inode: 1 }], connections: [],
      },
      launches: [{ path: '/usr/lib/systemd/system/ssh.service', kind: 'systemd-unit', name: 'ssh.service', when: 'boot', enabled: true, targets: [{ path: '/usr/sbin/sshd', written: '/usr/sbin/sshd', via: 'ExecStart', exists: true }] }],
    });
    expect(found?.evidence.map(({ detail }) => detail)).toEqual(expect.arrayContaining(['sshd listens on port 22', 'started at boot through ssh.service']));
  });
});
