// What reconcile removed, installed, set and marked comes back with drift undo, by real package managers: versions, marks, holds, and every file byte for byte.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { inside } from '../support/chroot-host.ts';
import { DEB_CHOSEN, DEB_TRANSACTION_NEEDS, debTransactionHost } from '../support/deb-transaction-host.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { RPM_CHOSEN, RPM_TRANSACTION_NEEDS, rpmTransactionHost } from '../support/rpm-transaction-host.ts';
import { inRoot, run } from '../support/run-command.ts';
import { drift } from '../support/run-cli.ts';
import { differenceOf, installed, manifestOf, type TransactionHost } from '../support/transactions.ts';
import { rootDifferences, wholeRoot } from '../support/whole-root.ts';
import { workingCopy } from '../support/working-copy.ts';

const LIMIT_MS = 900_000;

interface RunJson {
  readonly error?: { readonly code: string };
  readonly failure: unknown;
  readonly notes: readonly string[];
  readonly run: { readonly phase: string; readonly commands: readonly { readonly notPutBack: readonly { readonly name: string; readonly message: string }[] | null }[] };
}

/** rpm puts new configuration beside an edited one, and leaves directories that no package names. */
const LEFT_BY_RPM = /^"(?:etc\/configured\.conf\.rpmnew|usr\/share\/fresh[a-z-]*-files)": absent -> /;
/** Databases, caches and logs of the managers; what every installation makes anew (its directories' times are not compared). */
const ITS_OWN = /^"(?:var\/(?:lib\/(?:dpkg|apt|rpm|dnf|drift)|cache|log|tmp)\/|etc\/dnf\/plugins\/versionlock.list|root\/|run\/)/;

async function declare(root: string, chosen: readonly string[], packages: Readonly<Record<string, string | undefined>>, policy: readonly string[] = []): Promise<RunJson> {
  mkdirSync(join(root, 'etc/drift'), { recursive: true });
  writeFileSync(join(root, 'etc/drift/manifest.yaml'), manifestOf({ packages, policy }, chosen));
  const reconciled = await drift(['reconcile', '--yes', '--json', '--allow-downgrade'], inside(root));
  expect(reconciled.json<RunJson>().error).toBeUndefined();
  expect(reconciled.code).toBe(0);
  return reconciled.json<RunJson>();
}

async function undo(root: string): Promise<RunJson & { readonly code: number }> {
  const answer = await drift(['undo', '--json'], inside(root));
  const json = answer.json<RunJson>();
  if (json.error === undefined) expect(schemaErrors(json)).toEqual([]);
  return { ...json, code: answer.code };
}

/** Of directories their mode and owner: what comes and goes in them changes their times. */
function contents(root: string): ReadonlyMap<string, string> {
  return new Map([...wholeRoot(root)].map(([path, facts]) => [path, /^\d+ \d+:\d+ [\d.]+$/.test(facts) ? facts.replace(/ [\d.]+$/, '') : facts]));
}

interface Family extends TransactionHost {
  /** Shell lines before. */
  readonly given: string;
  readonly packages: Readonly<Record<string, string | undefined>>;
  /** All of the first run. */
  readonly does: readonly string[];
  /** Takes a version out of the repository; $1 is the root. */
  readonly forget: string;
  /** What is said of a version that nobody has and that is to be kept. */
  readonly repacked: RegExp;
  /** A package that needs `fresh`. */
  readonly leanOnFresh: string;
}

