// Launch points of the package managers of RPM systems: plugins of dnf, yum and rpm, and commands of their action files (dnf.plugin.post-transaction-actions(8), libdnf5-actions(8)).
import { joinPath, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { SHELL_PATH, shellTargets } from './command-lines/command-targets.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const MAX_LINES = 10_000;

export function readRpmHooks(context: LaunchContext): void {
  const seen = new Set<BytePath>();
  for (const dir of pluginDirectories(context)) for (const file of context.files(dir, (name) => name.endsWith('.py') && name !== '__init__.py')) tell(context, file, 'plugin', seen);
  for (const dir of ['/usr/lib64/rpm-plugins', '/usr/lib64/libdnf5/plugins', '/usr/lib64/libdnf/plugins']) for (const file of context.files(dir, (name) => name.endsWith('.so'))) tell(context, file, 'plugin', seen);
  for (const file of context.files('/etc/dnf/plugins/post-transaction-actions.d', (name) => name.endsWith('.action'))) readActions(context, file, 2);
  for (const file of context.files('/etc/dnf/libdnf5-plugins/actions.d', (name) => name.endsWith('.actions'))) readActions(context, file, 4);
}

function pluginDirectories(context: LaunchContext): readonly BytePath[] {
  const out = ['/usr/lib/yum-plugins', '/usr/share/yum-plugins'];
  for (const lib of ['/usr/lib', '/usr/lib64', '/usr/local/lib']) {
    const { dir, entries } = context.entries(lib);
    for (const { name } of entries) {
      if (/^python[23](\.\d{1,3})?$/.test(name)) for (const site of ['site-packages', 'dist-packages']) out.push(joinPath(dir, `${name}/${site}/dnf-plugins`));
    }
  }
  return out;
}

function tell(context: LaunchContext, file: LaunchFile, via: string, seen: Set<BytePath>): void {
  if (seen.has(file.real)) return;
  seen.add(file.real);
  context.add(file, { kind: 'package-hook', name: toText(`${via} ${file.name}`), when: 'package', enabled: true, user: 'root' }, [context.target(file.path, file.path, via)]);
}

/** `package:state:command`, or `callback:package:direction:options:command`. */
function readActions(context: LaunchContext, file: LaunchFile, colons: number): void {
  const targets: LaunchTarget[] = [];
  for (const [index, line] of (context.text(file) ?? '').split('\n', MAX_LINES).entries()) {
    const command = afterColons(line, colons);
    if (!line.startsWith('#') && command !== undefined) targets.push(...shellTargets(context, command, { via: 'action', line: index + 1, search: SHELL_PATH, directory: '/' }));
  }
  context.add(file, { kind: 'package-hook', name: toText(file.name), when: 'package', enabled: true, user: 'root' }, targets);
}

function afterColons(line: ByteString, colons: number): ByteString | undefined {
  let at = -1;
  for (let left = colons; left > 0; left--) {
    at = line.indexOf(':', at + 1);
    if (at < 0) return undefined;
  }
  return line.slice(at + 1);
}
