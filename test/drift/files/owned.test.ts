import { describe, expect, it } from 'vitest';
import type { OwnedChange } from '../../../src/model/observed.ts';
import { aChange, anUnowned, findings, lines, observed } from '../../support/build.ts';

function changes(...ownedChanges: readonly OwnedChange[]): string[] {
  return lines(findings(undefined, observed({ ownedChanges })));
}

describe('owned files', () => {
  it.each<[string, OwnedChange, string[]]>([
    ['a program with other content', aChange(['content'], { code: 'elf-executable' }), ['high file-modified /usr/bin/tee']],
    ['a setuid program with other content', aChange(['content'], { code: 'elf-executable', stat: { mode: 0o104755 } }), ['critical file-modified /usr/bin/tee']],
    ['a Perl module', aChange(['content'], { path: '/usr/share/perl5/Debconf/Db.pm', stat: { mode: 0o100644 } }), ['high file-modified /usr/share/perl5/Debconf/Db.pm']],
    ['data', aChange(['content'], { path: '/usr/share/misc/pci.ids', stat: { mode: 0o100644 } }), ['medium file-modified /usr/share/misc/pci.ids']],
    ['state that the package keeps', aChange(['content'], { path: '/var/lib/nfs/state', stat: { mode: 0o100644 } }), ['info file-modified /var/lib/nfs/state']],
    ['a program among state', aChange(['content'], { path: '/var/lib/x/run', stat: { mode: 0o100755 } }), ['medium file-modified /var/lib/x/run']],
    ['code among state', aChange(['content'], { path: '/var/lib/x/y.php', stat: { mode: 0o100644 } }), ['medium file-modified /var/lib/x/y.php']],
    ['state that is a link now', aChange(['type'], { path: '/var/lib/nfs/state', stat: { mode: 0o120777 } }), ['medium file-modified /var/lib/nfs/state']],
    ['documentation', aChange(['content'], { path: '/usr/share/doc/x/copyright', stat: { mode: 0o100644 } }), ['low file-modified /usr/share/doc/x/copyright']],
    ['the kernel', aChange(['content'], { path: '/boot/vmlinuz-6.1.0-49-amd64', stat: { mode: 0o100644 } }), ['critical file-modified /boot/vmlinuz-6.1.0-49-amd64']],
    ['an edited conffile', aChange(['content', 'mtime'], { path: '/etc/cron.daily/dpkg', conffile: true, code: 'script' }), ['low file-modified /etc/cron.daily/dpkg']],
    ['a conffile that is a link now', aChange(['type'], { path: '/etc/x.conf', conffile: true }), ['low file-modified /etc/x.conf']],
    ['a deleted program', aChange(['missing']), ['medium file-missing /usr/bin/tee']],
    ['a deleted manual', aChange(['missing'], { path: '/usr/share/man/man1/tee.1.gz' }), ['low file-missing /usr/share/man/man1/tee.1.gz']],
    ['a deleted conffile', aChange(['missing'], { path: '/etc/skel/.bashrc', conffile: true }), ['low file-missing /etc/skel/.bashrc']],
    ['a program that a user owns', aChange(['owner'], { stat: { uid: 65534 } }), ['high file-mode /usr/bin/tee']],
    ['a file for everyone to write', aChange(['mode'], { record: { mode: 0o644 }, stat: { mode: 0o100666 } }), ['high file-mode /usr/bin/tee']],
    ['one whose mode the database does not have', aChange(['mode'], { record: {}, stat: { mode: 0o100777 } }), ['high file-mode /usr/bin/tee']],
    ['a secret for everyone to read', aChange(['mode'], { path: '/etc/x.key', record: { mode: 0o600 }, stat: { mode: 0o100644 } }), ['medium file-mode /etc/x.key']],
    ['a tighter mode', aChange(['mode'], { record: { mode: 0o755 }, stat: { mode: 0o100700 } }), ['low file-mode /usr/bin/tee']],
    ['a setuid bit by the record', aChange(['mode'], { record: { mode: 0o755 }, stat: { mode: 0o104755 } }), ['high file-privileged +file-mode /usr/bin/tee']],
    ['capabilities by the record', aChange(['capabilities'], { record: { capabilities: '' }, facts: { ...aChange([]).facts as NonNullable<OwnedChange['facts']>, capabilities: 'cap_setuid=ep' } }), ['high file-privileged +file-mode /usr/bin/tee']],
    ['a setuid bit that dpkg does not explain', aChange(['privileged'], { stat: { mode: 0o104755 } }), ['high file-privileged /usr/bin/tee']],
    ['a touched file', aChange(['mtime']), []],
  ])('%s', (_, change, expected) => {
    expect(changes(change)).toEqual(expected);
  });

  it('names all owners, the diff and what the database cannot say', () => {
    const owner = { manager: 'apt', arch: 'amd64', version: '1' };
    const [found] = findings(undefined, observed({ ownedChanges: [aChange(['content'], { owners: [{ ...owner, name: 'a' }, { ...owner, name: 'b' }], diff: '-x\n+y', note: 'dpkg records no mode' })] }));
    expect(found?.facts).toMatchObject({ owners: ['a:amd64 1', 'b:amd64 1'], diff: '-x\n+y' });
    expect(found?.evidence.map((each) => each.detail)).toEqual(expect.arrayContaining(['a:amd64 1, b:amd64 1 (diverted or shared)', 'dpkg records no mode']));
  });

  it('says what is mounted over one, and that the file itself is not seen', () => {
    const [found] = findings(undefined, observed({ ownedChanges: [aChange(['content'], { mounted: '/srv/tee' })] }));
    expect(found).toMatchObject({ message: '/srv/tee is mounted over this file of coreutils', severity: 'high', remedy: 'manual', facts: { mounted: '/srv/tee' } });
  });
});

describe('watched settings and sources', () => {
  it('finds loose permissions and a second root', () => {
    const setting = { path: '/etc/shadow', problem: 'can be read by everyone', expected: '0640', actual: '0644' };
    expect(lines(findings(undefined, observed({ watched: [setting, { ...setting, path: '/etc/passwd', actual: '0666' }, { ...setting, account: 'toor', actual: 'uid 0' }] }))))
      .toEqual(['critical watch-changed toor', 'critical watch-changed /etc/passwd', 'high watch-changed /etc/shadow']);
  });

  it('folds a watched file into what else is known of it', () => {
    const found = findings(undefined, observed({
      watched: [{ path: '/etc/sudoers', problem: 'can be written', expected: '0440', actual: '0466' }],
      ownedChanges: [aChange(['content'], { path: '/etc/sudoers', conffile: true })], unowned: [anUnowned('/etc/sudoers.d/x', { code: null, launch: 'sudoers' })],
    }));
    expect(lines(found)).toEqual(['critical watch-changed +file-modified /etc/sudoers', 'high launch-stray /etc/sudoers.d/x']);
  });

  it('reports what could not be read', () => {
    const found = findings(undefined, observed({ coverage: [
      { source: 'apt/inventory', status: 'failed', problems: [{ message: 'EACCES', path: '/var/lib/dpkg/status' }], skipped: [] }, { source: 'sweep', status: 'partial', problems: [{ message: 'EACCES' }, { message: 'EIO' }], skipped: [] },
      { source: 'owned-files', status: 'complete', problems: [], skipped: [{ what: 'content', reason: '--verify was not given' }] },
    ] }));
    expect(lines(found)).toEqual(['high source-unreadable apt/inventory', 'low source-unreadable sweep']);
  });
});
