// Names of systemd units: types, templates and instances, escapes, drop-in directories and specifiers (systemd.unit(5)).
import type { BytePath, ByteString } from '../../../model/bytes.ts';

export interface UnitName {
  readonly name: ByteString;
  /** 'redis' of 'redis@cache.service'. */
  readonly prefix: ByteString;
  /** Undefined = no template at all; '' = the template itself. */
  readonly instance: ByteString | undefined;
  /** 'service' */
  readonly type: string;
}

const TYPES: ReadonlySet<string> = new Set(['service', 'socket', 'device', 'mount', 'automount', 'swap', 'target', 'path', 'timer', 'slice', 'scope']);
/** systemd takes no longer ones. */
const MAX_NAME = 255;

/** Undefined where it is no name of a unit. */
export function unitName(name: ByteString): UnitName | undefined {
  const dot = name.lastIndexOf('.');
  const type = name.slice(dot + 1);
  if (dot < 1 || name.length > MAX_NAME || !TYPES.has(type) || name.includes('/')) return undefined;
  const at = name.indexOf('@');
  if (at < 0 || at > dot) return { name, prefix: name.slice(0, dot), instance: undefined, type };
  return at === 0 ? undefined : { name, prefix: name.slice(0, at), instance: name.slice(at + 1, dot), type };
}

/** 'redis@.service' of 'redis@cache.service'. */
export function templateOf({ prefix, instance, type }: UnitName): ByteString | undefined {
  return instance === undefined ? undefined : `${prefix}@.${type}`;
}

/** Directories whose drop-ins apply to the unit, the closest first: 'a-b.service.d', 'a-.service.d', 'service.d'. */
export function dropInDirectories(unit: UnitName): readonly ByteString[] {
  const { prefix, instance, type } = unit;
  const out: ByteString[] = [];
  function add(start: ByteString): void {
    if (instance !== undefined && instance !== '') out.push(`${start}@${instance}.${type}.d`);
    out.push(instance === undefined ? `${start}.${type}.d` : `${start}@.${type}.d`);
  }
  add(prefix);
  for (let dash = prefix.lastIndexOf('-', prefix.length - 2); dash > 0; dash = prefix.lastIndexOf('-', dash - 1)) add(prefix.slice(0, dash + 1));
  out.push(`${type}.d`);
  return out;
}

/** systemd-escape(1) backwards: '-' is '/', '\x2d' a byte. */
export function unescapeUnit(text: ByteString): ByteString {
  return text.replace(/-|\\x([0-9a-fA-F]{2})/g, (_, hex: string | undefined) => (hex === undefined ? '/' : String.fromCharCode(parseInt(hex, 16))));
}

/** Who the manager works for. */
export interface UnitOwner {
  /** Undefined where it is every user. */
  readonly user?: string;
  readonly uid?: number;
  readonly home?: BytePath;
  readonly system: boolean;
}

/** The value of a specifier letter where the file and its manager decide it; the rest (machine, kernel, host name, …) is not known beforehand. */
export type Specifiers = (letter: string) => ByteString | undefined;

export function specifiersOf(unit: UnitName, owner: UnitOwner, fragment: BytePath): Specifiers {
  const { name, prefix, instance, type } = unit;
  // Of a template nothing is known that an instance decides.
  const open = instance === '';
  return (letter) => {
    switch (letter) {
      case 'n': return open ? undefined : name;
      case 'N': return open ? undefined : name.slice(0, -type.length - 1);
      case 'p': return prefix;
      case 'P': return unescapeUnit(prefix);
      case 'j': return prefix.slice(prefix.lastIndexOf('-') + 1);
      case 'J': return unescapeUnit(prefix.slice(prefix.lastIndexOf('-') + 1));
      case 'i': return open ? undefined : (instance ?? '');
      case 'I': return open ? undefined : unescapeUnit(instance ?? '');
      case 'f': return open ? undefined : `/${unescapeUnit(instance ?? prefix)}`.replace(/^\/\/+/, '/');
      case 'y': return fragment;
      case 'Y': return fragment.slice(0, fragment.lastIndexOf('/'));
      case 'T': return '/tmp';
      case 'V': return '/var/tmp';
      default: return owner.system ? SYSTEM.get(letter) : ofUser(letter, owner);
    }
  };
}

const SYSTEM: ReadonlyMap<string, ByteString> = new Map([
  ['u', 'root'], ['U', '0'], ['g', 'root'], ['G', '0'], ['h', '/root'], ['t', '/run'], ['S', '/var/lib'], ['C', '/var/cache'], ['L', '/var/log'], ['E', '/etc'],
]);

function ofUser(letter: string, { user, uid, home }: UnitOwner): ByteString | undefined {
  switch (letter) {
    case 'u': return user;
    case 'U': return uid?.toString();
    case 't': return uid === undefined ? undefined : `/run/user/${uid}`;
    case 'h': return home;
    default: {
      const below = ({ S: '.local/state', C: '.cache', L: '.local/state/log', E: '.config' } as Readonly<Record<string, string | undefined>>)[letter];
      return home === undefined || below === undefined ? undefined : `${home}/${below}`;
    }
  }
}

/** `text` with its specifiers put in; undefined where one is not known. */
export function expandSpecifiers(text: ByteString, specifiers: Specifiers): ByteString | undefined {
  if (!text.includes('%')) return text;
  let known = true;
  const out = text.replace(/%(%|[A-Za-z])/g, (whole, letter: string) => {
    if (letter === '%') return '%';
    const value = specifiers(letter);
    if (value === undefined) known = false;
    return value ?? whole;
  });
  return known ? out : undefined;
}
