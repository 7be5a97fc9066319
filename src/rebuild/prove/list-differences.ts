// (list that was built from, list of what was built) → what differs of packages, sources, settings and accounts. Pure.
import type { DifferenceKind, ProofDifference } from '../../model/prove.ts';
import { compareBytes } from '../../model/bytes.ts';
import type { RebuildGroup, RebuildList, RebuildPackage, RebuildUser } from '../../model/rebuild.ts';
import type { VersionRules } from '../../model/version.ts';

export interface ListComparison {
  readonly wanted: RebuildList;
  /** As it is: nothing left out. */
  readonly built: RebuildList;
  /** Of a manager. */
  readonly versions: (manager: string) => VersionRules | undefined;
  /** Accounts were put there before the packages, so that every number has to be the same. */
  readonly sameNumbers: boolean;
  /** Packages, as 'apt:name:arch', that no repository had. */
  readonly unavailable: ReadonlySet<string>;
}

export function listDifferences(input: ListComparison): readonly ProofDifference[] {
  const { built, wanted } = input;
  return [
    ...packageDifferences(input),
    ...keyed('architecture', wanted.architectures, built.architectures, ({ arch }) => arch, () => ''),
    ...keyed('module', wanted.moduleStreams, built.moduleStreams, ({ name }) => name, ({ state, stream }) => `${stream} ${state}`),
    ...keyed('repository', wanted.repositories, built.repositories, ({ file, name }) => `${name} in ${file ?? ''}`, ({ components, enabled, signed, signedBy, suites, types, uris }) => JSON.stringify([components, enabled, signed, signedBy, suites, types, uris])),
    ...keyed('source', wanted.files, built.files, ({ path }) => path, ({ content, masked, mode }) => (masked ? '' : `${mode.toString(8)} ${content}`)),
    ...keyed('key', wanted.keys, built.keys, ({ fingerprints, path }) => path ?? fingerprints.join(' '), ({ base64 }) => base64),
    ...keyed('answer', wanted.debconf.filter(({ value }) => value !== undefined), built.debconf, ({ question }) => question, ({ value }) => value ?? '', true),
    ...keyed('alternative', wanted.alternatives, built.alternatives, ({ name }) => name, ({ target }) => target),
    ...keyed('diversion', wanted.diversions, built.diversions, ({ from }) => from, ({ to }) => to),
    ...keyed('statoverride', wanted.statOverrides, built.statOverrides, ({ path }) => path, ({ group, mode, user }) => `${user}:${group} ${mode.toString(8)}`),
    ...keyed('unit', wanted.units, built.units, ({ name }) => name, ({ state }) => state),
    ...keyed('group', wanted.groups, built.groups, ({ name }) => name, (group) => groupValue(group, input.sameNumbers)),
    ...keyed('user', wanted.users, built.users, ({ name }) => name, (user) => userValue(user, input.sameNumbers)),
    ...keyed('channel', wanted.channels, built.channels, ({ channel, name, path }) => `${channel} ${name} ${path ?? ''}`.trim(), ({ version }) => version ?? ''),
  ];
}

function packageDifferences({ built, unavailable, versions, wanted }: ListComparison): readonly ProofDifference[] {
  const out: ProofDifference[] = [];
  const there = new Map(built.packages.map((each) => [keyOf(each, wanted), each]));
  for (const each of wanted.packages) {
    const name = keyOf(each, wanted);
    const is = there.get(name);
    there.delete(name);
    if (is === undefined) {
      out.push({ kind: 'package', name, message: `is not in the rebuilt root${unavailable.has(`${each.manager}:${each.name}:${each.arch}`) ? ': no repository has it' : ''}` });
      continue;
    }
    if (!fits(each, is, wanted, versions(each.manager))) out.push({ kind: 'package', name, message: `is ${is.version ?? 'of no version'} and not ${each.version ?? ''}` });
    if (is.mark !== each.mark) out.push({ kind: 'mark', name, message: `is marked ${is.mark} and not ${each.mark}` });
    if (is.held !== each.held) out.push({ kind: 'hold', name, message: is.held ? 'is held' : 'is not held' });
  }
  for (const name of [...there.keys()].sort(compareBytes)) out.push({ kind: 'package', name, message: 'came too, and is not in the list' });
  return out;
}

/** Of what may stand there in several versions, each is one. */
function keyOf({ arch, manager, name, version }: RebuildPackage, { packages }: RebuildList): string {
  const several = packages.filter((other) => other.manager === manager && other.name === name && other.arch === arch).length > 1;
  return `${manager}:${name}:${arch}${several ? ` ${version ?? ''}` : ''}`;
}

function fits({ version }: RebuildPackage, is: RebuildPackage, wanted: RebuildList, rules: VersionRules | undefined): boolean {
  if (version === undefined || version === is.version) return true;
  return wanted.versions === 'at-least' && is.version !== undefined && rules !== undefined && rules.compare(is.version, version) > 0;
}

function groupValue({ id, members, origin }: RebuildGroup, sameNumbers: boolean): string {
  return `${sameNumbers || origin.kind === 'person' || origin.kind === 'base' ? id : ''} ${members.join(',')}`;
}

function userValue({ comment, group, home, id, origin, shell }: RebuildUser, sameNumbers: boolean): string {
  return JSON.stringify([sameNumbers || origin.kind === 'person' || origin.kind === 'base' ? id : '', group, home, shell, comment]);
}

/** `more`: what is there besides is no difference. */
function keyed<T>(kind: DifferenceKind, wanted: readonly T[], built: readonly T[], nameOf: (each: T) => string, valueOf: (each: T) => string, more = false): readonly ProofDifference[] {
  const there = new Map(built.map((each) => [nameOf(each), each]));
  const out: ProofDifference[] = [];
  for (const each of wanted) {
    const name = nameOf(each);
    const is = there.get(name);
    there.delete(name);
    if (is === undefined) out.push({ kind, name, message: 'is not in the rebuilt root' });
    // An account is judged by how the host came to it.
    else if (valueOf(each) !== valueOf(kind === 'group' || kind === 'user' ? { ...is, origin: (each as { origin?: unknown }).origin } : is)) out.push({ kind, name, message: differs(valueOf(is), valueOf(each)) });
  }
  if (!more) for (const name of there.keys()) out.push({ kind, name, message: 'came too, and is not in the list' });
  return out;
}

const SHOWN = 120;

function differs(is: string, wanted: string): string {
  return is.length + wanted.length > SHOWN ? 'is not as in the list' : `is ${is} and not ${wanted}`;
}
