// Programs that go install built into GOPATH/bin: nothing records them but the build information that they carry themselves.
import type { BytePath } from '../../model/bytes.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import { readElf } from '../elf.ts';
import { goBuild } from '../go-build.ts';
import { shortText, type ChannelContext, type ReadChannel } from './channel-reader.ts';
import type { FoundRecord } from './places.ts';

export function readGo(context: ChannelContext, records: readonly FoundRecord[]): ReadChannel {
  const packages: ChannelPackage[] = [];
  const byProgram = new Map<BytePath, ChannelRecord>();
  for (const { path: record, place } of records) {
    const built = context.host.inspect(record, (file) => {
      const elf = readElf(file);
      return elf === undefined ? undefined : goBuild(elf)?.facts;
    });
    if (!built.ok || built.value?.module === undefined) continue;
    const name = shortText(built.value.module);
    const version = shortText(built.value.moduleVersion ?? '(devel)').replace(/^v(?=\d)/, '');
    packages.push({ channel: 'go', name, version, path: record, prefix: place, requested: true });
    byProgram.set(record, { channel: 'go', name, version, record });
  }
  return { packages, lookup: (_, end) => byProgram.get(end) };
}
