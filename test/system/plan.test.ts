// Plans for real hosts: every planted stray is in the plan or refused with a reason, what is protected is never in it, and what packages would do is what apt-get and dnf say.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Host, Query } from '../../src/host/host.ts';
import { localHost } from '../../src/host/local-host.ts';
import { privateDirectory } from '../../src/host/private-directory.ts';
import { dnf } from '../../src/managers/dnf/index.ts';
import { ok } from '../../src/model/result.ts';
import { inside } from '../support/chroot-host.ts';
import { initThenCheck } from '../support/clean-check.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { plantDeb } from '../support/plant-deb.ts';
import { plantRpm } from '../support/plant-rpm.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { writeRpmHome } from '../support/rpm-build.ts';
import { RPM_HOST_NEEDS, rpmHost } from '../support/rpm-host.ts';
import { run } from '../support/run-command.ts';
import { drift, type ReportedFinding } from '../support/run-cli.ts';
import { bytesOf, type Truth } from '../support/truth.ts';
import { differences, snapshot } from '../support/tree-snapshot.ts';
import { workingCopy } from '../support/working-copy.ts';

interface Named { readonly path: string; readonly pathBase64?: string }
interface PlanJson {
  readonly actions: readonly { readonly kind: string; readonly because: readonly string[]; readonly name?: string; readonly files?: readonly Named[]; readonly links?: readonly Named[]; readonly file?: Named }[];
  readonly refusals: readonly { readonly findings: readonly string[]; readonly subject: ReportedFinding['subject']; readonly reason: string; readonly message: string }[];
  readonly findings: readonly { readonly id: string; readonly kind: string; readonly alsoKinds: readonly string[]; readonly subject: ReportedFinding['subject'] }[];
  readonly transactions: readonly { readonly argv: readonly string[]; readonly simulated?: readonly { readonly change: string; readonly name: string }[] }[];
}

const SCOPE = ['file-stray', 'tree-stray', 'launch-stray'];
const PROTECTED = /^\/(?:boot|etc\/(?:pam\.d|ssh|sudoers|apt|dnf|network|security|polkit-1)|root\/\.ssh|var\/lib\/(?:dpkg|rpm))(?:\/|$)/;

/** What moves, byte for byte. */
function movedBy(plan: PlanJson): readonly string[] {
  return plan.actions.flatMap(({ file, files, links }) => [...files ?? [], ...links ?? [], ...(file === undefined ? [] : [file])]).map((each) => bytesOf({ type: 'path', ...each }));
}

/** Truths in the scope that the plan neither takes away nor refuses. */
function unanswered(plan: PlanJson, truths: readonly Truth[]): readonly string[] {
  const moved = new Set(movedBy(plan));
  const refused = new Set(plan.refusals.map(({ subject }) => bytesOf(subject)));
  const whole = plan.refusals.map(({ subject }) => bytesOf(subject));
  return truths.filter(({ kinds }) => kinds.some((kind) => kind.split('|').some((each) => SCOPE.includes(each)))).flatMap(({ id, subject }) => {
    if (subject.type !== 'path') return [];
    const { path } = subject;
    const below = [...moved, ...whole].some((each) => each.startsWith(`${path}/`) || path.startsWith(`${each}/`));
    return moved.has(path) || refused.has(path) || below ? [] : [`${id} ${JSON.stringify(path)}`];
  });
}

function findingsWithoutAnswer({ actions, findings, refusals }: PlanJson): readonly string[] {
  const answered = new Set([...actions.flatMap(({ because }) => because), ...refusals.flatMap((refusal) => refusal.findings)]);
  return findings.filter(({ id }) => !answered.has(id)).map(({ kind, subject }) => `${kind} ${JSON.stringify(subject)}`);
}

async function planOf(root: string, manifest: string): Promise<PlanJson> {
  const plan = await drift(['plan', '--root', root, '--manifest', manifest, '--json']);
  expect(plan.stderr).toBe('');
  expect(plan.code).toBe(2);
  expect(schemaErrors(plan.json<object>())).toEqual([]);
  return plan.json<PlanJson>();
}

describe.skipIf(!needs('a plan for a planted Debian host', 'root', 'mmdebstrap', 'apt-sources', 'setcap', 'dpkg-deb'))('a planted Debian host', () => {
  it('each planted stray goes or is refused with a reason; nothing protected goes, and nothing is changed', async () => {
    const pristine = debHost(ROLES_DEB_HOST);
    const { manifestFile } = await initThenCheck(pristine);
    const { root } = workingCopy(pristine, 'plan');
    const truths = plantDeb(root);
    const before = snapshot(root);
    const plan = await planOf(root, manifestFile);
    expect(unanswered(plan, truths)).toEqual([]);
    expect(findingsWithoutAnswer(plan)).toEqual([]);
    expect(movedBy(plan).filter((path) => PROTECTED.test(path))).toEqual([]);
    expect(movedBy(plan).length).toBeGreaterThan(40);
    expect(new Set(movedBy(plan)).size).toBe(movedBy(plan).length);
    // The controls stay.
    const silent = new Set(truths.filter(({ kinds }) => kinds.length === 0).flatMap(({ subject }) => (subject.type === 'path' ? [subject.path] : [])));
    expect(movedBy(plan).filter((path) => silent.has(path))).toEqual([]);
    expect(differences(before, snapshot(root))).toEqual([]);
  });
});

