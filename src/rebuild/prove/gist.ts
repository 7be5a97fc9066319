// What a list says apart from versions: it stays the same while packages are only upgraded, so that a proof does not age with every update. Pure.
import type { RebuildList } from '../../model/rebuild.ts';

export function gistOf({ alternatives, architectures, channels, diversions, files, groups, host, keys, moduleStreams, packages, statOverrides, strays, units, users }: RebuildList): string {
  return JSON.stringify({
    os: host.os, arch: host.arch, architectures, moduleStreams, alternatives, diversions, statOverrides,
    packages: packages.map(({ arch, held, manager, mark, name }) => `${manager}:${name}:${arch} ${mark}${held ? ' held' : ''}`).sort(),
    files: files.map(({ content, path }) => [path, content]), keys: keys.map(({ fingerprints, path }) => [path, fingerprints]),
    units: units.map(({ name, state }) => [name, state]), groups: groups.map(({ id, members, name }) => [name, id, members]), users: users.map(({ group, home, id, name, shell }) => [name, id, group, home, shell]),
    channels: channels.map(({ channel, name }) => [channel, name]), strays: strays.map(({ path, sha256 }) => [path, sha256]),
  });
}
