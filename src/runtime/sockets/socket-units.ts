// Names the systemd socket units that opened listening sockets (systemd.socket(5), systemd.unit(5) "SPECIFIERS"). Pure.
import type { ByteString } from '../../model/bytes.ts';
import { formatAddress, parseAddress } from '../../model/ip-address.ts';
import type { Listener } from '../../model/runtime.ts';

/** One Listen…= line of a .socket unit. */
export interface SocketUnitLine {
  /** 'ssh.socket', 'foo@1.socket'. */
  readonly unit: string;
  readonly directive: 'ListenStream' | 'ListenDatagram' | 'ListenSequentialPacket';
  /** As written. */
  readonly value: ByteString;
}

export type ListenAddress =
  /** No address: a port alone, which is bound on '::' or, without IPv6, on '0.0.0.0'. */
  | { readonly kind: 'inet'; readonly address?: string; readonly port: number; readonly device?: string }
  /** A path, or '@name'. */
  | { readonly kind: 'unix'; readonly name: ByteString };

const MAX_VALUE = 4096;
/** Of the system manager. */
const DIRECTORIES: Readonly<Record<string, string>> = { t: '/run', S: '/var/lib', C: '/var/cache', L: '/var/log', E: '/etc', T: '/tmp', V: '/var/tmp', h: '/root' };

/** `listeners` with `socketUnit` where the first process holds the socket and a unit's line is for its address. With several units the first by name. */
export function withSocketUnits(listeners: readonly Listener[], lines: readonly SocketUnitLine[]): readonly Listener[] {
  const units = new Map<string, string>();
  for (const { unit, directive, value } of lines) {
    const address = parseListen(value, unit);
    if (address === undefined) continue;
    for (const key of keysOf(address, directive)) {
      const known = units.get(key);
      if (known === undefined || unit < known) units.set(key, unit);
    }
  }
  if (units.size === 0) return listeners;
  return listeners.map((listener) => {
    if (!listener.pids.includes(1) || listener.namespace !== undefined) return listener;
    const socketUnit = units.get(listener.protocol === 'unix' ? `unix ${listener.address}` : inetKey(listener.protocol, listener.address, listener.port));
    return socketUnit === undefined ? listener : { ...listener, socketUnit };
  });
}

/**
 * '80', '10.1.2.3:80', '[::1]:80', '[fe80::1]:80%eth0', '/run/x.sock', '@name'. Undefined for what is none of these (a vsock too: /proc does not list them), and where a
 * specifier stands for something that only the running manager knows.
 */
export function parseListen(value: ByteString, unit: string): ListenAddress | undefined {
  if (value.length > MAX_VALUE) return undefined;
  // The zone of an address stands behind a '%' too, after the port.
  const text = expand(value.trim().replace(/^(\[[^\]]*\]:[0-9]+)%(?=[^%])/, '$1%%'), unit);
  if (text === undefined || text === '') return undefined;
  if (text.startsWith('/')) return { kind: 'unix', name: text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text };
  if (text.startsWith('@')) return { kind: 'unix', name: text };
  const inet = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):)?([0-9]{1,5})(?:%(.{1,64}))?$/.exec(text);
  if (inet === null || Number(inet[3]) > 65535 || Number(inet[3]) === 0) return undefined;
  const written = inet[1] ?? inet[2];
  const port = Number(inet[3]);
  if (written === undefined) return inet[4] === undefined ? { kind: 'inet', port } : undefined;
  const bytes = parseAddress(written);
  if (bytes === undefined || (inet[1] !== undefined) !== (bytes.length === 16)) return undefined;
  return { kind: 'inet', address: formatAddress(bytes), port, ...(inet[4] === undefined ? {} : { device: inet[4] }) };
}

function expand(value: ByteString, unit: string): ByteString | undefined {
  if (!value.includes('%')) return value;
  const dot = unit.lastIndexOf('.');
  const name = dot < 0 ? unit : unit.slice(0, dot);
  const at = name.indexOf('@');
  const words: Readonly<Record<string, string>> = { '%': '%', n: unit, N: name, p: at < 0 ? name : name.slice(0, at), i: at < 0 ? '' : name.slice(at + 1), ...DIRECTORIES };
  let known = true;
  const text = value.replaceAll(/%(.?)/gs, (_, letter: string) => {
    const word = Object.hasOwn(words, letter) ? words[letter] : undefined;
    known &&= word !== undefined;
    return word ?? '';
  });
  return known ? text : undefined;
}

function keysOf(address: ListenAddress, directive: SocketUnitLine['directive']): readonly string[] {
  // Canonical on every host that systemd runs, while units of old say /var/run.
  if (address.kind === 'unix') return [`unix ${address.name.replace(/^\/var\/run\//, '/run/')}`, `unix ${address.name}`];
  const protocol = directive === 'ListenDatagram' ? 'udp' : 'tcp';
  if (address.address === undefined) return [inetKey(protocol, '::', address.port), inetKey(protocol, '0.0.0.0', address.port)];
  return [inetKey(protocol, address.address, address.port)];
}

/** Without the zone: a link-local address of one port is opened by one unit. */
function inetKey(protocol: string, address: string, port: number): string {
  const zone = address.indexOf('%');
  return `${protocol} ${zone < 0 ? address : address.slice(0, zone)} ${port}`;
}
