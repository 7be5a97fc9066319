// How bad an unowned or changed file is, from what it can do; each reason is said as evidence. The table is in docs/reference/findings.md.
import { baseOf, isWithin, parentOf, toText, type BytePath } from '../model/bytes.ts';
import { isPrivileged, type CodeKind, type FileFacts, type LaunchKind } from '../model/file.ts';
import { SEVERITIES, severityRank, type Evidence, type Severity } from '../model/finding.ts';
import type { UnownedFile } from '../model/observed.ts';

export interface Weight {
  readonly severity: Severity;
  readonly reasons: readonly Evidence[];
}

const SYSTEM_PATH: ReadonlySet<BytePath> = new Set([
  '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/games', '/usr/games',
]);
const SHARED_PLACES: readonly BytePath[] = ['/tmp', '/var/tmp', '/dev/shm', '/run', '/var/lock', '/var/crash'];
const HOMES: readonly BytePath[] = ['/home', '/root'];
/** Where ld.so(8) looks by itself, with one multi-arch or 'lib64' component. */
const LOADER_DIRECTORY = /^\/(?:usr\/(?:local\/)?)?lib(?:32|64|x32)?(?:\/[a-z0-9_]{2,20}-linux-[a-z0-9_]{2,20})?$/;

const CODE_BASE: Readonly<Record<CodeKind, Severity>> = {
  'elf-executable': 'medium', 'shared-object': 'medium', 'kernel-module': 'medium', 'object-archive': 'low', 'efi-program': 'medium', 'wasm': 'low', 'script': 'low', 'module': 'medium',
  'java-archive': 'low', 'python-archive': 'low', 'appimage': 'medium', 'bytecode': 'low', 'self-loading': 'high', 'executable': 'low',
};

export const LAUNCH: Readonly<Record<LaunchKind, { readonly severity: Severity; readonly does: string }>> = {
  'preload': { severity: 'critical', does: 'is loaded into every program that starts' },
  'library-path': { severity: 'high', does: 'adds to where programs find their libraries' },
  'pam': { severity: 'high', does: 'takes part in every login' },
  'sudoers': { severity: 'high', does: 'says who may become root' },
  'systemd-unit': { severity: 'high', does: 'is a systemd unit' },
  'systemd-generator': { severity: 'high', does: 'is run as root at every boot' },
  'cron': { severity: 'high', does: 'is run or read by cron' },
  'at': { severity: 'high', does: 'is a job that runs once, at its time' },
  'init-script': { severity: 'high', does: 'is run as root at boot' },
  'inetd': { severity: 'high', does: 'starts a program for whoever connects' },
  'udev': { severity: 'high', does: 'is a udev file, which can run programs as root' },
  'kernel-hook': { severity: 'high', does: 'is run as root when a kernel or initrd is installed' },
  'package-hook': { severity: 'high', does: 'is run as root by the package manager' },
  'network-hook': { severity: 'high', does: 'is run as root when the network changes' },
  'dbus': { severity: 'high', does: 'lets a message start a program' },
  'module-load': { severity: 'high', does: 'loads a kernel module at boot' },
  'module-config': { severity: 'medium', does: 'says how kernel modules are loaded, or what runs instead' },
  'binfmt': { severity: 'high', does: 'decides what runs files of a kind' },
  'profile': { severity: 'medium', does: 'is run by every login shell' },
  'xdg-autostart': { severity: 'medium', does: 'is started with every desktop session' },
  'logrotate': { severity: 'medium', does: 'can run commands as root with each rotation of logs' },
  'program-hook': { severity: 'medium', does: 'names what an installed program runs or loads' },
  'motd': { severity: 'medium', does: 'is run as root at every login' },
  'enablement-link': { severity: 'medium', does: 'makes systemd start what it leads to' },
  // Repositories are compared by themselves (repository-extra, repository-unsigned).
  'package-source': { severity: 'info', does: 'names a package repository' },
};

export function onSystemPath(path: BytePath): boolean {
  return SYSTEM_PATH.has(parentOf(path));
}

export function inLoaderDirectory(path: BytePath): boolean {
  return LOADER_DIRECTORY.test(parentOf(path));
}

/** When code that loads by itself runs: the kernel unpacks what lies in /boot, all else is read by an interpreter. */
export function loadedWhen(path: BytePath): string {
  return parentOf(path) === '/boot' ? 'run by the kernel at boot' : 'runs by itself whenever its interpreter starts';
}

