// What the sections for the ordinary of a host may hold: software of other channels, confirmed listeners, watched paths, ssh. As shapes.ts does for the others.
import * as v from 'valibot';
import { CHANNELS, type ChannelName } from '../model/channel.ts';
import { IP_BLOCK } from '../model/ip-address.ts';
import { constraintText, day, DOTS, many, matching, MAX_TEXT, oneOrMany, packageName, sha256, SOME_KEY, someKey, text, whenShape } from './shape-parts.ts';

const PYTHON = '^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$';
/** ECMAScript sources: what each channel calls its packages. None may start with a dash, which the channels' own programs take for an option. */
export const CHANNEL_NAMES: Readonly<Record<ChannelName, string>> = {
  pip: PYTHON,
  pipx: PYTHON,
  conda: '^[A-Za-z0-9_][A-Za-z0-9._-]*$',
  npm: '^(?:@[A-Za-z0-9~_][A-Za-z0-9._~-]*/)?[A-Za-z0-9~_][A-Za-z0-9._~-]*$',
  gem: '^[A-Za-z0-9_][A-Za-z0-9._-]*$',
  cargo: '^[A-Za-z0-9_][A-Za-z0-9_-]*$',
  go: '^[A-Za-z0-9][A-Za-z0-9._~-]*(?:/[A-Za-z0-9._~!+][A-Za-z0-9._~!+-]*)*$',
  composer: '^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*$',
  snap: '^[a-z0-9][a-z0-9_-]*$',
  flatpak: '^[A-Za-z0-9_][A-Za-z0-9_-]*(?:\\.[A-Za-z0-9_-]+)+$',
};
export const MAX_CHANNEL_NAME = 214;

const COMPILED = new Map(CHANNELS.map((channel) => [channel, new RegExp(CHANNEL_NAMES[channel])]));

/** Undefined = it is one. A message, and a hint in the next line. */
export function channelNameProblem(channel: ChannelName, name: string): string | undefined {
  if (name.length > MAX_CHANNEL_NAME) return `the name is longer than ${MAX_CHANNEL_NAME} characters`;
  if (COMPILED.get(channel)?.test(name) === true) return undefined;
  const version = /^(.+?)[=@<>~^ ]/.exec(name);
  if (version !== null && COMPILED.get(channel)?.test(version[1] ?? '') === true) return `"${name}" holds a version\nwrite it behind the colon: ${version[1] ?? ''}: "= …"`;
  return `"${name}" is not the name of a ${channel} package`;
}

/** The text alone stands for a map with `version`. */
export const channelMapShape = v.pipe(
  v.strictObject({ version: v.exactOptional(constraintText), when: v.exactOptional(whenShape) }),
  v.check((entry) => someKey(entry), 'the entry says nothing\nwrite any'),
  v.metadata(SOME_KEY),
);
export const channelTextShape = constraintText;

const FIRST_PORTS = '[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]';
const UNIT_TYPES = 'service|socket|scope|slice|target|mount|automount|swap|timer|path|device';
/** Not a pattern: a star in it would be a star. */
const ONE_PATH = `(?:/${DOTS}[^/*?]+)+`;

const ipBlock = matching(`^${IP_BLOCK}$`, 64, (input) => `"${input}" is not an address or a block of addresses\nwrite for example 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32`);

/** Of an entry of `listeners`, in the order in which drift writes them. */
export const LISTENER_FIELDS = ['port', 'package', 'program', 'sha256', 'unit', 'user', 'address', 'namespace'] as const;

export const listenerShape = v.pipe(
  v.strictObject({
    port: v.pipe(matching(`^(?:${FIRST_PORTS})/(?:tcp|udp)$`, 9, portProblem), v.description('Port and protocol: 443/tcp, 53/udp.')),
    address: v.exactOptional(v.pipe(
      matching(`^(?:any|${IP_BLOCK})$`, 64, (input) => `"${input}" is not an address\nwrite any, an address or a block: 10.0.0.0/8`),
      v.description('any, an address or a block of them (10.0.0.0/8). Without it: wherever it listens.'),
    )),
    program: v.exactOptional(v.pipe(matching(`^${ONE_PATH}$`, MAX_TEXT, pathProblem), v.description('Absolute path of the program.'))),
    package: v.exactOptional(v.pipe(packageName('any'), v.description('The package that owns the program.'))),
    unit: v.exactOptional(v.pipe(
      matching(`^[A-Za-z0-9:_.\\\\@-]+\\.(?:${UNIT_TYPES})$`, 255, (input) => `"${input}" is not the name of a unit\nwrite it with its ending: redis-server.service`),
      v.description('The systemd unit that it belongs to, with its ending.'),
    )),
    user: v.exactOptional(v.pipe(matching('^[A-Za-z0-9_][A-Za-z0-9_.@-]*\\$?$', 64, (input) => `"${input}" is not the name of a user`), v.description('The user that it runs as.'))),
    sha256: v.exactOptional(sha256('Digest of the program, for one that no package owns.')),
    namespace: v.exactOptional(v.pipe(
      matching('^(?!\\.{1,2}$)[^\\s/]+$', 255, (input) => `"${input}" is not the name of a network namespace`),
      v.description('Network namespace by name. Without it: the host\'s own.'),
    )),
    confirmed: v.pipe(v.strictObject({
      by: text('Who confirmed it.'),
      on: day('The day of it, YYYY-MM-DD.'),
      reason: v.exactOptional(text('Why it listens.')),
      until: v.exactOptional(day('The last day (UTC) that it holds, YYYY-MM-DD.')),
    }), v.description('Who says that it belongs here.')),
    when: v.exactOptional(whenShape),
  }),
  v.description('When anything that it says changes, the confirmation is void.'),
);