const DEB: Family = {
  manager: 'apt', root: debTransactionHost, chosen: DEB_CHOSEN,
  given: 'apt-get -qq -y install orphan; apt-mark auto orphan leaf; echo "setting = mine" > /etc/app.conf; apt-mark hold rival',
  packages: { app: 'absent', fresh: 'any', configured: '">= 2"', epoch: '">= 1.0"' },
  does: ['install fresh 1', 'install fresh-extra 1', 'install fresh-lib 1', 'manual leaf', 'remove app 1.0-1', 'remove app-doc 1', 'remove lib 1.0', 'remove orphan 1', 'unhold rival', 'upgrade configured 2.0', 'upgrade epoch 1:1.0-1'],
  forget: 'cd "$1/srv/repository"; rm leaf_1_all.deb InRelease Release; sed -i "/^Package: leaf$/,/^$/d" Packages; echo "deb [trusted=yes] file:///srv/repository ./" > "$1/etc/apt/sources.list"; rm -rf "$1"/var/lib/apt/lists/*; chroot "$1" apt-get -qq -o APT::Sandbox::User=root update',
  repacked: /^leaf 1 is in no cache and no repository: it is kept as put together again from its files, which no signature covers$/,
  leanOnFresh: 'mkdir -p /tmp/l/DEBIAN; printf "Package: leaner\nVersion: 1\nArchitecture: all\nMaintainer: Test <test@example.invalid>\nDepends: fresh\nDescription: a test\n" > /tmp/l/DEBIAN/control; dpkg-deb -b /tmp/l /tmp/leaner.deb; dpkg -i /tmp/leaner.deb; rm -r /tmp/l /tmp/leaner.deb',
};

const RPM: Family = {
  manager: 'dnf', root: rpmTransactionHost, chosen: RPM_CHOSEN,
  given: 'dnf -q -y install orphan; dnf -q -y mark remove orphan leaf; echo "setting = mine" > /etc/configured.conf; dnf -q -y versionlock add rival',
  packages: { oldtool: 'absent', newtool: 'any', fresh: 'any', configured: '">= 2"', epoch: '">= 1.0"' },
  does: ['install fresh 1-1', 'install fresh-extra 1-1', 'install fresh-lib 1-1', 'install newtool 2-1', 'manual leaf', 'remove oldtool 1-1', 'remove orphan 1-1', 'unhold rival', 'upgrade configured 2.0-1', 'upgrade epoch 1:1.0-1'],
  forget: 'rm -r "$1"/srv/repository/leaf-1-1.noarch.rpm "$1"/srv/repository/repodata; createrepo_c -q --general-compress-type=gz "$1/srv/repository"; rm -rf "$1"/var/cache/dnf/*',
  repacked: /^leaf 1-1 is not kept: it is in no cache and no repository, and .* rpm cannot put a package together again$/,
  leanOnFresh: '',
};

