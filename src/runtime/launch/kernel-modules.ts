// Launch points of the kernel: modules that are loaded at boot, commands in place of modules, interpreters of foreign formats, programs that the kernel itself
// starts (modules-load.d(5), modprobe.d(5), binfmt.d(5), core(5)).
import { joinPath, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { argumentTargets, SHELL_PATH, shellTargets } from './command-lines/command-targets.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const PREFIXES = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'];
const MAX_LINES = 10_000;
const MAX_KERNELS = 32;
const MAX_INDEX = 32 * 1024 * 1024;

function configuration(context: LaunchContext, name: string): readonly LaunchFile[] {
  return context.merged(PREFIXES.map((prefix) => `${prefix}/${name}`), (each) => each.endsWith('.conf'));
}

/** Lines that say something, with their numbers. */
function* statements(context: LaunchContext, file: LaunchFile): Iterable<{ readonly text: ByteString; readonly line: number }> {
  let line = 0;
  for (const raw of (context.text(file) ?? '').split('\n', MAX_LINES)) {
    line++;
    const text = raw.trim();
    if (text !== '' && !text.startsWith('#') && !text.startsWith(';')) yield { text, line };
  }
}

export function readKernelModules(context: LaunchContext): void {
  const find = moduleFinder(context);
  const single = context.file('/etc/modules');
  for (const file of [...(single === undefined ? [] : [single]), ...configuration(context, 'modules-load.d')]) {
    const targets: LaunchTarget[] = [];
    for (const { text, line } of statements(context, file)) for (const path of find(text.split(/[ \t]/, 1)[0]!)) targets.push(context.target(path, text, 'module', line));
    context.add(file, { kind: 'module-load', name: toText(file.name), when: 'boot', enabled: true, user: 'root' }, targets);
  }
  for (const file of configuration(context, 'modprobe.d')) {
    const targets: LaunchTarget[] = [];
    for (const { text, line } of statements(context, file)) {
      const command = /^(install|remove)[ \t]+[^ \t]+[ \t]+(.+)$/.exec(text);
      if (command !== null) targets.push(...shellTargets(context, command[2]!, { via: `modprobe ${command[1]}`, line, search: SHELL_PATH, directory: '/' }));
    }
    context.add(file, { kind: 'module-config', name: toText(`modprobe.d/${file.name}`), when: 'event', enabled: true, user: 'root' }, targets);
  }
}

/** Files of a module in each installed kernel, as depmod(8) listed them; what is built in has none. */
function moduleFinder(context: LaunchContext): (name: ByteString) => readonly BytePath[] {
  let indexes: readonly { readonly dir: BytePath; readonly files: ReadonlyMap<ByteString, ByteString> }[] | undefined;
  return (name) => {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) return [];
    indexes ??= readIndexes(context);
    const canonical = name.replaceAll('-', '_');
    return indexes.flatMap(({ dir, files }) => {
      const path = files.get(canonical);
      return path === undefined ? [] : [path.startsWith('/') ? path : joinPath(dir, path)];
    });
  };
}

function readIndexes(context: LaunchContext): readonly { readonly dir: BytePath; readonly files: ReadonlyMap<ByteString, ByteString> }[] {
  const { dir, entries } = context.entries('/lib/modules');
  return entries.filter(({ type }) => type === 'directory').slice(0, MAX_KERNELS).flatMap(({ name }) => {
    const own = joinPath(dir, name);
    const text = context.host.readBytes(joinPath(own, 'modules.dep'), MAX_INDEX);
    if (!text.ok) {
      context.lost(text.error, own);
      return [];
    }
    const files = new Map<ByteString, ByteString>();
    for (const line of text.value.split('\n')) {
      const path = line.slice(0, Math.max(line.indexOf(':'), 0));
      const module = /([^/]{1,80})\.ko(?:\.[a-z0-9]{1,4})?$/.exec(path);
      if (module !== null) files.set(module[1]!.replaceAll('-', '_'), path);
    }
    return [{ dir: own, files }];
  });
}

export function readBinaryFormats(context: LaunchContext): void {
  for (const file of configuration(context, 'binfmt.d')) {
    const targets: LaunchTarget[] = [];
    for (const { text, line } of statements(context, file)) {
      // ':name:type:offset:magic:mask:interpreter:flags', with any separator.
      const interpreter = text.split(text[0]!, 8)[6];
      if (interpreter?.startsWith('/')) targets.push(context.target(interpreter, interpreter, 'interpreter', line));
    }
    context.add(file, { kind: 'binfmt', name: toText(`binfmt.d/${file.name}`), when: 'event', enabled: true }, targets);
  }
  for (const file of context.files('/var/lib/binfmts', (name) => !name.startsWith('.'))) {
    // update-binfmts keeps one value a line: package, type, offset, magic, mask, interpreter, detector, …
    const lines = (context.text(file) ?? '').split('\n', 12);
    const targets = [[5, 'interpreter'], [6, 'detector']].flatMap(([at, via]) => {
      const path = lines[at as number] ?? '';
      return path.startsWith('/') ? [context.target(path, path, via as string, (at as number) + 1)] : [];
    });
    context.add(file, { kind: 'binfmt', name: toText(`binfmts/${file.name}`), when: 'event', enabled: true }, targets);
  }
}

/** sysctl settings whose value is a program that the kernel starts as root. */
export function readKernelSettings(context: LaunchContext): void {
  const single = context.file('/etc/sysctl.conf');
  const seen = new Set<BytePath>();
  for (const file of [...(single === undefined ? [] : [single]), ...configuration(context, 'sysctl.d')]) {
    if (seen.has(file.real)) continue;
    seen.add(file.real);
    const targets: LaunchTarget[] = [];
    for (const { text, line } of statements(context, file)) {
      const found = /^-?(?:kernel[./](core_pattern|modprobe|hotplug|poweroff_cmd))[ \t]*=[ \t]*(\|?)[ \t]*(\/.*)$/.exec(text);
      if (found === null || (found[1] === 'core_pattern' && found[2] === '')) continue;
      const words = found[3]!.split(/[ \t]+/, 50).map((word) => ({ text: word, known: !word.includes('%') }));
      targets.push(...argumentTargets(context, words, { via: `kernel.${found[1]}`, line, search: SHELL_PATH, directory: '/' }));
    }
    if (targets.length > 0) context.add(file, { kind: 'program-hook', name: toText(`sysctl ${file.name}`), when: 'event', enabled: true, user: 'root' }, targets);
  }
}
