// Builds real Debian hosts as directories with mmdebstrap(1) from this machine's own apt sources, and keeps them in the build cache.
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineAptSources, machineIndexes } from './apt-sources.ts';
import { cached, pause, removeTree } from './build-cache.ts';
import { run } from './run-command.ts';

/** Raise when the way of building changes. */
const RECIPE = 2;

export interface DebHostSpec {
  readonly name: string;
  readonly variant: 'minbase' | 'important' | 'standard';
  readonly packages: readonly string[];
  /** Built again when the mirrors have other packages: for what fetches the versions of this host again. */
  readonly current?: true;
}

export const MINIMAL_DEB_HOST: DebHostSpec = { name: 'deb-minimal', variant: 'minbase', packages: [], current: true };
/** A few server roles: services, a scripting language with bytecode, cron, certificate links, setuid programs. */
export const ROLES_DEB_HOST: DebHostSpec = {
  name: 'deb-roles',
  variant: 'minbase',
  packages: ['openssh-server', 'nginx-light', 'redis-server', 'python3', 'cron', 'ca-certificates', 'sudo', 'less', 'curl'],
};

/** The root of a clean host; do not write into it (`workingCopy`). First use takes 15-60 s and the network. */
export function debHost(spec: DebHostSpec): string {
  const sources = machineAptSources();
  if (sources === undefined) throw new Error('this machine has no apt sources for its own release');
  return cached(spec.name, [RECIPE, spec, sources, ...(spec.current === true ? machineIndexes() : [])], (building) => {
    const root = join(building, 'root');
    for (let left = 2; ; left--) {
      try {
        return build(spec, sources.release, sources.lines, root);
      } catch (error) {
        // A mirror that takes over new packages at this moment says one thing and gives another.
        if (left === 0) throw error;
        removeTree(root);
        pause(20_000);
      }
    }
  }) + '/root';
}

function build(spec: DebHostSpec, release: string, lines: readonly string[], root: string): void {
  // A second, ordinary `apt-get install` gives the packages the marks and conffile states that an administrator's would have.
  const install = `APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -qq --yes -oDPkg::Chroot-Directory="$1" -oDpkg::Use-Pty=0 -oDPkg::Options::=--force-unsafe-io install ${spec.packages.join(' ')} </dev/null >/dev/null`;
  run('mmdebstrap', [
    '--mode=root', `--variant=${spec.variant}`, '--quiet',
    // The package lists and logs of a host that lives are there.
    '--skip=cleanup/apt,cleanup/reproducible',
    '--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=Acquire::Retries "5"',
    ...(spec.packages.length === 0 ? [] : [`--customize-hook=${install}`]),
    release, root, ...lines,
  ]);
  rmSync(join(root, 'etc/apt/apt.conf.d/99mmdebstrap'), { force: true });
  // mmdebstrap takes these two from the building machine, with their modes: an exec bit there would be a stray here.
  writeFileSync(join(root, 'etc/hostname'), `${spec.name}\n`);
  for (const file of ['etc/hostname', 'etc/resolv.conf']) {
    if (existsSync(join(root, file))) chmodSync(join(root, file), 0o644);
  }
  const archives = join(root, 'var/cache/apt/archives');
  for (const name of readdirSync(archives)) if (name.endsWith('.deb')) rmSync(join(archives, name));
}
