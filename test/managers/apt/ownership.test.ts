// The ownership index: directories that are links, diversions, statoverrides, damaged lists, what explains privilege.
import { describe, expect, it } from 'vitest';
import type { Coverage } from '../../../src/model/coverage.ts';
import { claimsOf, type OwnershipIndex } from '../../../src/model/ownership.ts';
import { parseMd5sums } from '../../../src/managers/apt/file-lists.ts';
import { namesPath, readOwnership } from '../../../src/managers/apt/ownership.ts';
import { fakeRoot, md5, type FakeRoot } from './make-root.ts';

interface Read {
  readonly index: OwnershipIndex;
  readonly coverage: Coverage;
  readonly problems: string;
  /** Names of the owners of dir/name. */
  owners(dir: string, name: string): readonly string[];
  claim(dir: string, name: string): number;
}

function read(root: FakeRoot): Read {
  const { value: index, coverage } = readOwnership(root.host());
  return {
    index, coverage, problems: coverage.problems.map((problem) => problem.message).join('\n'),
    owners: (dir, name) => claimsOf(index, dir, name).map((claim) => index.package(claim).name),
    claim: (dir, name) => claimsOf(index, dir, name)[0]!,
  };
}

describe('canonical directories', () => {
  it('puts every spelling of a merged directory in one place, and gives back what was recorded', () => {
    const root = fakeRoot();
    root.install({ name: 'old', files: { '/bin/su': 'su' } }, { name: 'new', files: { '/usr/bin/env': 'env' } });
    const { index, owners, claim } = read(root);
    expect([owners('/usr/bin', 'su'), owners('/usr/bin', 'env'), index.names('/bin')]).toEqual([['old'], ['new'], undefined]);
    expect(index.recordedPath(claim('/usr/bin', 'su'))).toBe('/bin/su');
    expect([...index.names('/')!.keys()].toSorted()).toEqual(['bin', 'usr']);
  });

  it('does so for any directory that is a link now, also one that an administrator moved', () => {
    const root = fakeRoot();
    root.write('/srv/big/file', 'x');
    root.install({ name: 'service', files: { '/var/lib/service/file': 'x' } });
    root.remove('/var/lib/service');
    root.link('/var/lib/service', '/srv/big');
    expect(read(root).owners('/srv/big', 'file')).toEqual(['service']);
  });

  it('does not take files for old because their directory was made a link', () => {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/usr/share/one/x': 'x' } });
    const before = read(root);
    const installed = before.index.installedBefore(before.claim('/usr/share/one', 'x'));
    root.remove('/usr/share/one');
    root.write('/srv/one/x', 'y');
    root.link('/usr/share/one', '/srv/one');
    const { index, claim } = read(root);
    expect(index.installedBefore(claim('/srv/one', 'x'))).toBe(installed);
  });

  it('keeps the spelling where the directory is gone or the link leads nowhere', () => {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/opt/one/file': 'x', '/opt/two/file': 'x' } });
    root.remove('/opt/one');
    root.remove('/opt/two');
    root.link('/opt/two', '/nowhere');
    const { owners } = read(root);
    expect([owners('/opt/one', 'file'), owners('/opt/two', 'file')]).toEqual([['one'], ['one']]);
  });

  it('takes the time of the link for files that came through it', () => {
    const root = fakeRoot();
    root.install({ name: 'old', files: { '/bin/su': 'su', '/usr/bin/env': 'env' } });
    root.setTime('/var/lib/dpkg/info/old.list', Date.UTC(2020, 0, 1));
    const { index, claim } = read(root);
    expect(index.installedBefore(claim('/usr/bin', 'env'))).toBe(Date.UTC(2020, 0, 1));
    const link = root.host().lstat('/bin');
    expect(link.ok && index.installedBefore(claim('/usr/bin', 'su')) === link.value.ctimeMs).toBe(true);
  });

  it('owns names of any bytes', () => {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/usr/lib/caf\xe9\xff': 'x' } });
    expect(read(root).owners('/usr/lib', 'caf\xe9\xff')).toEqual(['one']);
  });
});

