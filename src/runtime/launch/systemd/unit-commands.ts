// What a unit runs and loads: its commands with prefixes, specifiers and variables, as whom, in which root (systemd.service(5), systemd.exec(5)).
import { toText, type BytePath, type ByteString } from '../../../model/bytes.ts';
import type { LaunchTarget } from '../../../model/launch.ts';
import { argumentTargets, variableTargets, type CommandPlace } from '../command-lines/command-targets.ts';
import { environmentVariables } from '../environment-files.ts';
import type { LaunchContext, LaunchFile } from '../launch-context.ts';
import type { Word } from '../command-lines/shell-reader.ts';
import { expandSpecifiers, type UnitOwner } from './unit-names.ts';
import { valueFor, valuesFor, type LoadedUnit, type PartSetting } from './unit-set.ts';
import { splitWords, type UnitWord } from './unit-settings.ts';

export interface UnitTarget {
  /** The file that names it. */
  readonly file: LaunchFile;
  readonly user: string | undefined;
  readonly target: LaunchTarget;
}

const SERVICE_COMMANDS = ['ExecCondition', 'ExecStartPre', 'ExecStart', 'ExecStartPost', 'ExecReload', 'ExecReloadPost', 'ExecStop', 'ExecStopPost'];
const SOCKET_COMMANDS = ['ExecStartPre', 'ExecStartPost', 'ExecStopPre', 'ExecStopPost'];
/** Compiled into systemd. */
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

interface Surroundings {
  readonly variables: ReadonlyMap<ByteString, ByteString>;
  readonly user: string | undefined;
  readonly privileged: string | undefined;
  readonly search: ByteString;
  readonly directory: BytePath | undefined;
  readonly root: BytePath | undefined;
}

export function unitTargets(context: LaunchContext, unit: LoadedUnit, owner: UnitOwner): readonly UnitTarget[] {
  const { type } = unit.name;
  if (type !== 'service' && type !== 'socket') return [];
  const out: UnitTarget[] = [];
  const around = surroundings(context, unit, owner, out);
  const image = valuesFor(unit, 'RootImage').at(-1);
  // What runs lies in an image that is not mounted.
  if (image !== undefined) {
    if (image.value.startsWith('/')) out.push({ file: image.file, user: around.user, target: context.target(image.value, image.value, 'RootImage', image.line) });
    return out;
  }
  for (const key of type === 'service' ? SERVICE_COMMANDS : SOCKET_COMMANDS) {
    for (const setting of valuesFor(unit, key)) addCommands(context, unit, setting, around, out);
  }
  return out;
}

function surroundings(context: LaunchContext, unit: LoadedUnit, owner: UnitOwner, out: UnitTarget[]): Surroundings {
  function value(key: string): ByteString | undefined {
    const given = valueFor(unit, key);
    return given === undefined ? undefined : expandSpecifiers(given, unit.specifiers);
  }
  const privileged = owner.system ? 'root' : owner.user;
  const given = value('User');
  const dynamic = /^(1|yes|y|true|t|on)$/i.test(value('DynamicUser') ?? 'no');
  const user = !owner.system ? owner.user : given !== undefined ? named(context, given) : dynamic ? toText(unit.name.prefix) : valueFor(unit, 'User') === undefined ? 'root' : undefined;
  const variables = new Map<ByteString, ByteString>();
  for (const setting of valuesFor(unit, 'Environment')) {
    for (const { text } of splitWords(setting.value)) {
      const assigned = expandSpecifiers(text, unit.specifiers);
      const equals = assigned?.indexOf('=') ?? -1;
      if (assigned === undefined || equals < 1) continue;
      const name = assigned.slice(0, equals);
      variables.set(name, assigned.slice(equals + 1));
      for (const target of variableTargets(context, name, assigned.slice(equals + 1), setting.line)) out.push({ file: setting.file, user, target });
    }
  }
  for (const setting of valuesFor(unit, 'EnvironmentFile')) {
    const path = expandSpecifiers(setting.value.replace(/^-/, ''), unit.specifiers);
    if (path === undefined || !path.startsWith('/')) continue;
    const { file, assigned } = environmentVariables(context, path);
    for (const { name, value: text, line } of assigned) {
      variables.set(name, text);
      for (const target of variableTargets(context, name, text, line)) out.push({ file: file!, user, target });
    }
  }
  const directory = value('WorkingDirectory')?.replace(/^-/, '');
  return {
    variables, user, privileged, search: value('ExecSearchPath') ?? SEARCH_PATH,
    directory: directory === undefined ? '/' : directory.startsWith('/') ? directory : undefined,
    root: rootOf(value('RootDirectory')),
  };
}

function named(context: LaunchContext, user: ByteString): string {
  return (/^\d{1,10}$/.test(user) ? context.accounts.users.byId.get(Number(user))?.[0] : undefined) ?? toText(user);
}

function rootOf(path: ByteString | undefined): BytePath | undefined {
  const bare = path?.replace(/^-/, '').replace(/\/{1,64}$/, '');
  return bare === undefined || bare === '' || !bare.startsWith('/') ? undefined : bare;
}

function addCommands(context: LaunchContext, unit: LoadedUnit, setting: PartSetting, around: Surroundings, out: UnitTarget[]): void {
  let command: UnitWord[] = [];
  const words = splitWords(setting.value);
  for (let at = 0; at <= words.length; at++) {
    const word = words[at];
    if (word !== undefined && (word.quoted || word.text !== ';')) {
      command.push(word);
      continue;
    }
    if (command.length > 0) addCommand(context, unit, setting, around, command, out);
    command = [];
  }
}

function addCommand(context: LaunchContext, unit: LoadedUnit, setting: PartSetting, around: Surroundings, given: readonly UnitWord[], out: UnitTarget[]): void {
  const prefix = /^[-@:+!|]*/.exec(given[0]!.text)![0];
  const first = given[0]!.text.slice(prefix.length);
  // After '@' the second word is what the program is told that it is called.
  const rest = given.slice(prefix.includes('@') ? 2 : 1);
  const words = [{ ...given[0]!, text: first }, ...rest].map(({ text }) => asWord(text, unit, prefix.includes(':') ? undefined : around.variables));
  if (first === '') return;
  const { search, directory, root, variables } = around;
  const place: CommandPlace = {
    via: setting.key, line: setting.line, search, variables,
    ...(directory === undefined ? {} : { directory }), ...(root === undefined ? {} : { root }),
  };
  // '!!' means something only to kernels without ambient capabilities.
  const user = prefix.includes('+') || /(^|[^!])!([^!]|$)/.test(prefix) ? around.privileged : around.user;
  for (const target of argumentTargets(context, words, place)) out.push({ file: setting.file, user, target });
}

/** Specifiers and variables put in as far as they are known. */
function asWord(text: ByteString, unit: LoadedUnit, variables: ReadonlyMap<ByteString, ByteString> | undefined): Word {
  const expanded = expandSpecifiers(text, unit.specifiers);
  if (expanded === undefined) return { text, known: false };
  if (variables === undefined || !expanded.includes('$')) return { text: expanded, known: true };
  let known = true;
  const whole = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(expanded);
  const out = (whole === null ? expanded : `\${${whole[1]}}`).replace(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (written, name: string | undefined) => {
    if (name === undefined) return '$';
    const value = variables.get(name);
    if (value === undefined) known = false;
    return value ?? written;
  });
  return { text: out, known };
}
