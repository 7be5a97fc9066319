import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/model/finding.ts';
import type { CheckReport } from '../../../src/model/report.ts';
import { finish } from '../../../src/model/steps.ts';
import { checkText } from '../../../src/report/check/text.ts';
import { PLAIN_TEXT, finding, fullReport, packageSubject, report } from '../../support/sample-report.ts';

function text(findings: readonly Finding[], full = false): string {
  return finish(checkText(report({ findings }), { ...PLAIN_TEXT, full }));
}

function stray(path: string, more: Partial<Finding> = {}): Finding {
  return finding('file-stray', 'medium', { type: 'path', path }, { message: 'unowned program', ...more });
}

function numbered(number: number): string[] {
  return Array.from({ length: number }, (_, index) => String(index).padStart(2, '0'));
}

describe('the text report', () => {
  it('says what, how bad, why, and what to type next', () => {
    const [first] = fullReport().findings;
    expect(text([first!])).toBe(`web-1 (debian 12, apt)
no manifest: installed packages and repositories were not compared with one

CRITICAL (1)
? /usr/local/bin/redis-server                                       ${first!.id}
    Redis 7.0.15, which no package owns, runs as root; dpkg.log: redis-server
    was removed on 2026-10-03

What now
  drift explain PATH|PACKAGE|ID   why, and the manifest line that allows it
  drift init --output FILE        write a manifest of this host, to start from

1 finding: 1 critical
everything was looked at
`);
  });

  it('has what others can reach, what runs and what is started before what lies there, in sight however many there are', () => {
    const idle = numbered(2000).map((name) => stray(`/a/${name}`));
    const life = { started: { startedBy: [] }, running: { processes: [] }, reached: { listens: [{ protocol: 'tcp', address: '::', port: 6379, reach: 'any' }] } };
    const shown = text([...idle, ...Object.entries(life).map(([name, facts]) => stray(`/z/${name}`, { facts }))]);
    expect([...shown.matchAll(/^\? (\S+)/gm)].slice(0, 4).map(([, path]) => path)).toEqual(['/z/reached', '/z/running', '/z/started', '/a/00']);
    expect(shown).toContain('MEDIUM (2,003)');
    expect(shown).toContain('and 1,997 more: drift check --only file-stray');
    expect(shown).toContain('2,003 findings: 2,003 medium');
  });

  it('ends with what can be done about it, where this host can be changed', () => {
    const some = [stray('/a', { remedy: 'automatic' })];
    expect(text(some)).toContain('  drift plan                      what reconcile would do; nothing is changed\n');
    expect(text(some)).not.toContain('drift triage');
    expect(text(numbered(9).map((name) => stray(`/${name}`)))).toContain('  drift triage                    decide about them group by group\n');
    const away = checkText(report({ findings: some, host: { ...report().host, root: '/mnt/disk' } }), PLAIN_TEXT);
    expect(away).not.toContain('drift plan');
  });

  it('says little of a host in sync', () => {
    const clean = report({ manifest: [{ path: 'web.yaml', sha256: 'a'.repeat(64) }], swept: { entries: 75_112, unowned: 812, expected: 812 } });
    expect(finish(checkText(clean, PLAIN_TEXT))).toBe(`web-1 (debian 12, apt); manifest web.yaml

no findings
75,112 entries swept, 812 unowned, all of them proved or unable to run
everything was looked at
`);
  });

  it('says a thing once, where one reason begins with another', () => {
    const privileged = finding('file-privileged', 'high', { type: 'path', path: '/usr/bin/x' }, { message: 'privileges that x did not give it', evidence: [{ source: 'capabilities', detail: 'cap_setuid=ep, the package has none' }, { source: 'capabilities', detail: 'cap_setuid=ep' }] });
    expect(text([privileged])).toContain('capabilities cap_setuid=ep, packaged with none\n');
    expect(text([privileged]).match(/cap_setuid/g)).toHaveLength(1);
  });

  it('puts a finding and its reasons on one line where they fit, the id at the edge', () => {
    const account = finding('watch-changed', 'critical', { type: 'account', name: 'toor' }, { message: 'has uid 0' });
    expect(text([account])).toContain(`\n~ account toor - has uid 0${' '.repeat(42)}${account.id}\n`);
    const short = stray('/tmp/.../x', { evidence: [{ source: 'name', detail: 'lies under a name made of dots' }] });
    expect(text([short])).toContain('\n? /tmp/.../x - unowned program; under a name made of dots ');
  });

  it('gives each severity its heading, worst first', () => {
    const shown = text([stray('/bad', { severity: 'critical' }), finding('package-broken', 'high', packageSubject('x')), stray('/a'), stray('/b')]);
    expect(shown.match(/^[A-Z]+ \(\d+\)$/gm)).toEqual(['CRITICAL (1)', 'HIGH (1)', 'MEDIUM (2)']);
    expect(shown).not.toMatch(/^(?:LOW|INFO)/m);
  });

  it('leaves out what the headline says', () => {
    const unit = finding('launch-stray', 'high', { type: 'launch', path: '/etc/x.service', target: '' }, {
      message: 'unowned systemd unit', evidence: [{ source: 'systemd-unit', detail: 'is a systemd unit' }, { source: 'file-stray', detail: 'unowned script' }], facts: { launch: 'systemd-unit', alsoKinds: ['file-stray'] },
    });
    const changed = finding('file-modified', 'high', { type: 'path', path: '/bin/ls' }, {
      message: 'not the content that coreutils ships', facts: { owners: ['coreutils:amd64 9.1'] },
      evidence: [{ source: 'content', detail: `md5:${'a1'.repeat(16)}, the package has md5:${'b2'.repeat(16)}` }, { source: 'owner', detail: 'coreutils:amd64 9.1' }],
    });
    expect(text([unit, changed])).toContain(`? /etc/x.service - unowned systemd unit                             ${unit.id}
~ /bin/ls - not the content that coreutils ships                    ${changed.id}
    md5:a1a1a1a1a1a1, packaged b2b2b2b2b2b2
`);
  });

  it('tells folded kinds in few words', () => {
    const broken = finding('package-broken', 'high', packageSubject('half'), {
      message: 'half-installed', facts: { alsoKinds: ['package-foreign', 'package-extra'] },
      evidence: [
        { source: 'apt database', detail: 'install reinstreq half-installed' }, { source: 'apt database', detail: 'marked' }, { source: 'package-foreign', detail: 'in no repository' },
        { source: 'repositories', detail: 'no repository has it' }, { source: 'package-extra', detail: 'a long sentence' }, { source: 'apt/marks', detail: 'marked as installed by choice' },
      ],
    });
    expect(text([broken])).toContain('\n    apt database: install reinstreq half-installed, marked; no repository has\n    it; not declared\n');
  });

  it('says where a repository is configured', () => {
    const repository = finding('repository-unsigned', 'high', { type: 'repository', manager: 'apt', name: 'http://x ./', uri: 'http://x' }, {
      message: 'trusted without a signature', evidence: [{ source: '/etc/apt/sources.list', detail: 'line 7' }, { source: 'setting', detail: 'trusted=yes' }],
    });
    expect(text([repository])).toContain('    /etc/apt/sources.list:7; trusted=yes\n');
  });

  it('names a package of a foreign architecture', () => {
    expect(text([finding('package-extra', 'low', packageSubject('foo'), { facts: { manifestName: 'foo:i386' } })])).toContain('+ foo:i386 1.0-1 - ');
  });

  it('says of a tree how many, whose, since when, and a few', () => {
    const tree = finding('tree-stray', 'medium', { type: 'tree', path: '/opt/agent' }, {
      message: '7 unowned files that could run',
      evidence: [{ source: 'content', detail: '5 elf-executable' }, { source: 'owner', detail: 'uid 0, 1000' }, { source: 'pip', detail: 'of pip' }],
      facts: { codes: { 'elf-executable': 5, script: 1, module: 1 }, owners: [0, 1000], oldest: Date.UTC(2026, 9, 1), newest: Date.UTC(2026, 9, 3), examples: [{ path: '/opt/agent/bin/a\xff' }, { path: '/opt/agent/b' }] },
    });
    const shown = text([tree]).replaceAll(/\n {4}/g, ' ');
    expect(shown).toContain('? /opt/agent/ - 7 unowned files that could run ');
    expect(shown).toContain(' 5 programs, 1 script, 1 module of an interpreter; of root, uid 1000; came 2026-10-01 to 2026-10-03; such as bin/a\\xff, b; of pip\n');
  });

  it('stays within 80 columns but for names and commands', () => {
    const wordy = { message: 'word '.repeat(60).trim(), evidence: [{ source: 'log', detail: 'because of '.repeat(20).trim() }] };
    const long = [stray('/x', wordy), stray(`/${'y'.repeat(70)}`, wordy), stray(`/${'z'.repeat(60)}`), stray('/short')];
    for (const line of finish(checkText({ ...fullReport(), findings: long }, PLAIN_TEXT)).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const lines = text([stray(`/${'w'.repeat(120)}`)]).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([`? /${'w'.repeat(120)}`]);
    expect(lines.some((line) => / [0-9a-f]{12}$/.test(line))).toBe(true);
  });

  it('tells many packages, and light findings of a kind, in one block', () => {
    const many = numbered(70).map((number) => finding('package-extra', 'low', packageSubject(`pkg${number}`)));
    const shown = text(many);
    expect(shown).toContain('+ 70 packages installed by choice, not declared, and needed by nothing declared\n    pkg00, pkg01, ');
    expect(shown).toContain('pkg39\n    and 30 more: drift check --only package-extra\n');
    expect(shown).not.toContain('pkg40');
    expect(shown).toContain('drift check --only KIND         one by one: package-extra\n');
    expect(text(many, true)).toContain('+ pkg69 1.0-1 - ');
    expect(text(many, true)).not.toContain('--only KIND');
    expect(text([stray('/a', { severity: 'low' }), stray('/b c', { severity: 'low' })])).toContain('? 2 unowned files that could run\n    /a, "/b c"\n');
    const edited = ['/etc/a', '/etc/b'].map((path) => finding('file-modified', 'info', { type: 'path', path }, { facts: { conffile: true } }));
    expect(text(edited)).toContain('~ 2 configuration files edited\n    /etc/a, /etc/b\n');
  });

  it('collapses many others, keeping the worst in sight', () => {
    const many = numbered(40).map((number) => finding('file-modified', 'medium', { type: 'path', path: `/usr/bin/p${number}` }));
    const shown = text([stray('/bad', { severity: 'critical' }), ...many]);
    expect(shown.indexOf('/bad')).toBeLessThan(shown.indexOf('/usr/bin/p00'));
    expect(shown).toContain('~ /usr/bin/p05 - no package owns it');
    expect(shown).not.toContain('/usr/bin/p06 - ');
    expect(shown).toContain('\n  and 34 more: drift check --only file-modified\n    /usr/bin/p06, /usr/bin/p07,');
    expect(shown).toContain('/usr/bin/p17, …\n');
    expect(text(many, true)).toContain('/usr/bin/p39 - ');
    expect(text(many.slice(0, 8))).toContain('/usr/bin/p07 - ');
  });

  it('says what could not be read, what to do about it, what was not looked at, and ends with the counts', () => {
    const shown = finish(checkText(fullReport(), PLAIN_TEXT));
    expect(shown).toContain('\nNOT READ (1)\n! sweep - read in part\n    permission denied: /root/\\xff\n  Run drift as root');
    expect(shown.split('sweep - ')).toHaveLength(2);
    expect(shown).toContain('\nNOT LOOKED AT (1)\n  /srv/media - excluded by the manifest\n');
    expect(shown.endsWith(`
INCOMPLETE: 1 source could not be read; 9 findings: 2 critical, 3 high, 2
  medium, 1 low, 1 info
75,112 entries swept, 812 unowned, 810 of them proved or unable to run
not looked at: 1 thing, above
`)).toBe(true);
  });

  it('does not send root to root', () => {
    const shown = finish(checkText(fullReport(), { ...PLAIN_TEXT, asRoot: true }));
    expect(shown).toContain('\n  drift ran as root and was refused all the same: ');
    expect(shown).not.toContain('Run drift as root');
  });

  it('says a problem once, with its places', () => {
    const denied = [...numbered(20).map((number) => ({ message: 'permission denied', path: `/root/${number}` })), { message: '/root/.ssh: permission denied', path: '/root/.ssh/a' }, { message: '/root/.ssh: permission denied', path: '/root/.ssh' }];
    const coverage = [{ source: 'sweep', status: 'partial' as const, problems: [...denied.slice(18), ...denied, { message: 'took too long' }], skipped: [] }];
    const shown = finish(checkText(report({ coverage }), PLAIN_TEXT)).replaceAll(/\n {6}/g, ' ');
    expect(shown).toContain('\n    permission denied: /root/18, /root/19, /root/.ssh, /root/00, ');
    expect(shown).toContain('/root/08, and 9 more\n    took too long\n  Run drift as root');
  });

  it('does not ask for root where that would not help', () => {
    const broken: CheckReport = report({ coverage: [{ source: 'dnf/inventory', status: 'failed', problems: [{ message: 'the database is cut short' }], skipped: [] }] });
    const shown = finish(checkText(broken, PLAIN_TEXT));
    expect(shown).toContain('! dnf/inventory - could not be read: nothing is known of it\n    the database is cut short\n  Put this right');
    expect(shown).not.toContain('root:');
    expect(shown).not.toContain('everything was looked at');
  });

  it('never shows a name that a terminal would obey', () => {
    const hostile = '/tmp/\x1b[31m\n\x9b\x07';
    const findings = [
      stray(hostile, { message: `it is ${hostile}`, evidence: [{ source: hostile, detail: hostile }], facts: { diff: `-a\n+${hostile}` } }),
      stray('/tmp/\xff'), finding('package-extra', 'low', packageSubject(hostile)),
      finding('tree-stray', 'low', { type: 'tree', path: hostile }, { facts: { codes: { [hostile]: 2 }, examples: [{ path: `${hostile}/${hostile}` }] } }),
      stray(hostile, { severity: 'info' }), stray(`${hostile}2`, { severity: 'info' }),
    ];
    for (const shown of [text(findings), text(findings, true)]) {
      expect(shown.replaceAll(/[\n…]/g, '')).toMatch(/^[\x20-\x7e]*$/);
      expect(shown).toContain('/tmp/\\x1b[31m\\n\\x9b\\x07 - it is');
    }
  });

  it('counts the lines of a difference, and shows it to who asks for its kind', () => {
    const diff = ['--- a', '+++ b', '@@ -1 +1 @@', '-old', ...numbered(40).map((number) => `+line ${number}`)].join('\n');
    const changed = finding('file-modified', 'low', { type: 'path', path: '/etc/x' }, { message: 'edited', facts: { diff } });
    expect(text([changed])).toContain('edited; 40 lines added, 1 removed');
    expect(text([changed])).not.toContain('line 39');
    expect(text([changed], true)).toContain('\n    +line 39\n');
  });

  it('is plain unless it is given colours', () => {
    const full = fullReport();
    const painted = finish(checkText(full, { ...PLAIN_TEXT, paint: (style, part) => `<${style}>${part}</>` }));
    expect(painted).toContain('<critical>CRITICAL (2)</>');
    expect(painted.replaceAll(/<\/?[a-z]*>/g, '')).toBe(finish(checkText(full, PLAIN_TEXT)));
  });
});