function portProblem(input: string): string {
  if (/^[0-9]{1,5}$/.test(input)) return `"${input}" names no protocol\nwrite ${input}/tcp or ${input}/udp`;
  const swapped = /^(tcp|udp)[/:]([0-9]{1,5})$/i.exec(input);
  if (swapped !== null) return `"${input}" is the wrong way round\nwrite ${swapped[2] ?? ''}/${(swapped[1] ?? '').toLowerCase()}`;
  return `"${input}" is not a port with its protocol\nwrite for example 443/tcp or 53/udp`;
}

function pathProblem(input: string): string {
  if (!input.startsWith('/')) return `"${input}" is not absolute`;
  if (/[*?]/.test(input)) return `"${input}" is a pattern, and this names one path`;
  if (/\/(?:\.{1,2})?(?:\/|$)/.test(input)) return `"${input}" is not the shortest way to write this path\nwrite it without //, . and .., and without a slash at the end`;
  return `"${input}" is not a path`;
}

/** For keys of `watch`; undefined = it is one. */
export function watchPathProblem(path: string): string | undefined {
  if (path.length > MAX_TEXT) return `the path is longer than ${MAX_TEXT} characters`;
  return WATCH_PATH_ONLY.test(path) ? undefined : pathProblem(path);
}
export const WATCH_PATH = `^(?:/|${ONE_PATH})$`;
const WATCH_PATH_ONLY = new RegExp(WATCH_PATH);
export const MAX_WATCH_PATH = MAX_TEXT;

const account = matching('^[A-Za-z0-9_][A-Za-z0-9_.@-]*\\$?$', 64, (input) => `"${input}" is not the name of a user or group`);
const fileName = matching('^(?!\\.{1,2}$)[^/]+$', 255, (input) => `"${input}" is not the name of a file in this directory`);

export const watchMapShape = v.pipe(
  v.strictObject({
    mode: v.exactOptional(v.pipe(matching('^[0-7]{4}$', 4, modeProblem), v.description('Four octal digits: "0644".'))),
    owner: v.exactOptional(v.pipe(account, v.description('Name of the owner.'))),
    group: v.exactOptional(v.pipe(account, v.description('Name of the group.'))),
    sha256: v.exactOptional(sha256('Digest of the content.')),
    names: v.exactOptional(v.pipe(many(fileName, 0), v.description('Of a directory: exactly these names.'))),
    when: v.exactOptional(whenShape),
  }),
  v.check((entry) => Object.keys(entry).some((key) => key !== 'when'), 'the entry says nothing\nwrite mode, owner, group, sha256 or names, or the word absent'),
  v.forward(v.check((entry) => entry.sha256 === undefined || entry.names === undefined, '"sha256" is of a file and "names" of a directory'), ['names']),
  v.metadata({
    jsonSchema: {
      anyOf: ['mode', 'owner', 'group', 'sha256', 'names'].map((key) => ({ required: [key], properties: { [key]: true } })),
      not: { required: ['sha256', 'names'], properties: { sha256: true, names: true } },
    },
  }),
);
export const watchTextShape = v.pipe(v.picklist(['absent']), v.description('It must not be there.'));

function modeProblem(input: string): string {
  if (/^[0-7]{3}$/.test(input)) return `"${input}" has three digits\nwrite "0${input}"`;
  if (/^0o[0-7]{3,4}$/.test(input)) return `"${input}" is not a mode\nwrite "${input.slice(2).padStart(4, '0')}"`;
  return `"${input}" is not a mode\nwrite four octal digits: "0644"`;
}

export const sshShape = v.pipe(
  v.strictObject({
    'root-login': v.exactOptional(v.pipe(v.boolean(), v.description('Whether root may log in by ssh.'))),
    'root-login-from': v.exactOptional(oneOrMany(ipBlock, 'Addresses and blocks from which root may log in, and from nowhere else.')),
  }),
  v.check((entry) => someKey(entry), '"ssh" says nothing'),
  v.metadata(SOME_KEY),
);

/** `policy.listeners`. */
export const listenerPolicyShape = v.strictObject({
  root: v.exactOptional(v.pipe(v.boolean(), v.description('False: nothing that listens beyond this host may run as root.'))),
  'login-shell': v.exactOptional(v.pipe(v.boolean(), v.description('False: what listens may not run as a user with a login shell.'))),
});

export type ListenerMap = v.InferOutput<typeof listenerShape>;
export type WatchMap = v.InferOutput<typeof watchMapShape>;