describe.skipIf(!needs('a plan for a planted RPM host', ...RPM_HOST_NEEDS, 'setcap'))('a planted RPM host', () => {
  it('each planted stray goes or is refused with a reason; nothing protected goes', async () => {
    const { manifestFile } = await initThenCheck(rpmHost());
    const { root } = workingCopy(rpmHost(), 'plan');
    const truths = plantRpm(root);
    const plan = await planOf(root, manifestFile);
    expect(unanswered(plan, truths)).toEqual([]);
    expect(findingsWithoutAnswer(plan)).toEqual([]);
    expect(movedBy(plan).filter((path) => PROTECTED.test(path))).toEqual([]);
    expect(movedBy(plan).length).toBeGreaterThan(25);
  });

  it('real dnf, asked about a removal, tells what else would go, and the host stays as it is', async () => {
    const { root } = workingCopy(rpmHost(), 'simulate');
    const home = mkdtempSync(join(tmpdir(), 'drift-dnf-home-'));
    try {
      writeRpmHome(home);
      const before = snapshot(root);
      // The dnf of this machine looks at the copy of the database, as that of the host would.
      const query = async ({ args }: Query): ReturnType<Host['query']> => {
        const out = run('sh', ['-c', 'exec dnf "$@" 2>&1', 'sh', '--releasever=9', '--setopt=reposdir=/nonexistent', ...args], { env: { HOME: home, LC_ALL: 'C.UTF-8' }, accept: [0, 1] });
        return ok({ stdout: Buffer.from(out), stderr: '', exitCode: 1 });
      };
      const local = localHost(root);
      const host = new Proxy(local, { get: (_, name: keyof Host) => (name === 'query' ? query : typeof local[name] === 'function' ? (local[name] as () => unknown).bind(local) : local[name]) });
      const scratch = privateDirectory();
      const ask = (name: string, version: string, arch: string) => dnf.simulate({ host, scratch: () => scratch }, [{ change: 'remove', name, arch, from: version }], { allowDowngrade: false, recommends: true }, []);
      const server = await ask('kvstore', '7.2.4-1', 'x86_64');
      expect(server.ok && server.value.map(({ change, name }) => `${change} ${name}`)).toContain('remove kvstore');
      const common = await ask('kvstore-common', '7.2.4-1', 'noarch');
      expect(common.ok && common.value.map(({ name }) => name).toSorted()).toEqual(expect.arrayContaining(['kvstore', 'kvstore-common']));
      expect(differences(before, snapshot(root))).toEqual([]);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});

describe.skipIf(!needs('a plan on the running system', 'root', 'mount', 'overlay', 'mmdebstrap', 'apt-sources', 'dpkg-deb'))('on the running system', () => {
  let root: string;
  const manifest = '/etc/drift/manifest.yaml';

  beforeAll(() => {
    root = workingCopy(debHost(ROLES_DEB_HOST), 'plan-live').root;
    const built = join(root, 'tmp/build');
    const make = (name: string, depends: string): void => {
      mkdirSync(join(built, name, 'DEBIAN'), { recursive: true });
      writeFileSync(join(built, name, 'DEBIAN/control'), `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: Test <test@example.invalid>\n${depends}Description: a test\n`);
      run('dpkg-deb', ['--root-owner-group', '-b', join(built, name), join(built, `${name}.deb`)]);
    };
    make('lone++', '');
    make('leaned-on', '');
    make('leaner', 'Depends: leaned-on\n');
    run('chroot', [root, 'sh', '-c', 'dpkg -i /tmp/build/*.deb && rm -r /tmp/build']);
    mkdirSync(join(root, 'etc/drift'));
    writeFileSync(join(root, manifest), 'drift: 1\npackages: { "lone++": absent, leaned-on: absent, apt: absent, no-such-package-anywhere: any }\nsweep: { exclude: ["/mnt/drift/**"] }\npolicy: { reconcile: [package-forbidden, package-missing] }\n');
  });

  it('apt-get is asked what it would really do: what would take others with it is refused and named', async () => {
    const options = inside(root);
    const before = snapshot(root);
    const answer = await drift(['plan', '--json'], options);
    const plan = answer.json<PlanJson>();
    expect(schemaErrors(answer.json<object>())).toEqual([]);
    expect(plan.actions.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['package-remove lone++']);
    expect(plan.transactions.map(({ argv, simulated }) => [argv.slice(-3), simulated?.map(({ change, name }) => `${change} ${name}`)])).toEqual([[['remove', '--', 'lone++'], ['remove lone++']]]);
    expect(plan.refusals.map(({ reason, subject }) => `${reason} ${subject['name']}`).toSorted()).toEqual(['not-available no-such-package-anywhere', 'plan-cascade leaned-on', 'protected apt']);
    expect(plan.refusals.find(({ reason }) => reason === 'plan-cascade')!.message).toBe('it would also remove leaner');
    expect(answer.code).toBe(2);
    // apt reads as everybody does, and scratch files in /tmp came and went.
    expect(differences(before, snapshot(root)).filter((line) => !line.startsWith('atimes') && !line.startsWith('metadata "/tmp"'))).toEqual([]);
  });

  it('with what leans on it declared absent too, both go by one command', async () => {
    writeFileSync(join(root, manifest), 'drift: 1\npackages: { leaned-on: absent, leaner: absent }\nsweep: { exclude: ["/mnt/drift/**"] }\n');
    const plan = (await drift(['plan', '--json', '--only', 'package-forbidden'], inside(root))).json<PlanJson>();
    expect(plan.transactions.map(({ simulated }) => simulated?.map(({ name }) => name).toSorted())).toEqual([['leaned-on', 'leaner']]);
    expect(plan.refusals).toEqual([]);
  });
});
