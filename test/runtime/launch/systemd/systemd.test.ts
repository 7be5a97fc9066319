// Units: which file counts, what it would run and as whom, what starts it, which sockets systemd holds.
import { describe, expect, it } from 'vitest';
import { splitWords, readSettings } from '../../../../src/runtime/launch/systemd/unit-settings.ts';
import { dropInDirectories, expandSpecifiers, specifiersOf, unescapeUnit, unitName } from '../../../../src/runtime/launch/systemd/unit-names.ts';
import type { LaunchPoint } from '../../../../src/model/launch.ts';
import { pointsAt, read, targetsAt } from '../launched.ts';

const RUN = { content: '', mode: 0o755 };

function one(entries: Parameters<typeof read>[0], path: string): LaunchPoint {
  const points = pointsAt(read(entries), path);
  expect(points).toHaveLength(1);
  return points[0]!;
}

function service(...lines: readonly string[]): string {
  return `[Unit]\nDescription=x\n[Service]\n${lines.join('\n')}\n`;
}

const UNIT = '/etc/systemd/system/x.service';

describe('readSettings', () => {
  it('joins lines, leaves comments out and counts', () => {
    expect(readSettings('\xef\xbb\xbf[A]\r\n# c\n; c\nK = v \\\n# inside\n  w\n\nbad\n[B\nL=m\n=x\n[C]\nM=\nlast=1\\')).toEqual([
      { section: 'A', key: 'K', value: 'v  w', line: 4 }, { section: '', key: 'L', value: 'm', line: 10 }, { section: 'C', key: 'M', value: '', line: 13 }, { section: 'C', key: 'last', value: '1\\', line: 14 },
    ]);
  });
});

describe('splitWords', () => {
  it.each<[string, readonly string[]]>([
    ['a  b\tc', ['a', 'b', 'c']], ['"a b" \'c "d\' e"f g"h', ['a b', 'c "d', 'ef gh']], ['\\x2fbin\\057sh a\\sb \\q \\u00e9', ['/bin/sh', 'a b', '\\q', '\xc3\xa9']], ['"open', ['open']], ['""', ['']], ['', []],
  ])('%j', (value, expected) => {
    expect(splitWords(value).map(({ text }) => text)).toEqual(expected);
  });
});

describe('names of units', () => {
  it('tells templates from instances', () => {
    expect(unitName('a-b@c.d.service')).toEqual({ name: 'a-b@c.d.service', prefix: 'a-b', instance: 'c.d', type: 'service' });
    expect(unitName('a@.service')?.instance).toBe('');
    expect(['x', '.service', '@a.service', 'a/b.service', 'a.conf', `${'a'.repeat(300)}.service`].map(unitName)).toEqual(Array.from({ length: 6 }));
  });

  it('knows whose drop-ins apply', () => {
    expect(dropInDirectories(unitName('a-b-c.service')!)).toEqual(['a-b-c.service.d', 'a-b-.service.d', 'a-.service.d', 'service.d']);
    expect(dropInDirectories(unitName('a@i.service')!)).toEqual(['a@i.service.d', 'a@.service.d', 'service.d']);
  });

  it('puts specifiers in where they are known', () => {
    const of = (name: string): ((text: string) => string | undefined) => (text) => expandSpecifiers(text, specifiersOf(unitName(name)!, { system: true }, '/etc/systemd/system/x'));
    expect(of('web-app@a-b\\x2dc.service')('%n %N %p %i %I %j %f %h %t %S %% %y')).toBe('web-app@a-b\\x2dc.service web-app@a-b\\x2dc web-app a-b\\x2dc a/b-c app /a/b-c /root /run /var/lib % /etc/systemd/system/x');
    expect(['%i', '%m', '%H', '%n'].map(of('a@.service'))).toEqual([undefined, undefined, undefined, undefined]);
    expect(unescapeUnit('x\\x2')).toBe('x\\x2');
  });
});

