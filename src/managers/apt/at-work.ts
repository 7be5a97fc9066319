// apt and dpkg while a host is changed: locks (apt-get(8)), the database read anew, dpkg's journal (updates/), archives in apt's cache.
import { fail, ok } from '../../model/result.ts';
import type { AtWork } from '../manager.ts';
import { databaseOf, DPKG, forgetDatabase } from './database.ts';
import { readInventory } from './inventory.ts';
import { archiveName } from './original.ts';
import { ARCHIVES } from './proofs/archives.ts';

export const aptAtWork: AtWork = {
  fetchLocks: ['/var/lib/apt/lists/lock', `${ARCHIVES}/lock`],
  pidFiles: [],
  mend: 'dpkg --configure -a, then apt-get --fix-broken install',
  async installed({ host, kernel }) {
    forgetDatabase(host);
    const { coverage, packages, usable } = readInventory(host, databaseOf(host), kernel);
    if (usable) return ok(packages);
    const problem = coverage.flatMap(({ problems }) => problems)[0];
    return fail('database-unreadable', `dpkg's database cannot be read as a whole: ${problem?.message ?? 'it ends inside an entry'}`);
  },
  interrupted(host) {
    const entries = host.readDirectory(`${DPKG}/updates`);
    // dpkg's own journal has numbers for names, and is empty between two runs.
    const waiting = entries.ok ? entries.value.filter(({ name }) => /^\d+$/.test(name)).length : 0;
    return waiting === 0 ? undefined : `dpkg was cut off in the middle of its work (${DPKG}/updates is not empty)`;
  },
  removesFilesFirst: false,
  archive(host, ref) {
    const path = `${ARCHIVES}/${archiveName(ref)}`;
    return host.exists(path) ? path : undefined;
  },
};
