// Declared repositories and keys against the configured ones (sources.list(5), dnf.conf(5)) → repository-* findings.
import { toText } from '../../model/bytes.ts';
import type { Evidence, Finding } from '../../model/finding.ts';
import type { DeclaredRepository, DesiredState } from '../../model/manifest.ts';
import type { ManagerObservation, ObservedState } from '../../model/observed.ts';
import type { Repository, RepositoryKey } from '../../model/repository.ts';
import type { FindingMaker } from '../finding-id.ts';
import { sourceStatus } from './package-words.ts';

/** One thing that a source line brings: sources.list(5) multiplies addresses, suites and components. */
interface Part {
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
}

export function compareRepositories(desired: DesiredState | undefined, observed: ObservedState, make: FindingMaker): Finding[] {
  const findings: Finding[] = [];
  for (const manager of observed.managers) {
    const source = sourceStatus(observed.coverage, `${manager.manager}/repositories`);
    if (source === 'failed') continue;
    const enabled = manager.repositories.filter((repository) => repository.enabled);
    for (const repository of enabled) if (!repository.signed) findings.push(unsigned(repository, make));
    if (desired?.repositories === undefined) continue;
    const declared = desired.repositories.filter((one) => one.manager === manager.manager);
    for (const repository of enabled) findings.push(...extra(repository, declared, make));
    // A source file that could not be read may hold what seems to be missing.
    for (const one of declared) {
      if (source !== 'partial') findings.push(...missing(one, enabled, make));
      findings.push(...keys(one, enabled, manager, source === 'partial', make));
    }
  }
  return findings;
}

function unsigned(repository: Repository, make: FindingMaker): Finding {
  const because = repository.unsignedBecause ?? 'no signature is asked for';
  return make({
    kind: 'repository-unsigned', severity: 'high', subject: subjectOf(repository), remedy: 'manual',
    message: 'trusted without a signature: whoever answers there can install anything',
    evidence: [place(repository), { source: 'setting', detail: because }], facts: { because, ...factsOf(repository) },
  });
}

function extra(repository: Repository, declared: readonly DeclaredRepository[], make: FindingMaker): Finding[] {
  const parts = partsOf(repository);
  const unknown = parts.filter((part) => !declared.some((one) => coversTypes(one, repository) && covers(one, repository, part)));
  if (unknown.length === 0) return [];
  const whole = unknown.length === parts.length;
  const what = [...new Set(unknown.map(partText))];
  return [make({
    kind: 'repository-extra', severity: 'medium', subject: subjectOf(repository), remedy: 'manual',
    message: whole ? 'configured and not declared: any package could come from it' : `brings more than is declared: ${what.slice(0, 3).join(', ')}${what.length > 3 ? ', …' : ''}`,
    evidence: [place(repository), ...repository.keys.map(keyEvidence)],
    facts: { ...factsOf(repository), undeclared: what, fingerprints: repository.keys.map((key) => key.fingerprint) },
  })];
}

function missing(declared: DeclaredRepository, enabled: readonly Repository[], make: FindingMaker): Finding[] {
  const gone = declaredParts(declared).filter((part) => !enabled.some((repository) => coversTypes(declared, repository) && offers(repository, part, declared)));
  const findings: Finding[] = [];
  for (const group of Map.groupBy(gone, (part) => `${part.uri}\n${part.suite}`).values()) {
    const first = group[0] as Part;
    const components = group.map((part) => part.component).filter((component) => component !== '');
    findings.push(make({
      kind: 'repository-missing', severity: 'medium', remedy: 'manual', declaredAt: declared.declaredAt,
      subject: { type: 'repository', manager: declared.manager, name: declared.id ?? [first.uri, first.suite].filter((text) => text !== '').join(' '), uri: first.uri },
      message: components.length === 0 ? 'declared and not configured' : `declared and not configured for ${components.join(', ')}`,
      evidence: [{ source: 'manifest', detail: `repository ${declared.label}` }], facts: { label: declared.label, components },
    }));
  }
  return findings;
}

