// Keeps the archives of package versions that are about to go with the run: a second name for what lies in the manager's cache, else fetched where a repository has it, else put together again. What is not kept is said.
import type { DirectoryHandle } from '../host/directory-handle.ts';
import { writeDurable } from '../host/durable-log.ts';
import { openOwn } from '../host/writable-host.ts';
import { baseOf, joinPath, parentOf } from '../model/bytes.ts';
import type { KnownArchive } from '../model/package-journal.ts';
import type { InstalledPackage } from '../model/package.ts';
import type { Transaction } from '../model/plan.ts';
import { ok, type Result } from '../model/result.ts';
import { PACKAGES_LOG, type PackageRunner } from './package-runner.ts';

const DIRECTORY = 'packages';

/** Of all commands that are to keep them. Answers what is not kept, one sentence each. */
export async function keepArchives(runner: PackageRunner, transactions: readonly Transaction[]): Promise<Result<readonly string[]>> {
  const keeping = transactions.filter(({ keep }) => keep === true);
  if (keeping.length === 0) return ok([]);
  const kept = openOwn(runner.directory, DIRECTORY);
  if (!kept.ok) return kept;
  const notes: string[] = [];
  try {
    for (const { changes, manager, simulated } of keeping) {
      const installed = await runner.work.installed(manager);
      if (!installed.ok) return installed;
      for (const { arch, change, from, name } of simulated ?? changes) {
        const pkg = change === 'remove' || change === 'upgrade' || change === 'downgrade' ? installed.value.find((each) => each.name === name && each.arch === arch && each.version === from && each.state === 'installed') : undefined;
        if (pkg !== undefined) notes.push(...await keepOne(runner, kept.value, pkg));
      }
    }
    const synced = kept.value.sync();
    return synced.ok ? ok(notes) : synced;
  } finally {
    kept.value.close();
  }
}

/** What there is to say of it. */
async function keepOne(runner: PackageRunner, kept: DirectoryHandle, pkg: InstalledPackage): Promise<readonly string[]> {
  const { directory, host, waiting, work } = runner;
  const said = `${pkg.name} ${pkg.version}`;
  const fetch = work.commands(pkg.manager)?.fetch(pkg, kept.path);
  if (fetch === undefined) return [`${said} is not kept: this host has no ${pkg.manager}`];
  if (isThere(kept, fetch.file)) return [];
  const cached = work.archive(pkg.manager, pkg);
  const parent = cached === undefined ? undefined : host.directory(parentOf(cached.path));
  if (cached !== undefined && parent?.ok === true) {
    parent.value.link(baseOf(cached.path), kept, fetch.file);
    parent.value.close();
    if (isThere(kept, fetch.file)) return [];
  }
  waiting.tell(`fetching ${said}, to keep it`);
  const ended = await host.managerCommand({ argv: fetch.argv, cwd: kept.path, directory, log: PACKAGES_LOG, end: () => waiting.stopAsked(), slow: () => {} });
  if (ended.ok && ended.value.exitCode === 0 && isThere(kept, fetch.file)) return [];
  const again = await work.repack(pkg.manager, pkg);
  const written = again.ok ? writeDurable(kept, fetch.file, again.value) : again;
  if (written.ok) return [`${said} is in no cache and no repository: it is kept as put together again from its files, which no signature covers`];
  return [`${said} is not kept: it is in no cache and no repository, and ${written.error.message}`];
}

function isThere(kept: DirectoryHandle, file: string): boolean {
  const found = kept.look(file);
  return found.ok && found.value.type === 'file' && found.value.size > 0;
}

/** With its digest, for the journal. */
export function keptArchive({ directory, host, work }: PackageRunner, pkg: InstalledPackage): KnownArchive | undefined {
  const kept = directory.open(DIRECTORY);
  if (!kept.ok) return undefined;
  try {
    const file = work.commands(pkg.manager)?.fetch(pkg, kept.value.path).file;
    const held = file === undefined ? undefined : kept.value.hold(file);
    if (held?.ok !== true) return undefined;
    const digest = held.value.digest();
    held.value.close();
    const path = joinPath(kept.value.path, file!);
    return digest.ok ? { name: pkg.name, arch: pkg.arch, version: pkg.version, path: host.root === '/' ? path : path.slice(host.root.length), sha256: digest.value } : undefined;
  } finally {
    kept.value.close();
  }
}

/** For good. */
export function dropArchives(directory: DirectoryHandle): Result<void> {
  const kept = directory.open(DIRECTORY);
  if (!kept.ok) return kept.error.reason === 'ENOENT' ? ok(undefined) : kept;
  try {
    const names = kept.value.names();
    if (!names.ok) return names;
    for (const name of names.value) {
      const removed = kept.value.unlink(name);
      if (!removed.ok && removed.error.reason !== 'ENOENT') return removed;
    }
    return ok(undefined);
  } finally {
    kept.value.close();
  }
}
