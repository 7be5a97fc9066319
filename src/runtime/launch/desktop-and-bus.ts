// Launch points of desktops and of D-Bus: autostart entries and services that a message starts (Desktop Application Autostart Specification, dbus-daemon(1)).
import { joinPath, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { argumentTargets, SHELL_PATH } from './command-lines/command-targets.ts';
import { homes } from './homes.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';
import type { Word } from './command-lines/shell-reader.ts';
import { readSettings, splitWords, type Setting } from './systemd/unit-settings.ts';

const SYSTEM_BUS = ['/etc/dbus-1/system-services', '/run/dbus-1/system-services', '/usr/local/share/dbus-1/system-services', '/usr/share/dbus-1/system-services', '/lib/dbus-1/system-services'];
const SESSION_BUS = ['/etc/dbus-1/services', '/run/dbus-1/services', '/usr/local/share/dbus-1/services', '/usr/share/dbus-1/services'];

export function readDesktop(context: LaunchContext): void {
  for (const file of context.files('/etc/xdg/autostart', (name) => name.endsWith('.desktop'))) readAutostart(context, file, undefined);
  for (const { path, user } of homes(context)) {
    for (const file of context.files(joinPath(path, '.config/autostart'), (name) => name.endsWith('.desktop'))) readAutostart(context, file, user);
    for (const file of context.files(joinPath(path, '.local/share/dbus-1/services'), (name) => name.endsWith('.service'))) readBusService(context, file, false, user);
  }
}

/** Answers the units that the system's bus starts. */
export function readBus(context: LaunchContext): readonly ByteString[] {
  const units: ByteString[] = [];
  for (const file of context.merged(SYSTEM_BUS, (name) => name.endsWith('.service'))) units.push(...readBusService(context, file, true, 'root'));
  for (const file of context.merged(SESSION_BUS, (name) => name.endsWith('.service'))) readBusService(context, file, false, undefined);
  return units;
}

function readAutostart(context: LaunchContext, file: LaunchFile, user: string | undefined): void {
  const settings = readSettings(context.text(file) ?? '').filter(({ section }) => section === 'Desktop Entry');
  const hidden = isAlways(settings, 'Hidden', 'true') || isAlways(settings, 'X-GNOME-Autostart-enabled', 'false');
  const targets: LaunchTarget[] = [];
  for (const key of ['Exec', 'TryExec']) {
    for (const { line, value } of all(settings, key)) targets.push(...argumentTargets(context, execWords(value), { via: key, line, search: SHELL_PATH, ...directoryOf(settings) }));
  }
  context.add(file, { kind: 'xdg-autostart', name: toText(file.name), when: 'login', enabled: !hidden, ...(user === undefined ? {} : { user }) }, targets);
}

function directoryOf(settings: readonly Setting[]): { readonly directory?: BytePath } {
  const directory = find(settings, 'Path')?.value;
  return directory?.startsWith('/') ? { directory } : {};
}

/** Escapes of values are taken off first, then those of quoted arguments; '%f' and its like are put in by the desktop. */
function execWords(value: ByteString): readonly Word[] {
  return splitWords(value).filter(({ text }) => !/^%[a-zA-Z]$/.test(text)).map(({ text }) => ({ text: text.replaceAll('%%', '%'), known: true }));
}

function readBusService(context: LaunchContext, file: LaunchFile, system: boolean, user: string | undefined): readonly ByteString[] {
  const settings = readSettings(context.text(file) ?? '').filter(({ section }) => section === 'D-BUS Service');
  const given = find(settings, 'User')?.value;
  const who = system && given !== undefined ? toText(given) : user;
  const targets = all(settings, 'Exec').flatMap(({ line, value }) => argumentTargets(context, splitWords(value).map(({ text }) => ({ text, known: true })), { via: 'Exec', line, search: SHELL_PATH }));
  context.add(file, { kind: 'dbus', name: toText(find(settings, 'Name')?.value ?? file.name), when: 'event', enabled: true, ...(who === undefined ? {} : { user: who }) }, targets);
  return settings.filter(({ key, value }) => key === 'SystemdService' && value !== '').map(({ value }) => value);
}

/** Of a key that comes twice some readers take the first and some the last. */
function all(settings: readonly Setting[], key: string): readonly Setting[] {
  return settings.filter((each) => each.key === key);
}

function isAlways(settings: readonly Setting[], key: string, word: string): boolean {
  const given = all(settings, key);
  return given.length > 0 && given.every(({ value }) => value.toLowerCase() === word);
}

function find(settings: readonly Setting[], key: string): Setting | undefined {
  return settings.find((each) => each.key === key);
}
