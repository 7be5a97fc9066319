// What every package manager must keep, whatever its database: run over each by its own test file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { normalizePath, parentOf } from '../../src/model/bytes.ts';
import type { Coverage } from '../../src/model/coverage.ts';
import type { CodeKind, FileFacts, LaunchKind } from '../../src/model/file.ts';
import type { ManagerObservation } from '../../src/model/observed.ts';
import { claimsOf, type OwnershipIndex } from '../../src/model/ownership.ts';
import type { ManagerContext, PackageManager } from '../../src/managers/manager.ts';
import { scratchDirectory } from '../support/temporary-directory.ts';
import { differences, snapshot } from '../support/tree-snapshot.ts';

interface Reading {
  readonly context: ManagerContext;
  readonly index: OwnershipIndex;
  readonly observation: ManagerObservation;
  readonly coverage: readonly Coverage[];
}

async function readAll(manager: PackageManager, root: string): Promise<Reading> {
  const host = localHost(root);
  const context: ManagerContext = { host, scratch: scratchDirectory() };
  const seed = await manager.prepare(context);
  const ownership = manager.ownership(host, seed.value);
  const observed = await manager.observe(context, seed.value);
  return { context, index: ownership.value, observation: observed.value, coverage: [seed.coverage, ownership.coverage, ...observed.coverage] };
}