for (const family of [DEB, RPM]) {
  const { chosen, does, given, manager, packages } = family;
  describe.skipIf(!needs(`undo of packages with ${manager}`, ...(manager === 'apt' ? DEB_TRANSACTION_NEEDS : RPM_TRANSACTION_NEEDS)))(`what ${manager} did`, () => {
    beforeAll(() => void family.root(), LIMIT_MS);

    it('is taken back: versions, marks, holds, and files byte for byte; the second undo has nothing to do', async () => {
      const { remove, root } = workingCopy(family.root(), 'undo-packages');
      try {
        inRoot(root, ['sh', '-euc', given]);
        inside(root);
        const [before, files] = [installed(root, manager), contents(root)];
        await declare(root, chosen, packages);
        expect(differenceOf(before, installed(root, manager), manager)).toEqual([...does].toSorted());
        const undone = await undo(root);
        expect(undone.failure).toBeNull();
        expect(undone.notes).toEqual([]);
        expect(undone.run.phase).toBe('undone');
        expect(undone.run.commands.flatMap(({ notPutBack }) => notPutBack ?? [])).toEqual([]);
        expect(undone.code).toBe(0);
        // What was unpacked again is there in its own version: that is all that a database may tell.
        expect(differenceOf(before, installed(root, manager), manager).filter((line) => !line.startsWith('reinstall '))).toEqual([]);
        rmSync(join(root, 'etc/drift'), { recursive: true });
        expect(rootDifferences(files, contents(root)).filter((line) => !ITS_OWN.test(line) && !LEFT_BY_RPM.test(line))).toEqual([]);
        expect((await undo(root)).error?.code).toBe('nothing-to-undo');
      } finally {
        remove();
      }
    }, LIMIT_MS);

    it('comes from the archive that was kept with the run, where policy.keep-packages is set; prune frees it', async () => {
      const { remove, root } = workingCopy(family.root(), 'undo-kept');
      try {
        const { notes } = await declare(root, chosen, { leaf: 'absent', epoch: '">= 1.0"' }, ['keep-packages: true']);
        expect(notes).toEqual([]);
        const [name = ''] = readdirSync(join(root, 'var/lib/drift/runs'));
        const kept = join(root, 'var/lib/drift/runs', name, 'packages');
        expect(readdirSync(kept)).toHaveLength(2);
        run('sh', ['-euc', family.forget, 'sh', root]);
        const undone = await undo(root);
        expect(undone.notes).toEqual([]);
        expect(undone.code).toBe(0);
        const now = installed(root, manager);
        expect([now.has('leaf'), now.get('leaf')?.[0]?.mark, now.get('epoch')?.[0]?.version]).toEqual([true, 'manual', '1:1.0~rc1-1']);
        expect((await drift(['history', 'prune', '--older-than', '0h', '--yes'], inside(root))).code).toBe(0);
        expect(readdirSync(kept)).toEqual([]);
      } finally {
        remove();
      }
    }, LIMIT_MS);

    it('that nobody has any more is kept as put together again from its files, or said to be lost', async () => {
      const { remove, root } = workingCopy(family.root(), 'undo-repacked');
      try {
        run('sh', ['-euc', family.forget, 'sh', root]);
        const files = contents(root);
        const { notes } = await declare(root, chosen, { leaf: 'absent' }, ['keep-packages: true']);
        expect(notes).toEqual([expect.stringMatching(family.repacked)]);
        const undone = await undo(root);
        const back = manager === 'apt';
        expect([installed(root, manager).has('leaf'), undone.code, undone.notes.length]).toEqual(back ? [true, 0, 0] : [false, 2, 1]);
        if (!back) return;
        expect(installed(root, manager).get('leaf')?.[0]?.mark).toBe('manual');
        rmSync(join(root, 'etc/drift'), { recursive: true });
        expect(rootDifferences(files, contents(root)).filter((line) => !ITS_OWN.test(line))).toEqual([]);
      } finally {
        remove();
      }
    }, LIMIT_MS);

    it('stays where its version is gone, or where it came since, and is named', async () => {
      const { remove, root } = workingCopy(family.root(), 'undo-left');
      try {
        await declare(root, chosen, { leaf: 'absent', epoch: '">= 1.0"', rival: 'absent' });
        run('sh', ['-euc', family.forget, 'sh', root]);
        const undone = await undo(root);
        expect(undone.notes).toHaveLength(1);
        expect(undone.notes[0]).toMatch(/^install leaf 1/);
        expect(undone.code).toBe(2);
        const now = installed(root, manager);
        expect([now.has('leaf'), now.has('rival'), now.get('epoch')?.[0]?.version]).toEqual([false, true, '1:1.0~rc1-1']);
      } finally {
        remove();
      }
    }, LIMIT_MS);
  });
}

describe.skipIf(!needs('undo of an installation that others lean on', ...DEB_TRANSACTION_NEEDS))('what came with apt', () => {
  it('stays as long as something that came since needs it', async () => {
    const { remove, root } = workingCopy(debTransactionHost(), 'undo-leaned-on');
    try {
      await declare(root, DEB_CHOSEN, { fresh: 'any' });
      inRoot(root, ['sh', '-euc', DEB.leanOnFresh]);
      writeFileSync(join(root, 'etc/app.conf'), 'edited since\n');
      const undone = await undo(root);
      expect(undone.notes.map((note) => note.replace(/:.*/, '')).toSorted()).toEqual(['remove fresh 1', 'remove fresh-lib 1']);
      expect(undone.notes.join('\n')).toContain('the package manager would also remove leaner 1');
      expect(existsSync(join(root, 'usr/share/fresh/version'))).toBe(true);
      expect(existsSync(join(root, 'usr/share/fresh-extra/version'))).toBe(false);
      expect(readFileSync(join(root, 'etc/app.conf'), 'utf8')).toBe('edited since\n');
      inRoot(root, ['dpkg', '-r', 'leaner']);
      expect((await undo(root)).code).toBe(0);
      expect(existsSync(join(root, 'usr/share/fresh/version'))).toBe(false);
    } finally {
      remove();
    }
  }, LIMIT_MS);
});
