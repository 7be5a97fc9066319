// Real packages of programs that are often installed by hand, unpacked where no package manager knows of them: each is named, with its version, and nothing is named wrongly.
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { identify } from '../../src/evidence/identify.ts';
import { localHost } from '../../src/host/local-host.ts';
import { baseOf, isWithin, parentOf, type BytePath } from '../../src/model/bytes.ts';
import { typeOfMode } from '../../src/model/file.ts';
import { classify, HEAD_BYTES } from '../../src/sweep/classify.ts';
import { bareFacts } from '../sweep/sandbox.ts';
import { ALL } from '../support/fault-cases.ts';
import { handInstalled, LARGE, OFTEN, type HandInstalledHost, type Unpacked } from '../support/hand-installed.ts';
import { needs } from '../support/requirements.ts';
import { drift, type CliResult, type ReportedFinding } from '../support/run-cli.ts';

/** One file each, under a name that tells nothing. */
const RENAMED: Readonly<Record<string, string>> = {
  '/usr/local/bin/rs': '/opt/redis/usr/bin/redis-check-rdb', '/usr/local/sbin/www': '/opt/nginx/usr/sbin/nginx', '/usr/local/bin/lb': '/opt/haproxy/usr/sbin/haproxy', '/usr/local/bin/.x': '/opt/memcached/usr/bin/memcached',
  '/usr/local/sbin/nginx': '/opt/apache/usr/sbin/apache2', '/usr/local/bin/sh': '/opt/busybox/bin/busybox', '/usr/local/sbin/updated': '/opt/openssh/usr/sbin/sshd', '/usr/local/bin/metrics': '/opt/prometheus-node-exporter/usr/bin/prometheus-node-exporter',
};

interface Told {
  readonly id: string;
  readonly version?: string;
}

/** Of a single program or of a tree. */
function toldBy({ facts: { product, products } }: ReportedFinding): readonly Told[] {
  return [...(product === undefined ? [] : [product as Told]), ...(products ?? []) as readonly Told[]];
}

/** '1:9.2p1-2+deb12u10' -> '9.2p1'; what a build for a distribution adds is no version of the product. */
function upstream(version: string): string {
  const bare = version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
  return (bare.includes('+really') ? bare.slice(bare.indexOf('+really') + '+really'.length) : bare).replace(/[+~].*$/, '');
}

/** Some are built with the whole version of their package. Debian 13 calls OpenSSH 10.0p2 10.0p1. */
function isRight(told: string, { versions }: Unpacked): boolean {
  const portable = (version: string): string => version.replace(/p\d+$/, '');
  return Object.values(versions).some((version) => told === version.replace(/^\d+:/, '') || portable(told) === portable(upstream(version)));
}

function mistakes(told: Told, at: string, of: Unpacked): string[] {
  if (told.id !== of.product) return [`${at} is called ${told.id}`];
  return told.version === undefined || isRight(told.version, of) ? [] : [`${at} of ${JSON.stringify(of.versions)} is called ${told.id} ${told.version}`];
}

function programsBelow(root: string, directory: BytePath): BytePath[] {
  const entries = readdirSync(Buffer.from(`${root}${directory}`, 'latin1'), { withFileTypes: true, recursive: true, encoding: 'latin1' });
  return entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length));
}

/** Every program of the packages, also those that a tree does not tell. */
function everyProgram({ root, unpacked }: HandInstalledHost): { readonly looked: number; readonly wrong: readonly string[] } {
  const host = localHost(root);
  const wrong: string[] = [];
  let looked = 0;
  for (const each of unpacked) {
    for (const path of programsBelow(root, each.directory)) {
      const head = host.readHead(path, HEAD_BYTES);
      const facts = bareFacts(host, path);
      if (!head.ok || typeOfMode(facts.stat.mode) !== 'file') continue;
      const { code } = classify(parentOf(path), baseOf(path), facts.stat.mode, head.value);
      if (code === undefined) continue;
      looked += 1;
      const { product, version } = identify(host, { facts: { ...facts, code } }) ?? {};
      if (product !== undefined) wrong.push(...mistakes({ id: product.id, ...(version === undefined ? {} : { version }) }, path, each));
    }
  }
  return { looked, wrong };
}

interface Tally {
  /** Products, by id. */
  readonly named: readonly string[];
  readonly versioned: readonly string[];
  readonly wrong: readonly string[];
}

