// Files made to stop, mislead or slow down whoever reads launch points: none is waited for, followed out of the root or read without end.
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { fail } from '../../../src/model/result.ts';
import { readLaunchPoints } from '../../../src/runtime/launch/read-launch-points.ts';
import { hostWith, pointsAt, read, targetsAt } from './launched.ts';
import { processorMs } from '../../support/processor-time.ts';

const MEGABYTE = 1024 * 1024;
const RUN = { content: '', mode: 0o755 };

/** The same host without permission to list or read those paths: who runs the tests may be root. */
function denying(host: Host, paths: ReadonlySet<string>): Host {
  return new Proxy(host, {
    get(target, key) {
      const method = Reflect.get(target, key) as unknown;
      if (typeof method !== 'function') return method;
      return (path: string, ...rest: readonly unknown[]): unknown => {
        if ((key === 'list' || key === 'slurp') && paths.has(path)) return fail('EACCES', `${path}: permission denied`);
        return (method as (...args: readonly unknown[]) => unknown).call(target, path, ...rest);
      };
    },
  });
}

describe('hostile launch points', () => {
  it('does not wait for FIFOs, and says where one stands for a file', () => {
    const box = hostWith({ '/etc/cron.d/': '', '/etc/systemd/system/': '' });
    for (const path of ['/etc/crontab', '/etc/cron.d/x', '/etc/systemd/system/x.service', '/etc/ld.so.preload']) execFileSync('mkfifo', [box.root + path]);
    const observed = readLaunchPoints(box.host);
    expect(observed.value.map(({ path }) => path)).toEqual([]);
    expect(observed.coverage.status).toBe('partial');
    expect(observed.coverage.problems.map(({ path }) => path)).toEqual(['/etc/crontab', '/etc/ld.so.preload']);
  });

  it('says what could not be read', () => {
    const box = hostWith({ '/etc/sudoers': 'x ALL=/opt/evil\n', '/etc/cron.d/x': '* * * * * root /opt/evil\n', '/var/spool/cron/crontabs/': '' });
    const host = denying(box.host, new Set(['/etc/sudoers', '/var/spool/cron/crontabs']));
    const { coverage, value } = readLaunchPoints(host);
    expect(coverage).toEqual({ source: 'launch-points', status: 'partial', skipped: [], problems: [{ message: '/var/spool/cron/crontabs: permission denied', path: '/var/spool/cron/crontabs' }, { message: '/etc/sudoers: permission denied', path: '/etc/sudoers' }] });
    expect(value.map(({ path }) => path)).toContain('/etc/cron.d/x');
  });

  it('stays inside the root', () => {
    const observed = read({
      '/etc/systemd/system/x.service': '[Service]\nExecStart=/opt/up\nExecStop=/../../../../opt/evil\nExecReload=/opt/loop\n', '/opt/up': { link: '../../../../../../../opt/evil' }, '/opt/loop': { link: 'loop' },
      '/etc/cron.d': { link: '../../../../../../tables' }, '/tables/x': '* * * * * root /opt/evil\n',
    });
    expect(targetsAt(observed, '/etc/systemd/system/x.service')).toEqual(['/opt/evil']);
    expect(targetsAt(observed, '/tables/x')).toEqual(['/opt/evil']);
    expect(observed.coverage.problems).toEqual([]);
  });

  it('ends where files include each other', () => {
    const observed = read({
      '/etc/ld.so.conf': 'include /etc/*.conf\ninclude ld.so.conf\n/opt\n', '/etc/apt/apt.conf': '#include "/etc/apt/apt.conf";\n#include "x";\n', '/etc/apt/x': '#include "apt.conf";\nDPkg::Pre-Invoke { "/opt/evil"; };\n',
      '/etc/sudoers': '@include sudoers\n@includedir /etc\nx ALL=/opt/evil\n', '/etc/network/interfaces': 'source interfaces\nsource *\n', '/etc/ssh/sshd_config': 'Include sshd_config\nInclude /etc/ssh/*\n',
      '/etc/logrotate.conf': 'include /etc/logrotate.conf\n', '/etc/logrotate.d/x': 'include /etc/logrotate.d\n', '/etc/rsyslog.conf': '$IncludeConfig /etc/rsyslog.conf\n',
    });
    expect(targetsAt(observed, '/etc/apt/x')).toEqual(['/opt/evil']);
    expect(pointsAt(observed, '/etc/sudoers')).toHaveLength(1);
    expect(observed.coverage.problems).toEqual([]);
  });

  it('keeps every byte of names', () => {
    const observed = read({ '/etc/systemd/system/caf\xe9\xff.service': Buffer.from('[Service]\nExecStart="/opt/b\xe9 \\n\\x1b[31m"\n', 'latin1'), '/opt/b\xe9 \n\x1b[31m': RUN, '/etc/cron.d/x': '* * * * * root "/opt/b\xe9 \n', '/etc/cron.d/y': '* * * * * root /opt/\0evil /opt/evil\0\n' });
    expect(targetsAt(observed, '/etc/systemd/system/caf\xe9\xff.service')).toEqual(['/opt/b\xe9 \n\x1b[31m']);
    expect(targetsAt(observed, '/etc/cron.d/y')).toEqual([]);
  });

  it('is not misled by names of object properties', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const observed = read({
      '/etc/systemd/system/__proto__.service': '[Service]\nExecStart=/opt/evil\n__proto__=x\n', '/etc/crontab': names.map((name) => `${name}=/opt\n* * * * * ${name} ${name}; $${name}/evil\n`).join(''), '/etc/profile.d/x.sh': names.map((name) => `${name}=1; ${name} /x; . /opt/evil\n`).join(''),
      '/etc/xinetd.d/x': 'service __proto__\n{\n constructor = 1\n server = /opt/evil\n}\n',
    });
    expect(targetsAt(observed, '/etc/systemd/system/__proto__.service')).toEqual(['/opt/evil']);
    expect(targetsAt(observed, '/etc/crontab')).toEqual(['/opt/evil']);
    expect(targetsAt(observed, '/etc/xinetd.d/x')).toEqual(['/opt/evil']);
  });

  it('reads crontabs with odd lines', () => {
    const lines = ['\t 0 0 * * * root  /opt/evil\r', '* * * *', '@reboot', 'A = "b c"', "'B'='/opt'", '* * * * * root', '- * * * * root /opt/x\\%y % /opt/input', '\xef\xbb\xbf', '* * * * * root $B/two'];
    const observed = read({ '/etc/crontab': lines.join('\n'), '/opt/x%y': RUN, '/opt/input': RUN, '/opt/two': RUN });
    expect(targetsAt(observed, '/etc/crontab')).toEqual(['/opt/evil', '/opt/two', '/opt/x%y']);
  });

  it.each<[string, string]>([
    ['/etc/systemd/system/x.service', `[Service]\nExecStart=/opt/evil ${'a '.repeat(MEGABYTE / 2)}\nExecStop=${'"'.repeat(MEGABYTE)}\n`], ['/etc/systemd/system/y.service', `[Unit]\nWants=${'a%n.service '.repeat(MEGABYTE / 12)}\n[Service]\nExecStart=/opt/evil\n`],
    ['/etc/systemd/system/z.service', `[Service]\n${'Environment=\\\n'.repeat(MEGABYTE / 13)}\n`], ['/etc/crontab', `* * * * * root ${'/opt/evil;'.repeat(MEGABYTE / 10)}`], ['/etc/cron.d/x', '* * * * * root /opt/evil\n'.repeat(MEGABYTE / 25)], ['/etc/cron.d/y', ' '.repeat(MEGABYTE)],
    ['/etc/cron.d/z', `* * * * * root ${'\\%'.repeat(MEGABYTE / 2)}`], ['/etc/sudoers', `x ALL=${'/opt/evil,'.repeat(MEGABYTE / 10)}`], ['/etc/sudoers.d/y', `x ALL=${'('.repeat(MEGABYTE)}`], ['/etc/sudoers.d/z', `${' '.repeat(MEGABYTE / 2)}\\\n`.repeat(2)], ['/etc/sudoers.d/w', `Defaults ${'editor='.repeat(MEGABYTE / 7)}`],
    ['/etc/udev/rules.d/x.rules', 'RUN+="/opt/evil"'.repeat(MEGABYTE / 16)], ['/etc/udev/rules.d/y.rules', `RUN+="${'a\\"'.repeat(MEGABYTE / 3)}`], ['/etc/udev/rules.d/z.rules', 'RUN+="'.repeat(MEGABYTE / 6)], ['/etc/pam.d/x', `auth required pam_exec.so ${'quiet '.repeat(MEGABYTE / 6)}`], ['/etc/pam.d/y', '[\\'.repeat(MEGABYTE / 2)],
    ['/etc/apt/apt.conf.d/x', '{'.repeat(MEGABYTE)], ['/etc/apt/apt.conf.d/y', 'DPkg::Pre-Invoke { "/opt/evil"; };'.repeat(MEGABYTE / 34)], ['/etc/apt/apt.conf.d/z', '"'.repeat(MEGABYTE)], ['/etc/apt/apt.conf.d/w', '/*'.repeat(MEGABYTE / 2)], ['/etc/apt/apt.conf.d/v', '"\n" '.repeat(MEGABYTE / 4)],
    ['/etc/ld.so.preload', '/opt/evil:'.repeat(MEGABYTE / 10)], ['/etc/ld.so.conf.d/x.conf', `include ${'/etc/[a '.repeat(MEGABYTE / 8)}`], ['/etc/logrotate.d/x', 'postrotate\n'.repeat(MEGABYTE / 11)], ['/etc/network/interfaces', 'up /opt/evil \\\n'.repeat(MEGABYTE / 15)],
    ['/etc/rsyslog.d/x.conf', `action(${'binary="/opt/evil" '.repeat(MEGABYTE / 19)}`], ['/etc/rsyslog.d/y.conf', `include(${'file '.repeat(MEGABYTE / 5)}`], ['/root/.ssh/authorized_keys', `command="${'\\"'.repeat(MEGABYTE / 2)}`], ['/root/.ssh/authorized_keys2', 'a,'.repeat(MEGABYTE / 2)], ['/etc/aliases', '|'.repeat(MEGABYTE)],
    ['/etc/inetd.conf', 'x stream tcp nowait root /opt/evil evil\n'.repeat(MEGABYTE / 39)], ['/etc/xinetd.d/x', 'service x\n'.repeat(MEGABYTE / 10)], ['/etc/inittab', ':'.repeat(MEGABYTE)], ['/etc/xdg/autostart/x.desktop', `[Desktop Entry]\nExec=/opt/evil ${'%'.repeat(MEGABYTE)}`], ['/etc/environment', 'LD_PRELOAD=/opt/evil\n'.repeat(MEGABYTE / 21)],
    ['/etc/dpkg/dpkg.cfg', `pre-invoke=${"'".repeat(MEGABYTE)}`], ['/etc/modprobe.d/x.conf', `install ${' '.repeat(MEGABYTE)}`], ['/etc/binfmt.d/x.conf', ':'.repeat(MEGABYTE)], ['/etc/sysctl.d/x.conf', `kernel.core_pattern=|/${'a '.repeat(MEGABYTE / 2)}`], ['/etc/ssh/sshd_config', `Include ${'* '.repeat(MEGABYTE / 2)}`],
    ['/etc/profile', 'export PATH=/opt:$PATH\n'.repeat(MEGABYTE / 23)], ['/root/.profile', '. /opt/evil;'.repeat(MEGABYTE / 12)], ['/etc/wireguard/x.conf', `PostUp${' '.repeat(MEGABYTE)}`], ['/etc/anacrontab', '1 2 '.repeat(MEGABYTE / 4)],
  ])('takes no long time for a megabyte in %s', (path, content) => {
    const box = hostWith({ [path]: content, '/etc/debian_version': '12\n' });
    const began = processorMs();
    const observed = readLaunchPoints(box.host);
    expect(processorMs() - began).toBeLessThan(25_000);
    for (const point of observed.value) expect(point.targets.length).toBeLessThanOrEqual(2_000);
  });

  it('reads the beginning of a file that is too long, and says so', () => {
    const observed = read({ '/etc/crontab': `* * * * * root /opt/evil\n${'#\n'.repeat(3 * MEGABYTE)}` });
    expect(targetsAt(observed, '/etc/crontab')).toEqual(['/opt/evil']);
    expect(observed.coverage.problems).toEqual([expect.objectContaining({ path: '/etc/crontab' })]);
  });

  it('reads no more names of a directory than it should, and says so', () => {
    const names = Object.fromEntries(Array.from({ length: 20_050 }, (_, at) => [`/etc/cron.d/n${at}`, '']));
    const observed = read(names);
    expect(observed.value.filter(({ kind }) => kind === 'cron')).toHaveLength(20_000);
    expect(observed.coverage.problems).toEqual([expect.objectContaining({ path: '/etc/cron.d' })]);
  });

  it('changes nothing and needs no permission to write', () => {
    const box = hostWith({ '/etc/crontab': '* * * * * root /opt/evil\n' });
    chmodSync(box.root, 0o555);
    try {
      expect(targetsAt(readLaunchPoints(box.host), '/etc/crontab')).toEqual(['/opt/evil']);
    } finally {
      chmodSync(box.root, 0o755);
    }
  });
});
