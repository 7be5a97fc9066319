// Decisions on a host of a few files: what is written, what is said beside it, and what is refused with nothing changed.
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCheck } from '../../src/operations/check.ts';
import { runAllow, runDeclare } from '../../src/operations/decide.ts';
import { decidingPerson } from '../../src/operations/deciding/deciding-person.ts';
import type { DecisionReport } from '../../src/model/recorded.ts';
import type { Result } from '../../src/model/result.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

const isRoot = process.getuid!() === 0;
const SILENT = { step: () => undefined, tell: () => undefined };
let root: string;
let place: string;
let file: string;
let tests = 0;

beforeAll(() => {
  root = tinyDebRoot('decide');
  const plant = (path: string, content: string, mode: number): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), mode);
  };
  plant('usr/local/bin/backup', '#!/bin/sh\necho backup\n', 0o755);
  plant('usr/local/bin/tool', '#!/bin/sh\necho tool\n', 0o755);
  plant('usr/local/bin/rooter', '#!/bin/sh\necho root\n', 0o4755);
  plant('etc/systemd/system/backup.service', '[Service]\nExecStart=/usr/local/bin/backup\n', 0o644);
  for (const name of ['a', 'b', 'c', 'd', 'e']) plant(`opt/agent/bin/${name}`, `#!/bin/sh\necho ${name}\n`, 0o755);
  plant('opt/mixed/plain', '#!/bin/sh\n', 0o755);
  plant('opt/mixed/helper', '#!/bin/sh\n', 0o4755);
  plant('opt/odd/[x]*', '#!/bin/sh\n', 0o755);
  plant('usr/share/notes', 'plain\n', 0o644);
});

beforeEach(() => {
  // Below a directory that only root can write: root believes no other manifest.
  place = workDirectory(`decide-${tests++}`);
  file = join(place, 'web.yaml');
});

interface Where {
  readonly root?: string;
  readonly files?: readonly string[];
}

function target(where: Where): { root: string; manifestFiles: readonly string[]; explicitManifest: boolean } {
  const manifestFiles = where.files ?? [file];
  return { root: where.root ?? root, manifestFiles, explicitManifest: manifestFiles.length > 0 };
}

function declare(packages: readonly string[], where: Where & { channel?: string } = {}): Promise<Result<DecisionReport>> {
  return runDeclare({ ...target(where), packages, channel: where.channel, printPatch: false }, SILENT);
}

function allow(paths: readonly string[], asked: { reason?: string; until?: string; owner?: string; digest?: boolean; renew?: boolean } = {}, printPatch = false): Promise<Result<DecisionReport>> {
  return runAllow({ ...target({}), paths, asked: { ...(asked.renew === true ? {} : { reason: 'x' }), digest: false, ...asked }, printPatch }, SILENT);
}

async function done(running: Promise<Result<DecisionReport>>): Promise<DecisionReport> {
  const result = await running;
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function refused(running: Promise<Result<DecisionReport>>): Promise<string> {
  const result = await running;
  if (result.ok) throw new Error('it was done');
  return `${result.error.reason}: ${result.error.message}`;
}

/** Everything that check says, as text: a file may be told as a part of something else. */
async function reported(): Promise<string> {
  const report = await runCheck({ ...target({}), only: [], verify: false, sweep: true, gate: false, history: false }, SILENT);
  if (!report.ok) throw new Error(report.error.message);
  return JSON.stringify(report.value.findings);
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(join(root, path))).digest('hex');
}

