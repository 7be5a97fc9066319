// A clean RPM host: `drift init`, then `drift check` finds nothing but the one left-over dependency, which is for information.
import { beforeAll, describe, expect, it } from 'vitest';
import { incompleteSources, initThenCheck, loudFindings, manifestLines, type InitThenCheck } from '../support/clean-check.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS, rpmHost } from '../support/rpm-host.ts';
import { drift } from '../support/run-cli.ts';
import { workingCopy } from '../support/working-copy.ts';

describe.skipIf(!needs('clean RPM host', ...RPM_HOST_NEEDS)).each([['built', false], ['copied: every ctime is new', true]] as const)('a clean RPM host, %s', (_, copied) => {
  let root: string;
  let result: InitThenCheck;

  beforeAll(async () => {
    root = copied ? workingCopy(rpmHost(), 'copied', { fresh: true }).root : rpmHost();
    result = await initThenCheck(root);
  });

  it('init exits 0 and says nothing is unread', () => {
    expect(result.init.stderr).toBe('');
    expect(result.init.code).toBe(0);
  });

  it('check finds nothing above info and exits 0', () => {
    expect(loudFindings(result.check)).toEqual([]);
    expect(incompleteSources(result.check)).toEqual([]);
    expect(result.check.code).toBe(0);
  });

  it('the manifest declares what was asked for, not what that brought', () => {
    const lines = manifestLines(result.manifest);
    expect(lines.length).toBeLessThanOrEqual(30);
    for (const name of ['webthing', 'newmon', 'vendor-agent', 'interpreter-libs']) expect(result.manifest).toMatch(new RegExp(`^  ${name}:`, 'm'));
    expect(result.manifest).not.toMatch(/^ {2}(kvstore-common|webthing-theme|oldmon):/m);
  });

  it('with the content of every owned file: nothing either', async () => {
    const check = await drift(['check', '--root', root, '--manifest', result.manifestFile, '--verify', '--json']);
    expect(loudFindings(check)).toEqual([]);
    expect(check.code).toBe(0);
  });

  it('the JSON is as its schema says', () => {
    expect(schemaErrors(result.check.json())).toEqual([]);
  });

  it('explain knows owners, links on the way and dependency chains', async () => {
    const owned = await drift(['explain', '--root', root, '/bin/cat']);
    expect(owned.code).toBe(0);
    expect(owned.stdout).toMatch(/coretools/);
    const needed = await drift(['explain', '--root', root, '--manifest', result.manifestFile, 'kvstore-common']);
    expect(needed.code).toBe(0);
    expect(needed.stdout).toMatch(/kvstore/);
    expect(needed.stdout).toMatch(/webthing/);
  });
});
