// Each proof of apt's side: what it proves, and a planted thing in the same place that it does not.
import { describe, expect, it } from 'vitest';
import type { FileFacts } from '../../../src/model/file.ts';
import { readOwnership } from '../../../src/managers/apt/ownership.ts';
import { aptProofs } from '../../../src/managers/apt/proofs.ts';
import { parseAlternative } from '../../../src/managers/apt/proofs/alternatives.ts';
import { isGenerated } from '../../../src/managers/apt/proofs/pam.ts';
import { fakeRoot, md5, type FakeRoot } from './make-root.ts';

/** Name of the mechanism that proves the path, or undefined. */
function proofOf(root: FakeRoot, path: string, more: Partial<FileFacts> = {}): string | undefined {
  const host = root.host();
  const facts = root.facts(path, more);
  for (const rule of aptProofs(host, readOwnership(host).value)) {
    const proof = rule.prove(facts);
    if (proof !== undefined) {
      expect(proof.mechanism).toBe(rule.mechanism);
      expect(proof.detail).not.toBe('');
      return proof.mechanism;
    }
  }
  return undefined;
}

const SCRIPT = { code: 'script' } as const;

describe("dpkg's own database", () => {
  function root(): FakeRoot {
    const made = fakeRoot();
    made.install(
      { name: 'one', files: { '/usr/bin/one': 'x' }, scripts: { postinst: '#!/bin/sh\n', prerm: '#!/bin/sh\n' } },
      { name: 'lib1.2', fields: ['Multi-Arch: same'], files: { '/usr/lib/x': 'x' }, scripts: { postinst: '#!/bin/sh\n' } },
      { name: 'gone', status: 'deinstall ok config-files', scripts: { postrm: '#!/bin/sh\n', postinst: '#!/bin/sh\n' } },
    );
    return made;
  }

  it('has members of packages that the status knows', () => {
    const made = root();
    expect(proofOf(made, '/var/lib/dpkg/info/one.list')).toBe('dpkg-database');
    for (const name of ['one.postinst', 'one.prerm', 'lib1.2:amd64.postinst', 'gone.postrm']) expect([name, proofOf(made, `/var/lib/dpkg/info/${name}`, SCRIPT)]).toEqual([name, 'dpkg-database']);
  });

  it('has no other files, whatever they are called', () => {
    const made = root();
    for (const name of ['evil.postinst', 'one.sh', 'one', '.postinst', 'one.postinst.bak', 'lib1.2.postinst', 'lib1.2:i386.postinst', 'sub/one.postinst']) {
      made.write(`/var/lib/dpkg/info/${name}`, '#!/bin/sh\n', 0o755);
      expect([name, proofOf(made, `/var/lib/dpkg/info/${name}`, SCRIPT)]).toEqual([name, undefined]);
    }
    expect(proofOf(made, '/var/lib/dpkg/info/gone.postinst', SCRIPT)).toBeUndefined();
    made.write('/var/lib/dpkg/one.postinst', '#!/bin/sh\n', 0o755);
    expect(proofOf(made, '/var/lib/dpkg/one.postinst', SCRIPT)).toBeUndefined();
  });

  it('never has a privileged file, a link, or a script that came long after its list', () => {
    const made = root();
    const path = '/var/lib/dpkg/info/one.postinst';
    const { stat } = made.facts(path);
    expect(proofOf(made, path, { ...SCRIPT, stat: { ...stat, mode: 0o104755 } })).toBeUndefined();
    expect(proofOf(made, path, { ...SCRIPT, stat: { ...stat, ctimeMs: stat.ctimeMs + 2 * 3600_000 } })).toBeUndefined();
    expect(proofOf(made, path, { type: 'link', target: '/tmp/x' })).toBeUndefined();
  });

  it('has no code under the names of its texts, and no library of any kind but what a script may be', () => {
    const made = root();
    made.write('/var/lib/dpkg/info/one.templates', '#!/bin/sh\n');
    for (const code of ['script', 'elf-executable', 'executable'] as const) expect(proofOf(made, '/var/lib/dpkg/info/one.templates', { code })).toBeUndefined();
    expect(proofOf(made, '/var/lib/dpkg/info/one.postinst', { code: 'kernel-module' })).toBeUndefined();
  });
});

