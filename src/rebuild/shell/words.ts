// Values of a list as words of sh(1): what a list names is never read as a command, an option or another word, whatever it is.
import { isValidUtf8, toText, type ByteString } from '../../model/bytes.ts';
import { escapeText } from '../../model/escape-text.ts';

/** In single quotes nothing is special but the quote itself; of text, line ends included. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A script is text: what is no UTF-8, or holds a NUL, cannot stand in it. */
export function sayable(bytes: ByteString): boolean {
  return isValidUtf8(bytes) && !bytes.includes('\0');
}

export function quotedBytes(bytes: ByteString): string {
  return quoted(toText(bytes));
}

/** For comments and for what a script prints: one line, nothing that a terminal obeys. */
export function shown(bytes: ByteString): string {
  return escapeText(/[^\x00-\xff]/.test(bytes) ? bytes : toText(bytes));
}

export function comment(text: string): string {
  return `# ${shown(text)}`;
}

const PACKAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]{0,254}$/;
const ARCHITECTURE = /^[a-z0-9_][a-z0-9_-]{0,63}$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+:~^_-]{0,254}$/;
const ACCOUNT = /^[A-Za-z_][A-Za-z0-9_.-]{0,254}\$?$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9+._@:\\-]{0,254}$/;

export function isPackageWord({ arch, name, version }: { readonly name: string; readonly arch: string; readonly version?: string }): boolean {
  return PACKAGE_NAME.test(name) && (arch === '' || ARCHITECTURE.test(arch)) && (version === undefined || VERSION.test(version));
}

export function isAccountName(text: string): boolean {
  return ACCOUNT.test(text);
}

/** Of units, alternatives, architectures, modules and streams. */
export function isPlainName(text: string): boolean {
  return NAME.test(text);
}
