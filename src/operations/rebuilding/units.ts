// Which units a person enabled, disabled or masked: links below /etc/systemd/system (systemd.unit(5)) against presets (systemd.preset(5)) and what Debian's helper recorded (deb-systemd-helper(1p)).
import type { Host } from '../../host/host.ts';
import { baseOf, compareBytes, joinPath, toText, type BytePath } from '../../model/bytes.ts';
import { wildcardMatches } from '../../managers/wildcard.ts';
import type { RebuildUnit } from '../../model/rebuild.ts';

const ETC: BytePath = '/etc/systemd/system';
const VENDOR: readonly BytePath[] = ['/usr/lib/systemd/system', '/lib/systemd/system', '/usr/local/lib/systemd/system'];
const PRESETS: readonly BytePath[] = ['/etc/systemd/system-preset', '/run/systemd/system-preset', '/usr/local/lib/systemd/system-preset', '/usr/lib/systemd/system-preset', '/lib/systemd/system-preset'];
const HELPER: BytePath = '/var/lib/systemd/deb-systemd-helper-enabled';
const HELPER_MASKED: BytePath = '/var/lib/systemd/deb-systemd-helper-masked';
const UNIT = /^[A-Za-z0-9:_.\\@-]{1,200}\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;
const MAX_UNIT = 1024 * 1024;

/** Sorted by name. Units that nothing says anything of are not told: they are as their installation makes them. */
export function readRebuildUnits(host: Host): readonly RebuildUnit[] {
  const links = enabledUnits(host);
  const masked = maskedUnits(host);
  const presets = readPresets(host);
  const helped = helperRecords(host);
  const out: RebuildUnit[] = [...masked].map((name) => ({ name: toText(name), state: 'masked', because: 'a person masked it' }));
  const known = new Set<string>();
  for (const directory of [ETC, ...VENDOR]) {
    const real = host.realpath(directory);
    const listed = real.ok ? host.list(real.value) : real;
    for (const { name, type } of listed.ok ? listed.value : []) {
      if (type !== 'file' || !UNIT.test(name) || known.has(name) || masked.has(name)) continue;
      known.add(name);
      out.push(...unitStates(host, joinPath(real.ok ? real.value : directory, name), name, { links, presets, helped }));
    }
  }
  return out.toSorted((a, b) => compareBytes(a.name, b.name));
}

interface Known {
  readonly links: ReadonlyMap<string, BytePath>;
  readonly presets: ((...names: readonly string[]) => { readonly enable: boolean; readonly by: string }) | undefined;
  readonly helped: ReadonlySet<string> | undefined;
}

function unitStates(host: Host, path: BytePath, name: string, known: Known): RebuildUnit[] {
  // A template is enabled by its instances.
  const template = name.replace('@.', '@');
  const at = template.indexOf('@');
  const names = name.includes('@.') ? [...known.links.keys()].filter((each) => each.startsWith(name.slice(0, at + 1)) && each !== name) : [name];
  return names.flatMap((each) => unitState(host, path, each, name, known) ?? []);
}

function unitState(host: Host, path: BytePath, name: string, file: string, { helped, links, presets }: Known): RebuildUnit | undefined {
  const link = links.get(name);
  const preset = presets?.(name, file);
  const byHelper = helped?.has(file) === true;
  if (link !== undefined) {
    if (byHelper || (preset?.enable === true && (helped === undefined || preset.by !== ''))) return undefined;
    return { name: toText(name), state: 'enabled', because: `${toText(link)} enables it, and ${helped === undefined ? 'no preset does' : 'no package asked for that'}` };
  }
  if (path.startsWith(`${ETC}/`) || !installs(host, path)) return undefined;
  if (byHelper) return { name: toText(name), state: 'disabled', because: 'its package enabled it, and a person took that back' };
  // Without deb-systemd-helper presets decide; without any preset file nothing is known of what the installation does.
  return helped === undefined && preset?.enable === true ? { name: toText(name), state: 'disabled', because: `the preset${preset.by === '' ? '' : ` ${preset.by}`} enables it, and a person took that back` } : undefined;
}

