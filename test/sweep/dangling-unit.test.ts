// Links of units that went with their package say so; once anything of that name is there, the link is a stray like any other.
import { expect, it } from 'vitest';
import { danglingUnitHint } from '../../src/sweep/dangling-unit.ts';
import { candidate, claims, sandbox, sweep } from './sandbox.ts';

const WANTS = '/etc/systemd/system/sysinit.target.wants';

function hinted(path: string, link: string, more: Record<string, string> = {}): boolean | undefined {
  const box = sandbox({ '/lib': { link: 'usr/lib' }, '/usr/lib/systemd/system/cron.service': '', ...more, [path]: { link } });
  const facts = candidate(sweep(box.host, [claims('/usr/lib/systemd/system/cron.service')]), path);
  if (facts === undefined) throw new Error(`${path} is no candidate`);
  return danglingUnitHint(box.host).hint(facts)?.strong;
}

it('says of a link to no unit that it starts nothing', () => {
  expect(hinted(`${WANTS}/timesyncd.service`, '/lib/systemd/system/timesyncd.service')).toBe(true);
  expect(hinted('/etc/systemd/system/dbus-x.service', '/usr/lib/systemd/system/x.service')).toBe(true);
  expect(hinted('/etc/systemd/system/getty.target.wants/getty@tty1.service', '/usr/lib/systemd/system/getty@.service')).toBe(true);
});

it.each<[string, string, string, Record<string, string>?]>([
  ['to a unit that is there', `${WANTS}/cron.service`, '/lib/systemd/system/cron.service'],
  ['by whose name a unit is there', `${WANTS}/cron.service`, '/lib/systemd/system/gone.service'],
  ['that would find a unit elsewhere', `${WANTS}/evil.service`, '/lib/systemd/system/evil.service', { '/run/systemd/system/evil.service': '' }],
  ['whose template is there', `${WANTS}/evil@1.service`, '/lib/systemd/system/evil@1.service', { '/etc/systemd/system/evil@.service': '' }],
  ['out of the places of units', `${WANTS}/evil.service`, '/tmp/evil.service'],
])('says nothing of a link %s', (_, path, link, more = {}) => {
  expect(hinted(path, link, more)).toBeUndefined();
});
