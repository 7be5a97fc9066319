// Enablement links and links to owned files; each with a link planted in the same place.
import { describe, expect, it } from 'vitest';
import { enablementProof } from '../../../src/sweep/proofs/enablement.ts';
import { ownedLinkProof } from '../../../src/sweep/proofs/owned-link.ts';
import { candidate, claims, contextOf, elf, sandbox, sweep } from '../sandbox.ts';

const program = { content: elf(2), mode: 0o755 };
const index = claims(
  'cron:/usr/lib/systemd/system/cron.service', '/usr/lib/systemd/system/getty@.service', '/usr/lib/systemd/system/graphical.target', '/usr/lib/systemd/system/named.service',
  '/usr/lib/systemd/system/named.service.d/names.conf', '/etc/init.d/cron', '/usr/bin/less', '/usr/bin/tool', '/usr/share/x/x.rules', '/usr/share/doc/x/examples/y.rules', 'bash:/usr/bin/bash',
);

function prove(path: string, link: string, more: Record<string, string> = {}): string | undefined {
  const box = sandbox({
    '/lib': { link: 'usr/lib' }, '/bin': { link: 'usr/bin' }, '/usr/lib/systemd/system/cron.service': '[Install]\nWantedBy=multi-user.target\n', '/usr/lib/systemd/system/getty@.service': '',
    '/usr/lib/systemd/system/graphical.target': '', '/usr/lib/systemd/system/named.service': '[Install]\nAlias=bind9.service dbus-x.service\n', '/usr/lib/systemd/system/named.service.d/names.conf': '[Install]\nAlias=dns.service\n', '/usr/lib/systemd/system/named.service.d/own.conf': '[Install]\nAlias=own.service\n', '/etc/init.d/cron': { content: '#!/bin/sh\n', mode: 0o755 },
    '/usr/bin/less': program, '/usr/bin/tool': program, '/usr/bin/bash': program, '/usr/share/x/x.rules': 'x', '/usr/share/doc/x/examples/y.rules': 'x', '/home/a/tool': program,
    '/usr/local/bin/': '', '/home/a/cron.service': '', ...more, [path]: { link },
  });
  const facts = candidate(sweep(box.host, [index]), path);
  if (facts === undefined) throw new Error(`${path} is no candidate`);
  const context = contextOf(box.host, index);
  return (enablementProof(context).prove(facts) ?? ownedLinkProof(context).prove(facts))?.mechanism;
}

const WANTS = '/etc/systemd/system/multi-user.target.wants';

describe('enablementProof', () => {
  it.each([
    [`${WANTS}/cron.service`, '/lib/systemd/system/cron.service'],
    [`${WANTS}/cron.service`, '../../../../usr/lib/systemd/system/cron.service'],
    ['/etc/systemd/system/getty.target.wants/getty@tty1.service', '/lib/systemd/system/getty@.service'],
    ['/etc/systemd/system/bind9.service', '/lib/systemd/system/named.service'],
    ['/etc/systemd/system/dns.service', '/lib/systemd/system/named.service'],
    ['/etc/systemd/system/default.target', '/lib/systemd/system/graphical.target'],
    ['/etc/rc2.d/S01cron', '../init.d/cron'],
  ])('proves %s -> %s', (path, link) => {
    expect(prove(path, link)).toBe('enablement-link');
  });

  it('proves a masked unit: it starts nothing', () => {
    expect(prove('/etc/systemd/system/cron.service', '/dev/null')).toBe('masked-unit');
  });

  it.each([
    ['a unit that no package owns', `${WANTS}/cron.service`, '/home/a/cron.service'],
    ['a packaged unit under the name of another', `${WANTS}/ssh.service`, '/lib/systemd/system/cron.service'],
    ['an alias that the unit does not have', '/etc/systemd/system/ssh.service', '/lib/systemd/system/named.service'],
    ['an alias of a drop-in that no package owns', '/etc/systemd/system/own.service', '/lib/systemd/system/named.service'],
    ['a program in place of a unit', `${WANTS}/tool.service`, '/usr/bin/tool'],
    ['a service as the default target', '/etc/systemd/system/default.target', '/lib/systemd/system/cron.service'],
    ['nothing at all', `${WANTS}/gone.service`, '/lib/systemd/system/gone.service'],
    ['another init script', '/etc/rc2.d/S01ssh', '../init.d/cron'],
    ['a packaged program as an init script', '/etc/rc2.d/S01bash', '/usr/bin/bash'],
  ])('finds a link to %s', (_, path, link) => {
    expect(prove(path, link)).toBeUndefined();
  });
});

describe('ownedLinkProof', () => {
  it.each([
    ['/usr/local/bin/pager', '/usr/bin/less'], ['/usr/local/bin/less', '/bin/less'], ['/etc/udev/rules.d/x.rules', '/usr/share/x/x.rules'],
  ])('proves %s -> %s', (path, link) => {
    expect(prove(path, link)).toBe('owned-link');
  });

  it.each([
    ['an unowned program', '/usr/local/bin/pager', '/home/a/tool'],
    ['an owned program in place of another packaged one', '/usr/local/bin/tool', '/usr/bin/bash'],
    ['a directory', '/usr/local/bin/dir', '/usr/bin'],
    ['nothing', '/usr/local/bin/x', '/gone'],
    ['another name in a loader directory', '/etc/udev/rules.d/z.rules', '/usr/share/x/x.rules'],
    ['an example of the documentation', '/etc/udev/rules.d/y.rules', '/usr/share/doc/x/examples/y.rules'],
  ])('finds a link to %s', (_, path, link) => {
    expect(prove(path, link)).toBeUndefined();
  });
});
