// Software of other channels as a lock list: what the manifest declares, and what that brought along.
import { compareBytes } from '../model/bytes.ts';
import { normalChannelName } from '../model/channel.ts';
import type { Finding } from '../model/finding.ts';
import type { ChannelPackage } from '../model/identity.ts';
import type { DesiredState } from '../model/manifest.ts';
import type { ObservedState } from '../model/observed.ts';
import type { LeftOut, RebuildChannelPackage } from '../model/rebuild.ts';

interface Input {
  readonly asIs: boolean;
  readonly desired: DesiredState | undefined;
  readonly observed: ObservedState;
  readonly findings: readonly Finding[];
}

export function listChannels({ asIs, desired, findings, observed }: Input): { readonly packages: readonly RebuildChannelPackage[]; readonly leftOut: readonly LeftOut[] } {
  // Copies that package managers brought are listed as packages.
  const software = (observed.channelPackages ?? []).filter(({ path }) => (observed.owners?.get(path) ?? []).length === 0).toSorted(inOrder);
  const refused = new Set(findings.flatMap(({ kind, subject }) => (kind === 'channel-extra' && subject.type === 'channel' ? [keyOf(subject)] : [])));
  const declared = new Set((desired?.channels ?? []).filter(({ constraint }) => constraint.kind !== 'absent').map(keyOf));
  const prefixes = new Set(software.filter((each) => declared.has(keyOf(each)) && !refused.has(keyOf(each))).map(prefixOf));
  const packages: RebuildChannelPackage[] = [];
  const leftOut: LeftOut[] = [];
  for (const each of software) {
    const { channel, name, prefix, version } = each;
    if (asIs || (!refused.has(keyOf(each)) && prefixes.has(prefixOf(each)))) packages.push({ channel, name, version, path: prefix });
    else leftOut.push({ kind: 'channel', ...(refused.has(keyOf(each)) ? { finding: 'channel-extra' } : {}), name: `${channel}:${name} ${version}`, path: each.path, because: 'the manifest does not declare it' });
  }
  return { packages, leftOut };
}

function keyOf({ channel, name }: { readonly channel: string; readonly name: string }): string {
  return `${channel}:${normalChannelName(channel, name)}`;
}

function prefixOf({ channel, prefix }: ChannelPackage): string {
  return `${channel}\n${prefix}`;
}

function inOrder(a: ChannelPackage, b: ChannelPackage): number {
  return compareBytes(a.channel, b.channel) || compareBytes(a.prefix, b.prefix) || compareBytes(a.name, b.name) || compareBytes(a.version, b.version);
}
