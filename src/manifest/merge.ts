// All files of a manifest to one desired state. No file outweighs another: what they say must fit together, and where it does not, the error names both places.
import { DEFAULT_POLICY, type AllowEntry, type DeclaredPackage, type DeclaredRepository, type DesiredState, type ListenerPolicy, type Policy } from '../model/manifest.ts';
import { normalConstraint } from './constraint.ts';
import type { Diagnostic } from './diagnostic.ts';
import { comparable, mergeOrdinary } from './merge-ordinary.ts';
import { MANAGERS } from './package-name.ts';
import type { ParsedManifest, ParsedPackage } from './parse.ts';
import { listOf, whenOf, type At } from './parse-parts.ts';
import type { PolicyMap, RepositoryMap } from './shapes.ts';
import { appliesTo, type When, type WhenFacts } from './when.ts';

/** One file that was read. */
export interface ManifestFile {
  /** As it stands in positions. */
  readonly path: string;
  readonly sha256: string;
  readonly manifest: ParsedManifest;
  /** Named on the command line, or by default; the others are there because something includes them. */
  readonly named: boolean;
  /** Paths of the files that its `include` names. */
  readonly includes: readonly string[];
}

/** What `sums:` files hold, by `sumsKey`. */
export type SumsFiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The same sums file may stand below two patterns, from which its relative names count. */
export function sumsKey(manifestPath: string, sums: string, pattern: string): string {
  return `${manifestPath}\0${sums}\0${pattern}`;
}

export interface Merged {
  /** Undefined without facts, when no named file is for this host (no diagnostics), or when the diagnostics say what does not fit. */
  readonly state?: DesiredState;
  readonly diagnostics: readonly Diagnostic[];
}

/** Without facts only entries that hold on every host are compared with each other. */
export function mergeManifests(files: readonly ManifestFile[], sums: SumsFiles, facts: WhenFacts | undefined): Merged {
  function holds(when: When | undefined): boolean {
    return facts === undefined ? when === undefined : appliesTo(when, facts);
  }
  const applying = applyingFiles(files, holds);
  if (facts !== undefined && !applying.some((file) => file.named)) return { diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const packages = mergePackages(applying, holds, diagnostics);
  const ordinary = mergeOrdinary(applying.map((file) => file.manifest), holds, diagnostics);
  const policy = mergePolicy(applying, diagnostics);
  if (facts !== undefined) requireSomePackage(applying, packages, diagnostics);
  if (diagnostics.length > 0 || facts === undefined) return { diagnostics };
  const name = applying.find((file) => file.manifest.name !== undefined)?.manifest.name?.value;
  const repositories = mergeRepositories(applying, holds);
  return {
    diagnostics,
    state: {
      ...(name === undefined ? {} : { name }),
      ...(packages === undefined ? {} : { packages }),
      ...(repositories === undefined ? {} : { repositories }),
      ...ordinary,
      allow: applying.flatMap((file) => allowOf(file, sums, holds)),
      policy,
      sweepExclude: excludesOf(applying),
      files: files.map(({ path, sha256 }) => ({ path, sha256 })),
    },
  };
}

/** Named files and what they include, as far as `when` holds on the way, in reading order. */
function applyingFiles(files: readonly ManifestFile[], holds: (when: When | undefined) => boolean): ManifestFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const applying = new Set<string>();
  const waiting = files.filter((file) => file.named);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (applying.has(file.path) || !holds(file.manifest.when)) continue;
    applying.add(file.path);
    for (const path of file.includes) {
      const included = byPath.get(path);
      if (included !== undefined) waiting.push(included);
    }
  }
  return files.filter((file) => applying.has(file.path));
}

interface Placed {
  readonly file: ManifestFile;
  readonly entry: At<ParsedPackage>;
}

function mergePackages(files: readonly ManifestFile[], holds: (when: When | undefined) => boolean, diagnostics: Diagnostic[]): DeclaredPackage[] | undefined {
  if (!files.some((file) => file.manifest.packages !== undefined)) return undefined;
  const first = new Map<string, Placed>();
  const packages: DeclaredPackage[] = [];
  for (const file of files) {
    for (const entry of file.manifest.packages ?? []) {
      if (!holds(entry.value.when)) continue;
      const keys = namesOf(entry.value);
      const before = keys.map((key) => first.get(key)).find((one) => one !== undefined);
      if (before === undefined) packages.push(declaredPackage(entry, file.manifest));
      else if (differ(before.entry.value, entry.value)) diagnostics.push(packageConflict(before, { file, entry }));
      else if (!keys.every((key) => first.has(key))) packages.push(declaredPackage(entry, file.manifest));
      for (const key of keys) if (!first.has(key)) first.set(key, { file, entry });
    }
  }
  return packages;
}