describe('whose lists count', () => {
  it('only those of packages that the status has with files', () => {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/usr/bin/one': 'x' } }, { name: 'gone', status: 'deinstall ok config-files', files: { '/usr/bin/gone': 'x' } });
    root.write('/var/lib/dpkg/info/evil.list', '/.\n/usr\n/usr/bin\n/usr/bin/evil\n');
    const { owners, problems } = read(root);
    expect([owners('/usr/bin', 'one'), owners('/usr/bin', 'gone'), owners('/usr/bin', 'evil')]).toEqual([['one'], [], []]);
    expect(problems).toBe('');
  });

  it('the list of each architecture', () => {
    const root = fakeRoot();
    root.install({ name: 'lib', fields: ['Multi-Arch: same'], files: { '/usr/lib/a': 'x' } }, { name: 'lib', arch: 'i386', fields: ['Multi-Arch: same'], files: { '/usr/lib/b': 'x', '/usr/lib/a': 'x' } });
    const { index, owners } = read(root);
    expect(owners('/usr/lib', 'a')).toEqual(['lib', 'lib']);
    expect(claimsOf(index, '/usr/lib', 'a').map((claim) => index.package(claim).arch)).toEqual(['amd64', 'i386']);
  });

  it('when the status cannot be read, all lists count: a file is owned when in doubt', () => {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/usr/bin/one': 'x' } });
    root.remove('/var/lib/dpkg/status');
    root.write('/var/lib/dpkg/status/x', '');
    const { owners, coverage } = read(root);
    expect([owners('/usr/bin', 'one'), coverage.status]).toEqual([['one'], 'failed']);
  });

  it('when the status is cut off, lists that it may have lost count too', () => {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/usr/bin/one': 'x' } }, { name: 'two', files: { '/usr/bin/two': 'x' } });
    const status = root.host().readBytes('/var/lib/dpkg/status');
    if (!status.ok) throw new Error('no status');
    root.write('/var/lib/dpkg/status', status.value.slice(0, status.value.indexOf('Package: two') - 8));
    const { owners } = read(root);
    expect([owners('/usr/bin', 'one'), owners('/usr/bin', 'two')]).toEqual([['one'], ['two']]);
  });
});

describe('damaged lists', () => {
  function withList(text: string | undefined): Read {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/usr/bin/one': 'x', '/etc/one.conf': 'y' }, conffiles: ['/etc/one.conf'] }, { name: 'two' });
    if (text === undefined) root.remove('/var/lib/dpkg/info/one.list');
    else root.write('/var/lib/dpkg/info/one.list', text);
    return read(root);
  }

  it('are problems, and the files stay owned as far as anything else names them', () => {
    for (const text of [undefined, '', '/.\n/us', '/.\n\0\0\0\0']) {
      const { owners, coverage } = withList(text);
      expect(coverage.status).toBe('partial');
      expect([owners('/usr/bin', 'one'), owners('/etc', 'one.conf')]).toEqual([['one'], ['one']]);
    }
  });

  it('hold no path that is not absolute or that climbs', () => {
    const { index, problems } = withList('/.\nusr/bin/a\n/usr/../etc/shadow\n/usr/bin/..\n\n/usr/bin/one\n/usr/bin/dir/\n');
    expect(problems).toContain('4 of its lines');
    expect([...index.directories()]).toEqual(['/usr/bin']);
    expect([...index.names('/usr/bin')!.keys()]).toEqual(['dir', 'one']);
  });
});

describe('diversions', () => {
  function diverted(diversions: string): Read {
    const root = fakeRoot();
    root.install({ name: 'packaged', files: { '/usr/bin/tool': 'original' } }, { name: 'diverter', files: { '/usr/bin/tool': 'other', '/usr/bin/own': 'own' } });
    root.write('/var/lib/dpkg/diversions', diversions);
    return read(root);
  }

  it('move the file of everybody but the diverting package', () => {
    const { index, owners, claim } = diverted('/usr/bin/tool\n/usr/bin/tool.distrib\ndiverter\n');
    expect([owners('/usr/bin', 'tool'), owners('/usr/bin', 'tool.distrib')]).toEqual([['diverter'], ['packaged']]);
    expect(index.recordedPath(claim('/usr/bin', 'tool.distrib'))).toBe('/usr/bin/tool');
    expect(index.record(claim('/usr/bin', 'tool.distrib')).digest?.hex).toBe(md5('other') === md5('original') ? '' : md5('original'));
  });

  it('leave a package its own file, and a local one leaves the place to nobody', () => {
    expect(diverted('/usr/bin/own\n/usr/bin/own.distrib\ndiverter\n').owners('/usr/bin', 'own')).toEqual(['diverter']);
    const local = diverted('/usr/bin/own\n/usr/bin/own.real\n:\n');
    expect([local.owners('/usr/bin', 'own'), local.owners('/usr/bin', 'own.real')]).toEqual([[], ['diverter']]);
  });

  it('do not apply to the other spelling of a merged directory, as in dpkg', () => {
    expect(diverted('/bin/tool\n/bin/tool.distrib\ndiverter\n').owners('/usr/bin', 'tool')).toEqual(['diverter', 'packaged']);
  });

  it('that are cut off or not absolute are problems', () => {
    expect(diverted('/usr/bin/tool\n/usr/bin/x\n').problems).toContain('ends inside a diversion');
    expect(diverted('usr/bin/tool\n/usr/bin/x\ndiverter\n').problems).toContain('without absolute paths');
  });
});

