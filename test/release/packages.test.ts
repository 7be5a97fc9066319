// `npm run test:release`: the packages as a stranger gets them, from a clone of the last commit, on fresh hosts of each Debian release and on an RPM host. Takes minutes and the network.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineAptSources } from '../support/apt-sources.ts';
import { cached, checkoutDirectory, removeTree } from '../support/build-cache.ts';
import { madeIn, PACKAGE_NEEDS, putInto, type Packages } from '../support/packages.ts';
import { needs } from '../support/requirements.ts';
import { rpmHost, RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import type { Report } from '../support/run-cli.ts';
import { inRoot, run } from '../support/run-command.ts';
import { rootDifferences, wholeRoot } from '../support/whole-root.ts';
import { workDirectory, workingCopy, type WorkingCopy } from '../support/working-copy.ts';

const DEBIAN = ['bullseye', 'bookworm', 'trixie'];
/** A whole host of that family, instead of the small one that the tests build. */
const RPM_ROOT = process.env['DRIFT_RELEASE_RPM_ROOT'];

/** What a host has just after its installation, with what drift depends on. */
function debianRoot(release: string): string {
  const mirror = /^deb (\S+)/.exec(machineAptSources()!.lines[0]!)![1]!;
  return cached(`release-${release}`, [1, mirror], (building) => {
    const packages = ['libatomic1', 'libcap2-bin', ...(release === 'bullseye' ? [] : ['usr-is-merged'])].join(',');
    run('mmdebstrap', ['--mode=root', '--variant=minbase', '--quiet', `--include=${packages}`, '--aptopt=Acquire::Check-Valid-Until "false"', release, join(building, 'root'), `deb ${mirror} ${release} main`]);
  }) + '/root';
}

/** As root of the host, with its own /proc and no network. */
function on(root: string, args: readonly string[], accept: readonly number[] = [0]): string {
  return run('unshare', ['-m', '-p', '-f', '-n', '--propagation', 'private', 'sh', '-euc', 'mount -t proc proc "$1/proc"; root=$1; shift; exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"', 'sh', root, ...args], { accept });
}

/** Of directories type, mode and owner: whatever is made in one changes its time. */
function state(root: string): ReadonlyMap<string, string> {
  return new Map([...wholeRoot(root)].map(([path, facts]) => [path, /^[0-7]+ /.test(facts) ? facts.split(' ').slice(0, 2).join(' ') : facts]));
}

function ownFindings(root: string): readonly string[] {
  const report = JSON.parse(on(root, ['/usr/bin/drift', 'check', '--verify', '--json'], [0, 2, 3])) as Report;
  return report.findings.map(({ kind, message, subject }) => `${kind} ${JSON.stringify(subject)} ${message}`).filter((line) => line.includes('drift'));
}

describe.skipIf(!needs('the packages of a clone', ...PACKAGE_NEEDS, 'git', 'npm', 'mmdebstrap', 'apt-sources', 'overlay'))('the packages of a clone', { timeout: 1_800_000 }, () => {
  let packages: Packages;
  const clones: string[] = [];

  function packagesOfClone(name: string): Packages {
    const clone = join(workDirectory(name), 'checkout');
    clones.push(clone);
    run('git', ['clone', '-q', checkoutDirectory(), clone]);
    const npm = (...args: readonly string[]): string => run('npm', args, { cwd: clone, timeoutMs: 1_200_000 });
    npm('ci', '--no-audit', '--no-fund');
    npm('run', '-s', 'package');
    expect(run('git', ['status', '--porcelain'], { cwd: clone })).toBe('');
    return madeIn(join(clone, 'build/packages'));
  }

  beforeAll(() => {
    packages = packagesOfClone('clone');
  }, 1_800_000);
  afterAll(() => {
    for (const clone of clones) removeTree(clone);
  });

  it('are the same bytes from another clone', () => {
    const others = packagesOfClone('another clone');
    for (const kind of ['deb', 'rpm'] as const) expect(run('cmp', [packages[kind], others[kind]], { accept: [0, 1] }), kind).toBe('');
  });

  it.each(DEBIAN)('install on a minimal Debian %s, run there without Node, verify, and leave nothing', (release) => {
    const copy: WorkingCopy = workingCopy(debianRoot(release), `release-${release}`);
    const before = state(copy.root);
    const deb = putInto(copy.root, packages.deb);
    inRoot(copy.root, ['dpkg', '-i', deb]);
    rmSync(join(copy.root, deb));
    expect(on(copy.root, ['/usr/bin/drift', '--version'])).toMatch(/^drift \d/);
    expect(on(copy.root, ['sh', '-c', 'command -v node nodejs'], [1, 127])).toBe('');
    expect(on(copy.root, ['dpkg', '--verify', 'drift'])).toBe('');
    expect(ownFindings(copy.root).filter((line) => !line.startsWith('package-'))).toEqual([]);
    inRoot(copy.root, ['dpkg', '--purge', 'drift']);
    expect(rootDifferences(before, state(copy.root)).filter((line) => !/^"var\/(?:lib\/dpkg|log|cache\/(?:debconf|ldconfig))\//.test(line))).toEqual([]);
    copy.remove();
  });

  it.skipIf(!needs('the .rpm on an RPM host', ...RPM_HOST_NEEDS))('install on an RPM host, run there without Node, verify, and leave nothing', () => {
    const copy = workingCopy(RPM_ROOT ?? rpmHost(), 'release-rpm');
    mkdirSync(join(copy.root, 'root'), { recursive: true });
    // Hosts that the tests build lack what every real one has, and packages that say so.
    const libraries = run('ldd', [process.execPath]).matchAll(/(\/\S+) \(0x/g);
    for (const [, path] of libraries) if (!existsSync(join(copy.root, path!))) run('cp', ['-L', '--parents', path!, copy.root]);
    const before = state(copy.root);
    const rpm = (...args: readonly string[]): string => run('rpm', ['--root', copy.root, '--dbpath', '/var/lib/rpm', '--force-debian', ...args], { accept: [0, 1] });
    rpm('-i', '--nodeps', packages.rpm);
    expect(on(copy.root, ['/usr/bin/drift', '--version'])).toMatch(/^drift \d/);
    expect(rpm('-V', '--nodeps', 'drift')).toBe('');
    expect(ownFindings(copy.root).filter((line) => !line.startsWith('package-'))).toEqual([]);
    rpm('-e', 'drift');
    expect(rootDifferences(before, state(copy.root)).filter((line) => !/^"(?:var\/lib\/rpm\/|var\/log\/|usr\/share\/man\/man1")/.test(line))).toEqual([]);
    copy.remove();
  });
});
