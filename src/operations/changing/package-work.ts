// The package managers of the running host, as carrying out a plan asks them; and whose numbers the names in their records stand for.
import { readAccounts } from '../../host/accounts.ts';
import { readHostFacts } from '../../host/host-facts.ts';
import type { Host } from '../../host/host.ts';
import { heldLock, heldLockByDescriptor } from '../../host/locks.ts';
import { processName } from '../../host/live-process.ts';
import type { PackageManager } from '../../managers/manager.ts';
import { MANAGERS } from '../../managers/registry.ts';
import type { AccountIds } from '../../model/account-ids.ts';
import { joinPath, type BytePath } from '../../model/bytes.ts';
import type { OwnershipIndex } from '../../model/ownership.ts';
import type { PackageRef } from '../../model/package.ts';
import type { Holder, PackageWork } from '../../model/package-work.ts';
import { fail, ok } from '../../model/result.ts';
import { managerContext } from '../manager-context.ts';

export function packageWork(host: Host): PackageWork {
  const present = MANAGERS.filter((manager) => manager.detect(host).present);
  const context = managerContext(host, readHostFacts(host));
  const called = (name: string): PackageManager | undefined => present.find((manager) => manager.name === name);
  const absent = (name: string): ReturnType<typeof fail> => fail('no-manager', `this host has no package database of ${name}`);
  return {
    commands: (name) => called(name)?.commands(host),
    holder: (name) => holderOf(host, called(name)),
    interrupted(name) {
      const manager = called(name);
      const what = manager?.atWork.interrupted(host);
      return what === undefined ? undefined : fail('manager-interrupted', what, `${manager!.atWork.mend}, then try again`).error;
    },
    mend: (name) => called(name)?.atWork.mend ?? 'drift check',
    installed: async (name) => called(name)?.atWork.installed(context) ?? absent(name),
    async lacking(name, packages) {
      const manager = called(name);
      if (manager === undefined || !manager.atWork.removesFilesFirst) return [];
      const { value: index } = manager.ownership(host, (await manager.prepare(context)).value);
      return missingFiles(host, index, packages);
    },
    simulate: async ({ changes, manager: name }, options, installed) => called(name)?.simulate(context, changes, options, installed) ?? absent(name),
    archive(name, ref) {
      const path = called(name)?.atWork.archive(host, ref);
      const digest = path === undefined ? undefined : host.digest(path, 'sha256');
      return path !== undefined && digest?.ok === true ? { path, sha256: digest.value } : undefined;
    },
    async repack(name, ref) {
      const manager = called(name);
      if (manager === undefined) return absent(name);
      const { value: index } = manager.ownership(host, (await manager.prepare(context)).value);
      const bytes = manager.keep(host, index, ref);
      return bytes.ok ? ok(bytes.value.content) : bytes;
    },
  };
}

function missingFiles(host: Host, index: OwnershipIndex, packages: readonly Pick<PackageRef, 'name' | 'arch' | 'version'>[]): readonly string[] {
  const missing: string[] = [];
  for (const directory of index.directories()) {
    for (const [name, claims] of index.names(directory) ?? []) {
      for (const claim of typeof claims === 'number' ? [claims] : claims) {
        const { arch, name: of, version } = index.package(claim);
        if (!packages.some((each) => each.name === of && each.arch === arch && each.version === version) || index.record(claim).mayBeMissing === true) continue;
        const found = host.lstat(joinPath(directory, name));
        if (!found.ok && found.error.reason === 'ENOENT') missing.push(`${of} ${version} is without ${index.recordedPath(claim)}`);
      }
    }
  }
  return missing.sort();
}

function holderOf(host: Host, manager: PackageManager | undefined): Holder | undefined {
  if (manager === undefined) return undefined;
  const files = [...manager.lockFiles, ...manager.atWork.fetchLocks];
  const lock = heldLock(host, files) ?? heldLockByDescriptor(host, files);
  if (lock !== undefined) return holder(lock.path, lock.pid);
  for (const path of manager.atWork.pidFiles) {
    const content = host.readBytes(path, 64);
    const pid = content.ok ? Number(/^\s*(\d{1,9})\s*$/.exec(content.value)?.[1] ?? 0) : 0;
    // What a process left that is gone is no lock, and neither is what stands there since the last start of the host under drift's own number.
    if (pid > 0 && pid !== process.pid && processName(pid) !== undefined) return holder(path, pid);
  }
  return undefined;
}

function holder(path: BytePath, pid: number): Holder {
  const program = pid > 0 ? processName(pid) : undefined;
  return { path, pid, ...(program === undefined ? {} : { program }) };
}

export function accountIds(host: Host): AccountIds {
  const { accounts, groups } = readAccounts(host);
  const numbers = new Map([...groups.byId].flatMap(([id, names]) => names.map((name) => [name, id] as const)));
  return {
    user: (name) => accounts.find((account) => account.name === name)?.id,
    group: (name) => numbers.get(name),
  };
}
