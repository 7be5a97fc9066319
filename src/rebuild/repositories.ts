// Which repositories, source files and keys a rebuilt host gets: those that the manifest declares; without a word of it all that ask for a signature.
import { compareBytes, toText, type BytePath } from '../model/bytes.ts';
import type { Finding } from '../model/finding.ts';
import type { DesiredState } from '../model/manifest.ts';
import { withoutCredentials } from '../model/masked-text.ts';
import type { ManagerObservation } from '../model/observed.ts';
import type { LeftOut, ManagerFile, RebuildKey, RebuildRepository, Unbuildable } from '../model/rebuild.ts';
import type { Repository } from '../model/repository.ts';
import { withoutEntries } from './source-text.ts';

interface Input {
  readonly asIs: boolean;
  readonly desired: DesiredState | undefined;
  readonly findings: readonly Finding[];
  readonly managers: readonly ManagerObservation[];
  readonly files: readonly ManagerFile[];
  readonly keys: readonly RebuildKey[];
}

export interface KeptRepositories {
  readonly repositories: readonly RebuildRepository[];
  readonly files: readonly ManagerFile[];
  readonly keys: readonly RebuildKey[];
  readonly cannotRebuild: readonly Unbuildable[];
  readonly leftOut: readonly LeftOut[];
  /** Whether what has this origin (model/package.ts) is left out. */
  isGone(manager: string, origin: string): boolean;
}

export function keepRepositories(input: Input): KeptRepositories {
  const { asIs, files, findings, keys, managers } = input;
  const extras = new Map<string, Finding>();
  const strangeKeys = new Set<string>();
  for (const { subject, kind, facts } of findings) {
    if (kind !== 'repository-extra' && facts.alsoKinds?.includes('repository-extra') !== true) continue;
    if (subject.type === 'key' && !asIs) strangeKeys.add(subject.fingerprint);
  }
  for (const finding of findings) if (finding.subject.type === 'repository') extras.set(`${finding.subject.manager}:${finding.subject.name}`, finding);
  const cannotRebuild: Unbuildable[] = [];
  const leftOut: LeftOut[] = [];
  const kept: Repository[] = [];
  const gone: Repository[] = [];
  for (const repository of managers.flatMap((manager) => manager.repositories)) {
    const because = asIs ? undefined : refused(repository, extras.get(`${repository.manager}:${repository.name}`), input.desired);
    if (!repository.signed && repository.enabled) {
      cannotRebuild.push({ kind: 'repository', manager: repository.manager, name: repository.name, file: repository.file, because: `${repository.unsignedBecause ?? 'no signature is asked for'}: nothing shows that what it brings next is what was installed from it` });
    }
    if (because === undefined) kept.push(repository);
    else {
      gone.push(repository);
      leftOut.push({ kind: 'repository', finding: repository.signed ? 'repository-extra' : 'repository-unsigned', name: repository.name, path: repository.file, because });
    }
  }
  const used = new Set(kept.flatMap((repository) => repository.keys.map(({ fingerprint }) => fingerprint)));
  const keptKeys: RebuildKey[] = [];
  for (const key of keys) {
    const strange = key.fingerprints.some((fingerprint) => strangeKeys.has(fingerprint));
    const unused = !key.global && !key.fingerprints.some((fingerprint) => used.has(fingerprint));
    // What a package brings is there again with the package, whatever is said here.
    if (asIs || key.package !== undefined || (!strange && !unused)) keptKeys.push(key);
    else leftOut.push({ kind: 'key', name: key.fingerprints.join(' '), ...(key.path === undefined ? {} : { path: key.path }), because: strange ? 'the manifest does not declare it' : 'only repositories that are left out use it' });
  }
  return {
    repositories: kept.map(repositoryOf).toSorted((a, b) => compareBytes(a.manager, b.manager) || compareBytes(a.name, b.name) || compareBytes(a.file ?? '', b.file ?? '')),
    files: files.flatMap((file) => withoutGone(file, kept, gone)), keys: keptKeys, cannotRebuild, leftOut,
    isGone: (manager, origin) => comesFrom(gone, manager, origin) && !comesFrom(kept, manager, origin),
  };
}

function comesFrom(repositories: readonly Repository[], manager: string, origin: string): boolean {
  return repositories.some((each) => each.manager === manager && each.enabled && (origin === each.name || origin.startsWith(`${each.name}/`)));
}

/** Why it does not come back. */
function refused(repository: Repository, finding: Finding | undefined, desired: DesiredState | undefined): string | undefined {
  const declares = desired?.repositories?.some(({ manager }) => manager === repository.manager) === true;
  const extra = finding !== undefined && (finding.kind === 'repository-extra' || finding.facts.alsoKinds?.includes('repository-extra') === true);
  if (extra && repository.enabled && isWhole(repository, finding.facts['undeclared'])) return 'the manifest does not declare it';
  if (!repository.signed && repository.enabled && !declares) return 'it is trusted without a signature, and no manifest declares it';
  return undefined;
}

/** An entry of which the manifest declares a part stays: taking it out would take that part too. */
function isWhole({ components, suites, uris }: Repository, undeclared: unknown): boolean {
  const parts = Math.max(1, uris.length) * Math.max(1, suites.length) * Math.max(1, components.length);
  return !Array.isArray(undeclared) || undeclared.length >= parts;
}

function repositoryOf({ components, enabled, file, keys, manager, name, signed, suites, types, unsignedBecause, uris }: Repository): RebuildRepository {
  return {
    manager, name: withoutCredentials(name), enabled, uris: uris.map(withoutCredentials), suites, components, types, signed, ...(unsignedBecause === undefined ? {} : { unsignedBecause }),
    signedBy: [...new Set(keys.map(({ fingerprint }) => fingerprint))].toSorted(compareBytes), file,
  };
}

/** The file without the entries of what is left out; nothing where none would remain. */
function withoutGone(file: ManagerFile, kept: readonly Repository[], gone: readonly Repository[]): readonly ManagerFile[] {
  const here = (repositories: readonly Repository[]): readonly Repository[] => repositories.filter((each) => each.manager === file.manager && each.file === file.path);
  const out = here(gone);
  if (file.what !== 'sources' || out.length === 0) return [file];
  const rest = here(kept);
  return rest.length === 0 ? [] : [{ ...file, content: withoutEntries(file.content, formOf(file.path), rest, out) }];
}

function formOf(path: BytePath): 'one-line' | 'deb822' | 'ini' {
  return toText(path).endsWith('.sources') ? 'deb822' : toText(path).endsWith('.list') ? 'one-line' : 'ini';
}
