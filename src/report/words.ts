// The words of each finding kind for groups, the sign in front of a line, and the words for kinds of code.
import type { FindingKind } from '../model/finding.ts';

/** '-' should be there and is not, '+' is there and should not be, '~' is not as it should be, '?' nobody knows it, '!' could not be read. */
export type Sign = '-' | '+' | '~' | '?' | '!';

export interface KindWords {
  readonly sign: Sign;
  /** After a count: '40 packages installed by choice, not declared'. */
  readonly many: string;
}

export const KIND_WORDS: Readonly<Record<FindingKind, KindWords>> = {
  'package-missing': { sign: '-', many: 'packages declared and not installed' },
  'package-forbidden': { sign: '+', many: 'packages installed and declared absent' },
  'package-extra': { sign: '+', many: 'packages installed by choice, not declared, and needed by nothing declared' },
  'package-orphan': { sign: '+', many: 'packages installed as dependencies that nothing declared needs' },
  'package-version': { sign: '~', many: 'packages whose version is not the declared one' },
  'package-mark': { sign: '~', many: 'packages declared, yet marked automatic' },
  'package-hold': { sign: '~', many: 'packages whose hold is not the declared one' },
  'package-broken': { sign: '~', many: 'packages that are not cleanly installed' },
  'package-residual': { sign: '+', many: 'packages removed, their configuration left behind' },
  'package-foreign': { sign: '?', many: 'packages in no configured repository: no rebuild could fetch them' },
  'repository-extra': { sign: '+', many: 'repositories and keys configured and not declared' },
  'repository-missing': { sign: '-', many: 'repositories and keys declared and not configured' },
  'repository-unsigned': { sign: '~', many: 'repositories trusted without a signature' },
  'file-stray': { sign: '?', many: 'unowned files that could run' },
  'tree-stray': { sign: '?', many: 'unowned directories of files that could run' },
  'file-modified': { sign: '~', many: 'packaged files with other content' },
  'file-missing': { sign: '-', many: 'packaged files that are gone' },
  'file-mode': { sign: '~', many: 'packaged files with another mode, owner or capabilities' },
  'file-privileged': { sign: '?', many: 'files with privileges that no package gave them' },
  'file-shadowed': { sign: '?', many: 'programs that hide a packaged one of the same name' },
  'launch-stray': { sign: '?', many: 'unowned files that start or load something' },
  'process-stray': { sign: '?', many: 'processes that run or have loaded unowned files' },
  'process-deleted': { sign: '~', many: 'files that processes still run, though they were deleted or replaced' },
  'listener-unconfirmed': { sign: '?', many: 'listeners that nobody has confirmed' },
  'listener-missing': { sign: '-', many: 'confirmed listeners that are not there' },
  'channel-extra': { sign: '+', many: 'packages of other channels that are not declared' },
  'watch-changed': { sign: '~', many: 'watched files and settings that differ' },
  'ssh-root-login': { sign: '~', many: 'ways for root to log in by ssh' },
  'waiver-expired': { sign: '~', many: 'manifest entries past their date' },
  'waiver-unused': { sign: '~', many: 'manifest entries that match nothing' },
  'rebuild-stale': { sign: '~', many: 'proofs and lists of a rebuild that are too old or not there' },
  'run-unfinished': { sign: '~', many: 'runs of drift that were cut off' },
  'source-unreadable': { sign: '!', many: 'sources that could not be read' },
};

/** One and many of a code or launch kind (model/file.ts); others are shown as they are. */
const CODE_WORDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  'elf-executable': ['program', 'programs'], 'shared-object': ['shared library', 'shared libraries'], 'kernel-module': ['kernel module', 'kernel modules'],
  'object-archive': ['object archive', 'object archives'], 'efi-program': ['EFI program', 'EFI programs'], 'wasm': ['WebAssembly program', 'WebAssembly programs'],
  'script': ['script', 'scripts'], 'module': ['module of an interpreter', 'modules of interpreters'], 'java-archive': ['Java archive', 'Java archives'],
  'python-archive': ['Python archive', 'Python archives'], 'appimage': ['AppImage', 'AppImages'], 'bytecode': ['compiled Python file', 'compiled Python files'],
  'self-loading': ['file that loads by itself', 'files that load by themselves'], 'executable': ['file that may be run', 'files that may be run'],
  'systemd-unit': ['systemd unit', 'systemd units'], 'cron': ['cron file', 'cron files'], 'init-script': ['init script', 'init scripts'],
  'enablement-link': ['link that enables a unit', 'links that enable units'], 'library-path': ['list of library directories', 'lists of library directories'],
  'char': ['device file', 'device files'], 'block': ['device file of a disk', 'device files of disks'], 'link': ['link', 'links'], 'file': ['file', 'files'], 'directory': ['directory', 'directories'],
};

export function codeWords(code: string, number = 1): string {
  const words = CODE_WORDS[code];
  return words === undefined ? code : words[number === 1 ? 0 : 1];
}
