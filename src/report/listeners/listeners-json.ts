// drift.listeners/1: what listens, as JSON (schema in docs/reference/listeners.schema.json).
import type { ListenerReport } from '../../model/listener-report.ts';
import type { ListenerRow } from '../../model/listener-row.ts';
import type { ListenerEntry } from '../../model/manifest.ts';
import { bytesField, coverageValue, jsonText } from '../check/json.ts';

export const LISTENER_STATES = ['unconfirmed', 'changed', 'expired', 'confirmed', 'not-asked'] as const satisfies readonly ListenerRow['state'][];

export function listenersJson(report: ListenerReport): string {
  const byState = Object.fromEntries(LISTENER_STATES.map((state) => [state, report.rows.filter((row) => row.state === state).length]));
  return jsonText({
    schema: 'drift.listeners/1',
    drift: report.drift,
    host: { name: report.host.name, os: { id: report.host.os.id, versionId: report.host.os.versionId } },
    manifest: report.manifest.map((file) => ({ path: file.path, sha256: file.sha256 })),
    compared: report.compared,
    coverage: report.coverage.map(coverageValue),
    summary: { listeners: report.rows.length, byState, hidden: { ...report.hidden } },
    listeners: report.rows.map(rowValue),
  });
}

export function rowValue(row: ListenerRow): unknown {
  const { listener } = row;
  return {
    protocol: listener.protocol,
    ...bytesField('address', listener.address),
    port: listener.port,
    reach: listener.reach,
    dualStack: listener.dualStack ?? null,
    ...(listener.device === undefined ? { device: null } : bytesField('device', listener.device)),
    namespace: listener.namespace === undefined ? null : { inode: listener.namespace.inode, ...(listener.namespace.name === undefined ? { name: null } : bytesField('name', listener.namespace.name)) },
    ...(row.program === undefined ? { program: null } : bytesField('program', row.program)),
    ...(row.startedAs === undefined ? { startedAs: null } : bytesField('startedAs', row.startedAs)),
    owners: row.owners === undefined ? null : row.owners.map(({ manager, name, arch, version }) => ({ manager, name, arch, version })),
    ...(row.unit === undefined ? { unit: null } : bytesField('unit', row.unit)),
    ...(listener.socketUnit === undefined ? { socketUnit: null } : bytesField('socketUnit', listener.socketUnit)),
    ...(row.user === undefined ? { user: null } : bytesField('user', row.user)),
    uid: listener.uid,
    pids: [...listener.pids],
    since: row.since === undefined ? null : new Date(row.since).toISOString(),
    sha256: row.sha256 ?? null,
    state: row.state,
    why: row.why ?? null,
    entry: row.entry === undefined ? null : entryValue(row.entry),
  };
}

function entryValue({ confirmed, declaredAt }: ListenerEntry): unknown {
  return {
    by: confirmed.by, on: confirmed.on, reason: confirmed.reason ?? null, until: confirmed.until ?? null,
    declaredAt: { file: declaredAt.file, line: declaredAt.line, column: declaredAt.column },
  };
}
