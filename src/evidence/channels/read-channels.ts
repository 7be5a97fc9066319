// What other channels installed, by their own records, and which of their packages a file belongs to. Nothing of them is asked or run.
import type { Host } from '../../host/host.ts';
import { compareBytes, type BytePath } from '../../model/bytes.ts';
import { covered, type Observation, type Problem, type Skipped } from '../../model/coverage.ts';
import type { FileFacts } from '../../model/file.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import { append } from '../../model/multimap.ts';
import type { Steps } from '../../model/steps.ts';
import { readFlatpak, readSnap } from './applications.ts';
import { readCargo } from './cargo.ts';
import type { ChannelReader, ReadChannel } from './channel-reader.ts';
import { readComposer } from './composer.ts';
import { readConda } from './conda.ts';
import { readGem } from './gem.ts';
import { readGo } from './go.ts';
import { readNpm } from './npm.ts';
import { readPip } from './pip.ts';
import type { FoundRecord, RecordKind } from './places.ts';

const READERS: Readonly<Record<RecordKind, ChannelReader>> = {
  pip: readPip, conda: readConda, npm: readNpm, gem: readGem, cargo: readCargo, composer: readComposer, go: readGo, snap: readSnap, flatpak: readFlatpak,
};
/** Damaged records are told by example. */
const MAX_SKIPPED = 20;

export interface Channels {
  /** By channel, name and prefix. */
  readonly packages: readonly ChannelPackage[];
  /** The package that a file (a canonical path, which may be that of a link) belongs to, as that package's record says. */
  lookup(file: Pick<FileFacts, 'code' | 'path' | 'type'>): ChannelRecord | undefined;
}

/** `records`: what `findRecords` found and no package manager owns. Coverage 'channels'. */
export function* readChannels(host: Host, records: readonly FoundRecord[]): Steps<Observation<Channels>> {
  const problems: Problem[] = [];
  const skipped: Skipped[] = [];
  const byKind = new Map<RecordKind, FoundRecord[]>();
  for (const record of records) append(byKind, record.kind, record);
  const read: ReadChannel[] = [];
  // npm's looks into any node_modules, also where nothing is installed globally.
  for (const kind of Object.keys(READERS) as RecordKind[]) {
    if (kind !== 'npm' && !byKind.has(kind)) continue;
    read.push(READERS[kind]({ host, problems, skipped }, byKind.get(kind) ?? []));
    yield;
  }
  const packages = read.flatMap((each) => each.packages)
    .sort((a, b) => compareBytes(a.channel, b.channel) || compareBytes(a.name, b.name) || compareBytes(a.prefix, b.prefix) || compareBytes(a.version, b.version) || compareBytes(a.path, b.path));
  if (skipped.length > MAX_SKIPPED) skipped.splice(MAX_SKIPPED, skipped.length, { what: `${skipped.length - MAX_SKIPPED} more records of channels`, reason: 'they cannot be understood' });
  const known = new Map<BytePath, ChannelRecord | undefined>();
  function lookup({ code, path, type }: Pick<FileFacts, 'code' | 'path' | 'type'>): ChannelRecord | undefined {
    if (known.has(path)) return known.get(path);
    const real = type === 'link' ? host.realpath(path) : undefined;
    const end = real?.ok === true ? real.value : path;
    const text = type === 'link' || code === undefined || code === 'script';
    let found: ChannelRecord | undefined;
    for (const each of read) if ((found = each.lookup(path, end, text)) !== undefined) break;
    known.set(path, found);
    return found;
  }
  return { value: { packages, lookup }, coverage: covered('channels', problems, skipped) };
}
