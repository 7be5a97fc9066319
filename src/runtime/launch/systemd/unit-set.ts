// Finds the units of a manager as it would load them: which file of which directory, masks, aliases, drop-ins, links that enable (systemd.unit(5), UNIT FILE LOAD PATH).
import { baseOf, compareBytes, joinPath, parentOf, type BytePath, type ByteString } from '../../../model/bytes.ts';
import { append } from '../../../model/multimap.ts';
import type { LaunchContext, LaunchFile } from '../launch-context.ts';
import { dropInDirectories, expandSpecifiers, specifiersOf, templateOf, unitName, type Specifiers, type UnitName, type UnitOwner } from './unit-names.ts';
import { readSettings, type Setting } from './unit-settings.ts';

/** One file of a unit with what it says. */
export interface UnitPart {
  readonly file: LaunchFile;
  readonly settings: readonly Setting[];
}

export interface LoadedUnit {
  readonly name: UnitName;
  /** The unit file first, then its drop-ins in the order in which they are read. No part = nothing that could be loaded, or masked. */
  readonly parts: readonly UnitPart[];
  /** Whether the first part is the unit file. */
  readonly fragment: boolean;
  readonly specifiers: Specifiers;
  /** What counts of each setting of [Unit] and of the section of its type: an empty value takes away those before it. */
  readonly values: ReadonlyMap<string, readonly PartSetting[]>;
}

export interface PartSetting extends Setting {
  readonly file: LaunchFile;
}

export const SYSTEM_UNIT_DIRECTORIES: readonly BytePath[] = [
  '/etc/systemd/system.control', '/run/systemd/system.control', '/run/systemd/transient', '/run/systemd/generator.early', '/etc/systemd/system', '/etc/systemd/system.attached', '/run/systemd/system',
  '/run/systemd/system.attached', '/run/systemd/generator', '/usr/local/lib/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system', '/run/systemd/generator.late',
];

export const USER_UNIT_DIRECTORIES: readonly BytePath[] = [
  '/etc/systemd/user', '/run/systemd/user', '/usr/local/share/systemd/user', '/usr/share/systemd/user', '/usr/local/lib/systemd/user', '/usr/lib/systemd/user', '/lib/systemd/user',
];

const ENABLING = /^(.+)\.(?:wants|requires|upholds)$/;
/** What a unit pulls in when it starts. */
const PULLING = ['Wants', 'Requires', 'BindsTo', 'Upholds', 'Requisite'];
/** All that is asked for; most lines of units are about something else. */
const WANTED: ReadonlySet<string> = new Set([
  ...PULLING, 'OnFailure', 'OnSuccess', 'Unit', 'Service', 'Accept', 'ListenStream', 'ListenDatagram', 'ListenSequentialPacket', 'User', 'DynamicUser', 'Environment', 'EnvironmentFile', 'WorkingDirectory',
  'RootDirectory', 'RootImage', 'ExecSearchPath', 'ExecCondition', 'ExecStartPre', 'ExecStart', 'ExecStartPost', 'ExecReload', 'ExecReloadPost', 'ExecStop', 'ExecStopPre', 'ExecStopPost',
]);
const MASKED = Symbol('masked');

/** Reads every file once, whichever manager asks. */
export type UnitReader = (file: LaunchFile) => readonly Setting[];

export function unitReader(context: LaunchContext): UnitReader {
  const known = new Map<BytePath, readonly Setting[]>();
  return (file) => {
    const had = known.get(file.real);
    if (had !== undefined) return had;
    const settings = readSettings(context.text(file) ?? '', WANTED);
    known.set(file.real, settings);
    return settings;
  };
}

export class UnitSet {
  readonly #context: LaunchContext;
  readonly #read: UnitReader;
  readonly #owner: UnitOwner;
  readonly #files = new Map<ByteString, LaunchFile | typeof MASKED>();
  readonly #aliases = new Map<ByteString, ByteString>();
  readonly #dropIns = new Map<ByteString, LaunchFile[]>();
  readonly #enabled = new Map<ByteString, ByteString[]>();
  readonly #loaded = new Map<ByteString, LoadedUnit>();
  readonly #directories: ReadonlySet<BytePath>;

  constructor(context: LaunchContext, directories: readonly BytePath[], owner: UnitOwner, read: UnitReader) {
    this.#context = context;
    this.#read = read;
    this.#owner = owner;
    const canonical = new Set<BytePath>();
    for (const dir of directories) {
      const real = context.host.realpath(dir);
      if (real.ok) canonical.add(real.value);
    }
    this.#directories = canonical;
    for (const dir of canonical) this.#scan(dir);
  }

