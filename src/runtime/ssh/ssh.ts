// Whether root may log in by ssh, and from where: asked of sshd(8) itself (`sshd -T -C`), or read from its configuration (sshd_config(5)).
import { readAccounts, type Accounts } from '../../host/accounts.ts';
import type { Host } from '../../host/host.ts';
import { joinPath, toText, type BytePath } from '../../model/bytes.ts';
import { covered, failed, type Observation, type Problem, type Skipped } from '../../model/coverage.ts';
import type { SshAnswer, SshState } from '../../model/observed.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { answerOf, settingsFor, sourceOf, type RootGroups, type Settings } from './sshd-answer.ts';
import { clientsToAsk, type AskedClient } from './sshd-clients.ts';
import { directiveOf, matchText, readSshdConfig, SSHD_CONFIG, type SshdConfig } from './sshd-config.ts';
import { readStartOptions, type StartOptions } from './sshd-start.ts';

export const SSHD: BytePath = '/usr/sbin/sshd';

export interface SshOptions {
  /** Whether the sshd of this system belongs to a package and its content is what the package says, so that it may be asked. Not called under --root. */
  readonly trusted: () => boolean;
  /** Blocks of `ssh.root-login-from`. */
  readonly rootLoginFrom: readonly string[];
}

const SOURCE = 'ssh';
const TIMEOUT_MS = 10_000;
const MAX_KEYS_BYTES = 1024 * 1024;
const MAX_OUTPUT = 1024 * 1024;

/** Undefined where no sshd is installed; its value is undefined where the configuration cannot be read. */
export async function readSsh(host: Host, options: SshOptions): Promise<Observation<SshState | undefined> | undefined> {
  if (!host.exists(SSHD)) return undefined;
  const problems: Problem[] = [];
  const skipped: Skipped[] = [];
  const start = readStartOptions(host);
  const read = readSshdConfig(host, start.file ?? SSHD_CONFIG, problems);
  if (read === undefined) return { value: undefined, coverage: { ...failed(SOURCE, 'the configuration of sshd cannot be read'), problems } };
  const config = { ...read, directives: [...start.directives, ...read.directives] };
  const accounts = readAccounts(host);
  const groups = accounts.groupsOf('root');
  const { clients, left } = clientsToAsk(config, options.rootLoginFrom, groups);
  if (left > 0) skipped.push({ what: `what sshd does for ${left} more addresses of its Match blocks`, reason: 'there are too many' });
  const asked = await askSshd(host, options, clients, start);
  if (!asked.ok) skipped.push({ what: 'what sshd itself says (its configuration was read instead)', reason: asked.error.message });
  const settings = asked.ok ? asked.value : clients.map((client) => settingsFor(config, client, groups));
  const answers = clients.map((client, index) => answerFor(client, settings[index]!, asked.ok ? undefined : config, groups));
  const rootKeys = keysOfRoot(host, accounts, settings, problems);
  return {
    value: { answers: answers.filter((answer, index) => index === 0 || clients[index]!.declared || differs(answer, answers[0]!)), plainOnly: !asked.ok, ...(rootKeys === undefined ? {} : { rootKeys }) },
    coverage: covered(SOURCE, problems, skipped),
  };
}

function differs(one: SshAnswer, other: SshAnswer): boolean {
  return one.permitRootLogin !== other.permitRootLogin || one.passwordAuthentication !== other.passwordAuthentication;
}

function answerFor(client: AskedClient, settings: Settings, config: SshdConfig | undefined, groups: RootGroups): SshAnswer {
  const answer = answerOf(settings, client, groups);
  const source = config === undefined ? `sshd -T -C ${specificationOf(client)}` : placeOf(config, answer.barredBy?.toLowerCase() ?? 'permitrootlogin', client, groups);
  return { from: client.from, ...answer, source, ...(client.when === undefined ? {} : { when: client.when }) };
}

function placeOf(config: SshdConfig, keyword: string, client: AskedClient, groups: RootGroups): string {
  const directive = sourceOf(config, keyword, client, groups);
  if (directive === undefined) return 'not set, so what sshd does by itself';
  const under = directive.under.length === 0 ? '' : ` (Match ${directive.under.map(matchText).map(toText).join(' and ')})`;
  return `${toText(directive.file)}:${directive.line}${under}`;
}

function specificationOf({ address, host, localAddress, localPort }: AskedClient): string {
  return `user=root,host=${host},addr=${address},laddr=${localAddress},lport=${localPort}`;
}

/** All clients or none: half of the answers from one source and half from another would fit no question. */
async function askSshd(host: Host, { trusted }: SshOptions, clients: readonly AskedClient[], start: StartOptions): Promise<Result<readonly Settings[]>> {
  if (!host.live) return fail('not-live', 'nothing of --root is run');
  if (!trusted()) return fail('not-trusted', `${SSHD} is not as a package left it, so it is not asked`);
  const out: Settings[] = [];
  for (const client of clients) {
    const answer = await host.query({ tool: 'sshd', args: ['-T', ...start.args, '-C', specificationOf(client)], timeoutMs: TIMEOUT_MS, maxBytes: MAX_OUTPUT });
    if (!answer.ok) return answer;
    const said = settingsIn(answer.value.stdout.toString('latin1'));
    if (answer.value.exitCode !== 0 || !said.has('permitrootlogin')) {
      const [reason = ''] = answer.value.stderr.trim().split('\n').slice(-1);
      return fail('tool-failed', reason === '' ? `sshd -T ended with ${answer.value.exitCode}` : reason.slice(0, 300));
    }
    out.push(said);
  }
  return ok(out);
}

/** One line a keyword, but for lists, which have one an entry. */
function settingsIn(text: string): Settings {
  const out = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const found = directiveOf(line);
    if (found === undefined) continue;
    const before = out.get(found.keyword);
    if (before === undefined) out.set(found.keyword, [...found.args]);
    else before.push(...found.args);
  }
  return out;
}

function keysOfRoot(host: Host, { accounts }: Accounts, settings: readonly Settings[], problems: Problem[]): SshState['rootKeys'] {
  const home = accounts.find(({ name }) => name === 'root')?.home ?? '/root';
  const files = new Set<BytePath>();
  const other = new Set<string>();
  for (const each of settings) {
    for (const name of each.get('authorizedkeysfile') ?? ['.ssh/authorized_keys', '.ssh/authorized_keys2']) {
      if (name === 'none') continue;
      const path = name.replaceAll(/%[%huU]/g, (token) => ({ '%%': '%', '%h': home, '%u': 'root', '%U': '0' })[token]!);
      files.add(path.startsWith('/') ? path : joinPath(home, path));
    }
    for (const [keyword, word] of [['authorizedkeyscommand', 'AuthorizedKeysCommand'], ['trustedusercakeys', 'TrustedUserCAKeys']] as const) {
      const value = each.get(keyword)?.[0];
      if (value !== undefined && value !== 'none') other.add(`${word} ${toText(value)}`);
    }
  }
  const found: BytePath[] = [];
  let count = 0;
  let unread = false;
  for (const path of files) {
    const content = host.readBytes(path, MAX_KEYS_BYTES);
    if (!content.ok) {
      if (content.error.reason === 'ENOENT' || content.error.reason === 'ENOTDIR') continue;
      problems.push({ message: content.error.message, path });
      unread = true;
      continue;
    }
    const keys = content.value.split('\n').filter((line) => /^[ \t]*[^ \t#\r]/.test(line)).length;
    if (keys > 0) found.push(path);
    count += keys;
  }
  return unread && count === 0 ? undefined : { count, files: found, other: [...other] };
}