function tally(check: CliResult, { unpacked }: HandInstalledHost): Tally {
  const below = ({ subject: { path } }: ReportedFinding, { directory }: Unpacked): boolean => path !== undefined && isWithin(path, directory);
  const told = unpacked.map((each) => ({ each, found: check.json().findings.filter((finding) => below(finding, each)).flatMap((finding) => toldBy(finding).map((of) => ({ of, at: finding.subject['path']! }))) }));
  return {
    named: told.filter(({ each, found }) => found.some(({ of }) => of.id === each.product)).map(({ each }) => each.product),
    versioned: told.filter(({ each, found }) => found.some(({ of }) => of.id === each.product && of.version !== undefined && isRight(of.version, each))).map(({ each }) => each.product),
    wrong: told.flatMap(({ each, found }) => found.flatMap(({ of, at }) => mistakes(of, at, each))),
  };
}

describe.skipIf(!needs('real programs installed by hand', 'root', 'mmdebstrap', 'apt-sources', 'dpkg-deb'))('programs that are often installed by hand', () => {
  let host: HandInstalledHost;
  let check: CliResult;

  beforeAll(async () => {
    host = handInstalled('deb-by-hand', OFTEN, RENAMED);
    check = await drift(['check', '--root', host.root, '--json']);
  }, 900_000);

  it('are fetched within bounds', () => {
    expect(host.unpacked.length).toBeGreaterThanOrEqual(28);
    expect(host.downloaded).toBeLessThan(180e6);
  });

  it('are named with the right product and version, and never wrongly', () => {
    const { named, versioned, wrong } = tally(check, host);
    expect(wrong).toEqual([]);
    expect(host.unpacked.map(({ product }) => product).filter((product) => !named.includes(product))).toEqual([]);
    expect(named.length).toBeGreaterThanOrEqual(25);
    expect(versioned.length, versioned.join(' ')).toBeGreaterThanOrEqual(20);
  });

  it('are known by their content, whatever they are called', () => {
    const { findings } = check.json();
    for (const [path, from] of Object.entries(RENAMED)) {
      const of = host.unpacked.find(({ directory }) => isWithin(from, directory))!;
      const [told] = findings.filter(({ subject }) => subject['path'] === path).flatMap(toldBy);
      expect(told?.id, path).toBe(of.product);
      expect(isRight(told?.version ?? '', of), `${path}: ${told?.version}`).toBe(true);
    }
  });

  it('are all that is found on the host', () => {
    expect(check.code, check.stderr).toBe(2);
    expect(check.json().findings.map(({ subject }) => subject['path'] ?? subject.type).filter((path) => !isWithin(path, '/opt') && !isWithin(path, '/usr/local'))).toEqual([]);
  });

  it('are explained', async () => {
    const explained = await drift(['explain', '/usr/local/bin/rs', '--root', host.root, '--json']);
    const [redis] = explained.json<{ readonly explanations: readonly { readonly identity: { readonly product: Told; readonly version: string; readonly because: readonly string[] } }[] }>().explanations;
    expect(redis!.identity).toMatchObject({ product: { id: 'redis', name: 'Redis' } });
    expect(isRight(redis!.identity.version, host.unpacked.find(({ product }) => product === 'redis')!), redis!.identity.version).toBe(true);
    expect(redis!.identity.because.join(' ')).toMatch(/its text says/);
  });

  it('have no program that is named wrongly', () => {
    const { looked, wrong } = everyProgram(host);
    expect(wrong).toEqual([]);
    expect(looked).toBeGreaterThan(500);
  });
});

describe.skipIf(!ALL || !needs('large programs installed by hand', 'root', 'mmdebstrap', 'apt-sources', 'dpkg-deb'))('large programs that are often installed by hand', () => {
  it('are named with the right product, and never wrongly', { timeout: 1_800_000 }, async () => {
    const host = handInstalled('deb-large-by-hand', LARGE);
    const { named, versioned, wrong } = tally(await drift(['check', '--root', host.root, '--json']), host);
    expect([...wrong, ...everyProgram(host).wrong]).toEqual([]);
    expect(host.unpacked.map(({ product }) => product).filter((product) => !named.includes(product))).toEqual([]);
    expect(versioned.length, versioned.join(' ')).toBeGreaterThanOrEqual(10);
  });
});