describe('what a unit runs', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['all commands', ['ExecCondition=/opt/1', 'ExecStartPre=/opt/2', 'ExecStart=/opt/3', 'ExecStartPost=/opt/4', 'ExecReload=/opt/5', 'ExecStop=/opt/6', 'ExecStopPost=/opt/7'], ['/opt/1', '/opt/2', '/opt/3', '/opt/4', '/opt/5', '/opt/6', '/opt/7']],
    ['prefixes', ['ExecStart=-/opt/1', 'ExecStart=@/opt/2 name', 'ExecStart=:/opt/3', 'ExecStart=+/opt/4', 'ExecStart=!/opt/5', 'ExecStart=!!/opt/6', 'ExecStart=-@:+/opt/7 name'], ['/opt/1', '/opt/2', '/opt/3', '/opt/4', '/opt/5', '/opt/6', '/opt/7']],
    ['several commands on a line', ['ExecStart=/opt/1 a ; /opt/2 ";" ; /opt/3 \\; x'], ['/opt/1', '/opt/2', '/opt/3']],
    ['lines that go on', ['ExecStart=/usr/bin/sh \\', '# not this', '  -c \\', "  '/opt/1 && /opt/2'"], ['/opt/1', '/opt/2', '/usr/bin/sh']],
    ['a reset', ['ExecStart=/opt/1', 'ExecStart=', 'ExecStart=/opt/2'], ['/opt/2']],
    ['quotes and escapes', ['ExecStart="/opt/a b" x', 'ExecStart=/opt\\x2f1'], ['/opt/1', '/opt/a b']],
    ['specifiers', ['ExecStart=/opt/%p.bin --unit %n', 'ExecStart=/opt/%m'], ['/opt/x.bin']],
    ['variables', ['Environment="DIR=/opt" OTHER=1', 'ExecStart=/usr/bin/sh ${DIR}/1', "ExecStart=/usr/bin/sh -c '$DIR/2; $${DIR}/3; $UNKNOWN/4'"], ['/opt/1', '/opt/2', '/opt/3', '/usr/bin/sh']],
    ['bare names', ['ExecStart=sh /opt/1'], ['/opt/1', '/usr/bin/sh']],
    ['a directory to work in', ['WorkingDirectory=/opt', 'ExecStart=/usr/bin/sh 1'], ['/opt/1', '/usr/bin/sh']],
    ['preloaded libraries', ['Environment=LD_PRELOAD=/opt/1', 'ExecStart=/usr/bin/true'], ['/opt/1', '/usr/bin/true']],
    ['a root of its own', ['RootDirectory=/opt/jail', 'ExecStart=/bin/prog'], ['/opt/jail/bin/prog']],
    ['an image', ['RootImage=/opt/1', 'ExecStart=/opt/2'], ['/opt/1']],
    ['no section', ['[Install]', 'ExecStart=/opt/1'], []],
  ])('%s', (_, lines, expected) => {
    const programs = Object.fromEntries(['1', '2', '3', '4', '5', '6', '7', 'a b', 'x.bin', 'jail/bin/prog'].map((name) => [`/opt/${name}`, RUN]));
    expect(targetsAt(read({ ...programs, [UNIT]: service(...lines) }), UNIT)).toEqual(expected);
  });

  it('tells as whom, each by itself', () => {
    const users = (...lines: readonly string[]): readonly (string | undefined)[] => pointsAt(read({ [UNIT]: service(...lines) }), UNIT).map(({ user }) => user);
    expect(users('ExecStart=/opt/evil')).toEqual(['root']);
    expect(users('User=redis', 'ExecStart=/opt/evil')).toEqual(['redis']);
    expect(users('User=1000', 'ExecStart=/opt/evil')).toEqual(['alice']);
    expect(users('DynamicUser=yes', 'ExecStart=/opt/evil')).toEqual(['x']);
    expect(users('User=redis', 'ExecStartPre=+/usr/bin/true', 'ExecStartPre=!!/opt/evil', 'ExecStart=/opt/evil')).toEqual(['redis', 'root']);
    expect(users('User=%m', 'ExecStart=/opt/evil')).toEqual([undefined]);
  });

  it('reads the files of its environment', () => {
    const observed = read({ [UNIT]: service('EnvironmentFile=-/etc/default/x', 'ExecStart=/usr/bin/sh $APP'), '/etc/default/x': '# c\nLD_PRELOAD="/opt/evil"\nAPP=/opt/app\n', '/opt/app': '' });
    expect(targetsAt(observed, '/etc/default/x')).toEqual(['/opt/evil']);
    expect(targetsAt(observed, UNIT)).toEqual(['/opt/app', '/usr/bin/sh']);
  });
});