describe('records', () => {
  it('have the digest of the package, and that of the status for conffiles', () => {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/usr/bin/one': 'x', '/etc/one.conf': 'y' }, conffiles: ['/etc/one.conf'] });
    root.write('/etc/one.conf', 'edited');
    const { index, claim } = read(root);
    expect(index.record(claim('/usr/bin', 'one'))).toEqual({ type: 'file', digest: { algorithm: 'md5', hex: md5('x') } });
    expect(index.record(claim('/etc', 'one.conf'))).toEqual({ type: 'file', digest: { algorithm: 'md5', hex: md5('y') }, config: true });
    // A directory has no digest, and neither has a path that somebody wrote into the list.
    expect(index.record(claim('/usr', 'bin'))).toEqual({ undigested: true });
  });

  it('know statoverrides, in any spelling of the path', () => {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/usr/bin/one': 'x' } });
    root.write('/var/lib/dpkg/statoverride', 'root #42 4755 /bin/one\nnonsense\n');
    const { index, claim, problems } = read(root);
    expect(index.record(claim('/usr/bin', 'one'))).toMatchObject({ mode: 0o4755, user: 'root', group: '#42' });
    expect(index.explainsPrivilege!(claim('/usr/bin', 'one'))).toContain('statoverride');
    expect(problems).toContain('line 2');
  });

  it('know what need not be there: path filters, volatile directories, obsolete conffiles', () => {
    const root = fakeRoot();
    root.install({ name: 'one', files: { '/usr/share/doc/one/readme': 'x', '/usr/share/doc/one/copyright': 'x', '/run/one/': '', '/usr/bin/one': 'x' } });
    root.write('/etc/dpkg/dpkg.cfg.d/docker', '# no docs\npath-exclude /usr/share/doc/*\npath-include=/usr/share/doc/*/copyright\n');
    root.write('/etc/dpkg/dpkg.cfg.d/ignored.bak', 'path-exclude=/usr/bin/*\n');
    const { index, claim } = read(root);
    const missing = (dir: string, name: string): boolean => index.record(claim(dir, name)).mayBeMissing === true;
    expect([missing('/usr/share/doc/one', 'readme'), missing('/usr/share/doc/one', 'copyright'), missing('/run', 'one'), missing('/usr/bin', 'one')]).toEqual([true, false, true, false]);
  });

  it('read md5sums as people write them', () => {
    const sum = '0123456789abcdef0123456789abcdef';
    expect([...parseMd5sums(`${sum}  usr/a b\n${sum} *./usr/c\n${sum}  /usr/d\nnonsense\n${sum}  usr/e`)]).toEqual([['/usr/a b', sum], ['/usr/c', sum], ['/usr/d', sum], ['/usr/e', sum]]);
  });
});

