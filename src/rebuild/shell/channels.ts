// Software of other channels → lock lists that the script hands to pip, npm and gem, one for each place; what no script should do is for the notes.
import { toText } from '../../model/bytes.ts';
import { normalChannelName } from '../../model/channel.ts';
import type { RebuildChannelPackage } from '../../model/rebuild.ts';
import { quotedBytes, quoted, sayable, shown } from './words.ts';

/** Places of the system. What lies in a home belongs to somebody, who installs it. */
const SYSTEM = /^\/(?:usr|opt|var\/lib\/gems)\//;
const SITE = /\/(?:site|dist)-packages$/;
const VERSION = /^[0-9A-Za-z][0-9A-Za-z.+!_-]{0,100}$/;
const NAMES: ReadonlyMap<string, RegExp> = new Map([
  ['pip', /^[a-z0-9](?:[a-z0-9-]{0,200}[a-z0-9])?$/],
  ['npm', /^(?:@[a-zA-Z0-9][a-zA-Z0-9._-]{0,100}\/)?[a-zA-Z0-9][a-zA-Z0-9._-]{0,200}$/],
  ['gem', /^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/],
]);

/** Whether the script can install it: of these channels, for all users, in a version, and by a name that no shell and no program takes for anything else. */
export function isScripted({ channel, name, path, version }: RebuildChannelPackage): boolean {
  return NAMES.get(channel)?.test(normalChannelName(channel, name)) === true && version !== undefined && VERSION.test(version) && path !== undefined && SYSTEM.test(path) && sayable(path) && !path.includes('\n');
}

export function channelLines(channels: readonly RebuildChannelPackage[]): readonly string[] {
  const scripted = channels.filter(isScripted);
  if (scripted.length === 0) return [];
  return [
    ...[...Map.groupBy(scripted, ({ channel, path }) => `${channel}\n${path}`).values()].flatMap(lockLines),
    `[ -n "$channels" ] || warn ${quoted(`software of other channels (${scripted.length}) was not looked at: --channels installs it`)}`, '',
  ];
}

function lockLines(group: readonly RebuildChannelPackage[]): readonly string[] {
  const [{ channel, path }] = group as readonly [RebuildChannelPackage];
  const at = channel === 'pip' ? '==' : channel === 'npm' ? '@' : ' ';
  return [
    `${channel}_packages ${quoted(shown(path!))} ${channel === 'pip' ? pythonWords(toText(path!)) : quotedBytes(path!)} <<'DRIFT_LOCK'`,
    ...group.map(({ name, version }) => `${normalChannelName(channel, name)}${at}${version!}`), 'DRIFT_LOCK',
  ];
}

/** An environment has an interpreter of its own; a directory of the system's Python names its version. */
function pythonWords(place: string): string {
  if (!SITE.test(place)) return `${quoted(`${place}/bin/python3`)} ${quoted(place)}`;
  return `${quoted(/\/(python3\.\d{1,3})\//.exec(place)?.[1] ?? 'python3')} ''`;
}
