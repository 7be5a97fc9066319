// Snaps (/var/lib/snapd/state.json, meta/snap.yaml) and flatpaks (app/ID/current/active, metainfo): applications that bring everything along.
import { isJsonObject, readJsonObject } from '../../host/json-file.ts';
import type { Host } from '../../host/host.ts';
import { baseOf, fromText, parentOf, toText, type BytePath } from '../../model/bytes.ts';
import { nearestAbove } from '../../model/channel-files.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import { shortText, unreadable, type ChannelContext, type ReadChannel } from './channel-reader.ts';
import type { FoundRecord } from './places.ts';

const MAX_STATE = 64 * 1024 * 1024;
const MAX_DESCRIPTION = 1024 * 1024;
/** Snaps that others are made on: nobody asks for them. */
const SNAP_BASES = /^(?:core\d*|snapd|bare|gnome-\d.*|gtk-common-themes|kde-frameworks.*)$/;

export function readSnap(context: ChannelContext, records: readonly FoundRecord[]): ReadChannel {
  const packages: ChannelPackage[] = [];
  const byDirectory = new Map<BytePath, ChannelRecord>();
  for (const { path: record } of records) {
    const data = readJsonObject(context.host, record, MAX_STATE)?.['data'];
    const snaps = isJsonObject(data) ? data['snaps'] : undefined;
    if (!isJsonObject(snaps)) {
      // A state without snaps is that of a snapd that nobody used.
      if (!isJsonObject(data)) unreadable(context, record);
      continue;
    }
    for (const [name, snap] of Object.entries(snaps)) {
      if (!isJsonObject(snap) || !/^[a-z0-9][a-z0-9_-]{0,60}$/.test(name)) continue;
      const revision = typeof snap['current'] === 'string' || typeof snap['current'] === 'number' ? shortText(String(snap['current'])) : '';
      const version = snapVersion(context.host, name, revision) ?? `revision ${revision}`;
      packages.push({ channel: 'snap', name, version, path: record, prefix: `/snap/${name}`, requested: !SNAP_BASES.test(name) });
      for (const top of ['/snap', '/var/lib/snapd/snap', '/var/snap']) byDirectory.set(`${top}/${name}`, { channel: 'snap', name, version, record });
    }
  }
  return { packages, lookup: (_, end) => nearestAbove(byDirectory, end) };
}

/** The image of a snap is mounted; under --root it is not, and only the revision is known. */
function snapVersion(host: Host, name: string, revision: string): string | undefined {
  if (!/^x?\d{1,10}$/.test(revision)) return undefined;
  const yaml = host.readBytes(`/snap/${name}/${revision}/meta/snap.yaml`, MAX_DESCRIPTION);
  const version = yaml.ok ? /^version:[ \t]*(?:'([^'\n]{1,100})'|"([^"\n]{1,100})"|([^\s#'"][^\n#]{0,100}))/m.exec(yaml.value) : null;
  return version === null ? undefined : shortText(toText(version[1] ?? version[2] ?? version[3]!));
}

/** Each record is the directory of one application: app/ID, with 'current' leading to ARCH/BRANCH. */
export function readFlatpak(context: ChannelContext, records: readonly FoundRecord[]): ReadChannel {
  const packages: ChannelPackage[] = [];
  const byDirectory = new Map<BytePath, ChannelRecord>();
  for (const { path: directory } of records) {
    const current = context.host.realpath(`${directory}/current`);
    if (!current.ok) continue;
    const name = shortText(toText(baseOf(directory)));
    const version = flatpakVersion(context.host, `${directory}/current/active`, fromText(name)) ?? shortText(baseOf(current.value));
    packages.push({ channel: 'flatpak', name, version, path: directory, prefix: parentOf(parentOf(directory)), requested: true });
    byDirectory.set(directory, { channel: 'flatpak', name, version, record: directory });
  }
  return { packages, lookup: (_, end) => nearestAbove(byDirectory, end) };
}

/** AppStream: the releases stand newest first. Without them the branch is all that is known. */
function flatpakVersion(host: Host, active: BytePath, id: string): string | undefined {
  for (const name of [`metainfo/${id}.metainfo.xml`, `metainfo/${id}.appdata.xml`, `appdata/${id}.appdata.xml`]) {
    const text = host.readBytes(`${active}/files/share/${name}`, MAX_DESCRIPTION);
    const release = text.ok ? /<release\s[^>]{0,500}/.exec(text.value)?.[0] : undefined;
    const version = release === undefined ? undefined : /\bversion=["']([^"'<]{1,100})["']/.exec(release)?.[1];
    if (version !== undefined) return shortText(toText(version));
  }
  return undefined;
}
