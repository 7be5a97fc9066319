// Tells which units come into being by themselves, and how: at boot, by a timer, by a socket, path, device or bus event (systemd.special(7)).
import type { ByteString } from '../../../model/bytes.ts';
import { expandSpecifiers } from './unit-names.ts';
import { namesIn, valueFor, valuesFor, type LoadedUnit, type UnitSet } from './unit-set.ts';

export type Reach = 'boot' | 'timer' | 'event';

/** Targets that a host reaches whatever is configured, and those of going down. `default.target` is a link or a packaged alias. */
const BOOT_TARGETS: readonly ByteString[] = [
  'default.target', 'sysinit.target', 'basic.target', 'multi-user.target', 'graphical.target', 'timers.target', 'sockets.target', 'paths.target', 'shutdown.target', 'reboot.target', 'poweroff.target', 'halt.target',
];
const USER_TARGETS: readonly ByteString[] = ['default.target', 'basic.target', 'timers.target', 'sockets.target', 'paths.target', 'graphical-session.target'];
/** Chains of units are short; links may make as many names as they like. */
const MAX_REACHED = 20_000;

/** By name as it is loaded; what is not in it starts only when asked. `events`: units that devices or the bus start. */
export function unitReach(units: UnitSet, system: boolean, events: Iterable<ByteString>): ReadonlyMap<ByteString, Reach> {
  const reach = new Map<ByteString, Reach>();
  const aliases = units.aliasesOf();
  function spread(names: Iterable<ByteString>, how: Reach): void {
    const open = [...names];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const at = units.resolve(name);
      if (reach.has(at) || reach.size >= MAX_REACHED) continue;
      const unit = units.load(at);
      // A target without a file may still have links in its directory.
      if (unit === undefined) continue;
      reach.set(at, how);
      for (const next of units.pulledBy(unit, aliases)) open.push(next);
    }
  }
  spread(system ? BOOT_TARGETS : USER_TARGETS, 'boot');
  const reached = [...reach.keys()];
  spread(reached.filter((name) => name.endsWith('.timer')).flatMap((name) => triggered(units, name)), 'timer');
  // What a timer started may listen in turn, and the other way round.
  spread([...[...reach.keys()].filter((name) => name.endsWith('.socket') || name.endsWith('.path')).flatMap((name) => triggered(units, name)), ...events], 'event');
  spread([...reach.keys()].filter((name) => /\.(socket|path|timer)$/.test(name)).flatMap((name) => triggered(units, name)), 'event');
  spread([...reach.keys()].flatMap((name) => handlers(units, name)), 'event');
  return reach;
}

/** The unit that a timer, socket or path starts. */
function triggered(units: UnitSet, name: ByteString): readonly ByteString[] {
  const unit = units.load(name);
  return unit === undefined || !unit.fragment ? [] : [triggeredBy(unit)].filter((each) => each !== undefined);
}

export function triggeredBy(unit: LoadedUnit): ByteString | undefined {
  const { name, prefix, instance, type } = unit.name;
  if (type === 'socket') {
    const given = valueFor(unit, 'Service');
    if (given !== undefined) return expandSpecifiers(given, unit.specifiers);
    const accept = /^(1|yes|y|true|t|on)$/i.test(valueFor(unit, 'Accept') ?? 'no');
    // A connection makes an instance of the template.
    return accept ? `${prefix}@.service` : `${name.slice(0, -type.length)}service`;
  }
  const given = valueFor(unit, 'Unit');
  return given === undefined ? `${prefix}${instance === undefined ? '' : `@${instance}`}.service` : expandSpecifiers(given, unit.specifiers);
}

function handlers(units: UnitSet, name: ByteString): readonly ByteString[] {
  const unit = units.load(name);
  if (unit === undefined) return [];
  return ['OnFailure', 'OnSuccess'].flatMap((key) => valuesFor(unit, key)).flatMap(({ value }) => namesIn(value, unit.specifiers));
}