describe('which file counts', () => {
  it('takes the first directory, and masks', () => {
    const observed = read({
      [UNIT]: service('ExecStart=/usr/bin/true'), '/usr/lib/systemd/system/x.service': service('ExecStart=/opt/evil'), '/etc/systemd/system/m.service': { link: '/dev/null' }, '/usr/lib/systemd/system/m.service': service('ExecStart=/opt/evil'),
      '/etc/systemd/system/e.service': '', '/run/systemd/transient/t.service': service('ExecStart=/opt/evil'),
    });
    expect(observed.value.filter(({ kind }) => kind === 'systemd-unit').map(({ path }) => path)).toEqual(['/etc/systemd/system/e.service', UNIT, '/run/systemd/transient/t.service']);
  });

  it('tells a linked unit by its link, and an alias not at all', () => {
    const observed = read({
      '/opt/app/app.service': service('ExecStart=/opt/evil'), '/etc/systemd/system/app.service': { link: '/opt/app/app.service' },
      '/usr/lib/systemd/system/real.service': service('ExecStart=/usr/bin/true'), '/etc/systemd/system/other.service': { link: '/lib/systemd/system/real.service' },
      '/etc/systemd/system/multi-user.target.wants/other.service': { link: '/lib/systemd/system/real.service' },
    });
    expect(targetsAt(observed, '/etc/systemd/system/app.service')).toEqual(['/opt/evil']);
    expect(pointsAt(observed, '/etc/systemd/system/other.service')).toEqual([]);
    expect(pointsAt(observed, '/usr/lib/systemd/system/real.service')[0]).toMatchObject({ name: 'real.service', enabled: true, when: 'boot' });
  });

  it('adds drop-ins, of the unit, its prefix and its type; what they take away is gone', () => {
    const observed = read({
      '/usr/lib/systemd/system/a-b.service': service('ExecStart=/opt/1', 'ExecStartPre=/opt/2'), '/opt/1': RUN, '/opt/2': RUN, '/opt/3': RUN, '/opt/4': RUN, '/opt/5': RUN,
      '/etc/systemd/system/a-b.service.d/10.conf': '[Service]\nExecStart=\nExecStart=/opt/3\n', '/usr/lib/systemd/system/a-.service.d/10.conf': '[Service]\nExecStart=/opt/5\n',
      '/etc/systemd/system/a-.service.d/20.conf': '[Service]\nExecStartPost=/opt/4\n', '/etc/systemd/system/service.d/30.conf': '[Service]\nExecStopPost=/opt/5\n', '/etc/systemd/system/a-b.service.d/notes': '[Service]\nExecStart=/opt/evil\n',
      '/etc/systemd/system/gone.service.d/x.conf': '[Service]\nExecStart=/opt/evil\n', '/etc/systemd/system/service.d/masked.conf': { link: '/dev/null' },
    });
    expect(targetsAt(observed, '/usr/lib/systemd/system/a-b.service')).toEqual(['/opt/2']);
    expect(targetsAt(observed, '/etc/systemd/system/a-b.service.d/10.conf')).toEqual(['/opt/3']);
    expect(targetsAt(observed, '/etc/systemd/system/a-.service.d/20.conf')).toEqual(['/opt/4']);
    expect(targetsAt(observed, '/etc/systemd/system/service.d/30.conf')).toEqual(['/opt/5']);
    expect(pointsAt(observed, '/etc/systemd/system/service.d/30.conf')[0]?.name).toBe('service.d/30.conf');
    expect(pointsAt(observed, '/usr/lib/systemd/system/a-.service.d/10.conf')[0]?.enabled).toBe(false);
    expect(targetsAt(observed, '/etc/systemd/system/gone.service.d/x.conf')).toEqual(['/opt/evil']);
  });

  it('makes instances of templates that are enabled', () => {
    const observed = read({
      '/usr/lib/systemd/system/app@.service': service('User=%i', 'ExecStart=/opt/%i/run', 'ExecStop=/opt/evil'), '/opt/blue/run': RUN,
      '/etc/systemd/system/multi-user.target.wants/app@blue.service': { link: '/lib/systemd/system/app@.service' }, '/usr/lib/systemd/system/idle@.service': service('ExecStart=/opt/%i/run', 'ExecStop=/opt/evil'),
    });
    expect(pointsAt(observed, '/usr/lib/systemd/system/app@.service').map(({ name, user, enabled }) => [name, user, enabled])).toEqual([['app@blue.service', 'blue', true]]);
    expect(targetsAt(observed, '/usr/lib/systemd/system/app@.service')).toEqual(['/opt/blue/run', '/opt/evil']);
    expect(targetsAt(observed, '/usr/lib/systemd/system/idle@.service')).toEqual(['/opt/evil']);
    expect(pointsAt(observed, '/usr/lib/systemd/system/idle@.service')[0]?.enabled).toBe(false);
  });
});