/** Whether it can be enabled at all. */
function installs(host: Host, path: BytePath): boolean {
  const content = host.readBytes(path, MAX_UNIT);
  return content.ok && /^\[Install\][^[]*^(?:WantedBy|RequiredBy|UpheldBy|Alias)[ \t]*=[ \t]*\S/m.test(content.value);
}

/** Name of a unit → the link that enables it: in a directory of dependencies, or an alias. */
function enabledUnits(host: Host): ReadonlyMap<string, BytePath> {
  const links = new Map<string, BytePath>();
  const real = host.realpath(ETC);
  const top = real.ok ? host.list(real.value) : real;
  for (const { name, type } of top.ok ? top.value : []) {
    const path = joinPath(real.ok ? real.value : ETC, name);
    if (type === 'link') {
      const target = host.readlink(path);
      if (target.ok && UNIT.test(baseOf(target.value)) && baseOf(target.value) !== name && !links.has(baseOf(target.value))) links.set(baseOf(target.value), path);
    } else if (type === 'directory' && /\.(?:wants|requires|upholds)$/.test(name)) {
      const listed = host.list(path);
      for (const entry of listed.ok ? listed.value : []) if (UNIT.test(entry.name)) links.set(entry.name, joinPath(path, entry.name));
    }
  }
  return links;
}

/** Links to /dev/null and empty files. What Debian masks while a package is removed only is not a person's doing. */
function maskedUnits(host: Host): ReadonlySet<string> {
  const real = host.realpath(ETC);
  const listed = real.ok ? host.list(real.value) : real;
  const out = new Set<string>();
  for (const { name, type } of listed.ok ? listed.value : []) {
    if (!UNIT.test(name) || host.exists(`${HELPER_MASKED}/${name}`)) continue;
    const path = joinPath(real.ok ? real.value : ETC, name);
    const target = type === 'link' ? host.readlink(path) : undefined;
    const stat = type === 'file' ? host.lstat(path) : undefined;
    if ((target?.ok === true && target.value === '/dev/null') || (stat?.ok === true && stat.value.size === 0)) out.add(name);
  }
  return out;
}

/** What packages enabled; undefined where no package ever used that helper. */
function helperRecords(host: Host): ReadonlySet<string> | undefined {
  const listed = host.readDirectory(HELPER);
  if (!listed.ok) return undefined;
  // Each names the links that enabling makes. The record of a link stands under the same name here; where a unit was only registered there is none.
  return new Set(listed.value.flatMap(({ name }) => {
    const links = name.endsWith('.dsh-also') ? host.readBytes(joinPath(HELPER, name), MAX_UNIT) : undefined;
    const enabled = links?.ok === true && links.value.split('\n').some((link) => link.startsWith(`${ETC}/`) && host.exists(`${HELPER}${link.slice(ETC.length)}`));
    return enabled ? [name.slice(0, -'.dsh-also'.length)] : [];
  }));
}

/** Files of one name hide those of later directories; within all, the first rule that fits decides. Undefined without any file. */
function readPresets(host: Host): Known['presets'] {
  const files = new Map<string, BytePath>();
  for (const directory of PRESETS) {
    const listed = host.readDirectory(directory);
    for (const { name } of listed.ok ? listed.value : []) if (name.endsWith('.preset') && !files.has(name)) files.set(name, joinPath(directory, name));
  }
  const rules: { readonly enable: boolean; readonly pattern: string; readonly by: string }[] = [];
  for (const [, path] of [...files].toSorted(([a], [b]) => compareBytes(a, b))) {
    const content = host.readBytes(path, MAX_UNIT);
    for (const line of content.ok ? content.value.split('\n') : []) {
      const match = /^\s*(enable|disable)\s+(\S+)/.exec(line);
      if (match !== null) rules.push({ enable: match[1] === 'enable', pattern: match[2]!, by: toText(path) });
    }
  }
  if (files.size === 0) return undefined;
  return (...names) => rules.find(({ pattern }) => names.some((name) => wildcardMatches(pattern, name))) ?? { enable: true, by: '' };
}
