// Which directories units ask systemd for: StateDirectory=, CacheDirectory=, LogsDirectory=, ConfigurationDirectory= (systemd.exec(5), SANDBOXING).
import type { Host } from '../host/host.ts';
import { joinPath, toText, type BytePath } from '../model/bytes.ts';
import { SYSTEM_UNIT_DIRECTORIES } from './launch/systemd/unit-set.ts';
import { readSettings, splitWords } from './launch/systemd/unit-settings.ts';

export interface UnitDirectory {
  /** Canonical where it is there. */
  readonly path: BytePath;
  readonly kind: 'state' | 'cache' | 'logs' | 'configuration';
  readonly unit: string;
}

const KINDS: Readonly<Record<string, { readonly kind: UnitDirectory['kind']; readonly base: BytePath }>> = {
  StateDirectory: { kind: 'state', base: '/var/lib' }, CacheDirectory: { kind: 'cache', base: '/var/cache' },
  LogsDirectory: { kind: 'logs', base: '/var/log' }, ConfigurationDirectory: { kind: 'configuration', base: '/etc' },
};
const WANTED: ReadonlySet<string> = new Set(Object.keys(KINDS));
const MAX_UNITS = 20_000;
const MAX_UNIT_BYTES = 1024 * 1024;
/** Relative, without '..', and without specifiers, which stand for what only a running systemd knows. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._@-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._@-]*)*$/;

/** Each directory once, under the unit that is found first; a service's name says more than that of its socket or timer. */
export function unitDirectories(host: Host): readonly UnitDirectory[] {
  const found = new Map<BytePath, UnitDirectory>();
  const seen = new Set<BytePath>();
  let left = MAX_UNITS;
  for (const directory of SYSTEM_UNIT_DIRECTORIES) {
    const real = host.realpath(directory);
    if (!real.ok || seen.has(real.value)) continue;
    seen.add(real.value);
    const listed = host.readDirectory(real.value);
    if (!listed.ok) continue;
    for (const name of listed.value.map((entry) => entry.name).filter((each) => each.endsWith('.service')).sort()) {
      if (left-- <= 0) return [...found.values()];
      const text = host.readBytes(joinPath(real.value, name), MAX_UNIT_BYTES);
      if (text.ok) for (const each of askedFor(host, text.value, toText(name))) if (!found.has(each.path)) found.set(each.path, each);
    }
  }
  return [...found.values()];
}

function askedFor(host: Host, text: string, unit: string): readonly UnitDirectory[] {
  return readSettings(text, WANTED).filter(({ section }) => section === 'Service').flatMap(({ key, value }) => {
    const { base, kind } = KINDS[key]!;
    // 'name:link' makes a link besides.
    const names = splitWords(value).map((word) => word.text.split(':')[0]!).filter((name) => NAME.test(name));
    return names.map((name): UnitDirectory => {
      const path = joinPath(base, name);
      const real = host.realpath(path);
      return { path: real.ok ? real.value : path, kind, unit };
    });
  });
}