/** Starts at what its kind is and is raised by each thing that it can do; a strong hint brings it back to `info`, unless it is privileged. */
export function weighUnowned(file: UnownedFile): Weight {
  const { facts } = file;
  const scale = new Scale(baseSeverity(facts));
  const { mode, uid } = facts.stat;
  if (facts.launch !== undefined) scale.atLeast(LAUNCH[facts.launch].severity, facts.launch, LAUNCH[facts.launch].does);
  if (facts.code === 'self-loading') scale.because('loader', loadedWhen(facts.path));
  weighPrivilege(file, scale);
  if (facts.code === 'kernel-module' && (isWithin(facts.path, '/lib/modules') || isWithin(facts.path, '/usr/lib/modules'))) scale.atLeast('critical', 'place', 'lies where the kernel loads its modules from');
  if (facts.code === 'shared-object' && inLoaderDirectory(facts.path)) scale.atLeast('high', 'place', 'lies where every program looks for its libraries');
  if (isRunnable(facts) && onSystemPath(facts.path)) scale.atLeast('medium', 'PATH', 'lies on the PATH of every user');
  if (file.shadows !== undefined) scale.atLeast('high', 'PATH', `comes before the packaged ${toText(file.shadows)}`);
  // Links are always 0777, and a sticky directory such as /tmp is no finding.
  if (facts.type === 'file' && (mode & 0o002) !== 0) scale.raise('mode', 'everyone can write to it');
  if (uid !== 0 && facts.type === 'file' && (onSystemPath(facts.path) || facts.launch !== undefined)) scale.raise('owner', `belongs to uid ${uid}, who can change what others run`);
  const disguise = disguised(facts.path);
  if (disguise !== undefined) scale.atLeast('high', 'name', disguise);
  else if (SHARED_PLACES.some((place) => isWithin(facts.path, place))) scale.because('place', 'lies where everyone can put files');
  if (file.facts.hardLinkOf !== undefined) scale.because('hard link', `is the same file as the packaged ${toText(file.facts.hardLinkOf)}`);
  const weight = scale.weight();
  const strong = file.hints.some((hint) => hint.strong === true);
  return strong && !isPrivileged(facts) ? { severity: 'info', reasons: weight.reasons } : weight;
}

function baseSeverity(facts: FileFacts): Severity {
  if (facts.code !== undefined) return CODE_BASE[facts.code];
  return facts.type === 'link' ? 'low' : 'info';
}

function isRunnable(facts: FileFacts): boolean {
  return facts.code !== undefined || facts.type === 'link';
}

function weighPrivilege({ beyondReach, facts }: UnownedFile, scale: Scale): void {
  const { mode, uid, gid } = facts.stat;
  if (facts.type === 'directory') {
    if ((mode & 0o2000) !== 0 && (mode & 0o002) !== 0) scale.atLeast('medium', 'mode', `everyone can write to it, and what they write gets the group ${gid}`);
    return;
  }
  if (facts.type === 'block' || facts.type === 'char') {
    scale.atLeast(facts.type === 'block' ? 'high' : 'medium', 'type', facts.type === 'block' ? 'opens a disk beside all permissions of its files' : 'opens a device of the kernel');
    return;
  }
  if (facts.type !== 'file') return;
  if (beyondReach !== undefined) {
    scale.atLeast('medium', 'reach', `its privileges are of no use to others: ${beyondReach}`);
    return;
  }
  if ((mode & 0o4000) !== 0) {
    if (uid === 0) scale.atLeast('critical', 'mode', 'setuid root: who starts it is root');
    else scale.atLeast('high', 'mode', `setuid: whoever starts it becomes uid ${uid}`);
  }
  if ((mode & 0o2000) !== 0) scale.atLeast('high', 'mode', `setgid: whoever starts it gets the group ${gid}`);
  if (facts.capabilities !== undefined && facts.capabilities !== '') scale.atLeast('critical', 'capabilities', facts.capabilities);
  if ((mode & 0o6000) !== 0 && (mode & 0o022) !== 0) scale.atLeast('critical', 'mode', 'others can write to it');
}

/** A name that is made to be overlooked. A dot in front is ordinary in homes only. */
function disguised(path: BytePath): string | undefined {
  if (/[\x00-\x1f\x7f]/.test(path)) return 'holds control characters in its name';
  const home = HOMES.some((place) => isWithin(path, place));
  for (const name of path.split('/')) {
    if (name === '') continue;
    if (/^\.{2,}$/.test(name) || name.startsWith('..')) return 'lies under a name made of dots';
    if (name.startsWith(' ') || name.endsWith(' ')) return 'has a blank at the edge of its name';
  }
  const hidden = baseOf(path).startsWith('.') || baseOf(parentOf(path)).startsWith('.');
  return hidden && !home && SHARED_PLACES.some((place) => isWithin(path, place)) ? 'is hidden where everyone can put files' : undefined;
}

export class Scale {
  #rank: number;
  readonly #reasons: Evidence[] = [];

  constructor(severity: Severity) {
    this.#rank = severityRank(severity);
  }

  because(source: string, detail: string): void {
    this.#reasons.push({ source, detail });
  }

  atLeast(severity: Severity, source: string, detail: string): void {
    this.#rank = Math.max(this.#rank, severityRank(severity));
    this.because(source, detail);
  }

  /** One step up. */
  raise(source: string, detail: string): void {
    this.#rank = Math.min(this.#rank + 1, SEVERITIES.length - 1);
    this.because(source, detail);
  }

  weight(): Weight {
    return { severity: SEVERITIES[this.#rank] ?? 'info', reasons: this.#reasons };
  }
}
