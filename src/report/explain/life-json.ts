// The part of drift.explain/1 about what a file is and does; every value is there, null or empty where nothing is known.
import type { PathExplanation, ProductStanding, Runner } from '../../model/explanation.ts';
import type { AvailablePackage, Identity, PackageEvent } from '../../model/identity.ts';
import type { LaunchPoint, LaunchTarget } from '../../model/launch.ts';
import { maskWords } from '../../model/mask-secrets.ts';
import { bytesField } from '../check/json.ts';
import { rowValue } from '../listeners/listeners-json.ts';

export function lifeValue(path: PathExplanation): Record<string, unknown> {
  return {
    identity: path.identity === undefined ? null : identityValue(path.identity),
    standing: path.standing === undefined ? null : standingValue(path.standing),
    offers: (path.offers ?? []).map(offerValue),
    history: (path.history?.events ?? []).map(({ at, detail, source }) => ({ at: timeValue(at), ...bytesField('source', source), ...bytesField('detail', detail) })),
    processes: (path.runners ?? []).map(runnerValue),
    listeners: (path.listeners ?? []).map(rowValue),
    connections: (path.connections ?? []).map(({ direction, local, pids, protocol, remote }) => ({ protocol, local, remote, direction, pids: [...pids] })),
    startedBy: (path.launches ?? []).map(({ point, target }) => ({ ...launchValue(point), target: targetValue(target) })),
    starts: (path.starts ?? []).map((point) => ({ ...launchValue(point), targets: point.targets.map(targetValue) })),
  };
}

export function eventValue({ action, arch, at, by, manager, name, source, version }: PackageEvent): unknown {
  return { manager, name, arch: arch ?? null, action, version: version ?? null, at: timeValue(at), by: by ?? null, ...bytesField('source', source) };
}

function identityValue({ because, channel, copyOf, elf, product, version }: Identity): unknown {
  return {
    product: product === undefined ? null : { id: product.id, name: product.name }, version: version ?? null, because: [...because],
    elf: elf === undefined ? null : {
      machine: elf.machine, bits: elf.bits, static: elf.static, ...(elf.interpreter === undefined ? { interpreter: null } : bytesField('interpreter', elf.interpreter)), buildId: elf.buildId ?? null,
      packageNote: elf.packageNote ?? null, go: elf.go ?? null, rust: elf.rust ?? null,
    },
    copyOf: copyOf === undefined ? null : { ...bytesField('path', copyOf.path), package: copyOf.package },
    channel: channel === undefined ? null : { channel: channel.channel, name: channel.name, version: channel.version, ...bytesField('record', channel.record), intact: channel.intact ?? null },
  };
}

function standingValue({ available, copies, events, installed }: ProductStanding): unknown {
  return {
    installed: installed.map(({ arch, manager, name, version }) => ({ manager, name, arch, version })),
    events: events.map(eventValue),
    available: available.map(offerValue),
    copies: copies.map(({ path, version }) => ({ ...bytesField('path', path), version: version ?? null })),
  };
}

export function offerValue({ arch, manager, match, name, origin, version }: AvailablePackage): unknown {
  return { manager, name, arch, version, origin: origin ?? null, match };
}

function runnerValue({ as, gone, process }: Runner): unknown {
  return {
    pid: process.pid, as, gone, uid: process.uid, user: process.user ?? null, startedAt: timeValue(process.startedAt), ...bytesField('comm', process.comm),
    argv: maskWords(process.argv).map((word) => bytesField('word', word)), unit: process.userUnit ?? process.unit ?? null, container: process.container ?? null,
  };
}

function launchValue(point: LaunchPoint): Record<string, unknown> {
  return { ...bytesField('path', point.path), kind: point.kind, ...bytesField('name', point.name), when: point.when, enabled: point.enabled ?? null, user: point.user ?? null };
}

function targetValue({ exists, line, path, via, written }: LaunchTarget): unknown {
  return { ...bytesField('path', path), ...bytesField('written', written), via, line: line ?? null, exists };
}

function timeValue(milliseconds: number | undefined): string | null {
  if (milliseconds === undefined) return null;
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
