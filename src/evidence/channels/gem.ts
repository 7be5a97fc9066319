// Ruby gems: specifications/NAME-VERSION.gemspec, which is a Ruby program and is read as text; RubyGems' own programs name the gem that they start.
import type { Host } from '../../host/host.ts';
import { baseOf, isWithin, joinPath, parentOf, type BytePath } from '../../model/bytes.ts';
import { gemDirectoryOf, gemOfProgram, gemOfSpecification } from '../../model/channel-files.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import { append } from '../../model/multimap.ts';
import { shortText, unreadable, type ChannelContext, type ReadChannel } from './channel-reader.ts';
import type { FoundRecord } from './places.ts';

const MAX_HEAD = 64 * 1024;
const MAX_PROGRAM = 4096;

interface Gem extends ChannelRecord {
  /** The gem directory: '/var/lib/gems/3.1.0'. */
  readonly home: BytePath;
}

export function readGem(context: ChannelContext, records: readonly FoundRecord[]): ReadChannel {
  const packages: ChannelPackage[] = [];
  const byName = new Map<string, Gem[]>();
  for (const { path: record, place } of records) {
    const head = context.host.readHead(record, MAX_HEAD);
    if (!head.ok) {
      context.problems.push({ message: head.error.message, path: record });
      continue;
    }
    const gem = gemOfSpecification(head.value.toString('latin1'), baseOf(record));
    if (gem === undefined) {
      unreadable(context, record);
      continue;
    }
    const home = parentOf(place);
    const [name, version] = [shortText(gem.name), shortText(gem.version)];
    packages.push({ channel: 'gem', name, version, path: record, prefix: home });
    append(byName, name, { channel: 'gem', name, version, record, home });
  }
  return { packages, lookup: (path, end, text) => lookup(context.host, byName, path, end, text) };
}

function lookup(host: Host, byName: ReadonlyMap<string, readonly Gem[]>, path: BytePath, end: BytePath, text: boolean): ChannelRecord | undefined {
  if (byName.size === 0) return undefined;
  const inside = gemDirectoryOf(end);
  const found = inside === undefined ? (text ? ofProgram(host, byName, path, end) : undefined) : byName.get(inside.name)?.find((gem) => gem.home === inside.home && gem.version === inside.version);
  if (found === undefined) return undefined;
  const { home: _, ...record } = found;
  return record;
}

/** A program of a gem starts whichever version is newest; of several homes the one that the program lies in counts. */
function ofProgram(host: Host, byName: ReadonlyMap<string, readonly Gem[]>, path: BytePath, end: BytePath): Gem | undefined {
  if (!/\/(?:s?bin|shims)$/.test(parentOf(path))) return undefined;
  const head = host.readHead(end, MAX_PROGRAM);
  if (!head.ok || head.value[0] !== 35 || head.value[1] !== 33) return undefined;
  const name = gemOfProgram(head.value.toString('latin1'));
  const gems = name === undefined ? undefined : byName.get(name);
  return gems?.findLast((gem) => isWithin(path, gem.home) || isWithin(path, joinPath(parentOf(parentOf(gem.home)), 'bin'))) ?? gems?.at(-1);
}
