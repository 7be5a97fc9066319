// A Debian host on which real packages were unpacked by hand below /opt (dpkg-deb -x), so that its own database knows nothing of them; kept in the build cache.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineAptSources } from './apt-sources.ts';
import { cached } from './build-cache.ts';
import { debHost, MINIMAL_DEB_HOST } from './deb-host.ts';
import { inRoot, run } from './run-command.ts';

/** Raise when the way of building changes. */
const RECIPE = 1;
const DOWNLOADS = '/run/drift-test-downloads';
/** What tells a person what it is, and drift nothing. */
const DOCUMENTS = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/bug', 'usr/share/lintian'];

export interface HandInstalled {
  /** The id that drift has for what its programs are. */
  readonly product: string;
  /** Whole names of packages as texts of patterns, for those that carry a number; of several that fit the greatest counts. They are unpacked into one directory. */
  readonly packages: readonly string[];
  /** Not in every release. */
  readonly optional?: boolean;
}

function alone(...products: readonly string[]): HandInstalled[] {
  return products.map((name) => ({ product: name, packages: [name] }));
}

/** About 150 MB to fetch. */
export const OFTEN: readonly HandInstalled[] = [
  { product: 'redis', packages: ['redis-server', 'redis-tools'] }, { product: 'valkey', packages: ['valkey-server', 'valkey-tools'], optional: true },
  { product: 'apache', packages: ['apache2-bin'] }, { product: 'postgresql', packages: ['postgresql-\\d+'] }, { product: 'mariadb', packages: ['mariadb-server-core'] },
  { product: 'node', packages: ['libnode\\d+'] }, { product: 'python', packages: ['python3\\.\\d+-minimal'] }, { product: 'java', packages: ['openjdk-\\d+-jre-headless'] }, { product: 'php', packages: ['php\\d\\.\\d-cli'] },
  { product: 'openssl', packages: ['openssl', 'libssl3(?:t64)?'] }, { product: 'openssh', packages: ['openssh-server', 'openssh-client'] }, { product: 'busybox', packages: ['busybox-static'] },
  { product: 'curl', packages: ['curl', 'libcurl4(?:t64)?'] }, { product: 'kubectl', packages: ['kubernetes-client'] }, { product: 'tomcat', packages: ['libtomcat\\d+-java', 'tomcat\\d+-common'] },
  { product: 'bind', packages: ['bind9'] }, { product: 'dnsmasq', packages: ['dnsmasq-base'] },
  ...alone('nginx', 'haproxy', 'memcached', 'prometheus', 'prometheus-node-exporter', 'prometheus-redis-exporter', 'runc', 'git', 'lighttpd', 'squid', 'varnish', 'unbound', 'mosquitto', 'vsftpd'),
];

/** As much again; only with DRIFT_FAULTS=all. */
export const LARGE: readonly HandInstalled[] = [
  { product: 'go', packages: ['golang-1\\.\\d+-go'] }, { product: 'docker', packages: ['docker\\.io'] }, { product: 'alertmanager', packages: ['prometheus-alertmanager'] }, { product: 'pushgateway', packages: ['prometheus-pushgateway'] },
  { product: 'etcd', packages: ['etcd-server', 'etcd-client'] },
  ...alone('containerd', 'caddy', 'rclone', 'restic', 'prometheus-postgres-exporter', 'prometheus-mysqld-exporter', 'prometheus-blackbox-exporter', 'prometheus-nginx-exporter'),
];

export interface Unpacked {
  readonly product: string;
  /** '/opt/redis', of the root. */
  readonly directory: string;
  /** By package, as `dpkg-deb -f` has them. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface HandInstalledHost {
  readonly root: string;
  readonly unpacked: readonly Unpacked[];
  /** Bytes of the packages. */
  readonly downloaded: number;
}

/** First use takes the network, and throws with apt's words where a package cannot be had. Do not write into the root. `copies`: by the new path, one from below /opt. */
export function handInstalled(name: string, wanted: readonly HandInstalled[], copies: Readonly<Record<string, string>> = {}): HandInstalledHost {
  const base = debHost(MINIMAL_DEB_HOST);
  const built = cached(name, [RECIPE, MINIMAL_DEB_HOST, machineAptSources(), wanted, copies], (building) => {
    const root = join(building, 'root');
    run('cp', ['-a', '--reflink=auto', base, root]);
    writeFileSync(join(building, 'unpacked.json'), JSON.stringify(unpackAll(root, wanted)));
    for (const [path, from] of Object.entries(copies)) run('cp', ['-p', '--', join(root, from), join(root, path)]);
  });
  return { root: join(built, 'root'), ...JSON.parse(readFileSync(join(built, 'unpacked.json'), 'utf8')) as Pick<HandInstalledHost, 'downloaded' | 'unpacked'> };
}

/** The lists of the copy are brought up to date: what they named when the host was built may be gone from the mirror. */
function unpackAll(root: string, wanted: readonly HandInstalled[]): Pick<HandInstalledHost, 'downloaded' | 'unpacked'> {
  // What the copy keeps of apt is that of the host it came from: its database is to know no more.
  run('cp', ['-a', join(root, 'var/lib/apt'), join(root, 'var/lib/apt.before')]);
  mkdirSync(join(root, DOWNLOADS));
  inRoot(root, ['apt-get', '-qq', '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Check-Valid-Until=false', 'update']);
  const known = inRoot(root, ['apt-cache', 'pkgnames']).split('\n');
  let downloaded = 0;
  const unpacked = wanted.flatMap(({ optional, packages, product }): Unpacked[] => {
    const names = packages.map((pattern) => greatest(known.filter((each) => new RegExp(`^(?:${pattern})$`).test(each))));
    const lacking = packages.filter((_, index) => names[index] === undefined);
    if (lacking.length > 0 && optional === true) return [];
    if (lacking.length > 0) throw new Error(`${product}: this release has no package ${lacking.join(', ')}`);
    const directory = `/opt/${product}`;
    const versions: Record<string, string> = {};
    for (const name of names as string[]) {
      const archive = download(root, name);
      downloaded += Number(run('stat', ['-c', '%s', archive]));
      run('dpkg-deb', ['-x', archive, join(root, directory)]);
      versions[name] = run('dpkg-deb', ['-f', archive, 'Version']).trim();
      rmSync(archive);
    }
    for (const each of DOCUMENTS) rmSync(join(root, directory, each), { recursive: true, force: true });
    return [{ product, directory, versions }];
  });
  rmSync(join(root, DOWNLOADS), { recursive: true });
  rmSync(join(root, 'var/lib/apt'), { recursive: true });
  run('mv', [join(root, 'var/lib/apt.before'), join(root, 'var/lib/apt')]);
  return { unpacked, downloaded };
}

/** 'postgresql-17' of 'postgresql-15' and 'postgresql-17'. */
function greatest(names: readonly string[]): string | undefined {
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
}

function download(root: string, name: string): string {
  inRoot(root, ['sh', '-c', `cd ${DOWNLOADS} && apt-get -qq -o APT::Sandbox::User=root download ${name}`]);
  const directory = join(root, DOWNLOADS);
  const [file] = readdirSync(directory).filter((each) => each.endsWith('.deb'));
  if (file === undefined || !existsSync(join(directory, file))) throw new Error(`apt-get said nothing, and yet did not fetch ${name}`);
  return join(directory, file);
}