describe('alternatives', () => {
  function root(): FakeRoot {
    const made = fakeRoot();
    made.install({ name: 'nano', files: { '/bin/nano': 'nano', '/usr/share/man/nano.1': 'man' } });
    made.write('/var/lib/dpkg/alternatives/editor', 'manual\n/bin/editor\neditor.1\n/usr/share/man/editor.1\n\n/bin/nano\n40\n/usr/share/man/nano.1\n/usr/local/bin/mine\n90\n\n\n');
    made.link('/etc/alternatives/editor', '/bin/nano');
    made.link('/etc/alternatives/editor.1', '/usr/share/man/nano.1');
    made.link('/usr/bin/editor', '/etc/alternatives/editor');
    made.link('/usr/share/man/editor.1', '/etc/alternatives/editor.1');
    return made;
  }

  it('are proved through to an owned choice, masters and slaves, in any spelling', () => {
    const made = root();
    for (const path of ['/usr/bin/editor', '/etc/alternatives/editor', '/usr/share/man/editor.1', '/etc/alternatives/editor.1']) expect([path, proofOf(made, path)]).toEqual([path, 'alternatives']);
  });

  it('that lead to a stray are not, though the database lists it', () => {
    const made = root();
    made.write('/usr/local/bin/mine', 'x', 0o755);
    made.remove('/etc/alternatives/editor');
    made.link('/etc/alternatives/editor', '/usr/local/bin/mine');
    expect([proofOf(made, '/usr/bin/editor'), proofOf(made, '/etc/alternatives/editor')]).toEqual([undefined, undefined]);
  });

  it('that lead to something owned which is no choice are not', () => {
    const made = root();
    made.remove('/etc/alternatives/editor');
    made.link('/etc/alternatives/editor', '/usr/share/man/nano.1');
    expect(proofOf(made, '/etc/alternatives/editor')).toBeUndefined();
  });

  it('are only at the place that the database names', () => {
    const made = root();
    made.link('/usr/bin/ls', '/etc/alternatives/editor');
    made.link('/etc/alternatives/planted', '/bin/nano');
    made.link('/usr/bin/planted', '/etc/alternatives/planted');
    for (const path of ['/usr/bin/ls', '/etc/alternatives/planted', '/usr/bin/planted']) expect([path, proofOf(made, path)]).toEqual([path, undefined]);
    made.remove('/bin/nano');
    expect(proofOf(made, '/usr/bin/editor')).toBeUndefined();
  });

  it('survive a database that is cut off', () => {
    const text = 'auto\n/usr/bin/x\ns\n/usr/bin/s\n\n/bin/a\n50\n/bin/as\n\n';
    expect(parseAlternative('x', '/f', text).map(([name, each]) => [name, each.link, [...each.choices]])).toEqual([['x', '/usr/bin/x', ['/bin/a']], ['s', '/usr/bin/s', ['/bin/as']]]);
    for (let cut = 0; cut < text.length; cut++) parseAlternative('x', '/f', text.slice(0, cut));
  });
});

