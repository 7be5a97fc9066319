// The configured repositories as manifest entries with short labels.
import { compareBytes } from '../../model/bytes.ts';
import type { DeclaredRepository } from '../../model/manifest.ts';
import type { ObservedState } from '../../model/observed.ts';
import type { Repository } from '../../model/repository.ts';
import { sameUri } from '../packages/compare-repositories.ts';
import { sourceStatus } from '../packages/package-words.ts';

type DraftRepository = Omit<DeclaredRepository, 'declaredAt'>;

/** Lines of one archive that differ only in their suite become one entry: it multiplies like a source line does. */
export function initRepositories(observed: ObservedState): DraftRepository[] {
  const out: DraftRepository[] = [];
  const labels = new Set<string>();
  for (const manager of observed.managers) {
    if (sourceStatus(observed.coverage, `${manager.manager}/repositories`) === 'failed') continue;
    const enabled = manager.repositories.filter((repository) => repository.enabled);
    for (const group of Map.groupBy(enabled, groupKey).values()) {
      const first = group[0] as Repository;
      const label = unused(labelOf(first), labels);
      out.push({
        label, manager: manager.manager, uris: unique(group, (one) => one.uris), suites: unique(group, (one) => one.suites), components: [...first.components],
        signedBy: [...new Set(first.keys.map((key) => key.fingerprint))].sort(),
        // Sources of source code are named only where there is nothing else: the default is whatever the host has.
        ...(isApt(first) ? {} : { id: first.name }),
      });
    }
  }
  return out.sort((a, b) => compareBytes(a.label, b.label));
}

function isApt(repository: Repository): boolean {
  return repository.suites.length > 0;
}

function groupKey(repository: Repository): string {
  if (!isApt(repository)) return `id ${repository.name}`;
  const keys = repository.keys.map((key) => key.fingerprint).sort().join(',');
  return [repository.uris.map(trimmed).sort().join(' '), [...repository.components].sort().join(' '), keys].join('\n');
}

function unique(group: readonly Repository[], of: (repository: Repository) => readonly string[]): string[] {
  const out: string[] = [];
  for (const value of group.flatMap(of)) if (!out.some((other) => sameUri(other, value))) out.push(value);
  return out;
}

/** 'debian' for https://deb.example.org/debian: the last part of the path, or the host's name. */
function labelOf(repository: Repository): string {
  if (!isApt(repository)) return clean(repository.name);
  const uri = trimmed(repository.uris[0] ?? '');
  const parts = uri.split('/').filter((part) => part !== '' && !part.endsWith(':'));
  const host = parts[0] ?? 'repository';
  const last = parts.length > 1 ? parts.at(-1) as string : host;
  // '…/linux/debian' of a vendor is not Debian: only Debian's own archive gets the bare word.
  return clean(last === 'debian' && !/(?:^|\.)debian\.org$/.test(host) && parts.length > 2 ? `${host}-${last}` : last);
}

function clean(text: string): string {
  const label = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  return label === '' ? 'repository' : label;
}

function unused(label: string, labels: Set<string>): string {
  let free = label;
  for (let count = 2; labels.has(free); count += 1) free = `${label}-${count}`;
  labels.add(free);
  return free;
}

function trimmed(uri: string): string {
  return uri.replace(/\/{1,64}$/, '');
}
