// What all files say of channels, listeners, watched paths and ssh, as one. Where two do not fit together, the error names both places.
import { fromText } from '../model/bytes.ts';
import { normalChannelName } from '../model/channel.ts';
import type { DeclaredChannelPackage, DesiredState, ListenerEntry, SourcePosition, SshPolicy, WatchEntry } from '../model/manifest.ts';
import { normalConstraint } from './constraint.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { ParsedChannelPackage, ParsedOrdinary, ParsedWatch } from './parse-ordinary.ts';
import { whenOf, type At } from './parse-parts.ts';
import type { ListenerMap, WatchMap } from './ordinary-shapes.ts';
import type { SourceText } from './source-text.ts';
import type { When } from './when.ts';

/** One manifest file that is for this host. */
export type OrdinaryFile = ParsedOrdinary & { readonly source: SourceText };
type Holds = (when: When | undefined) => boolean;

export function mergeOrdinary(files: readonly OrdinaryFile[], holds: Holds, diagnostics: Diagnostic[]): Pick<DesiredState, 'channels' | 'listeners' | 'watch' | 'ssh'> {
  const channels = mergeChannels(files, holds, diagnostics);
  const listeners = mergeListeners(files, holds);
  const watch = mergeWatch(files, holds, diagnostics);
  const ssh = mergeSsh(files, diagnostics);
  return {
    ...(channels === undefined ? {} : { channels }),
    ...(listeners === undefined ? {} : { listeners }),
    ...(watch === undefined ? {} : { watch }),
    ...(ssh === undefined ? {} : { ssh }),
  };
}

function mergeChannels(files: readonly OrdinaryFile[], holds: Holds, diagnostics: Diagnostic[]): DeclaredChannelPackage[] | undefined {
  if (!files.some((file) => file.channels !== undefined)) return undefined;
  const first = new Map<string, { readonly entry: ParsedChannelPackage; readonly at: SourcePosition }>();
  const out: DeclaredChannelPackage[] = [];
  for (const { source, channels } of files) {
    for (const { value, offset, length } of channels ?? []) {
      if (!holds(value.when)) continue;
      const { channel, name, constraint, constraintText } = value;
      const key = `${channel}:${normalChannelName(channel, name)}`;
      const before = first.get(key);
      if (before !== undefined) {
        if (normalConstraint(before.entry.constraintText) === normalConstraint(constraintText)) continue;
        const message = `the ${channel} package "${name}" is declared twice: "${constraintText}" here and "${before.entry.constraintText}" in ${placeOf(before.at)}`;
        diagnostics.push(source.diagnose('contradiction', offset, length, message, KEEP_ONE));
        continue;
      }
      const at = source.position(offset);
      first.set(key, { entry: value, at });
      out.push({ channel, name, constraint, constraintText, declaredAt: at });
    }
  }
  return out;
}

/** All of them count: one port may be confirmed for two programs, on two addresses or by two people. */
function mergeListeners(files: readonly OrdinaryFile[], holds: Holds): ListenerEntry[] | undefined {
  if (!files.some((file) => file.listeners !== undefined)) return undefined;
  return files.flatMap(({ source, listeners }) => (listeners ?? [])
    .filter(({ value }) => value.when === undefined || holds(whenOf(value.when)))
    .map(({ value, offset }) => listenerEntry(value, source.position(offset))));
}

function listenerEntry(map: ListenerMap, declaredAt: SourcePosition): ListenerEntry {
  const { when: _, port, program, sha256, confirmed, ...same } = map;
  const [number = '', protocol] = port.split('/');
  return {
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    port: Number(number),
    ...same,
    ...(program === undefined ? {} : { program: fromText(program) }),
    ...(sha256 === undefined ? {} : { sha256: sha256.toLowerCase() }),
    confirmed,
    declaredAt,
  };
}

type Present = Extract<WatchEntry, { kind: 'present' }>;