describe('services', () => {
  it('links of rc directories to the owned init script of that name', () => {
    const made = fakeRoot();
    made.install({ name: 'cron', files: { '/etc/init.d/cron': '#!/bin/sh\n', '/etc/init.d/atd': '#!/bin/sh\n' } });
    made.write('/etc/init.d/evil', '#!/bin/sh\n', 0o755);
    made.link('/etc/rc2.d/S01cron', '../init.d/cron');
    made.link('/etc/rc2.d/S01evil', '../init.d/evil');
    made.link('/etc/rc2.d/S02evil', '../init.d/cron');
    made.link('/etc/rc9.d/S01cron', '../init.d/cron');
    made.link('/etc/rc2.d/S03gone', '../init.d/gone');
    expect(proofOf(made, '/etc/rc2.d/S01cron')).toBe('init-link');
    for (const path of ['/etc/rc2.d/S01evil', '/etc/rc2.d/S02evil', '/etc/rc9.d/S01cron', '/etc/rc2.d/S03gone']) expect([path, proofOf(made, path)]).toEqual([path, undefined]);
  });

  it('links of rc directories to an init script that a removed package left as it was', () => {
    const made = fakeRoot();
    const files = { '/etc/init.d/kept': '#!/bin/sh\n', '/etc/init.d/edited': '#!/bin/sh\n' };
    made.install({ name: 'gone', status: 'deinstall ok config-files', files, conffiles: Object.keys(files) });
    made.write('/etc/init.d/edited', '#!/bin/sh\nexec /tmp/evil\n', 0o755);
    made.link('/etc/rc2.d/S01kept', '../init.d/kept');
    made.link('/etc/rc2.d/S01edited', '../init.d/edited');
    made.link('/etc/rc2.d/S01other', '../init.d/kept');
    expect(['kept', 'edited', 'other'].map((name) => proofOf(made, `/etc/rc2.d/S01${name}`))).toEqual(['init-link', undefined, undefined]);
  });

  it('links that the helper recorded, to units that went with their package, until there is such a unit again', () => {
    const made = fakeRoot();
    made.install({ name: 'gone', status: 'deinstall ok config-files' });
    const system = '/etc/systemd/system';
    const wants = `${system}/multi-user.target.wants`;
    made.write('/var/lib/systemd/deb-systemd-helper-enabled/gone.service.dsh-also', `${wants}/gone.service\n${system}/alias.service\n${wants}/data.service\n${wants}/loop.service\n`);
    made.link(`${wants}/gone.service`, '/lib/systemd/system/gone.service');
    made.link(`${system}/alias.service`, '/lib/systemd/system/gone.service');
    made.link(`${wants}/never.service`, '/lib/systemd/system/never.service');
    made.link(`${wants}/data.service`, '/srv/data');
    made.link(`${wants}/loop.service`, 'loop.service');
    const proofs = (): (string | undefined)[] => [`${wants}/gone.service`, `${system}/alias.service`, `${wants}/never.service`, `${wants}/data.service`, `${wants}/loop.service`].map((path) => proofOf(made, path));
    expect(proofs()).toEqual(['deb-systemd-helper', 'deb-systemd-helper', undefined, undefined, undefined]);
    made.write(`${system}/gone.service`, '[Service]\nExecStart=/tmp/evil\n');
    expect(proofs()).toEqual([undefined, undefined, undefined, undefined, undefined]);
    made.remove(`${system}/gone.service`);
    made.write('/usr/local/lib/systemd/system/gone.service', '[Service]\n');
    expect(proofs()[0]).toBeUndefined();
  });

  it('links that the helper recorded, to owned units', () => {
    const made = fakeRoot();
    made.install({ name: 'cron', files: { '/usr/lib/systemd/system/cron.service': '[Unit]\n', '/usr/share/doc/x': '[Service]\n' } });
    const wants = '/etc/systemd/system/multi-user.target.wants';
    made.write('/usr/lib/systemd/system/evil.service', '[Unit]\n');
    made.write('/var/lib/systemd/deb-systemd-helper-enabled/cron.service.dsh-also', `${wants}/cron.service\n${wants}/evil.service\n/usr/bin/cron\n`);
    made.link(`${wants}/cron.service`, '/lib/systemd/system/cron.service');
    made.link(`${wants}/evil.service`, '/lib/systemd/system/evil.service');
    made.link(`${wants}/other.service`, '/lib/systemd/system/cron.service');
    made.write('/var/lib/systemd/deb-systemd-helper-enabled/doc.service.dsh-also', `${wants}/doc.service\n`);
    made.link(`${wants}/doc.service`, '/usr/share/doc/x');
    expect(proofOf(made, `${wants}/doc.service`)).toBeUndefined();
    expect([proofOf(made, `${wants}/cron.service`), proofOf(made, `${wants}/evil.service`), proofOf(made, `${wants}/other.service`)]).toEqual(['deb-systemd-helper', undefined, undefined]);
  });
});