describe('explained privilege', () => {
  it('counts only the own maintainer scripts of the package, and only the whole path', () => {
    const root = fakeRoot();
    root.install(
      { name: 'one', files: { '/usr/bin/one': 'x', '/usr/bin/on': 'x', '/usr/bin/two': 'x' }, scripts: { postinst: '#!/bin/sh\nchmod 4755 /usr/bin/one\n' } },
      { name: 'other', files: {}, scripts: { postinst: '#!/bin/sh\nchmod 4755 /usr/bin/two\n' } },
    );
    const { index, claim } = read(root);
    const why = (name: string): string | undefined => index.explainsPrivilege!(claim('/usr/bin', name));
    expect([why('one'), why('on'), why('two')]).toEqual(['one.postinst names /usr/bin/one', undefined, undefined]);
  });

  it('is none where a script names its programs for alternatives only, or gives nothing to anybody', () => {
    const root = fakeRoot();
    root.install(
      { name: 'mawk', files: { '/usr/bin/mawk': 'x', '/usr/bin/tool': 'x' }, scripts: { postinst: '#!/bin/sh\nchmod 755 /var/x\nupdate-alternatives --install /usr/bin/awk awk \\\n /usr/bin/mawk 5\n' } },
      { name: 'vim', files: { '/usr/bin/vim.basic': 'x' }, scripts: { postinst: '#!/bin/sh\nfor i in vi; do echo /usr/bin/vim.basic; done\n' } },
      { name: 'python', files: { '/usr/bin/python': 'x' }, scripts: { postinst: '#!/bin/sh\nchmod 2775 /usr/local/lib/python\n  /usr/bin/python -E -S /x\n' } },
      { name: 'ping', files: { '/bin/ping': 'x' }, scripts: { postinst: '#!/bin/sh\nPROGRAM=$(dpkg-divert --truename /bin/ping)\nsetcap cap_net_raw+ep $PROGRAM\n' } },
    );
    const { index, claim } = read(root);
    expect([index.explainsPrivilege!(claim('/usr/bin', 'python')), index.explainsPrivilege!(claim('/usr/bin', 'ping'))]).toEqual([undefined, 'ping.postinst names /bin/ping']);
    expect([index.explainsPrivilege!(claim('/usr/bin', 'mawk')), index.explainsPrivilege!(claim('/usr/bin', 'vim.basic'))]).toEqual([undefined, undefined]);
  });

  it('puts in what the script itself gives a variable, and nothing that it would have to run for', () => {
    const root = fakeRoot();
    root.install({
      name: 'plugins', files: { '/usr/lib/nagios/plugins/check_icmp': 'x', '/usr/lib/nagios/plugins/check_dhcp': 'x', '/usr/lib/nagios/plugins/other': 'x' },
      scripts: { postinst: '#!/bin/sh\ndir=/usr/lib/nagios/plugins/\nfor each in check_dhcp; do\n  setcap cap_net_raw+ep ${dir}/$each\ndone\nsetcap x "${dir}check_icmp"\nname=$(echo other)\nchmod u+s $dir/$name\n' },
    });
    const { index, claim } = read(root);
    const why = (name: string): boolean => index.explainsPrivilege!(claim('/usr/lib/nagios/plugins', name)) !== undefined;
    expect(['check_icmp', 'check_dhcp', 'other'].map(why)).toEqual([true, true, false]);
  });

  it('tells whom a script hands a file to: below a directory only where it goes down, and nobody else', () => {
    const root = fakeRoot();
    const files = ['/etc/radius/deep/users.conf', '/etc/irc/motd', '/etc/irc/deep/x', '/etc/ic/conf.d/app.conf', '/etc/one/key', '/etc/other'];
    root.install(
      { name: 'radius-config', fields: ['Source: radius (1.2)'], files: { '/etc/radius/deep/users.conf': 'x' } },
      { name: 'radius', files: {}, scripts: { postinst: '#!/bin/sh\nchown -R rad:adm /etc/radius\nchown -R rad /etc\n' } },
      { name: 'irc', files: { '/etc/irc/motd': 'x', '/etc/irc/deep/x': 'x' }, scripts: { postinst: '#!/bin/sh\nchown irc:irc /etc/irc/ /etc/irc/*\n' } },
      { name: 'ic', files: { '/etc/ic/conf.d/app.conf': 'x' }, scripts: { postinst: '#!/bin/sh\nsetperm -R nag nag 0750 /etc/ic/conf.d\n' } },
      { name: 'bird', files: { '/var/lib/bird/3.0/data': 'x', '/usr/share/bird/functions.sh': 'fix() {\n  find $VAR -type f -exec chown bird:bird {} \\;\n}\n' }, scripts: { postinst: '#!/bin/sh\nVER=3.0\nVAR=/var/lib/bird/$VER\n. /usr/share/bird/functions.sh\nfix\n' } },
      { name: 'one', files: { '/etc/one/key': 'x', '/etc/other': 'x' }, scripts: { postinst: '#!/bin/sh\nuser=oneuser\nkey=/etc/one/key\nchown "$user:$user" "$key"\n' } },
    );
    const { index, claim } = read(root);
    const handed = (path: string, name: string, what: 'user' | 'group' = 'user'): boolean => index.explainsOwner!(claim(path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)), name, what) !== undefined;
    expect(files.map((path) => ['rad', 'irc', 'nag', 'oneuser'].filter((name) => handed(path, name)))).toEqual([['rad'], ['irc'], [], ['nag'], ['oneuser'], []]);
    expect([handed('/var/lib/bird/3.0/data', 'bird'), handed('/var/lib/bird/3.0/data', 'rad')]).toEqual([true, false]);
    expect([handed(files[0]!, 'adm', 'group'), handed(files[0]!, 'adm'), handed(files[0]!, 'nobody'), handed('/etc/other', 'rad')]).toEqual([true, false, false, false]);
  });

  it('tells a path from a part of another', () => {
    const path = '/usr/bin/su';
    for (const text of ['/usr/bin/su', 'chmod u+s /usr/bin/su;', '"/usr/bin/su"', 'see /usr/bin/su.', '$DPKG_ROOT"/usr/bin/su"', 'chmod 4755 $DPKG_ROOT/usr/bin/su', '${DPKG_ROOT}/usr/bin/su', '${DPKG_ROOT:-}/usr/bin/su', 'x=/usr/bin/sudo y=/usr/bin/su']) expect([text, namesPath(text, path)]).toEqual([text, true]);
    for (const text of ['/usr/bin/sudo', '/usr/bin/su-to-root', '/opt/usr/bin/su', '/usr/bin/su.d/x', '/usr/bin/su/x', '${D}/usr/bin/su_x', '${D}/usr/bin/su', '$MY_ROOT/usr/bin/su', '']) expect([text, namesPath(text, path)]).toEqual([text, false]);
  });
});
