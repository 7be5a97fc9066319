// Writes small ELF files (elf(5)): enough for everything that tells programs, libraries and kernel modules apart by their content. None of them is run.

export interface ElfSpec {
  readonly type: 'program' | 'library' | 'relocatable';
  /** Default: this machine's. */
  readonly machine?: 'x86-64' | 'aarch64' | 'i386';
  /** Asks for the dynamic loader (PT_INTERP); default for a program is false, which makes it a static one. */
  readonly dynamic?: boolean;
  /** Sections with content, by name: '.modinfo', '.note.go.buildid', … Those that a program has in memory have an address: 0x400000 and their place in the file. */
  readonly sections?: Readonly<Record<string, string | Buffer>>;
  /** DT_SONAME. */
  readonly soname?: string;
  /** Anything, so that two files differ. */
  readonly text?: string;
}

const MACHINES = { 'x86-64': { code: 62, wide: true }, aarch64: { code: 183, wide: true }, i386: { code: 3, wide: false } };
/** Read into memory when the program is loaded. */
const LOADED = /^\.(rodata|data|dynamic|go\.buildinfo|note)/;
const TYPES = { program: 2, library: 3, relocatable: 1 };

/** Where the loader would put the first byte of the file. */
export const BASE = 0x400000;

export function elf(spec: ElfSpec): Buffer {
  const machine = MACHINES[spec.machine ?? (process.arch === 'arm64' ? 'aarch64' : 'x86-64')];
  const wide = machine.wide;
  const header = wide ? 64 : 52;
  const programHeader = wide ? 56 : 32;
  const sectionHeader = wide ? 64 : 40;
  const interpreter = spec.dynamic === true ? Buffer.from('/lib64/ld-linux-x86-64.so.2\0') : undefined;
  const segments = spec.type === 'relocatable' ? 0 : 1 + (interpreter === undefined ? 0 : 1) + (spec.soname === undefined ? 0 : 1);
  const body: Buffer[] = [];
  let offset = header + segments * programHeader;
  const add = (content: Buffer): number => {
    const at = offset;
    const padded = Buffer.concat([content, Buffer.alloc((16 - (content.length % 16)) % 16)]);
    body.push(padded);
    offset += padded.length;
    return at;
  };
  const interpreterAt = interpreter === undefined ? 0 : add(interpreter);
  add(Buffer.from(spec.text ?? 'a small program', 'latin1'));

  const dynamicAt = spec.soname === undefined ? 0 : add(dynamic(spec.soname, offset));
  const named = Object.entries(spec.sections ?? {}).map(([name, content]) => ({ name, content: typeof content === 'string' ? Buffer.from(content, 'latin1') : content }));
  const placed = named.map(({ name, content }) => ({ name, size: content.length, at: add(content) }));
  const names = Buffer.from(`\0${[...placed.map((each) => each.name), '.shstrtab'].map((name) => `${name}\0`).join('')}`, 'latin1');
  const table = [...placed, { name: '.shstrtab', size: names.length, at: add(names) }];
  const sectionsAt = offset;

  const out = Buffer.alloc(sectionsAt + (table.length + 1) * sectionHeader);
  out.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1, 0]);
  out.writeUInt16LE(TYPES[spec.type], 16);
  out.writeUInt16LE(machine.code, 18);
  out.writeUInt32LE(1, 20);
  const word = (value: number, at: number): void => {
    if (wide) out.writeBigUInt64LE(BigInt(value), at);
    else out.writeUInt32LE(value, at);
  };
  const size = wide ? 8 : 4;
  word(spec.type === 'relocatable' ? 0 : BASE + header, 24);
  word(segments === 0 ? 0 : header, 24 + size);
  word(sectionsAt, 24 + 2 * size);
  const tail = 24 + 3 * size + 4;
  out.writeUInt16LE(header, tail);
  out.writeUInt16LE(segments === 0 ? 0 : programHeader, tail + 2);
  out.writeUInt16LE(segments, tail + 4);
  out.writeUInt16LE(sectionHeader, tail + 6);
  out.writeUInt16LE(table.length + 1, tail + 8);
  out.writeUInt16LE(table.length, tail + 10);

  let at = header;
  const segment = (type: number, from: number, length: number): void => {
    out.writeUInt32LE(type, at);
    if (wide) {
      out.writeUInt32LE(5, at + 4);
      for (const [index, value] of [from, BASE + from, BASE + from, length, length, 16].entries()) word(value, at + 8 + index * 8);
    } else {
      for (const [index, value] of [from, BASE + from, BASE + from, length, length, 5, 16].entries()) word(value, at + 4 + index * 4);
    }
    at += programHeader;
  };
  if (interpreter !== undefined) segment(3, interpreterAt, interpreter.length);
  if (spec.soname !== undefined) segment(2, dynamicAt, 48);
  if (segments > 0) segment(1, 0, sectionsAt);

  let written = header + segments * programHeader;
  for (const part of body) {
    part.copy(out, written);
    written += part.length;
  }
  let nameAt = 1;
  for (const [index, section] of table.entries()) {
    const place = sectionsAt + (index + 1) * sectionHeader;
    out.writeUInt32LE(nameAt, place);
    out.writeUInt32LE(section.name === '.shstrtab' ? 3 : section.name.startsWith('.note') ? 7 : 1, place + 4);
    if (LOADED.test(section.name)) {
      word(2, place + 8);
      word(BASE + section.at, place + 8 + size);
    }
    word(section.at, place + 8 + 2 * size);
    word(section.size, place + 8 + 3 * size);
    nameAt += section.name.length + 1;
  }
  return out;
}

/** DT_STRTAB and DT_SONAME of a 64-bit library, and the text behind them. */
function dynamic(soname: string, at: number): Buffer {
  const entries = Buffer.alloc(48);
  for (const [index, value] of [5, BASE + at + 48, 14, 1, 0, 0].entries()) entries.writeBigUInt64LE(BigInt(value), index * 8);
  return Buffer.concat([entries, Buffer.from(`\0${soname}\0`)]);
}
