// Files as the sweep sees them.
import type { BytePath } from './bytes.ts';

/** The fields of lstat(2) that drift uses; node:fs's Stats fits. Times are milliseconds since 1970. */
export interface FileStat {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  /** Of a device file: its number (makedev(3)). */
  readonly rdev?: number;
}

export type FileType = 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'block' | 'char' | 'unknown';

/** st_mode's type bits (inode(7)). */
const S_IFMT = 0o170000;

export function typeOfMode(mode: number): FileType {
  switch (mode & S_IFMT) {
    case 0o100000: return 'file';
    case 0o040000: return 'directory';
    case 0o120000: return 'link';
    case 0o010000: return 'fifo';
    case 0o140000: return 'socket';
    case 0o060000: return 'block';
    case 0o020000: return 'char';
    default: return 'unknown';
  }
}

/** Permission bits as chmod(1) takes them: '0644', '4755'. */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/**
 * What kind of code a file is, told from its content first (magic numbers), then from a name that a loader goes by
 * ('.pth', 'sitecustomize.py', …), then from its exec bit. A `module` is source that an interpreter finds by its place and name.
 */
export type CodeKind =
  | 'elf-executable' | 'shared-object' | 'kernel-module' | 'object-archive' | 'efi-program' | 'wasm'
  | 'script' | 'module' | 'java-archive' | 'python-archive' | 'appimage' | 'bytecode' | 'self-loading'
  /** An exec bit on a regular file whose content says nothing. */
  | 'executable';

/** Why a file or link is interesting although it is no code: what it makes other programs do. */
export type LaunchKind =
  | 'systemd-unit' | 'cron' | 'init-script' | 'profile' | 'preload' | 'library-path' | 'udev' | 'pam' | 'xdg-autostart' | 'module-load' | 'module-config'
  | 'sudoers' | 'inetd' | 'binfmt' | 'package-hook' | 'package-source' | 'dbus' | 'network-hook' | 'motd' | 'logrotate' | 'kernel-hook' | 'systemd-generator' | 'enablement-link' | 'at'
  /** Settings that make an installed program run or load something: sshd's commands, rsyslog's programs, tmpfiles.d that writes files. */
  | 'program-hook';

/** What lstat(2) and the content said of one entry. */
export interface FileFacts {
  readonly path: BytePath;
  readonly type: FileType;
  readonly stat: FileStat;
  readonly code?: CodeKind;
  readonly launch?: LaunchKind;
  /** Link text, for links. */
  readonly target?: BytePath;
  /** For a script: the interpreter line without '#!'. */
  readonly interpreter?: string;
  /** For bytecode: its first 16 bytes (magic, flags, time or hash, size), one character each. */
  readonly head?: string;
  /** The packaged file that this one is another name of. */
  readonly hardLinkOf?: BytePath;
  /** In cap_to_text(3) form, where it has file capabilities and they could be read. */
  readonly capabilities?: string;
}

export function isPrivileged(facts: FileFacts): boolean {
  return facts.type === 'file' && ((facts.stat.mode & 0o6000) !== 0 || facts.capabilities !== undefined);
}