/** What it declares, name by name: the same name for every manager, or each manager's own. */
function namesOf(entry: ParsedPackage): string[] {
  const { name } = entry;
  return typeof name === 'string' ? MANAGERS.map((manager) => `${manager}:${name}`) : Object.entries(name).map(([manager, own]) => `${manager}:${own}`);
}

function differ(a: ParsedPackage, b: ParsedPackage): boolean {
  return a.hold !== b.hold || normalConstraint(a.constraintText) !== normalConstraint(b.constraintText);
}

function packageConflict(before: Placed, now: Placed): Diagnostic {
  const { source } = now.file.manifest;
  const place = before.file.manifest.source.position(before.entry.offset);
  const name = now.entry.value.label;
  const there = `${place.file}:${place.line}:${place.column}`;
  const message = before.entry.value.constraint.kind === 'absent' || now.entry.value.constraint.kind === 'absent'
    ? `"${name}" is declared ${say(now.entry.value)} here and ${say(before.entry.value)} in ${there}`
    : `"${name}" is declared twice: ${say(now.entry.value)} here and ${say(before.entry.value)} in ${there}`;
  return source.diagnose('contradiction', now.entry.offset, now.entry.length, message, 'keep one of the two');
}

function say(entry: ParsedPackage): string {
  return `"${entry.constraintText}"${entry.hold ? ' and held' : ''}`;
}

function declaredPackage({ value, offset }: At<ParsedPackage>, { source }: ParsedManifest): DeclaredPackage {
  const { label, name, constraint, constraintText, hold } = value;
  return { label, name, constraint, constraintText, hold, declaredAt: source.position(offset) };
}

/** A section that is there but says nothing for this host would make every package of it an extra one. */
function requireSomePackage(files: readonly ManifestFile[], packages: readonly DeclaredPackage[] | undefined, diagnostics: Diagnostic[]): void {
  if (packages === undefined || packages.length > 0 || diagnostics.length > 0) return;
  const file = files.find((one) => one.manifest.packages !== undefined);
  const entry = file?.manifest.packages?.[0];
  if (file === undefined || entry === undefined) return;
  diagnostics.push(file.manifest.source.diagnose('empty', entry.offset, entry.length, 'no entry of "packages" is for this host', 'put a "when" on the whole file instead, or leave the section out'));
}

function mergeRepositories(files: readonly ManifestFile[], holds: (when: When | undefined) => boolean): DeclaredRepository[] | undefined {
  if (!files.some((file) => file.manifest.repositories !== undefined)) return undefined;
  const repositories: DeclaredRepository[] = [];
  const seen = new Set<string>();
  for (const { manifest } of files) {
    for (const { value, offset } of manifest.repositories ?? []) {
      const { label, entry } = value;
      if (entry.when !== undefined && !holds(whenOf(entry.when))) continue;
      for (const manager of MANAGERS) {
        const declared = declaredRepository(label, manager, entry);
        if (declared === undefined) continue;
        // The same source in two files is one.
        const { label: _, ...content } = declared;
        const key = JSON.stringify(content);
        if (!seen.has(key)) repositories.push({ ...declared, declaredAt: manifest.source.position(offset) });
        seen.add(key);
      }
    }
  }
  return repositories;
}

function declaredRepository(label: string, manager: (typeof MANAGERS)[number], entry: RepositoryMap): Omit<DeclaredRepository, 'declaredAt'> | undefined {
  const own = entry[manager];
  if (own === undefined) return undefined;
  const signedBy = listOf(own['signed-by'] ?? []).map((fingerprint) => fingerprint.replaceAll(' ', '').toUpperCase());
  if (manager === 'apt' && entry.apt !== undefined) {
    const { uris, suites, components, types } = entry.apt;
    return { label, manager, uris: listOf(uris), suites: listOf(suites), components: listOf(components ?? []), signedBy, ...(types === undefined ? {} : { types: listOf(types) }) };
  }
  const { id, uris } = entry.dnf ?? {};
  return { label, manager, uris: listOf(uris ?? []), suites: [], components: [], signedBy, ...(id === undefined ? {} : { id }) };
}

