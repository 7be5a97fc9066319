// Clean Debian hosts, built fresh and copied from an archive alike: `drift init`, then `drift check` finds nothing.
import { beforeAll, describe, expect, it } from 'vitest';
import { incompleteSources, initThenCheck, loudFindings, manifestLines, type InitThenCheck } from '../support/clean-check.ts';
import { debHost, MINIMAL_DEB_HOST, ROLES_DEB_HOST, type DebHostSpec } from '../support/deb-host.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { workingCopy } from '../support/working-copy.ts';

/** What nothing else asks for; the others are important to Debian, or recommended by something. */
const CHOSEN = ['openssh-server', 'nginx-light', 'redis-server', 'sudo'];
const NEEDS = ['root', 'mmdebstrap', 'apt-sources'] as const;

describe.skipIf(!needs('clean Debian hosts', ...NEEDS)).each([
  ['minimal host', MINIMAL_DEB_HOST, false],
  ['host with roles', ROLES_DEB_HOST, false],
  ['host with roles, copied: every ctime is new', ROLES_DEB_HOST, true],
] as readonly (readonly [string, DebHostSpec, boolean])[])('a clean Debian host: %s', (_, spec, copied) => {
  let root: string;
  let result: InitThenCheck;

  beforeAll(async () => {
    const pristine = debHost(spec);
    root = copied ? workingCopy(pristine, 'copied', { fresh: true }).root : pristine;
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

  it('the manifest is as short as a person would write it, and names every role', () => {
    const lines = manifestLines(result.manifest);
    expect(lines.length).toBeLessThanOrEqual(40);
    for (const name of spec.packages.filter((each) => CHOSEN.includes(each))) expect(result.manifest).toMatch(new RegExp(`^  ${name}:`, 'm'));
  });

  it('the JSON is as its schema says', () => {
    expect(schemaErrors(result.check.json())).toEqual([]);
  });

  it('without a manifest: the same findings, and stderr names drift init', async () => {
    const check = await drift(['check', '--root', root, '--json']);
    expect(loudFindings(check)).toEqual([]);
    expect(check.json().manifest).toEqual([]);
    expect(check.stderr).toMatch(/drift init/);
    expect(check.code).toBe(0);
  });

  it('with the content of every owned file: nothing either', async () => {
    const check = await drift(['check', '--root', root, '--manifest', result.manifestFile, '--verify', '--json']);
    expect(loudFindings(check)).toEqual([]);
    expect(check.code).toBe(0);
  });

  it('the text report is plain, and its last line counts', async () => {
    const check = await drift(['check', '--root', root, '--manifest', result.manifestFile]);
    expect(check.code).toBe(0);
    expect(check.stdout).not.toMatch(/\x1b/);
    // Debian's sshd lets root in with a key, and none is there: told, and no more.
    expect(check.stdout.trimEnd().split('\n\n').at(-1)).toMatch(spec.packages.includes('openssh-server') ? /^1 finding: 1 info\n[\d,]+ entries/m : /^no findings\n[\d,]+ entries/m);
  });

  it('two runs say the same', async () => {
    const again = await drift(['check', '--root', root, '--manifest', result.manifestFile, '--json']);
    const stable = (text: string): string => text.replace(/"(startedAt|durationMs)": .*\n/g, '');
    expect(stable(again.stdout)).toBe(stable(result.check.stdout));
  });
});
