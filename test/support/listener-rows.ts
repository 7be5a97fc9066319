// Lines of the listener table for tests: each fills in what a test does not speak of.
import type { ListenerReport } from '../../src/model/listener-report.ts';
import type { ListenerRow } from '../../src/model/listener-row.ts';
import type { ListenerEntry } from '../../src/model/manifest.ts';
import type { Listener } from '../../src/model/runtime.ts';

let inodes = 1000;

export function aListener(address: string, port: number, more: Partial<Listener> = {}): Listener {
  inodes += 1;
  return { protocol: 'tcp', address, port, reach: /^(?:127\.|::1$)/.test(address) ? 'loopback' : /^(?:0\.0\.0\.0|::)$/.test(address) ? 'any' : 'address', pids: [412], uid: 0, inode: inodes, ...more };
}

/** An unowned Redis unless said otherwise. */
export function aRow(listener: Listener, more: Partial<ListenerRow> = {}): ListenerRow {
  return {
    listener, program: '/usr/local/bin/redis-server', owners: [], unit: 'redis.service', user: 'root', since: Date.UTC(2026, 10, 2, 9, 14),
    state: listener.reach === 'loopback' || listener.reach === 'local' ? 'not-asked' : 'unconfirmed', ...more,
  };
}

export function sshdRow(listener: Listener = aListener('0.0.0.0', 22), more: Partial<ListenerRow> = {}): ListenerRow {
  return aRow(listener, {
    program: '/usr/sbin/sshd', owners: [{ manager: 'apt', name: 'openssh-server', arch: 'amd64', version: '1:9.2p1-2' }], unit: 'ssh.service', state: 'confirmed', entry: anEntry(22), ...more,
  });
}

export function anEntry(port: number, more: Partial<ListenerEntry> = {}): ListenerEntry {
  return { protocol: 'tcp', port, confirmed: { by: 'alice', on: '2026-11-01' }, declaredAt: { file: 'web.yaml', line: 12, column: 3 }, ...more };
}

export function aListenerReport(rows: readonly ListenerRow[], more: Partial<ListenerReport> = {}): ListenerReport {
  return {
    drift: '0.1.0', host: { name: 'web-1', os: { id: 'debian', idLike: [], versionId: '12' }, arch: 'amd64', root: '/' },
    manifest: [{ path: 'web.yaml', sha256: 'a'.repeat(64) }], compared: true, coverage: [], rows, hidden: { loopback: 0, unix: 0 }, ...more,
  };
}
