// Launch points of systemd's managers: services, sockets, timers and paths with their drop-ins; nothing is asked of a running systemd (systemd.unit(5)).
import { isWithin, joinPath, toText, type BytePath, type ByteString } from '../../../model/bytes.ts';
import type { LaunchPoint, LaunchTarget } from '../../../model/launch.ts';
import { append } from '../../../model/multimap.ts';
import type { SocketUnitLine } from '../../sockets/socket-units.ts';
import { variableTargets } from '../command-lines/command-targets.ts';
import { homes } from '../homes.ts';
import type { LaunchContext, LaunchFile } from '../launch-context.ts';
import { unitTargets, type UnitTarget } from './unit-commands.ts';
import { templateOf, unitName, type UnitOwner } from './unit-names.ts';
import { triggeredBy, unitReach, type Reach } from './unit-reach.ts';
import { SYSTEM_UNIT_DIRECTORIES, UnitSet, unitReader, USER_UNIT_DIRECTORIES, valuesFor, type LoadedUnit, type UnitReader } from './unit-set.ts';
import { readSettings, splitWords } from './unit-settings.ts';

const STARTING: ReadonlySet<string> = new Set(['service', 'socket', 'timer', 'path']);

interface Manager {
  readonly units: UnitSet;
  readonly owner: UnitOwner;
  readonly reach: ReadonlyMap<ByteString, Reach>;
  /** Units of its own are told only where their file lies below one of these; undefined = all. */
  readonly below?: readonly BytePath[];
  /** The user's manager runs without a login (loginctl(1) enable-linger). */
  readonly lingers?: boolean;
}

/** `events`: units that a device or a message on the bus starts. Answers where the system's socket units listen. */
export function readSystemd(context: LaunchContext, events: Iterable<ByteString>): readonly SocketUnitLine[] {
  const read = unitReader(context);
  const units = new UnitSet(context, SYSTEM_UNIT_DIRECTORIES, { system: true }, read);
  const system: Manager = { units, owner: { system: true }, reach: unitReach(units, true, events) };
  tellUnits(context, system);
  readUserManagers(context, read);
  readManagerConfiguration(context);
  return socketLines(system);
}

function readUserManagers(context: LaunchContext, read: UnitReader): void {
  const units = new UnitSet(context, USER_UNIT_DIRECTORIES, { system: false }, read);
  tellUnits(context, { units, owner: { system: false }, reach: unitReach(units, false, []) });
  for (const { user, uid, path: home } of homes(context)) {
    const own = [joinPath(home, '.config/systemd/user.control'), joinPath(home, '.config/systemd/user'), joinPath(home, '.local/share/systemd/user')];
    const running = uid === undefined ? [] : ['control', 'transient', 'generator.early', 'user', 'generator', 'generator.late'].map((each) => `/run/user/${uid}/systemd/${each}`);
    const below = [...own, ...running].flatMap((dir) => {
      const real = context.host.realpath(dir);
      return real.ok ? [real.value] : [];
    });
    if (below.length === 0) continue;
    const owner: UnitOwner = { system: false, user, home, ...(uid === undefined ? {} : { uid }) };
    const set = new UnitSet(context, [...running.slice(0, 3), ...own.slice(0, 2), ...USER_UNIT_DIRECTORIES, ...running.slice(3), own[2]!], owner, read);
    const lingers = context.place(`/var/lib/systemd/linger/${user}`).exists;
    tellUnits(context, { units: set, owner, reach: unitReach(set, false, []), below, lingers });
  }
}

interface Told {
  readonly file: LaunchFile;
  readonly name: string;
  readonly user: string | undefined;
  readonly targets: LaunchTarget[];
  enabled: boolean;
  when: LaunchPoint['when'];
}

function tellUnits(context: LaunchContext, manager: Manager): void {
  const told = new Map<string, Told>();
  for (const unit of unitsToTell(manager)) tellUnit(context, manager, unit, told);
  for (const each of told.values()) {
    const { file, name, user, targets, enabled, when } = each;
    context.add(file, { kind: 'systemd-unit', name, when, enabled, ...(user === undefined ? {} : { user }) }, targets);
  }
}

function* unitsToTell({ units, reach }: Manager): Iterable<LoadedUnit> {
  const instantiated = new Set<ByteString>();
  const names = new Set<ByteString>();
  for (const name of reach.keys()) {
    const unit = unitName(name);
    if (unit === undefined || !STARTING.has(unit.type)) continue;
    names.add(name);
    if (unit.instance !== undefined && unit.instance !== '') instantiated.add(templateOf(unit)!);
  }
  for (const name of units.names()) if (STARTING.has(unitName(name)!.type)) names.add(name);
  // Drop-ins of what has no file (a unit that is made at run time) or belongs to a type or a group of names.
  for (const directory of units.dropInNames()) {
    const name = directory.slice(0, -2);
    const unit = unitName(name);
    if (unit !== undefined && STARTING.has(unit.type) && !units.isMasked(units.resolve(name))) names.add(units.resolve(name));
  }
  for (const name of names) {
    const unit = instantiated.has(name) ? undefined : units.load(name);
    if (unit !== undefined && unit.parts.length > 0) yield unit;
  }
}