/** `makeFixtureRoot` makes a small healthy host of the manager's kind, with a few installed packages that own files, and answers its path. */
export function testManagerContract(manager: PackageManager, makeFixtureRoot: () => string | Promise<string>): void {
  describe(`the contract of package managers: ${manager.name}`, () => {
    let root: string;
    let read: Reading;
    const empty = mkdtempSync(join(tmpdir(), 'drift-contract-'));

    beforeAll(async () => {
      root = await makeFixtureRoot();
      read = await readAll(manager, root);
    });
    afterAll(() => rmSync(empty, { recursive: true, force: true }));

    it('is found where its database is, and only there', () => {
      const found = manager.detect(localHost(root));
      expect(found.present).toBe(true);
      if (found.present) expect(found.databases.length).toBeGreaterThan(0);
      const none = manager.detect(localHost(empty));
      expect(none.present).toBe(false);
      if (!none.present) expect(none.because).not.toBe('');
    });

    it('leaves the indexes of repositories closed where nobody asks for origins', async () => {
      const host = localHost(root);
      const context: ManagerContext = { host, scratch: scratchDirectory() };
      const bare = await manager.observe(context, (await manager.prepare(context)).value, { origins: false });
      expect(bare.value.packages.map(({ key }) => key)).toEqual(read.observation.packages.map(({ key }) => key));
      expect(bare.value.indexesRead).toBe(false);
      expect(bare.coverage.map(({ source }) => source)).toEqual(read.coverage.map(({ source }) => source).filter((source) => bare.coverage.some((each) => each.source === source)));
      expect(bare.coverage.map(({ source }) => source)).not.toContain(`${manager.name}/indexes`);
    });

    it('says how much it could read, source by source', () => {
      const sources = read.coverage.map((each) => each.source);
      expect(sources).toEqual([...new Set(sources)]);
      for (const each of read.coverage) {
        expect(each.source.startsWith(`${manager.name}/`)).toBe(true);
        expect({ source: each.source, status: each.status, problems: each.problems }).toEqual({ source: each.source, status: 'complete', problems: [] });
      }
      expect(sources).toContain(`${manager.name}/inventory`);
      expect(sources).toContain(`${manager.name}/ownership`);
      expect(read.observation.usable).toBe(true);
    });

    it('changes nothing in the root', async () => {
      const before = snapshot(root);
      const { context, index } = await readAll(manager, root);
      for (const directory of index.directories()) for (const claims of index.names(directory)!.values()) index.record(typeof claims === 'number' ? claims : claims[0]!);
      for (const rule of manager.proofs(context.host, index)) rule.prove(facts('/usr/local/bin/nobody'));
      for (const rule of manager.hints(context.host, index)) rule.hint(facts('/usr/local/bin/nobody'));
      const after = snapshot(root);
      expect(differences({ ...before, atimes: new Map() }, { ...after, atimes: new Map() })).toEqual([]);
    });

    it('reads the same twice', async () => {
      const again = await readAll(manager, root);
      expect(again.observation.packages).toEqual(read.observation.packages);
      expect(again.observation.repositories).toEqual(read.observation.repositories);
      expect([...again.index.directories()]).toEqual([...read.index.directories()]);
    });

    it('gives each package once, in the shape that the rest relies on', () => {
      const { packages } = read.observation;
      expect(packages.length).toBeGreaterThan(0);
      expect(new Set(packages.map((each) => each.key)).size).toBe(packages.length);
      for (const each of packages) {
        expect(each.manager).toBe(manager.name);
        expect(each.key.startsWith(`${manager.name}:${each.name}`)).toBe(true);
        expect(read.observation.architectureFits(each, undefined, each)).toBe(true);
        if (each.state === 'installed') {
          expect(each.version).not.toBe('');
          expect(each.stateDetail).toBeUndefined();
          expect(manager.versions.parse(each.version)).toBeDefined();
        } else expect(each.stateDetail).toBeDefined();
      }
    });

    it('owns canonical paths, each of a package that it lists', () => {
      const { context, index, observation } = read;
      const known = new Set(observation.packages.map((each) => `${each.name} ${each.arch} ${each.version}`));
      let claimed = 0;
      for (const directory of index.directories()) {
        expect(normalizePath(directory)).toBe(directory);
        const real = context.host.realpath(directory);
        if (real.ok) expect(real.value).toBe(directory);
        for (const name of index.names(directory)!.keys()) {
          expect(name).not.toContain('/');
          for (const claim of claimsOf(index, directory, name)) {
            claimed++;
            const owner = index.package(claim);
            expect(known).toContain(`${owner.name} ${owner.arch} ${owner.version}`);
            const recorded = index.recordedPath(claim);
            expect(recorded.startsWith('/')).toBe(true);
            expect(recorded.endsWith('/')).toBe(false);
            const record = index.record(claim);
            if (record.digest !== undefined) expect(record.digest.hex).toMatch(/^[0-9a-f]+$/);
            const time = index.installedBefore(claim);
            if (time !== undefined) expect(time).toBeGreaterThan(0);
          }
        }
      }
      expect(claimed).toBeGreaterThan(0);
      expect(index.names('/nobody/owns/this')).toBeUndefined();
      expect(index.manager).toBe(manager.name);
    });

    it('claims what is on the disk of a healthy host', () => {
      const { context, index } = read;
      let present = 0;
      for (const directory of index.directories()) {
        for (const name of index.names(directory)!.keys()) if (context.host.lstat(directory === '/' ? `/${name}` : `${directory}/${name}`).ok) present++;
      }
      expect(present).toBeGreaterThan(0);
    });

    it('orders versions totally, and each version satisfies itself', () => {
      const { versions } = manager;
      const all = [...new Set(read.observation.packages.map((each) => each.version))].filter((version) => version !== '').slice(0, 40);
      for (const a of all) {
        expect(versions.compare(a, a)).toBe(0);
        expect(versions.compareToBound(a, a)).toBe(0);
        expect(versions.satisfies({ op: '=', version: a }, '=', a)).toBe(true);
        expect(versions.satisfies({ op: '=', version: a }, '>=', a)).toBe(true);
        expect(versions.satisfies({ op: '=', version: a }, '<<', a)).toBe(false);
        for (const b of all) expect(Math.sign(versions.compare(a, b))).toBe(0 - Math.sign(versions.compare(b, a)));
      }
      const sorted = all.toSorted((a, b) => versions.compare(a, b));
      for (let i = 0; i + 1 < sorted.length; i++) expect(versions.compare(sorted[i]!, sorted[i + 1]!)).toBeLessThanOrEqual(0);
      expect(versions.parse('')).toBeUndefined();
    });

    it('proves nothing for programs that nobody placed, wherever they lie', () => {
      const { context, index } = read;
      const rules = manager.proofs(context.host, index);
      expect(new Set(rules.map((each) => each.mechanism)).size).toBe(rules.length);
      const found = manager.detect(context.host);
      const beside = found.present ? found.databases.flatMap((path) => [`${path}/stray`, `${parentOf(path)}/stray`]) : [];
      const places = ['/usr/local/bin/redis-server', '/usr/bin/stray', '/etc/cron.d/stray', '/etc/profile.d/stray.sh', '/var/cache/stray', '/var/lib/stray/x.so', ...beside];
      for (const path of places) {
        for (const each of [facts(path), facts(path, { code: 'script', launch: 'cron' }), facts(path, { code: 'shared-object', mode: 0o100644 }), facts(path, { mode: 0o104755 })]) {
          for (const rule of rules) expect({ path, mechanism: rule.mechanism, proof: rule.prove(each) }).toEqual({ path, mechanism: rule.mechanism, proof: undefined });
        }
      }
    });

    it('answers what happened to packages and what repositories have, of the names that were asked for', async () => {
      const { context } = read;
      const seed = (await manager.prepare(context)).value;
      const names = read.observation.packages.map((each) => each.name);
      for (const asked of [names, [], ['nobody-has-this*', '\x1b[31m', '*']]) {
        const events = await manager.events(context, seed, asked);
        expect(events.coverage).toMatchObject({ source: `${manager.name}/history`, problems: [] });
        for (const each of events.value) {
          expect(asked).toContain(each.name);
          expect(each).toMatchObject({ manager: manager.name, source: expect.stringMatching(/^\//) });
          expect(each.at).toBeGreaterThan(0);
        }
        expect(events.value.map(({ at }) => at)).toEqual(events.value.map(({ at }) => at).toSorted((a, b) => a - b));
        const available = await manager.available(context, { names: asked, paths: ['/usr/local/bin/nobody-has-this'] });
        expect(available.coverage).toMatchObject({ source: `${manager.name}/available`, problems: [] });
        expect(new Set(available.value.map((each) => `${each.name} ${each.arch}`)).size).toBe(available.value.length);
        for (const each of available.value) {
          expect(asked).toContain(each.name);
          expect(manager.versions.parse(each.version)).toBeDefined();
        }
        if (asked === names) expect(available.value.length).toBeGreaterThan(0);
      }
    });

    it('has commands by absolute path for what is installed, names after "--", and none for names that mean something else', () => {
      const { context, observation } = read;
      const commands = manager.commands(context.host);
      const installed = observation.packages.filter(({ state, version }) => state === 'installed' && version !== '').slice(0, 20);
      const changes = installed.map(({ arch, name, version }) => ({ change: 'remove' as const, name, arch, from: version }));
      expect(changes.filter((change) => commands.unsafe(change) !== undefined)).toEqual([]);
      for (const each of commands.split(changes)) {
        const { argv } = commands.transaction(each, { allowDowngrade: false, recommends: true });
        expect(argv[0]).toMatch(/^\/usr\/bin\/[a-z-]+$/);
        expect(argv.slice(argv.indexOf('--') + 1)).toHaveLength(each.length);
      }
      for (const name of ['-y', '--root=/x', '-oDir::Bin::dpkg=/x', 'a b', 'a*', 'a?', '[a]', '@a', './a', '/a', 'a=1 ', 'a/b', 'a^', '~a', '']) expect(commands.unsafe({ name, arch: '' })).toBeDefined();
    });

    it('keeps calm about hostile names and files that are gone', () => {
      const { context, index } = read;
      const names = ['/usr/bin/a\nb', '/usr/bin/\x1b[31m', '/usr/bin/caf\xe9\xff', '/\0', '/usr/lib/' + 'x'.repeat(300), '/'];
      for (const path of names) {
        for (const each of [facts(path), { ...facts(path), type: 'link' as const, target: '/etc/alternatives/../../nowhere' }, { ...facts(path), type: 'link' as const, target: '' }]) {
          for (const rule of manager.proofs(context.host, index)) expect(rule.prove(each)).toBeUndefined();
          for (const rule of manager.hints(context.host, index)) rule.hint(each);
        }
      }
    });
  });
}

/** Facts of a made-up regular file. */
export function facts(path: string, options: { readonly code?: CodeKind; readonly launch?: LaunchKind; readonly mode?: number } = {}): FileFacts {
  const now = Date.now();
  const stat = { mode: options.mode ?? 0o100755, uid: 0, gid: 0, size: 100, mtimeMs: now, ctimeMs: now, dev: 1, ino: 1, nlink: 1 };
  return { path, type: 'file', stat, code: options.code ?? 'elf-executable', ...(options.launch === undefined ? {} : { launch: options.launch }) };
}
