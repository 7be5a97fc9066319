// Reads /proc/net/{tcp,tcp6,udp,udp6,unix} (proc_pid_net(5), proc_net_tcp.rst of the kernel's documentation) of one network namespace, line by line.
import { isVanished, type Proc } from '../../host/proc.ts';
import type { ByteString } from '../../model/bytes.ts';
import type { Problem } from '../../model/coverage.ts';
import { ok, type Result } from '../../model/result.ts';
import { parseProcAddress } from './proc-address.ts';

export type InetTable = 'tcp' | 'tcp6' | 'udp' | 'udp6';
export const INET_TABLES: readonly InetTable[] = ['tcp', 'tcp6', 'udp', 'udp6'];

export interface InetSocket {
  readonly table: InetTable;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly uid: number;
  readonly inode: number;
}

export interface Endpoint {
  /** In network order. */
  readonly bytes: readonly number[];
  readonly port: number;
}

export interface UnixSocket {
  /** The path, or '@name'. */
  readonly name: ByteString;
  readonly inode: number;
}

const ESTABLISHED = '01';
/** TCP_CLOSE: what a UDP socket is that has been bound and not connected. */
const UNCONNECTED = '07';
const LISTEN = '0A';
/** __SO_ACCEPTCON. */
const ACCEPTS = 0x10000;
/** Some 400,000 sockets. */
const MAX_TABLE = 64 * 1024 * 1024;
const MAX_LINE = 8192;
/** 'Num: RefCount Protocol Flags Type St Inode Path' */
const UNIX_START = /^[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8} /;
const UNIX_LINE = /^[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) [0-9A-F]{4} [0-9A-F]{2} +([0-9]+) (.+)$/s;
/** sun_path has 108 bytes. */
const MAX_UNIX_LINE = 256;

/** Whether the table was read as far as was asked; false = it is longer than is read. */
export type Whole = boolean;

/**
 * Sockets that wait for clients. `dir`: '1' or 'self'. An absent table (no IPv6) is empty. The kernel lists listening TCP sockets first, and looks
 * through a table of some hundred thousand slots for the others: it is asked for no more than `inUse` lines.
 */
export function readListening(proc: Proc, dir: ByteString, table: InetTable, inUse: number | undefined, visit: (socket: InetSocket) => void): Result<Whole> {
  if (inUse === 0) return ok(true);
  const wanted = table.startsWith('tcp') ? LISTEN : UNCONNECTED;
  let lines = 0;
  return eachLine(proc, `${dir}/net/${table}`, (line) => {
    const state = stateOf(line);
    if (state === undefined) return true;
    if (state === wanted) report(table, line, visit);
    else if (wanted === LISTEN) return false;
    return wanted !== LISTEN || ++lines !== inUse;
  });
}

export function readEstablished(proc: Proc, dir: ByteString, table: InetTable, visit: (socket: InetSocket) => void): Result<Whole> {
  return eachLine(proc, `${dir}/net/${table}`, (line) => {
    if (stateOf(line) === ESTABLISHED) report(table, line, visit);
    return true;
  });
}

/**
 * Names are printed as they are: what follows a newline in one is no line of the table unless it was made to look like one, and then it tells of an
 * inode that its maker has to name and cannot hold.
 */
export function readUnixListening(proc: Proc, dir: ByteString, visit: (socket: UnixSocket) => void): Result<Whole> {
  let line = '';
  const finish = () => {
    const match = UNIX_LINE.exec(line);
    if (match !== null && (Number.parseInt(match[1]!, 16) & ACCEPTS) !== 0) visit({ name: match[3]!, inode: Number(match[2]) });
  };
  const whole = eachLine(proc, `${dir}/net/unix`, (next) => {
    if (UNIX_START.test(next)) {
      finish();
      line = next;
    } else if (line.length < MAX_UNIX_LINE) line += `\n${next}`;
    return true;
  });
  finish();
  return whole;
}

export function protocolOf({ table }: InetSocket): 'tcp' | 'udp' {
  return table.startsWith('tcp') ? 'tcp' : 'udp';
}

/** What of a table could not be read. `path`: '1/net/tcp'. */
export function noteTable(problems: Problem[], proc: Proc, whole: Result<Whole>, path: ByteString): void {
  if (!whole.ok) problems.push({ message: whole.error.message });
  else if (!whole.value) problems.push({ message: `${proc.mountPoint}/${path} is longer than is read, so that sockets may be missing` });
}

/** How many sockets of each table there are in the namespace (/proc/net/sockstat); absent = it does not say. */
export function readSocketCounts(proc: Proc, dir: ByteString): ReadonlyMap<InetTable, number> {
  const counts = new Map<InetTable, number>();
  for (const file of ['sockstat', 'sockstat6']) {
    const text = proc.readOnce(`${dir}/net/${file}`);
    if (!text.ok) continue;
    for (const match of text.value.matchAll(/^(TCP6?|UDP6?): inuse ([0-9]+)/gm)) counts.set(match[1]!.toLowerCase() as InetTable, Number(match[2]));
  }
  return counts;
}

/** '   0: 0100007F:1F90 00000000:0000 0A …': undefined for the heading and what is no line of a table. */
function stateOf(line: ByteString): string | undefined {
  const colon = line.indexOf(': ');
  const remote = line.indexOf(' ', colon + 2);
  const state = line.indexOf(' ', remote + 1);
  return colon < 0 || remote < 0 || state < 0 || line.charCodeAt(state + 3) !== 32 || line.charCodeAt(colon - 1) > 57 ? undefined : line.slice(state + 1, state + 3);
}

function report(table: InetTable, line: ByteString, visit: (socket: InetSocket) => void): void {
  const fields = line.trim().split(/ +/, 11);
  const local = endpoint(fields[1]);
  const remote = endpoint(fields[2]);
  const inode = Number(fields[9]);
  const uid = Number(fields[7]);
  if (local !== undefined && remote !== undefined && Number.isSafeInteger(inode) && Number.isSafeInteger(uid)) visit({ table, local, remote, uid, inode });
}

function endpoint(field: string | undefined): Endpoint | undefined {
  const colon = field?.indexOf(':') ?? -1;
  const bytes = colon < 0 ? undefined : parseProcAddress(field!.slice(0, colon));
  const port = Number.parseInt(field?.slice(colon + 1) ?? '', 16);
  return bytes === undefined || Number.isNaN(port) ? undefined : { bytes, port };
}

/** Until `visit` answers false. */
function eachLine(proc: Proc, path: ByteString, visit: (line: ByteString) => boolean): Result<Whole> {
  let rest = '';
  let stopped = false;
  const read = proc.pieces(path, MAX_TABLE, (piece) => {
    const text = rest + piece;
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0 && !stopped; end = text.indexOf('\n', start)) {
      stopped = !visit(text.slice(start, end));
      start = end + 1;
    }
    rest = text.slice(start);
    // No line of these tables is as long; what is held back must not grow without end.
    if (rest.length > MAX_LINE) rest = '';
    return !stopped;
  });
  if (!read.ok) return isVanished(read.error) ? ok(true) : read;
  return ok(stopped || read.value < MAX_TABLE);
}
