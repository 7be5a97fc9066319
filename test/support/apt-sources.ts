// Reads which release this machine is and where its own apt takes that release from (sources.list(5), both forms), so that hosts are built from there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface AptSources {
  readonly release: string;
  /** One-line entries, binary packages only. */
  readonly lines: readonly string[];
}

export function machineAptSources(): AptSources | undefined {
  const release = /^VERSION_CODENAME=(\S+)/m.exec(read('/etc/os-release'))?.[1];
  if (release === undefined) return undefined;
  const lines = new Set<string>();
  for (const file of sourceFiles()) {
    for (const entry of file.endsWith('.sources') ? stanzas(read(file)) : oneLiners(read(file))) {
      for (const suite of entry.suites) {
        if (suite !== release && !suite.startsWith(`${release}-`)) continue;
        if (suite.endsWith('-backports')) continue;
        for (const uri of entry.uris) lines.add(`deb ${uri} ${suite} ${entry.components.includes('main') ? 'main' : entry.components.join(' ')}`);
      }
    }
  }
  return lines.size === 0 ? undefined : { release, lines: [...lines] };
}

/** What its mirrors had when this machine last asked them (apt-get update): other text whenever one of them has other packages. */
export function machineIndexes(): readonly string[] {
  const lists = '/var/lib/apt/lists';
  return (existsSync(lists) ? readdirSync(lists) : []).filter((name) => name.endsWith('_InRelease')).toSorted().map((name) => `${name} ${/^Date: .*$/m.exec(read(`${lists}/${name}`))?.[0] ?? ''}`);
}

interface Entry {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

function oneLiners(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    const parts = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line);
    return parts === null ? [] : [{ uris: [parts[1]!], suites: [parts[2]!], components: words(parts[3]) }];
  });
}

function stanzas(text: string): Entry[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): string[] => words(new RegExp(`^${name}:(.*)$`, 'mi').exec(stanza)?.[1]);
    if (field('Enabled')[0] === 'no' || !field('Types').includes('deb')) return [];
    return [{ uris: field('URIs'), suites: field('Suites'), components: field('Components') }];
  });
}

function sourceFiles(): string[] {
  const parts = '/etc/apt/sources.list.d';
  const names = (existsSync(parts) ? readdirSync(parts) : []).filter((name) => name.endsWith('.list') || name.endsWith('.sources')).toSorted();
  return ['/etc/apt/sources.list', ...names.map((name) => `${parts}/${name}`)];
}

function words(text: string | undefined): string[] {
  return (text ?? '').trim().split(/\s+/).filter((word) => word !== '');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
