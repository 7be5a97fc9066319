// Launch points of System V init and of what else runs at boot and at shutdown besides units: init.d, rc.local, inittab, systemd's directories of programs, generators (init.d(7), inittab(5), rc.local(8), systemd.generator(7)).
import { joinPath, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import type { LaunchTarget } from '../../model/launch.ts';
import { SHELL_PATH, shellTargets } from './command-lines/command-targets.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const LINK = /^([SK])\d\d(.+)$/;
const LEFTOVER = /^\.|~$|\.(dpkg-(old|dist|new|tmp|bak)|ucf-(old|dist|new)|rpm(new|save|orig)|swp|bak|disabled)$/;

export function readInitScripts(context: LaunchContext): void {
  const started = runlevelLinks(context);
  const told = new Set<BytePath>();
  for (const dir of ['/etc/init.d', '/etc/rc.d/init.d']) {
    for (const file of context.files(dir, (name) => !LEFTOVER.test(name))) {
      if (told.has(file.path) || !context.isRunnable(file)) continue;
      told.add(file.path);
      const enabled = started.get(file.path) ?? started.get(file.real) ?? false;
      context.add(file, { kind: 'init-script', name: toText(`init.d/${file.name}`), when: enabled ? 'boot' : 'demand', enabled, user: 'root' }, [itself(context, file, 'init script')]);
    }
  }
  for (const path of ['/etc/rc.local', '/etc/rc.d/rc.local']) {
    const file = context.file(path);
    if (file === undefined || told.has(file.real)) continue;
    told.add(file.real);
    const enabled = context.isRunnable(file);
    const targets = shellTargets(context, context.text(file) ?? '', { via: 'rc.local', line: 1, search: SHELL_PATH, directory: '/' });
    context.add(file, { kind: 'init-script', name: 'rc.local', when: 'boot', enabled, user: 'root' }, [itself(context, file, 'rc.local'), ...targets]);
  }
  readInittab(context);
  readPrograms(context);
}

function itself(context: LaunchContext, file: LaunchFile, via: string): LaunchTarget {
  return context.target(file.path, file.path, via);
}

/** What the links of the runlevels lead to, and whether one of them starts it. Links to anything but an init script are launch points of their own. */
function runlevelLinks(context: LaunchContext): ReadonlyMap<BytePath, boolean> {
  const started = new Map<BytePath, boolean>();
  const seen = new Set<BytePath>();
  for (const level of ['S', '2', '3', '4', '5', '1', '0', '6']) {
    for (const parent of ['/etc', '/etc/rc.d']) {
      const real = context.host.realpath(`${parent}/rc${level}.d`);
      if (!real.ok || seen.has(real.value)) continue;
      seen.add(real.value);
      for (const file of context.files(real.value, (name) => LINK.test(name))) {
        const starts = file.name.startsWith('S') && 'S2345'.includes(level);
        if (/^\/etc\/(rc\.d\/)?init\.d\/[^/]+$/.test(file.real)) started.set(file.real, starts || started.get(file.real) === true);
        else context.add(file, { kind: 'init-script', name: toText(`rc${level}.d/${file.name}`), when: 'boot', enabled: true, user: 'root' }, [itself(context, file, 'init script')]);
      }
    }
  }
  return started;
}

/** `id:runlevels:action:process` */
function readInittab(context: LaunchContext): void {
  const file = context.file('/etc/inittab');
  if (file === undefined) return;
  const targets: LaunchTarget[] = [];
  let number = 0;
  for (const line of (context.text(file) ?? '').split('\n', 5_000)) {
    number++;
    const found = /^[^#:\n]{0,40}:[^:\n]{0,40}:([a-z]{1,20}):(.+)$/.exec(line);
    if (found !== null && found[1] !== 'off') targets.push(...shellTargets(context, found[2]!.replace(/^\+/, ''), { via: 'inittab', line: number, search: SHELL_PATH, directory: '/' }));
  }
  context.add(file, { kind: 'init-script', name: 'inittab', when: 'boot', user: 'root' }, targets);
}

/** Directories whose programs systemd runs itself. */
function readPrograms(context: LaunchContext): void {
  for (const [name, when] of [['system-shutdown', 'boot'], ['system-sleep', 'event']] as const) {
    for (const dir of ['/etc/systemd', '/usr/lib/systemd', '/lib/systemd']) readRun(context, joinPath(dir, name), 'init-script', when, name);
  }
  for (const kind of ['system', 'user']) {
    for (const name of [`${kind}-generators`, `${kind}-environment-generators`]) {
      const dirs = ['/run', '/etc', '/usr/local/lib', '/usr/lib', '/lib'].map((dir) => `${dir}/systemd/${name}`);
      const user = kind === 'system' ? { user: 'root' } : {};
      for (const file of context.merged(dirs, isExecuted)) {
        if (context.isRunnable(file)) context.add(file, { kind: 'systemd-generator', name: toText(`${name}/${file.name}`), when: kind === 'system' ? 'boot' : 'login', enabled: true, ...user }, [itself(context, file, 'generator')]);
      }
    }
  }
}

function readRun(context: LaunchContext, dir: BytePath, kind: 'init-script', when: 'boot' | 'event', name: string): void {
  // Where /lib is a link the directory was read by its other name.
  const real = context.host.realpath(dir);
  if (!real.ok || (dir.startsWith('/lib/') && real.value !== dir)) return;
  for (const file of context.files(real.value, isExecuted)) {
    if (context.isRunnable(file)) context.add(file, { kind, name: toText(`${name}/${file.name}`), when, enabled: true, user: 'root' }, [itself(context, file, name)]);
  }
}

function isExecuted(name: ByteString): boolean {
  return !name.startsWith('.') && !name.endsWith('~');
}
