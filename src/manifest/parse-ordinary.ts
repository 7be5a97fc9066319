// The sections for the ordinary of a host: channels, listeners, watch, ssh. Text → entries with positions, as parse.ts does for the others.
import { CHANNELS, isChannelName, type ChannelName } from '../model/channel.ts';
import type { Constraint } from '../model/manifest.ts';
import { checkShape, describe } from './check-shape.ts';
import { parseConstraint } from './constraint.ts';
import type { Diagnostic } from './diagnostic.ts';
import { channelMapShape, channelNameProblem, channelTextShape, listenerShape, sshShape, watchMapShape, watchPathProblem, watchTextShape, type ListenerMap, type WatchMap } from './ordinary-shapes.ts';
import { freeMap, listOf, whenOf, type At } from './parse-parts.ts';
import type { YamlEntry, YamlKey, YamlNode } from './read-yaml.ts';
import type { SourceText } from './source-text.ts';
import { didYouMean } from '../model/suggest.ts';
import type { When } from './when.ts';

export interface ParsedChannelPackage {
  readonly channel: ChannelName;
  readonly name: string;
  readonly constraint: Constraint;
  readonly constraintText: string;
  readonly when?: When;
}

export interface ParsedWatch {
  /** As it is written. */
  readonly path: string;
  readonly entry: 'absent' | WatchMap;
}

/** A section that is not there is undefined. */
export interface ParsedOrdinary {
  readonly channels?: readonly At<ParsedChannelPackage>[];
  readonly listeners?: readonly At<ListenerMap>[];
  readonly watch?: readonly At<ParsedWatch>[];
  readonly ssh?: { readonly rootLogin?: At<boolean>; readonly rootLoginFrom?: At<readonly string[]> };
}

export function readChannels(section: YamlEntry | undefined, source: SourceText, diagnostics: Diagnostic[]): Pick<ParsedOrdinary, 'channels'> {
  const entries = freeMap(section, 'channels', source, diagnostics);
  if (entries === undefined) return {};
  const channels: At<ParsedChannelPackage>[] = [];
  for (const { key, value } of entries) {
    const channel = key.name;
    if (!isChannelName(channel)) {
      diagnostics.push(source.diagnose('unknown-key', key.offset, key.length, `unknown channel "${channel}"`, didYouMean(channel, CHANNELS) ?? `known here: ${CHANNELS.join(', ')}`));
    } else if (value.kind !== 'map') {
      diagnostics.push(source.diagnose('wrong-type', value.offset, value.length, `"${channel}" must be a map of package names and constraints, not ${describe(value)}`, `write {} where nothing of ${channel} should be there`));
    } else {
      channels.push(...value.entries.flatMap((entry) => readChannelPackage(channel, entry, source, diagnostics)));
    }
  }
  return { channels };
}

function readChannelPackage(channel: ChannelName, { key, value }: YamlEntry, source: SourceText, diagnostics: Diagnostic[]): At<ParsedChannelPackage>[] {
  const problem = channelNameProblem(channel, key.name);
  if (problem !== undefined) {
    diagnostics.push(complaint(problem, key, source));
    return [];
  }
  const title = `the ${channel} package "${key.name}"`;
  const map = value.kind === 'map' ? checkShape(channelMapShape, value, source, diagnostics, title) : textAsMap(value, source, diagnostics, title);
  if (map === undefined) return [];
  const constraintText = map.version ?? 'any';
  const constraint = parseConstraint(constraintText);
  if (!constraint.ok) throw new Error(`a checked constraint does not parse: ${constraintText}`);
  const when = map.when === undefined ? {} : { when: whenOf(map.when) };
  return [{ value: { channel, name: key.name, constraint: constraint.value, constraintText, ...when }, offset: key.offset, length: key.length }];
}

function textAsMap(node: YamlNode, source: SourceText, diagnostics: Diagnostic[], title: string): { readonly version: string; readonly when?: undefined } | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') {
    const hint = node.kind === 'scalar' && typeof node.value === 'number' ? `quote it, and say how it compares: "= ${node.source}" or ">= ${node.source}"` : 'write any';
    diagnostics.push(source.diagnose('wrong-type', node.offset, node.length, `${title} must have a constraint (text) or a map, not ${describe(node)}`, hint));
    return undefined;
  }
  const version = checkShape(channelTextShape, node, source, diagnostics, title);
  return version === undefined ? undefined : { version };
}

export function readListeners(section: YamlEntry | undefined, source: SourceText, diagnostics: Diagnostic[]): Pick<ParsedOrdinary, 'listeners'> {
  if (section === undefined) return {};
  const { value } = section;
  if (value.kind !== 'list') {
    diagnostics.push(source.diagnose('wrong-type', value.offset, value.length, `"listeners" must be a list of entries, not ${describe(value)}`, 'start each entry with "- port: 443/tcp"'));
    return {};
  }
  return {
    listeners: value.items.flatMap((item): At<ListenerMap>[] => {
      const entry = checkShape(listenerShape, item, source, diagnostics, 'the listener');
      return entry === undefined ? [] : [{ value: entry, offset: item.offset, length: item.length }];
    }),
  };
}

export function readWatch(section: YamlEntry | undefined, source: SourceText, diagnostics: Diagnostic[]): Pick<ParsedOrdinary, 'watch'> {
  const entries = freeMap(section, 'paths', source, diagnostics);
  if (entries === undefined) return {};
  const watch: At<ParsedWatch>[] = [];
  for (const { key, value } of entries) {
    const problem = watchPathProblem(key.name);
    if (problem !== undefined) {
      diagnostics.push(complaint(problem, key, source));
      continue;
    }
    const title = `"${key.name}"`;
    const entry = value.kind === 'map' ? checkShape(watchMapShape, value, source, diagnostics, title) : readWord(value, source, diagnostics, title);
    if (entry !== undefined) watch.push({ value: { path: key.name, entry }, offset: key.offset, length: key.length });
  }
  return { watch };
}

function readWord(node: YamlNode, source: SourceText, diagnostics: Diagnostic[], title: string): 'absent' | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string') return checkShape(watchTextShape, node, source, diagnostics, title);
  diagnostics.push(source.diagnose('wrong-type', node.offset, node.length, `${title} must have a map or the word absent, not ${describe(node)}`, 'write for example { mode: "0644", owner: root }'));
  return undefined;
}

export function readSsh(section: YamlEntry | undefined, source: SourceText, diagnostics: Diagnostic[]): Pick<ParsedOrdinary, 'ssh'> {
  if (section === undefined) return {};
  const ssh = checkShape(sshShape, section.value, source, diagnostics, '"ssh"');
  if (ssh === undefined || section.value.kind !== 'map') return {};
  const keys = new Map(section.value.entries.map(({ key }) => [key.name, key]));
  function at<T>(name: string, value: T): At<T> {
    const key = keys.get(name);
    return { value, offset: key?.offset ?? 0, length: key?.length ?? 1 };
  }
  return {
    ssh: {
      ...(ssh['root-login'] === undefined ? {} : { rootLogin: at('root-login', ssh['root-login']) }),
      ...(ssh['root-login-from'] === undefined ? {} : { rootLoginFrom: at('root-login-from', listOf(ssh['root-login-from'])) }),
    },
  };
}

/** A message whose second line is its hint. */
function complaint(problem: string, key: YamlKey, source: SourceText): Diagnostic {
  const [message = '', hint] = problem.split('\n');
  return source.diagnose('bad-value', key.offset, key.length, message, hint);
}