describe('configuration', () => {
  it("of ucf, as long as it is the maintainer's", () => {
    const made = fakeRoot();
    made.install({ name: 'aide', scripts: { postinst: '#!/bin/sh\nucf /usr/share/aide/cron /etc/cron.daily/aide\n' } });
    const path = '/etc/cron.daily/aide';
    made.write(path, '#!/bin/sh\n', 0o755);
    made.write('/etc/cron.daily/planted', '#!/bin/sh\n', 0o755);
    made.write('/var/lib/ucf/registry', `aide \t ${path}\nnobody \t /etc/cron.daily/planted\n`);
    made.write('/var/lib/ucf/hashfile', `${md5('#!/bin/sh\n')}  ${path}\n${md5('#!/bin/sh\n')}  /etc/cron.daily/planted\n`);
    expect(proofOf(made, path, { ...SCRIPT, launch: 'cron' })).toBe('ucf');
    expect(proofOf(made, '/etc/cron.daily/planted', SCRIPT)).toBeUndefined();
    expect(proofOf(made, path, { code: 'elf-executable' })).toBeUndefined();
    made.write(path, '#!/bin/sh\nevil\n', 0o755);
    expect(proofOf(made, path, SCRIPT)).toBeUndefined();
  });

  it('of ucf is known without a registration where a script that calls ucf has its whole path, and by the packaged text where one goes through a directory', () => {
    const made = fakeRoot();
    const cron = '/etc/cron.d/apticron';
    const rule = '/etc/aide/conf.d/10_year';
    made.install(
      { name: 'apticron', scripts: { postinst: '#!/bin/sh\nname=apticron\nucf --three-way "$tmpfile" /etc/cron.d/$name\n' } },
      { name: 'talker', scripts: { postinst: '#!/bin/sh\necho /etc/cron.d/named\n' } },
      { name: 'aide-common', files: { '/usr/share/aide/conf.d/10_year': '#!/bin/sh\n' }, scripts: { postinst: '#!/bin/sh\nfor f in /usr/share/aide/conf.d/*; do ucf $f $g; done\n' } },
    );
    for (const path of [cron, rule, '/etc/cron.d/named', '/etc/cron.d/apticron2', '/etc/aide/conf.d/11_year']) made.write(path, '#!/bin/sh\n', 0o755);
    made.write('/var/lib/ucf/registry', `aide ${rule}\naide /etc/aide/conf.d/11_year\n`);
    made.write('/var/lib/ucf/hashfile', [cron, rule, '/etc/cron.d/named', '/etc/cron.d/apticron2', '/etc/aide/conf.d/11_year'].map((path) => `${md5('#!/bin/sh\n')}  ${path}\n`).join(''));
    expect(proofOf(made, cron, { launch: 'cron' })).toBe('ucf');
    expect(proofOf(made, rule, SCRIPT)).toBe('ucf');
    for (const path of ['/etc/cron.d/named', '/etc/cron.d/apticron2', '/etc/aide/conf.d/11_year']) expect([path, proofOf(made, path, SCRIPT)]).toEqual([path, undefined]);
    made.write(cron, '#!/bin/sh\nevil\n', 0o755);
    made.write(rule, '#!/bin/sh\nevil\n', 0o755);
    expect([proofOf(made, cron, { launch: 'cron' }), proofOf(made, rule, SCRIPT)]).toEqual([undefined, undefined]);
  });

  it('of ucf is kept in its cache, as it was brought', () => {
    const made = fakeRoot();
    const kept = '/var/lib/ucf/cache/:etc:cron.d:apticron';
    made.install({ name: 'apticron', scripts: { postinst: '#!/bin/sh\nucf x /etc/cron.d/apticron\n' } });
    made.write('/var/lib/ucf/hashfile', `${md5('#!/bin/sh\n')}  /etc/cron.d/apticron\n`);
    made.write('/etc/cron.d/apticron', 'edited', 0o755);
    for (const path of [kept, '/var/lib/ucf/cache/apticron', '/var/lib/ucf/cache/:etc:cron.d:evil']) {
      made.write(path, '#!/bin/sh\n', 0o755);
      expect([path, proofOf(made, path, SCRIPT)]).toEqual([path, path === kept ? 'ucf-cache' : undefined]);
    }
    made.write(kept, '#!/bin/sh\nevil\n', 0o755);
    expect(proofOf(made, kept, SCRIPT)).toBeUndefined();
  });

  it('of ucf is neither a program elsewhere nor a name that the package does not know, whatever the register says', () => {
    const made = fakeRoot();
    made.install({ name: 'aide', scripts: { postinst: '#!/bin/sh\nucf x /etc/cron.daily/aide\n' } });
    const paths = ['/usr/local/bin/aide', '/etc/cron.daily/other'];
    for (const path of paths) made.write(path, '#!/bin/sh\n', 0o755);
    made.write('/var/lib/ucf/registry', paths.map((path) => `aide ${path}\n`).join(''));
    made.write('/var/lib/ucf/hashfile', paths.map((path) => `${md5('#!/bin/sh\n')}  ${path}\n`).join(''));
    for (const path of paths) expect([path, proofOf(made, path, SCRIPT)]).toEqual([path, undefined]);
  });

  it('of a removed package, as long as it is unchanged', () => {
    const made = fakeRoot();
    made.install({ name: 'gone', status: 'deinstall ok config-files', files: { '/etc/cron.d/gone': '* * * * * root x\n' }, conffiles: ['/etc/cron.d/gone'] });
    expect(proofOf(made, '/etc/cron.d/gone', { launch: 'cron' })).toBe('residual-conffile');
    made.write('/etc/cron.d/gone', '* * * * * root evil\n');
    expect(proofOf(made, '/etc/cron.d/gone', { launch: 'cron' })).toBeUndefined();
    const forged = fakeRoot();
    const conffiles = { '/usr/local/bin/tool': '#!/bin/sh\n', '/etc/cron.daily/tool': '#!/bin/sh\n' };
    forged.install({ name: 'forged', status: 'deinstall ok config-files', files: conffiles, conffiles: Object.keys(conffiles) });
    expect(Object.keys(conffiles).map((path) => proofOf(forged, path, SCRIPT))).toEqual([undefined, 'residual-conffile']);
  });

  it('beside a conffile, where nothing reads it', () => {
    const made = fakeRoot();
    made.install({ name: 'one', files: { '/etc/cron.daily/one': '#!/bin/sh\n', '/usr/bin/one': 'x' }, conffiles: ['/etc/cron.daily/one'] });
    for (const path of ['/etc/cron.daily/one.dpkg-dist', '/etc/cron.daily/two.dpkg-dist', '/usr/bin/one.dpkg-old', '/etc/cron.daily/one.bak']) made.write(path, '#!/bin/sh\n', 0o755);
    expect(proofOf(made, '/etc/cron.daily/one.dpkg-dist', SCRIPT)).toBe('conffile-copy');
    expect(proofOf(made, '/etc/cron.daily/one.dpkg-dist', { ...SCRIPT, launch: 'cron' })).toBeUndefined();
    expect(proofOf(made, '/etc/cron.daily/one.dpkg-dist', { code: 'elf-executable' })).toBeUndefined();
    made.write('/etc/cron.daily/one.dpkg-old', '#!/bin/sh\nevil\n', 0o755);
    expect(proofOf(made, '/etc/cron.daily/one.dpkg-old', SCRIPT)).toBeUndefined();
    for (const path of ['/etc/cron.daily/two.dpkg-dist', '/usr/bin/one.dpkg-old', '/etc/cron.daily/one.bak']) expect([path, proofOf(made, path, SCRIPT)]).toEqual([path, undefined]);
  });

  it('copied from a default by the maintainer script of the package that ships it', () => {
    const made = fakeRoot();
    made.install(
      { name: 'base-files', files: { '/usr/share/base-files/profile': 'PATH=/bin\n', '/usr/share/base-files/dot.profile': 'umask 022\n', '/usr/share/base-files/other': 'x=1\n' },
        scripts: { postinst: '#!/bin/sh\ninstall_from_default profile /etc/profile\ninstall_from_default dot.profile /root/.profile\n' } },
    );
    made.write('/etc/profile', 'PATH=/bin\n');
    made.write('/root/.profile', 'umask 022\n');
    made.write('/etc/other', 'x=1\n');
    expect([proofOf(made, '/etc/profile', { launch: 'profile' }), proofOf(made, '/root/.profile', { launch: 'profile' }), proofOf(made, '/etc/other')]).toEqual(['packaged-default', 'packaged-default', undefined]);
    made.write('/etc/profile', 'PATH=/tmp\n');
    expect(proofOf(made, '/etc/profile', { launch: 'profile' })).toBeUndefined();
    // The default changed along with the copy: then it is no longer what the package shipped.
    made.write('/usr/share/base-files/profile', 'PATH=/tmp\n');
    expect(proofOf(made, '/etc/profile', { launch: 'profile' })).toBeUndefined();
  });
});

