// Reads /proc/PID/maps (proc_pid_maps(5)): which files a process has mapped executable.
import { isDenied, type Proc } from '../../host/proc.ts';
import type { ByteString } from '../../model/bytes.ts';
import { typeOfMode } from '../../model/file.ts';
import type { Failure } from '../../model/result.ts';
import type { RunningFile } from '../../model/runtime.ts';
import { isSame, seenInside, type Inode, type Outlook, type RunningFiles } from './running-files.ts';

/** Memory that the kernel gives names like those of deleted files: System V segments, shared anonymous memory, asynchronous I/O, graphics. */
const NO_FILE = /^\/(?:SYSV[0-9a-f]{8}|dev\/zero|anon_hugepage|\[aio\]|drm mm object|i915|dma_buf|dmabuf)(?::.*)? \(deleted\)$/s;
const X = 120;
/** makedev(0, 1) */
const KERNEL_MEMORY = 1;

/** Everything after the offset, for each executable mapping of something that has a name, with the addresses of the first. */
export function executableMappings(text: ByteString): ReadonlyMap<ByteString, ByteString> {
  const found = new Map<ByteString, ByteString>();
  for (let start = 0; start < text.length;) {
    // 'START-END rwxp OFFSET DEV INODE   PATH'
    const blank = text.indexOf(' ', start);
    if (blank < 0) break;
    let end = text.indexOf('\n', blank);
    if (end < 0) end = text.length;
    if (text.charCodeAt(blank + 3) === X) {
      const device = text.indexOf(' ', blank + 6) + 1;
      const rest = device > 0 && device < end ? text.slice(device, end) : '';
      if (rest.includes('/') && !found.has(rest)) found.set(rest, text.slice(start, blank));
    }
    start = end + 1;
  }
  return found;
}

export interface Mapping extends Inode {
  readonly path: ByteString;
}

/** 'fd:01 1234   /usr/lib/libc.so.6'; undefined for what is no file. */
export function parseMapping(rest: ByteString): Mapping | undefined {
  const match = /^([0-9a-f]+):([0-9a-f]+) ([0-9]+) +(\/.*)$/s.exec(rest);
  if (match === null || NO_FILE.test(match[4]!)) return undefined;
  return { dev: deviceNumber(Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)), ino: Number(match[3]), path: match[4]! };
}

/** makedev(3), as st_dev holds it. */
function deviceNumber(major: number, minor: number): number {
  return (((major & 0xfff) << 8) | (minor & 0xff)) + (minor & 0xfff00) * 0x1000;
}

/**
 * The file of one mapping. The device in the map is the file system's own and not what stat(2) says on btrfs, the inode on overlays of older
 * kernels neither, so that a difference is put to /proc/PID/map_files. `dir`: '1234'. Undefined for devices and what is no file.
 */
export function mappedFile(proc: Proc, files: RunningFiles, dir: ByteString, mapping: Mapping, addresses: ByteString, outlook: Outlook, denied: (error: Failure) => void): RunningFile | undefined {
  for (const path of spellings(seenInside(mapping.path, outlook))) if (isSame(files.statOf(path), mapping)) return notDevice(files, files.present(path, mapping, outlook));
  const text = spellings(mapping.path).at(-1)!;
  if (files.isBarred(text)) return { path: text, state: 'elsewhere', dev: mapping.dev, ino: mapping.ino };
  const name = `${dir}/map_files/${withoutZeros(addresses)}`;
  const link = proc.readlink(name);
  if (link.ok && outlook.answers(name) !== true) {
    const file = files.unasked(link.value, mapping, outlook);
    return file.state === 'memfd' && isElf(proc, name, mapping) ? { ...file, elf: true } : file;
  }
  const real = link.ok ? proc.stat(name) : link;
  if (link.ok && real.ok) return typeOfMode(real.value.mode) === 'file' ? files.judge(link.value, real.value, outlook) : undefined;
  // Who may not ask there has the inode of the map to go by, and the kernel's word that the name is still its own.
  const stat = files.statOf(text);
  const named = stat !== undefined && !outlook.otherMounts && (stat.ino === mapping.ino || (!real.ok && isDenied(real.error)));
  // In another mount namespace the name alone says nothing: nobody's file must not be made of what could not be asked.
  if (!named && outlook.otherMounts && !real.ok && isDenied(real.error)) {
    denied(real.error);
    return undefined;
  }
  return named ? notDevice(files, { path: text, state: 'present', dev: stat.dev, ino: stat.ino }) : files.judge(text, mapping, outlook);
}

/** Of the kernel's own memory file system only, the first that it makes: others may be made to look like it by their names, and never answer. */
function isElf(proc: Proc, name: ByteString, { dev }: Mapping): boolean {
  if (dev !== KERNEL_MEMORY) return false;
  const head = proc.read(name, 4);
  return head.ok && head.value === '\x7fELF';
}

function notDevice(files: RunningFiles, file: RunningFile): RunningFile | undefined {
  const mode = files.statOf(file.path)?.mode;
  return mode === undefined || typeOfMode(mode) === 'file' ? file : undefined;
}

/** Maps write a newline in a name as '\012', and a backslash as itself. */
function spellings(path: ByteString): readonly ByteString[] {
  return path.includes('\\012') ? [path, path.replaceAll('\\012', '\n')] : [path];
}

/** The directory's names have none, while maps pads to eight digits. */
function withoutZeros(addresses: ByteString): ByteString {
  return addresses.replaceAll(/(^|-)0+(?=[0-9a-f])/g, '$1');
}