/** Two entries for one path add up where they do not speak of the same thing: one says the mode, the other the owner. */
function mergeWatch(files: readonly OrdinaryFile[], holds: Holds, diagnostics: Diagnostic[]): WatchEntry[] | undefined {
  if (!files.some((file) => file.watch !== undefined)) return undefined;
  const byPath = new Map<string, WatchEntry>();
  for (const { source, watch } of files) {
    for (const entry of watch ?? []) {
      if (entry.value.entry !== 'absent' && entry.value.entry.when !== undefined && !holds(whenOf(entry.value.entry.when))) continue;
      const now = watchEntry(entry, source);
      const before = byPath.get(now.path);
      const difference = before === undefined ? undefined : clash(now, before);
      if (before !== undefined && difference !== undefined) {
        const message = `"${entry.value.path}" is watched twice: ${difference[0]} here and ${difference[1]} in ${placeOf(before.declaredAt)}`;
        diagnostics.push(source.diagnose('contradiction', entry.offset, entry.length, message, KEEP_ONE));
      } else if (before === undefined) byPath.set(now.path, now);
      else if (before.kind === 'present' && now.kind === 'present') byPath.set(now.path, { ...now, ...before });
    }
  }
  return [...byPath.values()];
}

function watchEntry({ value, offset }: At<ParsedWatch>, source: SourceText): WatchEntry {
  const path = fromText(value.path);
  const declaredAt = source.position(offset);
  if (value.entry === 'absent') return { kind: 'absent', path, declaredAt };
  return { kind: 'present', path, ...expectations(value.entry), declaredAt };
}

function expectations({ mode, owner, group, sha256, names }: WatchMap): Omit<Present, 'kind' | 'path' | 'declaredAt'> {
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(sha256 === undefined ? {} : { sha256: sha256.toLowerCase() }),
    ...(names === undefined ? {} : { names: [...new Set(names.map((name) => fromText(name)))].toSorted() }),
  };
}

/** What `now` and `before` say that cannot both hold, in words; undefined where both can. */
function clash(now: WatchEntry, before: WatchEntry): readonly [now: string, before: string] | undefined {
  if (before.kind === 'absent' || now.kind === 'absent') return before.kind === now.kind ? undefined : [now.kind, before.kind];
  for (const key of ['mode', 'owner', 'group', 'sha256', 'names'] as const) {
    const [here, there] = [now[key], before[key]];
    if (here !== undefined && there !== undefined && String(here) !== String(there)) return key === 'names' ? ['these names', 'others'] : [`${key} "${String(here)}"`, `"${String(there)}"`];
  }
  // One of them takes it for a file, the other for a directory.
  if (now.names !== undefined && before.sha256 !== undefined) return ['the names of a directory', 'the digest of a file'];
  if (now.sha256 !== undefined && before.names !== undefined) return ['the digest of a file', 'the names of a directory'];
  return undefined;
}

const KEEP_ONE = 'keep one of the two';

function mergeSsh(files: readonly OrdinaryFile[], diagnostics: Diagnostic[]): SshPolicy | undefined {
  if (!files.some((file) => file.ssh !== undefined)) return undefined;
  function one<T>(key: string, pick: (ssh: NonNullable<ParsedOrdinary['ssh']>) => At<T> | undefined): { readonly value: T; readonly declaredAt: SourcePosition } | undefined {
    let found: { readonly value: T; readonly declaredAt: SourcePosition } | undefined;
    for (const { source, ssh } of files) {
      const entry = ssh === undefined ? undefined : pick(ssh);
      if (entry === undefined) continue;
      if (found === undefined) found = { value: entry.value, declaredAt: source.position(entry.offset) };
      else if (comparable(found.value) !== comparable(entry.value)) {
        diagnostics.push(source.diagnose('contradiction', entry.offset, entry.length, `ssh "${key}" is set to something else in ${placeOf(found.declaredAt)}`, KEEP_ONE));
      }
    }
    return found;
  }
  const rootLogin = one('root-login', (ssh) => ssh.rootLogin);
  const rootLoginFrom = one('root-login-from', (ssh) => ssh.rootLoginFrom);
  return { ...(rootLogin === undefined ? {} : { rootLogin }), ...(rootLoginFrom === undefined ? {} : { rootLoginFrom }) };
}

/** The order of a list says nothing. */
export function comparable(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.toSorted() : value);
}

function placeOf({ file, line, column }: SourcePosition): string {
  return `${file}:${line}:${column}`;
}