function allowOf({ path, manifest }: ManifestFile, sums: SumsFiles, holds: (when: When | undefined) => boolean): AllowEntry[] {
  return manifest.allow.filter(({ value }) => value.when === undefined || holds(whenOf(value.when))).map(({ value, offset }) => {
    const read = value.sums === undefined ? undefined : sums.get(sumsKey(path, value.sums, value.path));
    return {
      path: value.path,
      reason: value.reason,
      ...(value.owner === undefined ? {} : { owner: value.owner }),
      ...(value.until === undefined ? {} : { until: value.until }),
      ...(value.sha256 === undefined ? {} : { sha256: value.sha256.toLowerCase() }),
      ...(read === undefined || value.sums === undefined ? {} : { sums: read, sumsFile: value.sums }),
      declaredAt: manifest.source.position(offset),
    };
  });
}

function excludesOf(files: readonly ManifestFile[]): DesiredState['sweepExclude'] {
  const seen = new Set<string>();
  return files.flatMap(({ manifest }) => manifest.exclude.filter(({ value }) => !seen.has(value) && seen.add(value))
    .map(({ value, offset }) => ({ pattern: value, declaredAt: manifest.source.position(offset) })));
}

/** What to protect adds up; of everything else two files must say the same. */
function mergePolicy(files: readonly ManifestFile[], diagnostics: Diagnostic[]): Policy {
  function one<T>(key: string, pick: (policy: PolicyMap) => T | undefined): T | undefined {
    let found: { value: T; manifest: ParsedManifest } | undefined;
    for (const { manifest } of files) {
      const value = pick(manifest.policy);
      if (value === undefined) continue;
      if (found === undefined) found = { value, manifest };
      else if (comparable(found.value) !== comparable(value)) diagnostics.push(policyConflict(key, found.manifest, manifest));
    }
    return found?.value;
  }
  const removals = one('limits.removals', (policy) => policy.limits?.removals);
  const quarantines = one('limits.quarantines', (policy) => policy.limits?.quarantines);
  const listeners = listenerPolicy(one('listeners.root', (policy) => policy.listeners?.root), one('listeners.login-shell', (policy) => policy.listeners?.['login-shell']));
  const to = one('rebuild.to', (policy) => policy.rebuild?.to);
  const maxAge = one('rebuild.max-age', (policy) => policy.rebuild?.['max-age']);
  const mail = one('notify.mail', (policy) => (policy.notify === undefined ? undefined : listOf(policy.notify.mail)));
  const keepPackages = one('keep-packages', (policy) => policy['keep-packages']);
  return {
    base: one('base', (policy) => policy.base) ?? DEFAULT_POLICY.base,
    recommends: one('recommends', (policy) => policy.recommends) ?? DEFAULT_POLICY.recommends,
    ...(keepPackages === undefined ? {} : { keepPackages }),
    reconcile: one('reconcile', (policy) => policy.reconcile) ?? DEFAULT_POLICY.reconcile,
    protect: [...new Set(files.flatMap(({ manifest }) => manifest.policy.protect ?? []))],
    limits: { ...(removals === undefined ? {} : { removals }), ...(quarantines === undefined ? {} : { quarantines }) },
    ...(listeners === undefined ? {} : { listeners }),
    ...(mail === undefined ? {} : { notify: { mail } }),
    ...(to === undefined && maxAge === undefined ? {} : { rebuild: { ...(to === undefined ? {} : { to }), ...(maxAge === undefined ? {} : { maxAge: { text: maxAge, days: daysOf(maxAge) } }) } }),
  };
}

/** '30d', '4w'. */
function daysOf(age: string): number {
  return Number.parseInt(age, 10) * (age.endsWith('w') ? 7 : 1);
}

function listenerPolicy(root: boolean | undefined, loginShell: boolean | undefined): ListenerPolicy | undefined {
  if (root === undefined && loginShell === undefined) return undefined;
  return { ...(root === undefined ? {} : { root }), ...(loginShell === undefined ? {} : { loginShell }) };
}

function policyConflict(key: string, before: ParsedManifest, now: ParsedManifest): Diagnostic {
  const there = before.source.position(before.policyAt.get(key)?.offset ?? 0);
  const here = now.policyAt.get(key);
  return now.source.diagnose('contradiction', here?.offset ?? 0, here?.length ?? 1, `policy "${key}" is set to something else in ${there.file}:${there.line}:${there.column}`, 'keep one of the two');
}
