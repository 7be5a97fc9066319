// Tells what kind of code a file is, from its first bytes, then a loader's name for it, then its exec bit (elf(5), execve(2), ar(5), PKZIP, PE).
import type { BytePath, ByteString } from '../model/bytes.ts';
import type { CodeKind } from '../model/file.ts';

/** Bytes of the head that `classify` wants: program headers of ELF and the PE header behind a DOS stub lie within. */
export const HEAD_BYTES = 512;

export interface Classified {
  readonly code: CodeKind | undefined;
  readonly interpreter?: string;
  /** ELF relocatable whose name does not say what it is: a kernel module when it has a `.modinfo` section. */
  readonly relocatable?: boolean;
}

const NOTHING: Classified = { code: undefined };
const ET_REL = 1;
const ET_EXEC = 2;
const ET_DYN = 3;
const PT_INTERP = 3;

/** Names whose content cannot run by itself on a stock system and that are not opened in trees that are reported anyway. */
const DATA_EXTENSIONS: ReadonlySet<string> = new Set([
  'html', 'htm', 'css', 'js', 'mjs', 'cjs', 'ts', 'map', 'json', 'yaml', 'yml', 'toml', 'xml', 'md', 'rst', 'txt', 'csv', 'svg', 'png', 'jpg', 'jpeg',
  'gif', 'ico', 'webp', 'woff', 'woff2', 'ttf', 'otf', 'eot', 'pdf', 'h', 'hh', 'hpp', 'hxx', 'c', 'cc', 'cpp', 'cu', 'cuh', 'inl', 'rs', 'go', 'java',
  'py', 'pyi', 'pyx', 'pxd', 'pyc', 'rb', 'pl', 'pm', 'lua', 'el', 'tcl', 'php', 'mo', 'po', 'pot', 'gz', 'xz', 'bz2', 'zst', 'log', 'conf', 'cfg', 'ini',
  'npy', 'npz', 'parquet', 'proto', 'scss', 'less', 'tsx', 'jsx', 'rmeta', 'd', 'f90', 'tex', 'sty', 'cmake', 'in', 'am', 'pc', 'bib', 'ipynb',
]);

export function hasDataExtension(name: ByteString): boolean {
  const dot = name.lastIndexOf('.');
  return dot > 0 && DATA_EXTENSIONS.has(name.slice(dot + 1));
}

/** `mode` is st_mode; `head` at most `HEAD_BYTES` bytes, the whole file when it is shorter. */
export function classify(dir: ByteString, name: ByteString, mode: number, head: Buffer): Classified {
  // Python looks into this archive before its own library, and needs no archive's name for it.
  if (isStandardArchive(dir, name)) return { code: 'self-loading' };
  const found = byContent(name, mode, head);
  if (found !== undefined) return found;
  if (loadsItself(dir, name)) return { code: 'self-loading' };
  if (isModule(dir, name)) return { code: 'module' };
  if ((mode & 0o111) !== 0) return { code: 'executable' };
  return NOTHING;
}

function byContent(name: ByteString, mode: number, head: Buffer): Classified | undefined {
  if (head.length < 3) return undefined;
  switch (head[0]) {
    case 0x7f: return elf(name, mode, head);
    case 0x23: return head[1] === 0x21 ? script(head) : undefined;
    case 0x21: return archive(head);
    case 0x50: return zip(name, head);
    case 0x4d: return portableExecutable(name, head);
    case 0x00: return startsWith(head, '\0asm') ? { code: 'wasm' } : undefined;
    default: break;
  }
  if (isCompressedModule(name, head)) return { code: 'kernel-module' };
  if (isPythonBytecode(name, head)) return { code: 'bytecode' };
  return undefined;
}

