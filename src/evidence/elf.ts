// Reads the parts of an ELF file that say what it is (elf(5), the gABI's notes, systemd's "Package Metadata for Executable Files"): headers, notes, dynamic entries.
import type { OpenFile } from '../host/host.ts';
import type { ElfFacts } from '../model/identity.ts';

/** A file may say that it has any number of these; nothing real has more. */
const MAX_SECTIONS = 8192;
const MAX_SEGMENTS = 512;
const MAX_NAMES = 1024 * 1024;
const MAX_NOTE = 64 * 1024;
const MAX_NOTES = 256;
const MAX_DYNAMIC = 64 * 1024;

const SHT_NOBITS = 8;
const SHT_NOTE = 7;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const PT_NOTE = 4;
const ET_EXEC = 2;
const ET_DYN = 3;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const DT_FLAGS_1 = 0x6ffffffb;
const DF_1_PIE = 0x08000000;
const SHN_XINDEX = 0xffff;

/** e_machine. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [2, 'sparc'], [3, 'i386'], [4, 'm68k'], [8, 'mips'], [15, 'parisc'], [18, 'sparc32plus'], [20, 'powerpc'], [21, 'powerpc64'], [22, 's390'], [40, 'arm'], [42, 'superh'],
  [43, 'sparcv9'], [50, 'ia64'], [62, 'x86-64'], [183, 'aarch64'], [243, 'riscv'], [247, 'bpf'], [258, 'loongarch'],
]);

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  /** Bytes in the file: 0 for what only takes room in memory. */
  readonly size: number;
}

export interface ElfSegment {
  readonly type: number;
  /** 1 execute, 2 write, 4 read. */
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file. */
  readonly size: number;
}

export interface Elf {
  /** What its headers and notes say; languages' own information is read on top of it. */
  readonly facts: Omit<ElfFacts, 'go' | 'rust'>;
  readonly file: OpenFile;
  readonly bits: 32 | 64;
  readonly big: boolean;
  /** ET_EXEC (2), ET_DYN (3), … */
  readonly type: number;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
  /** The name a library goes by (DT_SONAME), whatever its file is called. */
  readonly soname?: string;
}

/** What can be read of it; undefined for what is no ELF file, or is cut within its first header. Every size and count is bounded. */
export function readElf(file: OpenFile): Elf | undefined {
  const head = file.read(0, 64);
  if (head.length < 52 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const bits = head[4] === 2 ? 64 : 32;
  if (bits === 64 && head.length < 64) return undefined;
  const words = wordsOf(bits, head[5] === 2);
  const type = words.u16(head, 16);
  const machine = words.u16(head, 18);
  const sections = readSections(file, head, words);
  const segments = readSegments(file, head, words);
  const notes = readNotes(file, sections, segments, words);
  const dynamic = readDynamic(file, sections, segments, words);
  const interpreter = readInterpreter(file, segments);
  const packageNote = notes.packageNote === undefined ? undefined : packageMetadata(notes.packageNote);
  return {
    file, bits, big: words.big, type, sections, segments,
    ...(dynamic.soname === undefined ? {} : { soname: dynamic.soname }),
    facts: {
      machine: MACHINES.get(machine) ?? `machine ${machine}`,
      bits,
      ...(interpreter === undefined ? {} : { interpreter }),
      // A static program that may be loaded anywhere has a dynamic section, and says there that it is a program.
      static: interpreter === undefined && (type === ET_EXEC || (type === ET_DYN && dynamic.pie)),
      ...(notes.buildId === undefined ? {} : { buildId: notes.buildId }),
      ...(packageNote === undefined ? {} : { packageNote }),
    },
  };
}

export function sectionOf(elf: Pick<Elf, 'sections'>, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name);
}

/** Where the byte of an address in memory stands in the file; undefined where no loaded segment has it. */
export function offsetOf(elf: Pick<Elf, 'segments'>, address: number): number | undefined {
  const segment = elf.segments.find((each) => each.type === PT_LOAD && address >= each.address && address < each.address + each.size);
  return segment === undefined ? undefined : segment.offset + (address - segment.address);
}

export interface Words {
  readonly big: boolean;
  readonly wide: boolean;
  u16(from: Buffer, at: number): number;
  u32(from: Buffer, at: number): number;
  /** A word of the file's own width. Above 2^53 it is not exact, and lies outside every file. */
  word(from: Buffer, at: number): number;
}

export function wordsOf(bits: 32 | 64, big: boolean): Words {
  const wide = bits === 64;
  const u16 = (from: Buffer, at: number): number => (big ? from.readUInt16BE(at) : from.readUInt16LE(at));
  const u32 = (from: Buffer, at: number): number => (big ? from.readUInt32BE(at) : from.readUInt32LE(at));
  const word = (from: Buffer, at: number): number => {
    if (!wide) return u32(from, at);
    return big ? u32(from, at) * 2 ** 32 + u32(from, at + 4) : u32(from, at + 4) * 2 ** 32 + u32(from, at);
  };
  return { big, wide, u16, u32, word };
}