describe('what starts a unit', () => {
  const LIB = '/usr/lib/systemd/system';
  const stock = {
    [`${LIB}/multi-user.target`]: '[Unit]\nRequires=basic.target\n', [`${LIB}/basic.target`]: '[Unit]\nWants=sockets.target timers.target\n', [`${LIB}/default.target`]: { link: 'multi-user.target' },
    [`${LIB}/none.service`]: service('ExecStart=/usr/bin/true'),
  };
  it('follows links and wants from the boot targets', () => {
    const observed = read({
      ...stock, [`${LIB}/a.service`]: `[Unit]\nWants=b.service\n${service('ExecStart=/usr/bin/true')}`, [`${LIB}/b.service`]: service('ExecStart=/usr/bin/true'), [`${LIB}/multi-user.target.wants/a.service`]: { link: '../a.service' },
      [`${LIB}/b.service.requires/c.service`]: { link: '/nowhere' }, [`${LIB}/c.service`]: `[Unit]\nWants=a.service\nOnFailure=f.service\n${service('ExecStart=/usr/bin/true')}`, [`${LIB}/f.service`]: service('ExecStart=/usr/bin/true'),
    });
    const state = (name: string): unknown => pointsAt(observed, `${LIB}/${name}`).map(({ when, enabled }) => [when, enabled])[0];
    expect(['a.service', 'b.service', 'c.service', 'f.service', 'none.service'].map(state)).toEqual([['boot', true], ['boot', true], ['boot', true], ['event', true], ['demand', false]]);
  });

  it('follows timers, sockets, paths, the bus and devices', () => {
    const observed = read({
      ...stock, [`${LIB}/t.timer`]: '[Timer]\nOnBootSec=1\n', [`${LIB}/t.service`]: service('ExecStart=/opt/evil'), [`${LIB}/timers.target.wants/t.timer`]: { link: '../t.timer' }, [`${LIB}/idle.timer`]: '[Timer]\nUnit=none.service\n',
      [`${LIB}/s.socket`]: '[Socket]\nListenStream=%t/s\nListenStream=[::]:22\nListenStream=\nListenStream=0.0.0.0:4444\nListenDatagram=53\nAccept=yes\nExecStartPre=/opt/evil\n', [`${LIB}/s@.service`]: service('ExecStart=/usr/bin/true'),
      [`${LIB}/sockets.target.wants/s.socket`]: { link: '../s.socket' }, [`${LIB}/p.path`]: '[Path]\nPathExists=/x\nUnit=q.service\n', [`${LIB}/multi-user.target.wants/p.path`]: { link: '../p.path' }, [`${LIB}/q.service`]: service('ExecStart=/usr/bin/true'),
      '/usr/share/dbus-1/system-services/org.x.service': '[D-BUS Service]\nName=org.x\nExec=/bin/false\nUser=root\nSystemdService=bus.service\n', [`${LIB}/bus.service`]: service('ExecStart=/usr/bin/true'),
      '/usr/lib/udev/rules.d/9.rules': 'ACTION=="add", ENV{SYSTEMD_WANTS}+="dev.service other@%k.service"\n', [`${LIB}/dev.service`]: service('ExecStart=/usr/bin/true'),
    });
    const state = (name: string): unknown => pointsAt(observed, `${LIB}/${name}`).map(({ when, enabled }) => [when, enabled])[0];
    expect(['t.timer', 't.service', 's.socket', 's@.service', 'p.path', 'q.service', 'bus.service', 'dev.service', 'idle.timer', 'none.service'].map(state)).toEqual([
      ['timer', true], ['timer', true], ['event', true], ['event', true], ['event', true], ['event', true], ['event', true], ['event', true], ['timer', false], ['demand', false],
    ]);
    expect(targetsAt(observed, `${LIB}/t.timer`)).toEqual([`${LIB}/t.service`]);
    expect(targetsAt(observed, `${LIB}/p.path`)).toEqual([`${LIB}/q.service`]);
    expect(targetsAt(observed, `${LIB}/s.socket`)).toEqual(['/opt/evil', `${LIB}/s@.service`]);
    expect(observed.sockets).toEqual([{ unit: 's.socket', directive: 'ListenStream', value: '0.0.0.0:4444' }, { unit: 's.socket', directive: 'ListenDatagram', value: '53' }]);
  });

  it('ends where units pull in each other', () => {
    const ring = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${LIB}/r${at}.service`, `[Unit]\nRequires=r${(at + 1) % 300}.service r${(at * 7) % 300}.service\n${service('ExecStart=/opt/evil')}`]));
    const observed = read({ ...stock, ...ring, [`${LIB}/multi-user.target.wants/r0.service`]: { link: '../r0.service' }, [`${LIB}/l1.service`]: { link: 'l2.service' }, [`${LIB}/l2.service`]: { link: 'l1.service' } });
    expect(observed.value.filter(({ name, enabled }) => /^r\d/.test(name) && enabled)).toHaveLength(300);
  });
});

describe('units of users', () => {
  it('are told with their user, and when they log in', () => {
    const observed = read({
      '/home/alice/.config/systemd/user/miner.service': service('ExecStart=%h/bin/miner'), '/home/alice/bin/miner': RUN, '/home/alice/.config/systemd/user/default.target.wants/miner.service': { link: '../miner.service' },
      '/usr/lib/systemd/user/agent.service': service('ExecStart=/usr/bin/true'), '/etc/systemd/user/all.service': service('ExecStart=/opt/evil'), '/root/.local/share/systemd/user/r.service': service('ExecStart=/opt/evil'),
    });
    expect(pointsAt(observed, '/home/alice/.config/systemd/user/miner.service')).toEqual([expect.objectContaining({ user: 'alice', when: 'login', enabled: true })]);
    expect(targetsAt(observed, '/home/alice/.config/systemd/user/miner.service')).toEqual(['/home/alice/bin/miner']);
    expect(pointsAt(observed, '/usr/lib/systemd/user/agent.service')).toHaveLength(1);
    expect(targetsAt(observed, '/etc/systemd/user/all.service')).toEqual(['/opt/evil']);
    expect(pointsAt(observed, '/root/.local/share/systemd/user/r.service')[0]?.user).toBe('root');
  });

  it('run from boot where the user lingers', () => {
    const path = '/home/alice/.config/systemd/user/x.service';
    expect(one({ [path]: service('ExecStart=/opt/evil'), '/home/alice/.config/systemd/user/default.target.wants/x.service': { link: '../x.service' }, '/var/lib/systemd/linger/alice': '' }, path).when).toBe('boot');
  });
});
