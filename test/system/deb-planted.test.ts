// A Debian host into which every kind of drift was planted: all of it is found as what it is, the controls stay silent, nothing else is said.
import { beforeAll, describe, expect, it } from 'vitest';
import { initThenCheck } from '../support/clean-check.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { plantDeb } from '../support/plant-deb.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { drift, type CliResult } from '../support/run-cli.ts';
import { compareWithTruth, NOTHING_WRONG, type Truth } from '../support/truth.ts';
import { workingCopy, type WorkingCopy } from '../support/working-copy.ts';

const NEEDS = ['root', 'mmdebstrap', 'apt-sources', 'setcap', 'dpkg-deb'] as const;

describe.skipIf(!needs('drift planted into a Debian host', ...NEEDS))('a Debian host with planted drift', () => {
  let copy: WorkingCopy;
  let truths: readonly Truth[];
  let manifest: string;
  let check: CliResult;

  beforeAll(async () => {
    const pristine = debHost(ROLES_DEB_HOST);
    manifest = (await initThenCheck(pristine)).manifestFile;
    copy = workingCopy(pristine, 'planted');
    truths = plantDeb(copy.root);
    check = await drift(['check', '--root', copy.root, '--manifest', manifest, '--json', ...(copy.keepsTimes ? [] : ['--verify'])]);
  });

  it('plants what it says', () => {
    expect(truths.filter((truth) => truth.kinds.length > 0).length).toBeGreaterThanOrEqual(80);
    expect(truths.filter((truth) => truth.kinds.length === 0).length).toBeGreaterThanOrEqual(10);
  });

  it('finds all of it, and nothing else, without --verify', () => {
    expect(compareWithTruth(check.json(), truths)).toEqual(NOTHING_WRONG);
    expect(check.code).toBe(2);
  });

  it('says with a stray what starts it first of all, through which link, and with which of its files it would go', () => {
    const program = check.json().findings.find((finding) => finding.subject['path'] === '/usr/local/libexec/metricsd');
    expect(program?.message).toBe('unowned program; cron.service.d/more.conf starts it at boot');
    expect(program?.facts['enabledBy']).toEqual([{ path: '/etc/systemd/system/timers.target.wants/metricsd.timer' }]);
    expect(program?.facts['parts']).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'launch-stray', path: '/etc/systemd/system/metricsd.timer' })]));
    // A file of apt's that was edited names it, and is a person's to mend.
    expect(program?.evidence.at(-1)?.detail).toMatch(/^reconcile would quarantine \d+ files, leave it: \/etc\/apt\/apt\.conf\.d\/99more names it$/);
  });

  it('finds the same with --verify', async () => {
    const verified = await drift(['check', '--root', copy.root, '--manifest', manifest, '--verify', '--json']);
    expect(compareWithTruth(verified.json(), truths)).toEqual(NOTHING_WRONG);
    expect(verified.code).toBe(2);
  });

  it('the JSON is as its schema says', () => {
    expect(schemaErrors(check.json())).toEqual([]);
  });

  it('the text keeps the worst in sight and can name every one, with no raw control character', async () => {
    const text = await drift(['check', '--root', copy.root, '--manifest', manifest]);
    expect(text.code).toBe(2);
    expect(text.stdout).toMatch(/^\? \/var\/tmp\/\.b +[0-9a-f]{12}\n +copy of the packaged \/usr\/bin\/bash, from no package;/m);
    const all = await drift(['check', '--root', copy.root, '--manifest', manifest, '--only', 'file-stray']);
    expect(all.stdout).toMatch(/keyvalue-server/);
    for (const each of [text, all]) {
      expect(each.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
      expect(each.stdout).not.toMatch(/^up/m);
    }
  });

  it('explain says why a file is here: a stray, an owned file and a proved one', async () => {
    const stray = await drift(['explain', '--root', copy.root, '/usr/local/bin/keyvalue-server']);
    expect(stray.code).toBe(0);
    expect(stray.stdout).toMatch(/no package/i);
    const owned = await drift(['explain', '--root', copy.root, '/bin/cat']);
    expect(owned.code).toBe(0);
    expect(owned.stdout).toMatch(/coreutils/);
    const proved = await drift(['explain', '--root', copy.root, '/var/lib/dpkg/info/coreutils.postinst']);
    expect(proved.code).toBe(0);
    expect(proved.stdout).toMatch(/dpkg/);
    const nothing = await drift(['explain', '--root', copy.root, 'no-such-thing-at-all']);
    expect(nothing.code).toBe(1);
  });
});