function tellUnit(context: LaunchContext, manager: Manager, unit: LoadedUnit, told: Map<string, Told>): void {
  const how = manager.reach.get(unit.name.name);
  const when = whenOf(unit, how, manager);
  const byFile = new Map<BytePath, UnitTarget[]>();
  for (const each of [...unitTargets(context, unit, manager.owner), ...triggerTarget(context, manager, unit)]) append(byFile, each.file.path, each);
  const files = unit.parts.map(({ file }) => file);
  for (const [path, targets] of byFile) if (!files.some((file) => file.path === path)) files.push(targets[0]!.file);
  files.forEach((file, index) => {
    if (manager.below !== undefined && !manager.below.some((dir) => isWithin(file.path, dir))) return;
    const main = index === 0 && unit.fragment;
    const part = index < unit.parts.length;
    const targets = byFile.get(file.path) ?? [];
    const users = targets.length === 0 ? [defaultUser(manager.owner)] : [...new Set(targets.map(({ user }) => user))];
    for (const user of users) {
      const key = `${file.path}\0${main ? unit.name.name : ''}\0${user ?? ''}`;
      const known = told.get(key);
      const its = targets.filter((each) => each.user === user).map(({ target }) => target);
      if (known === undefined) {
        const name = main ? unit.name.name : part ? file.path.split('/').slice(-2).join('/') : `environment of ${unit.name.name}`;
        told.set(key, { file, name: toText(name), user, targets: [...its], enabled: how !== undefined, when });
      } else {
        known.targets.push(...its);
        if (how !== undefined && !known.enabled) Object.assign(known, { enabled: true, when });
      }
    }
  });
}

function defaultUser(owner: UnitOwner): string | undefined {
  return owner.system ? 'root' : owner.user;
}

function whenOf(unit: LoadedUnit, how: Reach | undefined, { owner, lingers }: Manager): LaunchPoint['when'] {
  switch (unit.name.type) {
    case 'timer': return 'timer';
    case 'socket': case 'path': return 'event';
    default:
      if (how === undefined) return 'demand';
      return how === 'boot' && !owner.system && lingers !== true ? 'login' : how;
  }
}

/** The unit that a timer, socket or path starts, as its file. */
function triggerTarget(context: LaunchContext, { units, owner }: Manager, unit: LoadedUnit): readonly UnitTarget[] {
  if (unit.name.type === 'service' || !unit.fragment) return [];
  const name = triggeredBy(unit);
  const started = name === undefined ? undefined : units.load(name);
  if (started === undefined || !started.fragment) return [];
  const { file } = started.parts[0]!;
  return [{ file: unit.parts[0]!.file, user: defaultUser(owner), target: context.target(file.path, name!, unit.name.type === 'socket' ? 'Service' : 'Unit') }];
}

const LISTENING = ['ListenStream', 'ListenDatagram', 'ListenSequentialPacket'] as const;

function socketLines({ units, reach }: Manager): readonly SocketUnitLine[] {
  const out: SocketUnitLine[] = [];
  const names = new Set([...units.names(), ...reach.keys()]);
  for (const name of [...names].sort()) {
    const unit = name.endsWith('.socket') ? units.load(name) : undefined;
    // A template alone listens nowhere.
    if (unit === undefined || !unit.fragment || unit.name.instance === '') continue;
    for (const directive of LISTENING) for (const { value } of valuesFor(unit, directive)) out.push({ unit: toText(unit.name.name), directive, value });
  }
  return out;
}

/** systemd-system.conf(5): variables that every service gets. */
function readManagerConfiguration(context: LaunchContext): void {
  for (const kind of ['system', 'user']) {
    const dirs = ['/etc', '/run', '/usr/local/lib', '/usr/lib'];
    const files = [context.file(`/etc/systemd/${kind}.conf`), ...context.merged(dirs.map((dir) => `${dir}/systemd/${kind}.conf.d`), (name) => name.endsWith('.conf'))];
    for (const file of files) {
      if (file === undefined) continue;
      const targets: LaunchTarget[] = [];
      for (const { key, value, line } of readSettings(context.text(file) ?? '')) {
        if (key !== 'DefaultEnvironment' && key !== 'ManagerEnvironment') continue;
        for (const { text } of splitWords(value)) targets.push(...variableTargets(context, text.slice(0, Math.max(text.indexOf('='), 0)), text.slice(text.indexOf('=') + 1), line));
      }
      if (targets.length > 0) context.add(file, { kind: 'systemd-unit', name: toText(file.name), when: kind === 'system' ? 'boot' : 'login', enabled: true }, targets);
    }
  }
}
