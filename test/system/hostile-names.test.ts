// A thousand names that a host can have and nobody would give: through plan, reconcile, journal, history and undo they stay what they are, byte for byte, and no terminal is told anything by them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { inside } from '../support/chroot-host.ts';
import { debHost } from '../support/deb-host.ts';
import { TRANSACTION_BASE } from '../support/deb-transaction-host.ts';
import { hostileNames } from '../support/hostile-names.ts';
import { planter } from '../support/planter.ts';
import { onTerminal } from '../support/pty.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { rootDifferences, wholeFiles } from '../support/whole-root.ts';
import { workingCopy } from '../support/working-copy.ts';

const COUNT = 1000;
const PLACES = ['/usr/local/bin', '/usr/local/sbin'] as const;

/** All different: pieces that are hostile alone, and pairs of them, always the same. */
function paths(): readonly string[] {
  const pieces = hostileNames().map((path) => path.slice('/srv/'.length)).filter((name) => !name.includes('/'));
  const names = new Set(pieces);
  for (const [at, piece] of [...pieces, ...pieces, ...pieces].entries()) {
    const name = `${piece}${pieces[(at * 7 + Math.floor(at / pieces.length) * 31 + 13) % pieces.length]}`;
    if (name.length <= 255) names.add(name);
  }
  return [...names].slice(0, COUNT).map((name, at) => `${PLACES[at % 2]}/${name}`);
}

/** Below a directory whose own name is one, to the length that the system takes at once. */
const DEEP = `/srv/${Array.from({ length: 15 }, (_, at) => `\x1b[2J\n\xff${String(at).padStart(240, 'd')}`).join('/')}/tool`;

/** What a terminal obeys, or what nobody sees, beside ends of lines. */
const RAW = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

function rawIn(text: string): string | undefined {
  const at = text.search(RAW);
  return at < 0 ? undefined : JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));
}

interface Shown { readonly path: string; readonly pathBase64?: string }

function exact({ path, pathBase64 }: Shown): string {
  return Buffer.from(pathBase64 ?? path, pathBase64 === undefined ? 'utf8' : 'base64').toString('latin1');
}

describe.skipIf(!needs('hostile names from plan to undo', 'root', 'mount', 'overlay', 'mmdebstrap', 'apt-sources', 'getcap', 'script'))('a thousand hostile names', () => {
  const planted = [...paths(), DEEP].toSorted();
  let root: string;
  let before: ReadonlyMap<string, string>;

  /** On a terminal, with what drift itself draws there taken away: the line of its progress. */
  async function screenOf(args: readonly string[], code: number): Promise<string> {
    const { checkout = '', wrap = [] } = inside(root);
    const run = await onTerminal([...wrap, process.execPath.replace(join(import.meta.dirname, '../..'), checkout), `${checkout}/bin/run.js`, ...args, '--no-color'], [], 280_000);
    expect(run.code, run.screen.slice(-2000)).toBe(code);
    return run.screen.replaceAll(/\r|\x1b\[2?K/g, '');
  }

  beforeAll(() => {
    root = workingCopy(debHost(TRANSACTION_BASE), 'names').root;
    mkdirSync(join(root, 'etc/drift'));
    writeFileSync(join(root, 'etc/drift/manifest.yaml'), 'drift: 1\nsweep: { exclude: ["/mnt/drift/**"] }\n');
    const plant = planter(root);
    for (const path of planted) plant.put(path);
    before = wholeFiles(root, ['usr/local', 'srv']);
  });

  it('are a thousand', () => {
    expect(new Set(planted).size).toBe(COUNT + 1);
    expect(planted.filter((path) => rawIn(path) !== undefined || /[\x80-\xff]/.test(path)).length).toBeGreaterThan(COUNT / 3);
    expect(Math.max(...planted.map((path) => path.slice(path.lastIndexOf('/') + 1).length))).toBe(255);
  });

  it('are planned, each as it is', async () => {
    const plan = await drift(['plan', '--json', '--output', '/root/plan.json'], inside(root));
    expect(plan.code, plan.stderr).toBe(2);
    const text = readFileSync(join(root, 'root/plan.json'), 'utf8');
    expect(rawIn(text)).toBeUndefined();
    const { actions } = JSON.parse(text) as { readonly actions: readonly { readonly files: readonly Shown[] }[] };
    expect(actions.flatMap(({ files }) => files.map(exact)).toSorted()).toEqual(planted);
    expect(rawIn(await screenOf(['plan'], 2))).toBeUndefined();
  });

  it('are moved, and the journal knows each', async () => {
    expect(rawIn(await screenOf(['reconcile', '/root/plan.json', '--yes'], 0))).toBeUndefined();
    expect(PLACES.flatMap((place) => readdirSync(join(root, place)))).toEqual([]);
    const runs = join(root, 'var/lib/drift/runs');
    const [run = ''] = readdirSync(runs);
    expect(readFileSync(join(runs, run, 'journal'), 'latin1')).toMatch(/^[\x20-\x7e\n]*$/);
    expect(readdirSync(join(root, 'var/lib/drift/quarantine', run))).toHaveLength(planted.length);
  });

  it('are told by history', async () => {
    for (const args of [['history'], ['history', '1']]) expect(rawIn(await screenOf(args, 0)), args.join(' ')).toBeUndefined();
    const history = await drift(['history', '1', '--json'], inside(root));
    expect(rawIn(history.stdout)).toBeUndefined();
    const [run] = history.json<{ readonly runs: readonly { readonly items: readonly Shown[] }[] }>().runs;
    expect(run?.items.map(exact).toSorted()).toEqual(planted);
  });

  it('are back', async () => {
    expect(rawIn(await screenOf(['undo'], 0))).toBeUndefined();
    expect(rootDifferences(before, wholeFiles(root, ['usr/local', 'srv']))).toEqual([]);
    const check = await drift(['check', '--json'], inside(root));
    expect(rawIn(check.stdout)).toBeUndefined();
    expect(rawIn(await screenOf(['check'], 2))).toBeUndefined();
  });
});