describe('pam', () => {
  const template = '# head\n$auth_primary\nauth\trequisite\tpam_deny.so\nauth\trequired\tpam_permit.so\n$auth_additional\n# end\n';
  const profile = 'Name: Unix\nAuth-Type: Primary\nAuth:\n\t[success=end default=ignore]\tpam_unix.so nullok try_first_pass\nAuth-Initial:\n\t[success=end default=ignore]\tpam_unix.so nullok\n';
  const good = '# older head\nauth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth\trequisite\t\tpam_deny.so\nauth\trequired\tpam_permit.so\n';

  function root(text: string): FakeRoot {
    const made = fakeRoot();
    made.install({ name: 'libpam-runtime', files: { '/usr/share/pam/common-auth': template, '/usr/share/pam-configs/unix': profile } });
    made.write('/etc/pam.d/common-auth', text);
    return made;
  }

  it('is proved where each line is the template\'s or a profile\'s', () => {
    expect(proofOf(root(good), '/etc/pam.d/common-auth', { launch: 'pam' })).toBe('pam-auth-update');
  });

  it('is not proved with a line more, a line less, another order, or a jump too far', () => {
    const bad = [
      `auth sufficient pam_permit.so\n${good}`, `${good}auth optional pam_exec.so /tmp/x\n`, good.replace('auth\trequisite\t\tpam_deny.so\n', ''), 'auth\trequired\tpam_permit.so\n',
      good.replace('success=1', 'success=2'), good.replace('default=ignore', 'default=1'), good.replace('nullok', 'nullok debug'), good.replace('pam_unix.so', '/tmp/pam_unix.so'), `${good}# \\\n`, '',
    ];
    for (const text of bad) expect([text, proofOf(root(text), '/etc/pam.d/common-auth', { launch: 'pam' })]).toEqual([text, undefined]);
  });

  it('takes numbers among the arguments of a module for what they are', () => {
    const made = fakeRoot();
    made.install(
      { name: 'libpam-runtime', files: { '/usr/share/pam/common-auth': template, '/usr/share/pam-configs/unix': profile } },
      { name: 'libpam-ldapd', files: { '/usr/share/pam-configs/ldap': 'Auth:\n\t[success=end default=ignore]\tpam_ldap.so minimum_uid=1000 use_first_pass\n' } },
    );
    made.write('/etc/pam.d/common-auth', good.replace('auth\t[', 'auth\t[success=2 default=ignore]\tpam_ldap.so minimum_uid=1000 use_first_pass\nauth\t['));
    expect(proofOf(made, '/etc/pam.d/common-auth', { launch: 'pam' })).toBe('pam-auth-update');
    made.write('/etc/pam.d/common-auth', good.replace('auth\t[', 'auth\t[success=2 default=ignore]\tpam_ldap.so minimum_uid=0 use_first_pass\nauth\t['));
    expect(proofOf(made, '/etc/pam.d/common-auth', { launch: 'pam' })).toBeUndefined();
  });

  it('takes nothing from a profile that no package owns', () => {
    const made = root(good.replace('auth\t[', 'auth\t[success=2 default=ignore]\tpam_evil.so\nauth\t['));
    made.write('/usr/share/pam-configs/evil', 'Auth:\n\t[success=end default=ignore]\tpam_evil.so\n');
    expect(proofOf(made, '/etc/pam.d/common-auth', { launch: 'pam' })).toBeUndefined();
  });

  it('knows the line for a block without modules', () => {
    const session = '$session_primary\nsession requisite pam_deny.so\n';
    expect(isGenerated(session, 'session [default=1] pam_permit.so\nsession requisite pam_deny.so\n', 'session', new Set())).toBe(true);
    expect(isGenerated(session, 'session [default=2] pam_permit.so\nsession requisite pam_deny.so\n', 'session', new Set())).toBe(false);
  });
});