function elf(name: ByteString, mode: number, head: Buffer): Classified | undefined {
  if (head.length < 20 || head[1] !== 0x45 || head[2] !== 0x4c || head[3] !== 0x46) return undefined;
  // The kernel runs a program whatever e_ident says of its byte order; e_type itself shows it.
  const big = head.readUInt16LE(16) > 0xff && head.readUInt16BE(16) <= 0xff;
  const type = big ? head.readUInt16BE(16) : head.readUInt16LE(16);
  // 'AI' and a version in the padding of e_ident mark an AppImage.
  if (type !== ET_REL && head[8] === 0x41 && head[9] === 0x49 && (head[10] === 1 || head[10] === 2)) return { code: 'appimage' };
  switch (type) {
    case ET_REL:
      // GRUB's modules are relocatable objects too, and the boot loader runs them.
      if (/\.(ko|mod)$/.test(name)) return { code: 'kernel-module' };
      return { code: 'object-archive', relocatable: true };
    case ET_EXEC: return { code: 'elf-executable' };
    case ET_DYN: {
      // Libraries such as libc.so.6 have an interpreter of their own, so the name goes first; a static PIE has none, but an entry and an exec bit.
      if (/\.so(\.|$)/.test(name)) return { code: 'shared-object' };
      const runs = hasInterpreter(head, big) || ((mode & 0o111) !== 0 && hasEntry(head, big));
      return { code: runs ? 'elf-executable' : 'shared-object' };
    }
    default: return undefined;
  }
}

function hasEntry(head: Buffer, big: boolean): boolean {
  if (head.length < 32) return false;
  if (head[4] === 1) return (big ? head.readUInt32BE(24) : head.readUInt32LE(24)) !== 0;
  return (big ? head.readBigUInt64BE(24) : head.readBigUInt64LE(24)) !== 0n;
}

function hasInterpreter(head: Buffer, big: boolean): boolean {
  const wide = head[4] === 2;
  if (head.length < (wide ? 64 : 52)) return false;
  const u16 = (at: number): number => (big ? head.readUInt16BE(at) : head.readUInt16LE(at));
  const u32 = (at: number): number => (big ? head.readUInt32BE(at) : head.readUInt32LE(at));
  // Only tables that start in the head count: e_phoff above 4 GiB is as good as absent.
  const offset = wide ? u32(big ? 36 : 32) : u32(28);
  const size = u16(wide ? 54 : 42);
  const count = u16(wide ? 56 : 44);
  for (let i = 0; i < count; i++) {
    const at = offset + i * size;
    if (size === 0 || at + 4 > head.length) return false;
    if (u32(at) === PT_INTERP) return true;
  }
  return false;
}

function script(head: Buffer): Classified | undefined {
  let end = head.indexOf(0x0a);
  if (end === -1) end = Math.min(head.length, 256);
  const interpreter = head.toString('latin1', 2, end).trim();
  // '#![' opens an attribute in Rust sources; the kernel wants a path, shells accept a name.
  if (!/^[A-Za-z0-9_./]/.test(interpreter)) return undefined;
  if (head.length > end + 4 && head[end + 1] === 0x50 && head[end + 2] === 0x4b && head[end + 3] === 3) return { code: 'python-archive', interpreter };
  return { code: 'script', interpreter };
}

function archive(head: Buffer): Classified | undefined {
  if (startsWith(head, '!<thin>\n')) return { code: 'object-archive' };
  // A Debian package is an ar archive as well; it runs nothing where it lies.
  return startsWith(head, '!<arch>\n') && head.toString('latin1', 8, 21) !== 'debian-binary' ? { code: 'object-archive' } : undefined;
}

function zip(name: ByteString, head: Buffer): Classified | undefined {
  if (!startsWith(head, 'PK\x03\x04')) return undefined;
  if (/\.(jar|war|ear)$/i.test(name)) return { code: 'java-archive' };
  if (/\.(pyz|pyzw|whl|egg)$/i.test(name)) return { code: 'python-archive' };
  // A jar's first entry is its manifest, whatever the file is called; Python runs an archive for its '__main__'.
  if (head.toString('latin1', 30, 41) === '__main__.py') return { code: 'python-archive' };
  return head.toString('latin1', 30, 39) === 'META-INF/' ? { code: 'java-archive' } : undefined;
}