/** Keys are compared where the manifest names some, against the ones in force: those of the source, or all that the manager trusts. */
function keys(declared: DeclaredRepository, enabled: readonly Repository[], manager: ManagerObservation, partial: boolean, make: FindingMaker): Finding[] {
  if (declared.signedBy.length === 0) return [];
  const matching = enabled.filter((repository) => partsOf(repository).some((part) => covers(declared, repository, part)));
  if (matching.length === 0) return [];
  const inForce = new Map<string, RepositoryKey>();
  for (const repository of matching) {
    for (const key of repository.keys.length > 0 ? repository.keys : manager.globalKeys) inForce.set(key.fingerprint, key);
  }
  const findings: Finding[] = [];
  for (const key of inForce.values()) {
    if (declared.signedBy.includes(key.fingerprint)) continue;
    findings.push(make({
      kind: 'repository-extra', severity: 'medium', remedy: 'manual', declaredAt: declared.declaredAt, subject: { type: 'key', fingerprint: key.fingerprint, file: key.file },
      message: `trusted for ${declared.label} and not declared for it`, evidence: [keyEvidence(key)], facts: { label: declared.label, userIds: [...key.userIds], file: { path: key.file } },
    }));
  }
  if (partial) return findings;
  for (const fingerprint of declared.signedBy) {
    if (inForce.has(fingerprint)) continue;
    findings.push(make({
      kind: 'repository-missing', severity: 'medium', remedy: 'manual', declaredAt: declared.declaredAt, subject: { type: 'key', fingerprint, file: '' },
      message: `declared for ${declared.label} and not trusted for it on this host`, evidence: [{ source: 'manifest', detail: `repository ${declared.label}` }], facts: { label: declared.label },
    }));
  }
  return findings;
}

/** An empty list in the manifest means that the manifest does not say. */
function covers(declared: DeclaredRepository, repository: Repository, part: Part): boolean {
  if (declared.id !== undefined && declared.id !== repository.name) return false;
  return (declared.uris.length === 0 || declared.uris.some((uri) => sameUri(uri, part.uri)))
    && (declared.suites.length === 0 || declared.suites.some((suite) => sameSuite(suite, part.suite)))
    && (declared.components.length === 0 || declared.components.includes(part.component));
}

function offers(repository: Repository, wanted: Part, declared: DeclaredRepository): boolean {
  if (declared.id !== undefined && declared.id !== repository.name) return false;
  return partsOf(repository).some((part) => (wanted.uri === '' || sameUri(wanted.uri, part.uri)) && (wanted.suite === '' || sameSuite(wanted.suite, part.suite)) && (wanted.component === '' || wanted.component === part.component));
}

/** 'deb-src' brings no programs: it counts only where the manifest speaks of types. */
function coversTypes(declared: DeclaredRepository, repository: Repository): boolean {
  return declared.types === undefined || declared.types.length === 0 || repository.types.length === 0 || repository.types.every((type) => declared.types?.includes(type));
}

function partsOf(repository: Repository): Part[] {
  return multiply(repository.uris, repository.suites, repository.components);
}

function declaredParts(declared: DeclaredRepository): Part[] {
  return multiply(declared.uris, declared.suites, declared.components);
}

function multiply(uris: readonly string[], suites: readonly string[], components: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (const uri of uris.length > 0 ? uris : ['']) {
    for (const suite of suites.length > 0 ? suites : ['']) {
      for (const component of components.length > 0 ? components : ['']) parts.push({ uri, suite, component });
    }
  }
  return parts;
}

export function sameUri(a: string, b: string): boolean {
  return trimSlashes(a) === trimSlashes(b);
}

/** 'bookworm' and 'bookworm/' are the same to apt, but './' (a flat repository) stays itself. */
function sameSuite(a: string, b: string): boolean {
  return a === b || (trimSlashes(a) === trimSlashes(b) && trimSlashes(a) !== '.');
}

function trimSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 47) end -= 1;
  return text.slice(0, end);
}

function partText(part: Part): string {
  return [part.uri, part.suite, part.component].filter((text) => text !== '').join(' ');
}

function subjectOf(repository: Repository): Finding['subject'] {
  return { type: 'repository', manager: repository.manager, name: repository.name, uri: repository.uris[0] ?? '' };
}

function place(repository: Repository): Evidence {
  return { source: toText(repository.file), detail: `line ${repository.line}` };
}

function keyEvidence(key: RepositoryKey): Evidence {
  return { source: toText(key.file), detail: `key ${key.fingerprint}${key.userIds[0] === undefined ? '' : ` of ${key.userIds[0]}`}` };
}

function factsOf(repository: Repository): { file: { path: string }; line: number; uris: readonly string[]; suites: readonly string[]; components: readonly string[]; types: readonly string[] } {
  return { file: { path: repository.file }, line: repository.line, uris: repository.uris, suites: repository.suites, components: repository.components, types: repository.types };
}
