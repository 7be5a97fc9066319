// dnf and rpm while a host is changed: locks (dnf 4 keeps pids in files, rpm and dnf 5 lock theirs), the database read anew, packages in dnf's cache.
import { readPrivateFile } from '../../host/private-directory.ts';
import type { Host } from '../../host/host.ts';
import type { BytePath } from '../../model/bytes.ts';
import { fail, ok } from '../../model/result.ts';
import type { AtWork } from '../manager.ts';
import { parseDump } from './dump.ts';
import { readHistory } from './history.ts';
import { readInventory } from './inventory.ts';
import { readMarks } from './marks.ts';
import { takeSnapshot } from './snapshot.ts';

const CACHES: readonly BytePath[] = ['/var/cache/dnf', '/var/cache/libdnf5', '/var/cache/yum'];

export const dnfAtWork: AtWork = {
  fetchLocks: ['/run/dnf/rpmtransaction.lock'],
  pidFiles: ['/var/lib/dnf/rpmdb_lock.pid', '/var/cache/dnf/metadata_lock.pid', '/var/cache/dnf/download_lock.pid', '/var/run/yum.pid'],
  mend: 'dnf remove --duplicates',
  async installed(context) {
    const snapshot = await takeSnapshot(context);
    const dump = parseDump(snapshot.value.dump === undefined ? '' : readPrivateFile(snapshot.value.dump).toString('latin1'), true);
    const [failure] = dump.failures;
    if (failure !== undefined) return fail('database-unreadable', failure.message);
    return ok(readInventory({ host: context.host, dump, history: readHistory(context), marks: readMarks(context.host), kernel: context.kernel }));
  },
  // rpm has no journal of its own: what a cut off transaction left shows in what is installed, and in files that are gone.
  interrupted: () => undefined,
  removesFilesFirst: true,
  archive(host, { arch, name, version }) {
    const file = `${name}-${version.replace(/^\d+:/, '')}.${arch}.rpm`;
    for (const cache of CACHES) {
      for (const repository of directoriesOf(host, cache)) {
        const path = `${cache}/${repository}/packages/${file}`;
        if (host.exists(path)) return path;
      }
    }
    return undefined;
  },
};

function directoriesOf(host: Host, path: BytePath): readonly string[] {
  const entries = host.readDirectory(path);
  return entries.ok ? entries.value.filter(({ type }) => type === 'directory').map(({ name }) => name).sort() : [];
}
