// A manifest alone → a rebuild list: what is declared, without a host to look at. Versions are what the manifest asks for, and nothing else is known.
import { compareBytes, fromText } from '../model/bytes.ts';
import type { DeclaredRepository, DesiredState } from '../model/manifest.ts';
import { withoutCredentials } from '../model/masked-text.ts';
import { REBUILD_SCHEMA, type LeftOut, type Masked, type RebuildHost, type RebuildList, type RebuildPackage, type RebuildRepository, type Unbuildable } from '../model/rebuild.ts';

export interface ManifestListInput {
  readonly drift: string;
  readonly versions: RebuildList['versions'];
  readonly desired: DesiredState;
  /** As which the manifest was read; its managers are those that are rebuilt with. */
  readonly host: RebuildHost;
  /** 'libc6:i386' → name and architecture. */
  readonly splitName: (written: string) => { readonly name: string; readonly arch?: string };
}

export function manifestList({ desired, drift, host, splitName, versions }: ManifestListInput): RebuildList {
  const leftOut: LeftOut[] = [];
  const packages: RebuildPackage[] = [];
  for (const { constraint, constraintText, hold, label, name } of desired.packages ?? []) {
    if (constraint.kind === 'absent') continue;
    const known = packages.length;
    for (const manager of host.managers) {
      const written = typeof name === 'string' ? name : name[manager];
      if (written === undefined) continue;
      const { arch = '', name: short } = splitName(written);
      packages.push({ manager, name: short, arch, mark: 'manual', held: hold, ...(constraint.kind === 'bounds' ? { bounds: constraint.bounds } : {}) });
    }
    if (packages.length === known) leftOut.push({ kind: 'package', name: label, because: `it has no name for ${host.managers.join(' or ')}` });
    else if (constraint.kind === 'semver') leftOut.push({ kind: 'setting', name: label, because: `any version is taken: ${constraintText} is for drift check to compare` });
  }
  const repositories = (desired.repositories ?? []).filter(({ manager }) => host.managers.includes(manager)).flatMap(repositoriesOf);
  const masked: Masked[] = (desired.repositories ?? []).filter(({ uris }) => uris.some((uri) => withoutCredentials(uri) !== uri))
    .map(({ label }) => ({ what: 'file', name: label, because: 'credentials in its address were masked: put them in before it is used' }));
  const strays = desired.allow.map(({ path, reason, sha256 }) => ({ path: fromText(path), reason, ...(sha256 === undefined ? {} : { sha256 }), pattern: true }));
  const cannotRebuild = strays.map(({ path, reason, sha256 }): Unbuildable => ({ kind: 'stray', path, because: `no package brings it, so that it has to come from the backup (${reason})`, ...(sha256 === undefined ? {} : { sha256 }) }));
  return {
    schema: REBUILD_SCHEMA, drift, source: 'manifest', versions, asIs: false, host, manifest: desired.files, cannotRebuild, leftOut, masked,
    packages: packages.toSorted((a, b) => compareBytes(a.manager, b.manager) || compareBytes(a.name, b.name) || compareBytes(a.arch, b.arch)),
    architectures: foreign(packages, host), moduleStreams: [], repositories, files: [], keys: [], debconf: [], alternatives: [], diversions: [], statOverrides: [], units: [], groups: [], users: [],
    channels: (desired.channels ?? []).filter(({ constraint }) => constraint.kind !== 'absent').map(({ channel, constraintText, name }) => ({ channel, name, constraint: constraintText }))
      .toSorted((a, b) => compareBytes(a.channel, b.channel) || compareBytes(a.name, b.name)),
    strays, notes: [], incomplete: [],
  };
}

function foreign(packages: readonly RebuildPackage[], { arch: native, managers }: RebuildHost): RebuildList['architectures'] {
  if (!managers.includes('apt')) return [];
  const names = new Set(packages.filter(({ arch, manager }) => manager === 'apt' && arch !== '' && arch !== 'all' && arch !== native).map(({ arch }) => arch));
  return [...names].toSorted(compareBytes).map((arch) => ({ manager: 'apt', arch }));
}

function repositoriesOf({ components, id, label, manager, signedBy, suites, types = [], uris }: DeclaredRepository): readonly RebuildRepository[] {
  const common = { manager, enabled: true, components, types, signed: true, signedBy };
  const clean = uris.map(withoutCredentials);
  if (suites.length === 0) return [{ ...common, name: id ?? label, uris: clean, suites: [] }];
  return clean.flatMap((uri) => suites.map((suite) => ({ ...common, name: `${uri} ${suite}`, uris: [uri], suites: [suite] })));
}