function readSections(file: OpenFile, head: Buffer, { wide, u16, u32, word }: Words): readonly ElfSection[] {
  const offset = word(head, wide ? 40 : 32);
  const size = u16(head, wide ? 58 : 46);
  if (offset === 0 || size < (wide ? 64 : 40)) return [];
  let count = u16(head, wide ? 60 : 48);
  let names = u16(head, wide ? 62 : 50);
  if (count === 0 || names === SHN_XINDEX) {
    // Numbers too big for the header stand in the first section (gABI "Extended Section Header").
    const first = file.read(offset, size);
    if (first.length < size) return [];
    if (count === 0) count = word(first, wide ? 32 : 20);
    if (names === SHN_XINDEX) names = u32(first, wide ? 40 : 24);
  }
  const table = file.read(offset, Math.min(count, MAX_SECTIONS) * size);
  const raw = [];
  for (let at = 0; at + size <= table.length; at += size) {
    const type = u32(table, at + 4);
    raw.push({
      name: u32(table, at), type, flags: word(table, at + 8), address: word(table, at + (wide ? 16 : 12)), offset: word(table, at + (wide ? 24 : 16)),
      size: type === SHT_NOBITS ? 0 : word(table, at + (wide ? 32 : 20)),
    });
  }
  const strings = raw[names];
  const text = strings === undefined ? Buffer.alloc(0) : file.read(strings.offset, Math.min(strings.size, MAX_NAMES));
  return raw.map((section) => ({ ...section, name: cString(text, section.name, 64), size: inside(file, section.offset, section.size) }));
}

function readSegments(file: OpenFile, head: Buffer, { wide, u16, u32, word }: Words): readonly ElfSegment[] {
  const offset = word(head, wide ? 32 : 28);
  const size = u16(head, wide ? 54 : 42);
  if (offset === 0 || size < (wide ? 56 : 32)) return [];
  const table = file.read(offset, Math.min(u16(head, wide ? 56 : 44), MAX_SEGMENTS) * size);
  const segments: ElfSegment[] = [];
  for (let at = 0; at + size <= table.length; at += size) {
    const from = word(table, at + (wide ? 8 : 4));
    segments.push({
      type: u32(table, at), flags: u32(table, at + (wide ? 4 : 24)), offset: from, address: word(table, at + (wide ? 16 : 8)),
      size: inside(file, from, word(table, at + (wide ? 32 : 16))),
    });
  }
  return segments;
}

/** As much of a part as the file really has. */
function inside(file: OpenFile, offset: number, size: number): number {
  return Math.max(0, Math.min(size, file.size - offset));
}

function readInterpreter(file: OpenFile, segments: readonly ElfSegment[]): string | undefined {
  const segment = segments.find(({ type }) => type === PT_INTERP);
  if (segment === undefined) return undefined;
  const path = cString(file.read(segment.offset, Math.min(segment.size, 4096)), 0, 4096);
  return path === '' ? undefined : path;
}

interface Notes {
  readonly buildId?: string;
  readonly packageNote?: Buffer;
}

function readNotes(file: OpenFile, sections: readonly ElfSection[], segments: readonly ElfSegment[], words: Words): Notes {
  const found: { buildId?: string; packageNote?: Buffer } = {};
  const places = [...segments.filter(({ type }) => type === PT_NOTE), ...sections.filter(({ type }) => type === SHT_NOTE)];
  for (const place of places.slice(0, MAX_NOTES)) {
    if (found.buildId !== undefined && found.packageNote !== undefined) break;
    const bytes = file.read(place.offset, Math.min(place.size, MAX_NOTE));
    for (let at = 0; at + 12 <= bytes.length;) {
      const [nameSize, size, type] = [words.u32(bytes, at), words.u32(bytes, at + 4), words.u32(bytes, at + 8)];
      const name = bytes.toString('latin1', at + 12, at + 12 + Math.min(nameSize, 8));
      const from = at + 12 + aligned(nameSize);
      const value = bytes.subarray(from, from + size);
      // A note that is cut says nothing.
      if (value.length < size) break;
      if (type === 3 && name === 'GNU\0' && size <= 64) found.buildId ??= value.toString('hex');
      if (type === 0xcafe1a7e && name === 'FDO\0') found.packageNote ??= value;
      at = from + aligned(size);
    }
  }
  return found;
}

function aligned(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** At most a few short texts of it: whoever built the file wrote them. */
function packageMetadata(note: Buffer): Readonly<Record<string, string>> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(cString(note, 0, MAX_NOTE, 'utf8'));
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const texts = Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== '__proto__');
  const short = texts.slice(0, 32).map(([key, value]) => [key.slice(0, 64), value.slice(0, 256)]);
  return short.length === 0 ? undefined : Object.fromEntries(short);
}

function readDynamic(file: OpenFile, sections: readonly ElfSection[], segments: readonly ElfSegment[], { wide, word }: Words): { readonly soname?: string; readonly pie: boolean } {
  const place = segments.find(({ type }) => type === PT_DYNAMIC) ?? sections.find(({ name }) => name === '.dynamic');
  if (place === undefined) return { pie: false };
  const bytes = file.read(place.offset, Math.min(place.size, MAX_DYNAMIC));
  const step = wide ? 16 : 8;
  let [names, soname, flags] = [0, 0, 0];
  for (let at = 0; at + step <= bytes.length; at += step) {
    const tag = word(bytes, at);
    const value = word(bytes, at + step / 2);
    if (tag === 0) break;
    if (tag === DT_STRTAB) names = value;
    else if (tag === DT_SONAME) soname = value;
    else if (tag === DT_FLAGS_1) flags = value;
  }
  // Bits of a number above 2^31: not with the operators of 32 bits.
  const pie = Math.floor(flags / DF_1_PIE) % 2 === 1;
  const from = soname === 0 ? undefined : offsetOf({ segments }, names);
  const text = from === undefined ? '' : cString(file.read(from + soname, 256), 0, 255);
  return text === '' ? { pie } : { soname: text, pie };
}

/** Up to the first NUL. */
export function cString(bytes: Buffer, at: number, most: number, encoding: 'latin1' | 'utf8' = 'latin1'): string {
  if (at >= bytes.length) return '';
  const part = bytes.subarray(at, at + most);
  const end = part.indexOf(0);
  return part.toString(encoding, 0, end === -1 ? part.length : end);
}
