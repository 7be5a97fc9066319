// Whether root may log in by ssh from where nothing allows it (sshd_config(5) PermitRootLogin) → ssh-root-login.
import { toText } from '../../model/bytes.ts';
import type { Evidence, FactValue, Finding } from '../../model/finding.ts';
import { blockHolds, parseIpBlock } from '../../model/ip-address.ts';
import type { SourcePosition, SshPolicy } from '../../model/manifest.ts';
import type { ObservedState, SshAnswer, SshState } from '../../model/observed.ts';
import type { FindingMaker } from '../finding-id.ts';
import { Scale } from '../severity.ts';

const SSHD = '/usr/sbin/sshd';
const SHOWN = 4;

/** One finding, with every answer that nothing allows. */
export function compareSsh(policy: SshPolicy | undefined, observed: ObservedState, make: FindingMaker): Finding[] {
  const { ssh } = observed;
  if (ssh === undefined) return [];
  const answers = ssh.answers.filter((answer) => answer.permitRootLogin !== 'no' && !isAllowed(answer, policy));
  const first = answers[0];
  if (first === undefined) return [];
  const declaredAt = declaredBy(policy);
  const scale = weigh(answers, ssh, declaredAt !== undefined);
  const weight = scale.weight();
  return [make({
    kind: 'ssh-root-login', severity: weight.severity, subject: { type: 'account', name: 'root' }, remedy: 'manual', message: messageFor(answers, policy),
    evidence: [
      ...answers.slice(0, SHOWN).map(answerEvidence), ...(answers.length > SHOWN ? [{ source: 'sshd', detail: `and from ${answers.length - SHOWN} more places` }] : []),
      ...weight.reasons, ...keyEvidence(ssh), ...(ssh.plainOnly ? [{ source: 'sshd', detail: 'its configuration was read, sshd itself was not asked' }] : []), ...serviceEvidence(observed),
    ],
    facts: {
      answers: answers.map(answerFact), plainOnly: ssh.plainOnly, ...(ssh.rootKeys === undefined ? {} : { rootKeys: ssh.rootKeys.count, keyFiles: ssh.rootKeys.files.map((path) => ({ path })) }),
      ...(policy?.rootLoginFrom === undefined ? {} : { allowedFrom: [...policy.rootLoginFrom.value] }),
    },
    ...(declaredAt === undefined ? {} : { declaredAt }),
  })];
}

/** `root-login-from` says where root may come from, and so that it may come from nowhere else; `root-login: true` alone allows every place. */
function isAllowed({ from }: SshAnswer, policy: SshPolicy | undefined): boolean {
  if (policy?.rootLoginFrom === undefined) return policy?.rootLogin?.value === true;
  const address = parseIpBlock(from);
  return address !== undefined && policy.rootLoginFrom.value.some((text) => {
    const block = parseIpBlock(text);
    return block !== undefined && blockHolds(block, address);
  });
}

function declaredBy(policy: SshPolicy | undefined): SourcePosition | undefined {
  return policy?.rootLoginFrom?.declaredAt ?? policy?.rootLogin?.declaredAt;
}

/**
 * What distributions ship lets root in with a key, and no key is there: a fact of every stock host, told and no more. A key, or a password that
 * suffices, is a way in that somebody made. Keys that could not be read are no keys that were found: the coverage says so, and that ends with 3.
 */
function weigh(answers: readonly SshAnswer[], { rootKeys }: SshState, declared: boolean): Scale {
  const scale = new Scale('info');
  if (answers.some(({ passwordAuthentication }) => passwordAuthentication === true)) scale.atLeast('high', 'sshd', 'a password is enough');
  else if (rootKeys !== undefined && (rootKeys.count > 0 || rootKeys.other.length > 0)) scale.atLeast('low', 'keys', 'there are keys that let root in');
  if (declared) scale.atLeast('high', 'manifest', 'the manifest does not allow it');
  return scale;
}

function messageFor(answers: readonly SshAnswer[], policy: SshPolicy | undefined): string {
  const password = answers.some(({ passwordAuthentication }) => passwordAuthentication === true);
  const anywhere = answers.some(({ from, when }) => from === 'anywhere' && when === undefined);
  const where = anywhere ? ' from anywhere' : '';
  return `may log in by ssh${where}, ${password ? 'with a password' : 'with a key'}${policy?.rootLoginFrom === undefined || anywhere ? '' : ', from where the manifest does not allow it'}`;
}

function answerEvidence({ from, permitRootLogin, source, when }: SshAnswer): Evidence {
  const said = `PermitRootLogin ${permitRootLogin}${from === 'anywhere' ? '' : ` for ${from}`}${when === undefined ? '' : ` when ${when}`}`;
  // A file and line say where to look; the long command line of a question is for whoever reads the facts.
  if (source.startsWith('/')) return { source, detail: said };
  return { source: 'sshd', detail: source.startsWith('sshd -T') ? `${said}, says sshd -T` : `${said} (${source})` };
}

function answerFact({ from, passwordAuthentication, permitRootLogin, source, when }: SshAnswer): FactValue {
  return { from, permitRootLogin, source, ...(passwordAuthentication === undefined ? {} : { passwordAuthentication }), ...(when === undefined ? {} : { when }) };
}

function keyEvidence({ rootKeys }: SshState): Evidence[] {
  if (rootKeys === undefined) return [{ source: 'keys', detail: 'whether root has keys could not be read' }];
  const files = rootKeys.files.map(toText).join(', ');
  return [
    rootKeys.count === 0 ? { source: 'keys', detail: 'root has no authorized key' } : { source: 'keys', detail: `${rootKeys.count === 1 ? 'one key' : `${rootKeys.count} keys`} in ${files}` },
    ...rootKeys.other.map((other) => ({ source: 'keys', detail: other })),
  ];
}

/** That it is there is no proof that it serves anybody: what shows that it does. */
function serviceEvidence({ launches, runtime }: ObservedState): Evidence[] {
  const pids = new Set((runtime?.processes ?? []).filter(({ exe }) => exe?.path === SSHD).map(({ pid }) => pid));
  const ports = new Set((runtime?.listeners ?? []).filter((listener) => listener.protocol === 'tcp' && listener.pids.some((pid) => pids.has(pid))).map(({ port }) => port));
  const enabled = (launches ?? []).filter((point) => point.enabled === true && (point.targets.some(({ path }) => path === SSHD) || /^sshd?\.socket$/.test(point.name))).map(({ name }) => name);
  return [
    ...(ports.size > 0 ? [{ source: 'process', detail: `sshd listens on port ${[...ports].sort((a, b) => a - b).join(', ')}` }] : pids.size > 0 ? [{ source: 'process', detail: 'sshd runs' }] : []),
    ...(enabled.length > 0 ? [{ source: 'enabled', detail: `started at boot through ${[...new Set(enabled)].sort().join(', ')}` }] : []),
  ];
}