  #scan(dir: BytePath): void {
    for (const { name, type } of this.#context.entries(dir).entries) {
      if (name.endsWith('.d')) {
        if (type === 'directory' || type === 'link') this.#scanDropIns(joinPath(dir, name), name);
        continue;
      }
      const enabling = ENABLING.exec(name);
      if (enabling !== null) {
        // The name of the link counts, whatever it leads to.
        for (const entry of this.#context.entries(joinPath(dir, name)).entries) if (unitName(entry.name) !== undefined) append(this.#enabled, enabling[1]!, entry.name);
        continue;
      }
      if (this.#files.has(name) || this.#aliases.has(name) || unitName(name) === undefined) continue;
      const file = this.#context.entry(dir, name, type);
      if (file === undefined) continue;
      if (!('path' in file)) this.#files.set(name, MASKED);
      else if (!file.linked || !this.#directories.has(parentOf(file.real))) this.#files.set(name, file);
      else if (baseOf(file.real) !== name) this.#aliases.set(name, this.#aliased(name, file.real));
      else this.#files.set(name, { path: file.real, name, real: file.real, linked: false });
    }
  }

  /** A link to a template names an instance of it: 'getty@tty1.service' -> 'getty@.service' stays itself. */
  #aliased(name: ByteString, real: BytePath): ByteString {
    const from = unitName(name);
    const to = unitName(baseOf(real));
    if (from?.instance === undefined || from.instance === '' || to?.instance !== '') return baseOf(real);
    return `${to.prefix}@${from.instance}.${to.type}`;
  }

  #scanDropIns(dir: BytePath, name: ByteString): void {
    for (const file of this.#context.files(dir, (each) => each.endsWith('.conf'))) append(this.#dropIns, name, file);
  }

  /** Names that have a file, but for masked ones. */
  names(): Iterable<ByteString> {
    return [...this.#files].filter(([, file]) => file !== MASKED).map(([name]) => name);
  }

  /** Every directory of drop-ins that is there: 'redis.service.d'. */
  dropInNames(): Iterable<ByteString> {
    return this.#dropIns.keys();
  }

  dropIns(directory: ByteString): readonly LaunchFile[] {
    return this.#dropIns.get(directory) ?? [];
  }

  /** The name under which the unit is loaded. */
  resolve(name: ByteString): ByteString {
    let at = name;
    for (let steps = 0; steps < 8; steps++) {
      const next = this.#aliases.get(at);
      if (next === undefined || next === at) return at;
      at = next;
    }
    return at;
  }

  isMasked(name: ByteString): boolean {
    return this.#files.get(name) === MASKED;
  }

  load(given: ByteString): LoadedUnit | undefined {
    const name = this.resolve(given);
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const unit = unitName(name);
    if (unit === undefined || this.isMasked(name)) return undefined;
    const own = this.#files.get(name) ?? this.#files.get(templateOf(unit) ?? name);
    const file = own === MASKED ? undefined : own;
    const parts = [...(file === undefined ? [] : [file]), ...this.#dropInsOf(unit)].map((each) => ({ file: each, settings: this.#read(each) }));
    const loaded = { name: unit, parts, fragment: file !== undefined, specifiers: specifiersOf(unit, this.#owner, file?.path ?? '/'), values: valuesOf(unit, parts) };
    this.#loaded.set(name, loaded);
    return loaded;
  }

  /** By file name over all directories; of one name the closest directory has it. */
  #dropInsOf(unit: UnitName): readonly LaunchFile[] {
    if (this.#dropIns.size === 0) return [];
    const chosen = new Map<ByteString, LaunchFile>();
    for (const directory of dropInDirectories(unit)) for (const file of this.dropIns(directory)) if (!chosen.has(file.name)) chosen.set(file.name, file);
    return [...chosen.values()].sort((a, b) => compareBytes(a.name, b.name));
  }

  /** Names of what starts with `unit`: by links and by its own words. */
  pulledBy(unit: LoadedUnit, aliases: ReadonlyMap<ByteString, readonly ByteString[]>): readonly ByteString[] {
    const { name } = unit.name;
    const out: ByteString[] = [];
    for (const each of [name, templateOf(unit.name) ?? name, ...(aliases.get(name) ?? [])]) {
      for (const link of this.#enabled.get(each) ?? []) out.push(this.#instance(link, unit.name));
    }
    for (const key of PULLING) for (const { value } of unit.values.get(key) ?? []) out.push(...namesIn(value, unit.specifiers));
    return out;
  }

  /** A template in the directory of an instance means the same instance. */
  #instance(link: ByteString, from: UnitName): ByteString {
    const named = unitName(link);
    return named?.instance === '' && from.instance !== undefined && from.instance !== '' ? `${named.prefix}@${from.instance}.${named.type}` : link;
  }

  /** For each unit the names of the links that lead to it. */
  aliasesOf(): ReadonlyMap<ByteString, readonly ByteString[]> {
    const out = new Map<ByteString, ByteString[]>();
    for (const alias of this.#aliases.keys()) append(out, this.resolve(alias), alias);
    return out;
  }
}

/** Unit names of a list, specifiers put in; those that cannot be known are left out. */
export function namesIn(value: ByteString, specifiers: Specifiers): readonly ByteString[] {
  return value.split(/[ \t\n]+/).flatMap((word) => {
    const name = expandSpecifiers(word, specifiers);
    return name === undefined || name === '' ? [] : [name];
  });
}

function valuesOf({ type }: UnitName, parts: readonly UnitPart[]): ReadonlyMap<string, readonly PartSetting[]> {
  const own = type.charAt(0).toUpperCase() + type.slice(1);
  const out = new Map<string, PartSetting[]>();
  for (const { file, settings } of parts) {
    for (const { section, key, value, line } of settings) {
      if (section !== own && section !== 'Unit') continue;
      if (value === '') out.delete(key);
      else append(out, key, { section, key, value, line, file });
    }
  }
  return out;
}

const NONE: readonly PartSetting[] = [];

/** Of a setting that adds up. */
export function valuesFor(unit: LoadedUnit, key: string): readonly PartSetting[] {
  return unit.values.get(key) ?? NONE;
}

/** Of a setting that stands once. */
export function valueFor(unit: LoadedUnit, key: string): ByteString | undefined {
  return unit.values.get(key)?.at(-1)?.value;
}
