// A real sshd beside what drift makes of the same configuration: `sshd -T -C` in a real host must say of each client what was read for it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Host, Query } from '../../src/host/host.ts';
import { localHost } from '../../src/host/local-host.ts';
import { ok } from '../../src/model/result.ts';
import { readSsh } from '../../src/runtime/ssh/ssh.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { needs } from '../support/requirements.ts';
import { workingCopy } from '../support/working-copy.ts';

const CONFIGURATIONS: readonly (readonly [what: string, text: string, included?: Readonly<Record<string, string>>])[] = [
  ['nothing', ''],
  ['the first of two', 'PermitRootLogin yes\nPermitRootLogin no\n'],
  ['an equals sign, quotes, a comment', 'permitrootlogin = "yes" # c\n'],
  ['included first', 'Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\n', { '50-a.conf': 'PermitRootLogin yes\n', '60-b.conf': 'PermitRootLogin no\nPasswordAuthentication no\n' }],
  ['a Match in an included file', 'Include sshd_config.d/*.conf\nPermitRootLogin yes\n', { 'a.conf': 'Match Address 10.0.0.0/8\n PermitRootLogin no\n' }],
  ['an include under a Match that does not hold', 'Match User bob\n Include sshd_config.d/*.conf\nMatch all\nPasswordAuthentication no\n', { 'a.conf': 'Match all\n PermitRootLogin yes\n' }],
  ['an include under a Match that holds', 'Match User root\n Include sshd_config.d/*.conf\n', { 'a.conf': 'Match address 10.0.0.0/8\n PermitRootLogin yes\n' }],
  ['networks with holes', 'PermitRootLogin no\nMatch Address 10.0.0.0/8,!10.0.0.0/24\n PermitRootLogin yes\nMatch Address 10.0.0.0/24\n PermitRootLogin forced-commands-only\n'],
  ['wildcards', 'PermitRootLogin no\nMatch Address 192.168.*\n PermitRootLogin without-password\nMatch Address 192.168.1.*\n PermitRootLogin yes\n'],
  ['groups', 'PermitRootLogin no\nMatch Group root,wheel\n PermitRootLogin yes\n'],
  ['everybody but root', 'PermitRootLogin yes\nMatch User *,!root\n PermitRootLogin no\n'],
  ['ports and addresses of this host', 'PermitRootLogin yes\nMatch LocalPort 2222\n PermitRootLogin no\nMatch LocalAddress 10.0.0.5\n PermitRootLogin prohibit-password\n'],
  ['IPv6', 'PermitRootLogin no\nMatch Address 2001:db8:1::/48\n PermitRootLogin yes\n'],
  ['everywhere', 'PermitRootLogin no\nMatch Address 0.0.0.0/0\n PermitRootLogin yes\n'],
  ['names of clients', 'PermitRootLogin no\nUseDNS yes\nMatch Host *.example.org\n PermitRootLogin yes\n'],
  ['users', 'PermitRootLogin yes\nAllowUsers alice\nAllowUsers root@10.0.0.0/8\n'],
  ['a user that is root', 'PermitRootLogin yes\nDenyUsers r??t\n'],
  ['a group that root is not in', 'PermitRootLogin yes\nAllowGroups ssh\n'],
  ['a key wanted too', 'PermitRootLogin yes\nAuthenticationMethods publickey,password publickey\n'],
  ['PAM', 'PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication yes\nUsePAM yes\n'],
  ['no PAM', 'PermitRootLogin yes\nPasswordAuthentication no\nChallengeResponseAuthentication yes\nUsePAM no\n'],
  ['quoted words of a Match', 'PermitRootLogin no\nMatch "Address" "10.1.0.0/16"\n "PermitRootLogin" yes\n'],
];

describe.skipIf(!needs('what a real sshd says', 'root', 'overlay', 'mmdebstrap', 'apt-sources'))('a real sshd', () => {
  let root: string;
  beforeAll(() => {
    root = workingCopy(debHost(ROLES_DEB_HOST), 'ssh').root;
    mkdirSync(join(root, 'run/sshd'), { recursive: true });
  });

  /** The host, with its own sshd started inside it. */
  function answering(asked: Query[]): Host {
    const host = localHost(root);
    return new Proxy(host, {
      get(target, key) {
        if (key === 'live') return true;
        if (key === 'query') {
          return async (query: Query) => {
            asked.push(query);
            const { status, stderr, stdout } = spawnSync('chroot', [root, '/usr/sbin/sshd', ...query.args]);
            return ok({ stdout, stderr: stderr.toString(), exitCode: status ?? 1 });
          };
        }
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  it.each(CONFIGURATIONS.map(([what, text, included = {}]) => ({ what, text, included })))('means the same as was read: $what', async ({ included, text }) => {
    rmSync(join(root, 'etc/ssh/sshd_config.d'), { recursive: true, force: true });
    mkdirSync(join(root, 'etc/ssh/sshd_config.d'));
    for (const [name, content] of Object.entries(included)) writeFileSync(join(root, 'etc/ssh/sshd_config.d', name), content);
    writeFileSync(join(root, 'etc/ssh/sshd_config'), text);
    const asked: Query[] = [];
    const options = { trusted: () => true, rootLoginFrom: ['10.0.0.0/8'] };
    const said = await readSsh(answering(asked), options);
    const read = await readSsh(localHost(root), options);
    expect(said).toMatchObject({ value: { plainOnly: false }, coverage: { status: 'complete', skipped: [] } });
    expect(asked.length).toBeGreaterThan(1);
    const plain = (state: typeof said): unknown => state?.value?.answers.map(({ source: _source, ...rest }) => rest);
    expect(plain(read)).toEqual(plain(said));
  });
});
