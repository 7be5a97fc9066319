// What sshd's configuration says of one client that asks for root (sshd_config(5) "Match", "AllowUsers"; ssh_config(5) "PATTERNS"): the way in which sshd itself would decide.
import { blockHolds, parseIpBlock } from '../../model/ip-address.ts';
import type { SshAnswer } from '../../model/observed.ts';
import { compileComponent, matchComponent } from '../../model/pattern-component.ts';
import type { Criterion, Directive, MatchLine, SshdConfig } from './sshd-config.ts';

/** Who asks, as `sshd -T -C` takes it. */
export interface SshClient {
  readonly address: string;
  readonly host: string;
  readonly localAddress: string;
  readonly localPort: number;
}

/** Names of the groups that root is in. */
export type RootGroups = readonly string[];

/** Values by keyword, as `sshd -T` prints them: every line of a keyword is one value. */
export type Settings = ReadonlyMap<string, readonly string[]>;

/** Keywords of which each line adds to the ones before. */
const LISTS: ReadonlySet<string> = new Set(['allowusers', 'denyusers', 'allowgroups', 'denygroups', 'port']);

/** What holds for this client: the first directive whose Match lines all hold, else the first that stands under none. */
export function settingsFor(config: SshdConfig, client: SshClient, groups: RootGroups): Settings {
  const out = new Map<string, string[]>();
  const matched = new Map<MatchLine, boolean>();
  const applies = (directive: Directive): boolean => directive.under.every((line) => {
    const known = matched.get(line) ?? line.criteria.every((criterion) => holds(criterion, client, groups));
    matched.set(line, known);
    return known;
  });
  const conditional = config.directives.filter((directive) => directive.under.length > 0 && applies(directive));
  const plain = config.directives.filter((directive) => directive.under.length === 0);
  for (const directives of [conditional, plain]) {
    const taken = new Map<string, string[]>();
    for (const { keyword, args } of directives) {
      if (out.has(keyword)) continue;
      const before = taken.get(keyword);
      if (before === undefined) taken.set(keyword, [...args]);
      else if (LISTS.has(keyword)) before.push(...args);
    }
    for (const [keyword, values] of taken) out.set(keyword, values);
  }
  return out;
}

/** Where the value of a keyword stands for this client; undefined = nowhere. */
export function sourceOf(config: SshdConfig, keyword: string, client: SshClient, groups: RootGroups): Directive | undefined {
  const all = config.directives.filter((directive) => directive.keyword === keyword);
  return all.find(({ under }) => under.length > 0 && under.every((line) => line.criteria.every((criterion) => holds(criterion, client, groups)))) ?? all.find(({ under }) => under.length === 0);
}

/** Criteria that are not known before root is let in (rdomain, version, command, …) do not hold. */
function holds({ name, value }: Criterion, client: SshClient, groups: RootGroups): boolean {
  switch (name) {
    case 'all': return true;
    case 'user': return inPatternList('root', value);
    case 'group': return groups.some((group) => inPatternList(group, value));
    case 'host': return inPatternList(client.host.toLowerCase(), value.toLowerCase());
    case 'address': return inAddressList(client.address, value);
    case 'localaddress': return inAddressList(client.localAddress, value);
    case 'localport': return Number(value) === client.localPort;
    default: return false;
  }
}

/** A comma list in which one that begins with '!' takes everything back. */
function inPatternList(text: string, list: string): boolean {
  return inList(list, (pattern) => inPattern(text, pattern));
}

export function inAddressList(address: string, list: string): boolean {
  const client = parseIpBlock(address);
  return inList(list, (pattern) => {
    const block = parseIpBlock(pattern);
    return block === undefined || client === undefined ? inPattern(address, pattern) : blockHolds(block, client);
  });
}

function inList(list: string, fits: (pattern: string) => boolean): boolean {
  let found = false;
  for (const item of list.split(',')) {
    const negated = item.startsWith('!');
    if (!fits(negated ? item.slice(1) : item)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** '*' and '?' alone mean something. */
function inPattern(text: string, pattern: string): boolean {
  const component = compileComponent(pattern.replaceAll(/\*{2,}/g, '*').replaceAll(/[[\\]/g, '\\$&'));
  return component.ok && matchComponent(component.value, text, 0, text.length);
}

const LOGIN_WORDS: Readonly<Record<string, SshAnswer['permitRootLogin']>> = {
  'yes': 'yes', 'no': 'no', 'prohibit-password': 'prohibit-password', 'without-password': 'prohibit-password', 'forced-commands-only': 'forced-commands-only',
};
/** Since OpenSSH 7.0. */
const DEFAULT_LOGIN = 'prohibit-password';

/** `source` says where the answer comes from. What keeps root out by name counts as 'no'. */
export function answerOf(settings: Settings, client: SshClient, groups: RootGroups): Omit<SshAnswer, 'from' | 'source'> & { readonly barredBy?: string } {
  const word = (settings.get('permitrootlogin')?.[0] ?? DEFAULT_LOGIN).toLowerCase();
  // A word that sshd does not know keeps it from starting: nothing is concluded from that.
  const permitRootLogin = Object.hasOwn(LOGIN_WORDS, word) ? LOGIN_WORDS[word]! : DEFAULT_LOGIN;
  const barredBy = barred(settings, client, groups);
  if (barredBy !== undefined) return { permitRootLogin: 'no', passwordAuthentication: false, barredBy };
  return { permitRootLogin, passwordAuthentication: permitRootLogin === 'yes' && passwordSuffices(settings) };
}

function passwordSuffices(settings: Settings): boolean {
  const asked = flag(settings, 'passwordauthentication', true) || (flag(settings, 'kbdinteractiveauthentication', true) && flag(settings, 'usepam', false));
  const methods = (settings.get('authenticationmethods') ?? []).filter((list) => list !== 'any' && list !== '');
  return asked && (methods.length === 0 || methods.some((list) => list.split(',').every((method) => /^(?:password|keyboard-interactive|none)(?::|$)/.test(method))));
}

function flag(settings: Settings, keyword: string, fallback: boolean): boolean {
  const value = settings.get(keyword)?.[0]?.toLowerCase();
  return value === undefined ? fallback : value === 'yes' || value === 'true';
}

/** In the order of sshd: DenyUsers, AllowUsers, DenyGroups, AllowGroups. */
function barred(settings: Settings, client: SshClient, groups: RootGroups): string | undefined {
  const list = (keyword: string): readonly string[] => settings.get(keyword) ?? [];
  const isRoot = (pattern: string): boolean => {
    const at = pattern.lastIndexOf('@');
    if (at === -1) return inPattern('root', pattern);
    const where = pattern.slice(at + 1);
    return inPattern('root', pattern.slice(0, at)) && (inAddressList(client.address, where) || inPattern(client.host, where));
  };
  const isGroup = (pattern: string): boolean => groups.some((group) => inPattern(group, pattern));
  if (list('denyusers').some(isRoot)) return 'DenyUsers';
  if (list('allowusers').length > 0 && !list('allowusers').some(isRoot)) return 'AllowUsers';
  if (list('denygroups').some(isGroup)) return 'DenyGroups';
  if (list('allowgroups').length > 0 && !list('allowgroups').some(isGroup)) return 'AllowGroups';
  return undefined;
}
