// What an unowned file is, in words.
import type { CodeKind } from '../../model/file.ts';
import type { FindingKind } from '../../model/finding.ts';
import type { UnownedFile } from '../../model/observed.ts';
import { LAUNCH, loadedWhen } from '../severity.ts';
import { isDevice, kindsOf } from './stray.ts';

const CODE_WORDS: Readonly<Record<CodeKind, string>> = {
  'elf-executable': 'program', 'shared-object': 'shared library', 'kernel-module': 'kernel module', 'object-archive': 'object archive', 'efi-program': 'EFI program',
  'wasm': 'WebAssembly program', 'script': 'script', 'module': 'module that an interpreter finds by its name', 'java-archive': 'Java archive', 'python-archive': 'Python archive', 'appimage': 'AppImage', 'bytecode': 'compiled Python file',
  'self-loading': 'file that loads by itself', 'executable': 'file that may be run',
};

/** What an unowned file is, for a list of such files: 'program', 'systemd unit', 'run at boot'. */
export function unownedWords(file: UnownedFile): string {
  return strayMessage(kindsOf(file)[0]!, file).replace(/^unowned,? /, '');
}

/** One for `kind`, which is one of the file's. */
export function strayMessage(kind: FindingKind, file: UnownedFile): string {
  const { facts } = file;
  switch (kind) {
    case 'launch-stray': return unownedThat(facts.launch === undefined ? loadedWhen(facts.path) : LAUNCH[facts.launch].does);
    case 'file-privileged': if (isDevice(facts)) return 'device file outside /dev that no package made';
      return facts.type === 'directory' ? 'setgid directory that everyone can write to, and no package made it so' : 'unowned, with privileges';
    case 'file-shadowed': return 'unowned, and comes before a packaged program of the same name';
    default: break;
  }
  if (facts.code === undefined) return file.resolved?.exists === false ? 'link on PATH that leads nowhere' : 'link on PATH to an unowned file';
  return `unowned ${CODE_WORDS[facts.code]}`;
}

/** 'is a systemd unit' -> 'unowned systemd unit'; 'is run at boot' -> 'unowned, run at boot'. */
function unownedThat(does: string): string {
  const words = does.replace(/^is /, '');
  return /^an? /.test(words) ? `unowned ${words.replace(/^an? /, '')}` : `unowned, ${words}`;
}
