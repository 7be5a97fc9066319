// The clients that have to be thought of so that every block of sshd's configuration that could speak of root is asked about: one address inside each, one outside of all.
import { addressOf, blockHolds, parseIpBlock, type IpBlock } from '../../model/ip-address.ts';
import { inAddressList, settingsFor, type RootGroups, type SshClient } from './sshd-answer.ts';
import { matchText, type MatchLine, type SshdConfig } from './sshd-config.ts';

export interface AskedClient extends SshClient {
  /** 'anywhere', or the address. */
  readonly from: string;
  readonly when?: string;
  /** Asked for because the manifest names its block. */
  readonly declared: boolean;
}

/** Each is one start of sshd. */
const MAX_CLIENTS = 32;
/** Addresses that are nobody's (RFC 5737, RFC 3849). */
const NOBODY = ['192.0.2.1', '198.51.100.1', '203.0.113.1'];
const NOBODY_LOCAL = ['198.51.100.2', '203.0.113.2', '192.0.2.2'];
const NOBODY_V6 = ['2001:db8::1', '2001:db8:ffff::1'];
const NAMED_OTHERWISE: ReadonlySet<string> = new Set(['localaddress', 'localport', 'host']);

/** `left`: how many are not asked about because there are too many. */
export function clientsToAsk(config: SshdConfig, declared: readonly string[], groups: RootGroups): { readonly clients: readonly AskedClient[]; readonly left: number } {
  const patterns = addressPatterns(config);
  const blocks = [...declared, ...patterns].map(parseIpBlock).filter((block) => block !== undefined);
  const local = config.matches.flat().flatMap(({ criteria }) => criteria.filter(({ name }) => name === 'localaddress').map(({ value }) => value));
  const base = baseClient(config, patterns, declared, local, groups);
  const asked = new Map<string, AskedClient>();
  const ask = (client: AskedClient): void => {
    const key = `${client.address} ${client.host} ${client.localAddress} ${client.localPort}`;
    if (!asked.has(key)) asked.set(key, client);
  };
  const at = (address: string, more: Partial<AskedClient> = {}): AskedClient => ({ ...base, address, host: address, from: address, ...more });
  ask(base);
  if (blocks.some(({ family }) => family === 6)) ask(at(unlisted(NOBODY_V6, [...patterns, ...declared])));
  for (const text of declared) {
    const block = parseIpBlock(text);
    if (block !== undefined) ask(at(sample(block, blocks), { declared: true }));
  }
  for (const pattern of patterns) {
    const address = sampleOf(pattern, blocks, base.address);
    if (address !== undefined) ask(at(address));
  }
  const useDns = config.directives.some(({ args, keyword }) => keyword === 'usedns' && args[0]?.toLowerCase() === 'yes');
  for (const chain of config.matches) {
    for (const client of otherwiseNamed(chain, base, blocks, useDns)) ask(client);
  }
  const all = [...asked.values()];
  return { clients: all.slice(0, MAX_CLIENTS), left: Math.max(0, all.length - MAX_CLIENTS) };
}

function baseClient(config: SshdConfig, patterns: readonly string[], declared: readonly string[], local: readonly string[], groups: RootGroups): AskedClient {
  const address = unlisted(NOBODY, [...patterns, ...declared]);
  const client = { address, host: address, localAddress: unlisted(NOBODY_LOCAL, local), localPort: 22, from: 'anywhere', declared: false };
  const port = Number(settingsFor(config, client, groups).get('port')?.[0]);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? { ...client, localPort: port } : client;
}

/** Of Match Address, and behind the '@' of AllowUsers and DenyUsers; negated ones too, for what they take out is another answer. */
function addressPatterns(config: SshdConfig): readonly string[] {
  const out = new Set<string>();
  for (const { criteria } of config.matches.flat()) {
    for (const { name, value } of criteria) if (name === 'address') for (const item of value.split(',')) out.add(item.replace(/^!/, ''));
  }
  for (const { args, keyword } of config.directives) {
    if (keyword !== 'allowusers' && keyword !== 'denyusers') continue;
    for (const user of args) if (user.includes('@')) out.add(user.slice(user.lastIndexOf('@') + 1));
  }
  return [...out];
}

function unlisted(candidates: readonly string[], patterns: readonly string[]): string {
  return candidates.find((candidate) => !patterns.some((pattern) => inAddressList(candidate, pattern))) ?? candidates[0]!;
}

/** An address of this block that lies in no smaller one, where one of the first has it so. */
function sample(block: IpBlock, all: readonly IpBlock[]): string {
  const smaller = all.filter((other) => other.prefix > block.prefix && blockHolds(block, other));
  const candidates = [1, 77, 254, 0x4d4d, 0x4d_4d4d, 0xff_fffe].map((nth) => addressOf(block, nth));
  return candidates.find((text) => !smaller.some((other) => blockHolds(other, parseIpBlock(text)!))) ?? candidates[0]!;
}

/** Of a block, or of a pattern such as '192.168.*'. Undefined for what names hosts. */
function sampleOf(pattern: string, all: readonly IpBlock[], outside: string): string | undefined {
  const block = parseIpBlock(pattern);
  // Everything, and so the client that stands for everybody.
  if (block !== undefined) return block.prefix === 0 && block.family === 4 ? outside : sample(block, all);
  if (inAddressList(outside, pattern)) return outside;
  const filled = pattern.replaceAll(/[*?]+/g, '1');
  const padded = /^\d+(?:\.\d+)*$/.test(filled) ? [...filled.split('.'), '1', '1', '1'].slice(0, 4).join('.') : filled;
  return parseIpBlock(padded) !== undefined && inAddressList(padded, pattern) ? padded : undefined;
}

/** Clients for Match lines that speak of the near end of the connection, or of the client's name. */
function otherwiseNamed(chain: readonly MatchLine[], base: AskedClient, blocks: readonly IpBlock[], useDns: boolean): readonly AskedClient[] {
  const criteria = chain.flatMap((line) => line.criteria);
  const named = criteria.filter(({ name }) => NAMED_OTHERWISE.has(name) && (useDns || name !== 'host'));
  if (named.length === 0) return [];
  let client: AskedClient = { ...base, when: matchText({ criteria: named, file: '', line: 0 }) };
  for (const { name, value } of named) {
    const first = value.split(',').find((item) => !item.startsWith('!')) ?? '';
    if (name === 'localport') client = { ...client, localPort: Number(first) };
    else if (name === 'host') client = { ...client, host: first.replaceAll(/[*?]+/g, 'x') };
    else client = { ...client, localAddress: sampleOf(first, [], base.localAddress) ?? base.localAddress };
  }
  const places = criteria.filter(({ name }) => name === 'address').flatMap(({ value }) => value.split(',').filter((item) => !item.startsWith('!')));
  const valid = Number.isInteger(client.localPort) && client.localPort > 0 && client.localPort < 65_536 && /^[A-Za-z0-9.:_-]{1,255}$/.test(client.host);
  if (!valid) return [];
  if (places.length === 0) return [client];
  return places.flatMap((place) => {
    const address = sampleOf(place, blocks, base.address);
    return address === undefined ? [] : [{ ...client, address, ...(client.host === base.host ? { host: address } : {}), from: address === base.address ? 'anywhere' : address }];
  });
}
