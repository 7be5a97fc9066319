// A rebuild list → what a manifest of that host would declare: what was installed by choice with its version, the repositories, the policy's default base.
import { compareBytes } from '../model/bytes.ts';
import type { InitDraft, InitPackage } from '../model/init-draft.ts';
import type { RebuildList, RebuildPackage, RebuildRepository } from '../model/rebuild.ts';

export function manifestDraft(list: RebuildList): InitDraft {
  const { host, packages, repositories, versions } = list;
  return {
    hostName: host.name, os: host.os, base: 'required', packages: draftPackages(packages, host, versions), repositories: draftRepositories(repositories), undecided: [],
    notes: [
      ...list.cannotRebuild.length === 0 ? [] : [`${list.cannotRebuild.length} things cannot be rebuilt; the list itself names them`],
      ...list.incomplete.map(({ source }) => `${source} could not be read as a whole, so that something may be missing`),
    ],
  };
}

/** Of several versions beside each other (kernels) any will do: a manifest has one line for all. */
function draftPackages(packages: readonly RebuildPackage[], host: RebuildList['host'], versions: RebuildList['versions']): InitPackage[] {
  const out = new Map<string, InitPackage>();
  for (const each of packages) {
    if (each.mark !== 'manual' && !each.held) continue;
    const name = nameOf(each, host);
    const known = out.get(name);
    const constraint = known === undefined ? constraintOf(each, versions) : undefined;
    out.set(name, { name, ...(each.held || known?.hold === true ? { hold: true } : {}), ...(constraint === undefined ? {} : { constraint }) });
  }
  return [...out.values()].toSorted((a, b) => compareBytes(a.name, b.name));
}

function nameOf({ arch, manager, name }: RebuildPackage, host: RebuildList['host']): string {
  if (arch === '' || arch === 'all' || arch === 'noarch' || arch === host.arch) return name;
  return `${name}${manager === 'apt' ? ':' : '.'}${arch}`;
}

function constraintOf({ bounds, version }: RebuildPackage, versions: RebuildList['versions']): string | undefined {
  if (version !== undefined) return `${versions === 'exact' ? '=' : '>='} ${version}`;
  return bounds === undefined || bounds.length === 0 ? undefined : bounds.map(({ op, version: bound }) => `${SIGNS[op]} ${bound}`).join(', ');
}

const SIGNS = { '<<': '<', '<=': '<=', '=': '=', '>=': '>=', '>>': '>', '!=': '!=' } as const;

/** Addresses of one archive that differ only in their suite become one entry. */
function draftRepositories(repositories: readonly RebuildRepository[]): InitDraft['repositories'] {
  const out: InitDraft['repositories'][number][] = [];
  const labels = new Set<string>();
  const key = ({ components, manager, name, signedBy, suites, uris }: RebuildRepository): string => [manager, suites.length === 0 ? name : '', uris.join(' '), components.join(' '), signedBy.join(' ')].join('\n');
  for (const group of Map.groupBy(repositories.filter(({ enabled }) => enabled), key).values()) {
    const { components, manager, name, signedBy, suites, uris } = group[0]!;
    const label = free(clean(suites.length === 0 ? name : uris[0] ?? name), labels);
    out.push({ label, manager, uris, suites: [...new Set(group.flatMap((each) => each.suites))], components, signedBy, ...(suites.length === 0 ? { id: name } : {}) });
  }
  return out;
}

/** 'deb-example-org-debian' for https://deb.example.org/debian. */
function clean(text: string): string {
  const label = text.replace(/^[a-z+]+:\/\//, '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  return label === '' ? 'repository' : label.slice(0, 60);
}

function free(label: string, labels: Set<string>): string {
  let name = label;
  for (let number = 2; labels.has(name); number++) name = `${label}-${number}`;
  labels.add(name);
  return name;
}