function portableExecutable(name: ByteString, head: Buffer): Classified | undefined {
  if (head[1] !== 0x5a || head.length < 64) return undefined;
  const at = head.readUInt32LE(0x3c);
  if (at + 0x5e > head.length) return /\.efi$/i.test(name) ? { code: 'efi-program' } : undefined;
  if (head.toString('latin1', at, at + 4) !== 'PE\0\0') return undefined;
  // Subsystems 10 to 13 are EFI; programs for Windows do not run here by themselves.
  const subsystem = head.readUInt16LE(at + 0x5c);
  return subsystem >= 10 && subsystem <= 13 ? { code: 'efi-program' } : undefined;
}

function isCompressedModule(name: ByteString, head: Buffer): boolean {
  if (name.endsWith('.ko.xz')) return startsWith(head, '\xfd7zXZ\0');
  if (name.endsWith('.ko.gz')) return startsWith(head, '\x1f\x8b');
  return name.endsWith('.ko.zst') && startsWith(head, '\x28\xb5\x2f\xfd');
}

/** Magic numbers of CPython: '\r\n' behind a number of 3000-3999 (3.x) or 62011-62211 (2.x); 20121 and the like are long gone. */
function isPythonBytecode(name: ByteString, head: Buffer): boolean {
  if (head.length < 16 || head[2] !== 0x0d || head[3] !== 0x0a) return false;
  const number = head.readUInt16LE(0);
  return /\.py[co]$/.test(name) || (number >= 3000 && number <= 3999) || (number >= 62011 && number <= 62211);
}

/** Code that an interpreter loads at its start for its name alone (Python's site module, perl's sitecustomize). */
function loadsItself(dir: ByteString, name: ByteString): boolean {
  if (name === 'sitecustomize.py' || name === 'usercustomize.py' || name === 'sitecustomize.pl') return true;
  // Beside a program or above it, this tells Python to take another library (venv).
  if (name === 'pyvenv.cfg') return /^\/usr(\/local)?(\/s?bin)?$/.test(dir);
  // Weights of neural networks are called '.pth' as well: only where Python's site looks.
  if (name.endsWith('.pth')) return /\/(site-packages|dist-packages|python\d+(\.\d+)*)$/.test(dir);
  // An initial ramdisk is unpacked and run by the kernel; its content is compressed and says nothing.
  return dir === '/boot' && /^(initrd|initramfs)[.-]/.test(name);
}

function isStandardArchive(dir: BytePath, name: ByteString): boolean {
  return name.startsWith('python') && /^python\d{2,3}\.zip$/.test(name) && /^\/usr\/(local\/)?lib(64)?$/.test(dir);
}

const MODULE_NAME = /\.(py|pm|pl|ph|al|rb|lua|tcl|js|mjs|cjs|vim|php)$/;
/** Where the interpreters of stock systems look before their own libraries. */
const EARLY_PLACE = /^\/etc\/perl(\/|$)|^\/usr\/local\/(share|lib\/[^/]{1,60})\/perl\/|^\/usr\/local\/lib\/site_(perl|ruby)(\/|$)|^\/usr\/local\/(share|lib)\/lua\//;

/**
 * Source without '#!' and exec bit that an interpreter finds by its place: below /usr only the package manager puts modules, so one that nobody owns was
 * put among those that packaged programs load. What people install themselves, below /usr/local, counts where it comes before the packaged library.
 */
function isModule(dir: BytePath, name: ByteString): boolean {
  if (!MODULE_NAME.test(name)) return false;
  if (dir.startsWith('/usr/')) {
    if (!dir.startsWith('/usr/local/')) return true;
  } else if (dir.startsWith('/lib/')) return true;
  return EARLY_PLACE.test(dir);
}

function startsWith(head: Buffer, magic: string): boolean {
  if (head.length < magic.length) return false;
  for (let i = 0; i < magic.length; i++) if (head[i] !== magic.charCodeAt(i)) return false;
  return true;
}