describe("apt's cache", () => {
  it('holds archives, and nothing that only looks like one', () => {
    const made = fakeRoot();
    made.install({ name: 'one' });
    const directory = '/var/cache/apt/archives';
    made.write(`${directory}/one_1%3a1.0-1_amd64.deb`, '!<arch>\ndebian-binary   1');
    made.write(`${directory}/two_1.0-1_amd64.deb`, '\x7fELF');
    made.write(`${directory}/one.sh`, '!<arch>\ndebian-binary   1');
    made.write(`${directory}/run_1.0-1_amd64.deb`, '!<arch>\ndebian-binary   1', 0o755);
    expect(proofOf(made, `${directory}/one_1%3a1.0-1_amd64.deb`, { code: 'object-archive' })).toBe('package-archive');
    for (const name of ['two_1.0-1_amd64.deb', 'one.sh', 'run_1.0-1_amd64.deb']) expect([name, proofOf(made, `${directory}/${name}`, { code: 'object-archive' })]).toEqual([name, undefined]);
  });
});

describe('what maintainer scripts put together', () => {
  it('is a copy that a loop of the script makes, and no other of that name', () => {
    const made = fakeRoot();
    made.install({ name: 'ufw', files: { '/usr/share/ufw/after.init': '#!/bin/sh\n' }, scripts: { postinst: '#!/bin/sh\nRULES="/etc/ufw"\nfor f in before.init after.init\ndo\n  cp /usr/share/ufw/$f $RULES/$f\ndone\n' } });
    for (const path of ['/etc/ufw/after.init', '/etc/other/after.init']) made.write(path, '#!/bin/sh\n', 0o640);
    expect(proofOf(made, '/etc/ufw/after.init', SCRIPT)).toBe('packaged-default');
    expect(proofOf(made, '/etc/other/after.init', SCRIPT)).toBeUndefined();
    made.write('/etc/ufw/after.init', '#!/bin/sh\nevil\n', 0o640);
    expect(proofOf(made, '/etc/ufw/after.init', SCRIPT)).toBeUndefined();
  });

  it('is another name of a packaged file where the script links it, and no other place or file', () => {
    const made = fakeRoot();
    const source = '/usr/lib/cups/backend-available/usb';
    made.install({
      name: 'cups', files: { [source]: 'usb', '/usr/lib/cups/backend-available/lpd': 'lpd', '/usr/bin/cups': 'x' },
      scripts: { postinst: '#!/bin/sh\nfor module in $list; do\n  ln /usr/lib/cups/backend-available/$module /usr/lib/cups/backend/$module\ndone\nln /usr/lib/cups/backend/usb /usr/lib/cups/backend/usb2\nln -s /usr/bin/cups /usr/bin/cupsctl\n' },
    });
    const proved = (path: string, hardLinkOf: string, more: Partial<FileFacts> = {}): string | undefined => {
      made.write(path, 'usb', 0o755);
      return proofOf(made, path, { code: 'elf-executable', hardLinkOf, ...more });
    };
    expect(proved('/usr/lib/cups/backend/usb', source)).toBe('made-link');
    expect(proved('/usr/lib/cups/backend/usb2', source)).toBe('made-link');
    // Another file under that name, another name, another directory, a command, privileges, no link at all.
    expect(proved('/usr/lib/cups/backend/evil', source)).toBeUndefined();
    expect(proved('/usr/lib/cups/backend/lpd', source)).toBeUndefined();
    expect(proved('/usr/lib/cups/filter/usb', source)).toBeUndefined();
    expect(proved('/usr/bin/cupsctl', '/usr/bin/cups')).toBeUndefined();
    const { stat } = made.facts('/usr/lib/cups/backend/usb');
    expect(proved('/usr/lib/cups/backend/usb', source, { stat: { ...stat, mode: 0o104755 } })).toBeUndefined();
    expect(proofOf(made, '/usr/lib/cups/backend/usb', { code: 'elf-executable' })).toBeUndefined();
    made.write(source, 'changed', 0o755);
    expect(proved('/usr/lib/cups/backend/usb', source)).toBeUndefined();
  });

  it('is a table of inetd of which each line is a package\'s', () => {
    const made = fakeRoot();
    made.install(
      { name: 'telnetd', files: { '/usr/sbin/in.telnetd': 'x', '/usr/sbin/tcpd': 'x' }, scripts: { postinst: '#!/bin/sh\nentry="telnet\\t\\tstream\\ttcp\\tnowait\\troot\\t/usr/sbin/tcpd\\t/usr/sbin/in.telnetd"\nupdate-inetd --add "$entry"\n' } },
      { name: 'gone', files: {}, scripts: { postinst: '#!/bin/sh\nupdate-inetd --add "x stream tcp nowait root /usr/sbin/not-there x"\n' } },
    );
    const table = (...lines: readonly string[]): string | undefined => {
      made.write('/etc/inetd.conf', `# a comment\n${lines.join('\n')}\n`);
      return proofOf(made, '/etc/inetd.conf', { launch: 'inetd' });
    };
    const telnet = 'telnet\t\tstream\ttcp\tnowait\troot\t/usr/sbin/tcpd\t/usr/sbin/in.telnetd';
    expect(table(telnet)).toBe('update-inetd');
    for (const planted of ['4444 stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.telnetd', `${telnet} -L /tmp/x`, 'x stream tcp nowait root /usr/sbin/not-there x', '4444 stream tcp nowait root /bin/sh sh -i']) expect([planted, table(telnet, planted)]).toEqual([planted, undefined]);
    made.write('/etc/inetd.conf', telnet, 0o666);
    expect(proofOf(made, '/etc/inetd.conf', { launch: 'inetd' })).toBeUndefined();
  });
});