describe('declare', () => {
  it('leaves everything else of the manifest', async () => {
    writeFileSync(file, '# ours\ndrift: 1\npackages: # all\n  zsh: any # shell\n  server: any\n');
    const { recorded } = await done(declare(['telnetd=absent', 'server']));
    expect(readFileSync(file, 'utf8')).toBe('# ours\ndrift: 1\npackages: # all\n  zsh: any # shell\n  server: any\n  telnetd: absent\n');
    expect(recorded.added).toEqual(['  telnetd: absent']);
    expect(recorded.decisions.map(({ line, state }) => [state, line])).toEqual([['written', 6], ['there', 5]]);
  });

  it('says what is not as declared', async () => {
    const { warnings } = await done(declare(['server=< 1', 'nosuch', 'library=absent', 'coreutils', 'cat']));
    expect(warnings).toEqual(['server 1.0-1 is installed, which is not < 1', expect.stringMatching(/^nosuch is not installed/), 'library 1.0-1 is installed: drift check will report it', expect.stringMatching(/^cat is not installed/)]);
  });

  it('writes what comes by another channel', async () => {
    await done(declare(['ansible=^9'], { channel: 'pip' }));
    expect(readFileSync(file, 'utf8')).toBe('drift: 1\n\nchannels:\n  pip: { ansible: "^9" }\n');
  });

  it.each([['foo-', 'edit-refused'], ['-rf', 'edit-refused'], ['x.deb', 'edit-refused'], ['htop=1.2', 'edit-refused'], ['htop=', 'edit-refused'], ['=any', 'edit-refused'], ['curl=absent', 'manifest-conflict']])('refuses %s, and nothing is written', async (typed, reason) => {
    const text = 'drift: 1\npackages:\n  curl: any\n';
    writeFileSync(file, text);
    expect(await refused(declare(['wget', typed]))).toContain(`${reason}: `);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('minds the other files of the manifest', async () => {
    const base = join(place, 'base.yaml');
    writeFileSync(base, 'drift: 1\npackages:\n  curl: any\n  wget: any\n');
    writeFileSync(file, 'drift: 1\ninclude: [base.yaml]\n');
    expect(await refused(declare(['curl=absent']))).toMatch(/^manifest-conflict: .*base\.yaml:3:3/s);
    const { recorded } = await done(declare(['curl', 'wget']));
    expect(recorded.decisions.map((one) => [one.state, one.file, one.line])).toEqual([['there', base, 3], ['there', base, 4]]);
    expect(readFileSync(file, 'utf8')).toBe('drift: 1\ninclude: [base.yaml]\n');
    await done(declare(['zsh'], { files: [file, base] }));
    expect(readFileSync(base, 'utf8')).toContain('  zsh: any\n');
  });

  it('needs a manifest for a root, and a host for nothing but what it says beside', async () => {
    expect(await refused(declare(['htop'], { files: [] }))).toContain('manifest-missing: ');
    mkdirSync(join(place, 'empty'));
    expect((await done(declare(['htop'], { root: join(place, 'empty') }))).warnings).toEqual([expect.stringContaining('the names were not looked up')]);
    writeFileSync(file, 'drift: 1\nwhen: { os: fedora }\npackages: { curl: any }\n');
    expect((await done(declare(['htop']))).warnings[0]).toContain('for other hosts');
    expect(readFileSync(file, 'utf8')).toContain('{ curl: any, htop: any }');
  });

  it('touches no file with a mistake, and none that is a link', async () => {
    writeFileSync(file, 'drift: 1\npakages: {}\n');
    expect(await refused(declare(['htop']))).toContain('manifest-invalid: ');
    const link = join(place, 'link.yaml');
    writeFileSync(file, 'drift: 1\npackages: { curl: any }\n');
    symlinkSync(file, link);
    expect(await refused(declare(['htop'], { files: [link] }))).toContain('manifest-link: ');
    expect(readFileSync(file, 'utf8')).toBe('drift: 1\npackages: { curl: any }\n');
  });

  it('makes no manifest that is too large to be read', async () => {
    const text = `drift: 1\npackages: { curl: any }\n${`# ${'x'.repeat(1020)}\n`.repeat(1026)}`.slice(0, (1 << 20) - 10);
    writeFileSync(file, text);
    expect(await refused(declare(['a-package-with-a-long-name']))).toMatch(/^manifest-invalid: .*more than the 1048576/s);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it.skipIf(!isRoot)('writes as root into nothing that others can write', async () => {
    writeFileSync(file, 'drift: 1\npackages: { curl: any }\n');
    chownSync(file, 1234, 1234);
    expect(await refused(declare(['htop']))).toContain('manifest-untrusted: ');
    const open = join(place, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    expect(await refused(declare(['htop'], { files: [join(open, 'm.yaml')] }))).toContain('manifest-untrusted: ');
    expect(readdirSync(open)).toEqual([]);
  });
});

describe('allow', () => {
  it('allows files, and what needs it with its digest; check then has nothing to say of them', async () => {
    writeFileSync(file, 'drift: 1\n');
    const names = ['/usr/local/bin/rooter', '/usr/local/bin/tool', '/etc/systemd/system/backup.service', '/usr/local/bin/backup', '/opt/agent'];
    const before = await reported();
    for (const path of names) expect(before, path).toContain(path);
    await done(allow(names, { reason: 'ours: rolled out by hand', owner: 'ops@example.org', until: '2999-12-31' }));
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(`  - path: /usr/local/bin/rooter\n    reason: "ours: rolled out by hand"\n    owner: ops@example.org\n    until: 2999-12-31\n    sha256: ${sha256('usr/local/bin/rooter')}\n`);
    expect(text).toContain('  - path: /opt/agent/**\n');
    // A unit needs one, and so does what it starts; a program by itself does not.
    for (const path of ['etc/systemd/system/backup.service', 'usr/local/bin/backup']) expect(text).toContain(sha256(path));
    expect(text).not.toContain(sha256('usr/local/bin/tool'));
    const after = await reported();
    for (const path of names) expect(after, path).not.toContain(path);
    const again = await done(allow(names, { reason: 'ours: rolled out by hand', owner: 'ops@example.org', until: '2999-12-31' }));
    expect(again.recorded.decisions.every(({ state }) => state === 'there')).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('refuses a pattern over what needs a digest, until that has an entry of its own', async () => {
    for (const wide of ['/opt/mixed', '/opt/*/*', '/opt/mixed/**']) expect(await refused(allow([wide])), wide).toMatch(/^needs-digest: .*\/opt\/mixed\/helper/s);
    expect(existsSync(file)).toBe(false);
    await done(allow(['/opt/mixed/helper']));
    await done(allow(['/opt/mixed']));
    expect(await reported()).not.toContain('/opt/mixed');
  });

  it('renews the entry of a file that changed, in whichever file of the manifest it stands', async () => {
    const roles = join(place, 'roles.yaml');
    const path = '/usr/local/bin/rooter';
    const before = `drift: 1\n# by hand\nallow:\n  - path: ${path}  # ours\n    sha256: ${'ab'.repeat(32)}  # of 1.0\n    reason: rolled out\n`;
    writeFileSync(roles, before);
    writeFileSync(file, 'drift: 1\ninclude: [roles.yaml]\n');
    expect(await reported()).toContain(path);
    expect(await refused(allow([path]))).toBe(`manifest-conflict: ${path} was allowed with another content than it has now (${roles}:4)`);
    expect(readFileSync(roles, 'utf8')).toBe(before);
    const after = before.replace('ab'.repeat(32), sha256('usr/local/bin/rooter'));
    const shown = await done(allow([path], { renew: true }, true));
    expect(shown.recorded.patch).toContain(`-    sha256: ${'ab'.repeat(32)}  # of 1.0\n+    sha256: ${sha256('usr/local/bin/rooter')}  # of 1.0\n`);
    expect(readFileSync(roles, 'utf8')).toBe(before);
    const { recorded } = await done(allow([path], { renew: true }));
    expect(recorded.decisions.map(({ file: where, line, state }) => [where, line, state])).toEqual([[roles, 4, 'written']]);
    expect(readFileSync(roles, 'utf8')).toBe(after);
    expect(readFileSync(file, 'utf8')).toBe('drift: 1\ninclude: [roles.yaml]\n');
    expect(await reported()).not.toContain(path);
    expect((await done(allow([path], { renew: true }))).recorded.decisions[0]?.state).toBe('there');
    expect((await done(allow([path], { reason: 'rolled out' }))).recorded.decisions[0]).toMatchObject({ state: 'there', file: roles, line: 4 });
    expect(await refused(allow(['/usr/local/bin/tool'], { renew: true }))).toContain('no-entry: ');
  });

  it('takes a name with pattern signs for what it is', async () => {
    await done(allow(['/opt/odd/[x]*']));
    expect(readFileSync(file, 'utf8')).toContain('- path: "/opt/odd/\\\\[x]\\\\*"\n');
    expect(await reported()).not.toContain('/opt/odd');
  });

  it('writes the digest of any file on request', async () => {
    await done(allow(['/usr/local/bin/tool'], { digest: true }));
    expect(readFileSync(file, 'utf8')).toContain(sha256('usr/local/bin/tool'));
    expect(await refused(allow(['/opt/agent'], { digest: true }))).toContain('needs-digest: ');
    expect(await refused(allow(['/nowhere'], { digest: true }))).toContain('no-digest: ');
  });

  it('says what an entry will not do', async () => {
    const { warnings } = await done(allow(['/nowhere/yet', '/usr/share/notes', '/srv/*']));
    expect(warnings).toEqual(['nothing is at /nowhere/yet now', 'drift check does not report /usr/share/notes, so that it needs no entry', '/srv/* matches nothing that drift check reports now']);
    expect(await refused(allow(['/usr/bin/cat']))).toMatch(/^owned: \/usr\/bin\/cat belongs to coreutils/);
  });

  it('refuses what lint would, and a day that is past', async () => {
    expect(await refused(allow(['/usr/local/bin/tool'], { reason: ' ' }))).toContain('edit-refused: ');
    expect(await refused(allow(['/usr/local/bin/tool'], { until: 'tomorrow' }))).toContain('edit-refused: "tomorrow" is not a date');
    expect(await refused(allow(['/usr/local/bin/tool'], { until: '2001-01-01' }))).toContain('bad-until: ');
    expect(await refused(allow(['relative']))).toContain('bad-path: ');
    expect(await refused(allow(['/opt/[a']))).toContain('bad-path: ');
    expect(existsSync(file)).toBe(false);
  });
});

describe('who decides', () => {
  it('is the person behind sudo, and nobody else that the environment makes up', () => {
    const own = decidingPerson({});
    expect(own).not.toBe('');
    expect(decidingPerson({ SUDO_USER: 'alice' })).toBe('alice');
    for (const name of ['', 'root', 'a b', '../x', '\u001b[2J', 'x'.repeat(100)]) expect(decidingPerson({ SUDO_USER: name })).toBe(own);
  });
});
