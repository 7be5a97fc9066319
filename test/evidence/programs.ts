// Small programs made for tests of evidence/: as ELF files with the parts that say what they are.
import { deflateSync, deflateRawSync } from 'node:zlib';
import type { OpenFile } from '../../src/host/host.ts';
import { identify, type IdentifyContext } from '../../src/evidence/identify.ts';
import { readElf, type Elf } from '../../src/evidence/elf.ts';
import type { CodeKind } from '../../src/model/file.ts';
import type { Identity } from '../../src/model/identity.ts';
import { BASE, elf } from '../support/elf.ts';
import { bareFacts, sandbox } from '../sweep/sandbox.ts';

export function openBuffer(content: Buffer): OpenFile {
  return { size: content.length, read: (offset, bytes) => content.subarray(offset, Math.max(offset, offset + bytes)) };
}

export function readBuffer(content: Buffer): Elf | undefined {
  return readElf(openBuffer(content));
}

/** A program whose read-only data holds these texts, each ended by a NUL. */
export function textProgram(texts: readonly string[], more: { readonly soname?: string; readonly data?: readonly string[] } = {}): Buffer {
  const joined = (of: readonly string[]): string => `\0${of.join('\0')}\0`;
  return elf({
    type: more.soname === undefined ? 'program' : 'library', machine: 'x86-64', dynamic: more.soname === undefined,
    ...(more.soname === undefined ? {} : { soname: more.soname }),
    sections: { '.rodata': joined(texts), ...(more.data === undefined ? {} : { '.data': joined(more.data) }) },
  });
}

export interface GoSpec {
  readonly go?: string;
  /** Lines as `go version -m` prints them, with tabs. */
  readonly lines?: readonly string[];
  /** Texts of variables, in the order of memory. */
  readonly variables?: readonly string[];
}

/** As the linker of Go 1.18 and later writes it. */
export function goProgram({ go = 'go1.22.5', lines = [], variables = [] }: GoSpec): Buffer {
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:\x08\x02', 'latin1');
  const modules = lines.length === 0 ? '' : `${'0'.repeat(16)}${lines.join('\n')}\n${'1'.repeat(16)}`;
  const info = Buffer.concat([header, counted(go), counted(modules)]);
  const sections = (rodata: number): Record<string, Buffer> => ({ '.rodata': Buffer.from(variables.join(''), 'latin1'), '.data': headers(variables, rodata), '.go.buildinfo': info });
  // The addresses of the texts are known only when it has been laid out once.
  const first = readBuffer(elf({ type: 'program', machine: 'x86-64', sections: sections(BASE) }));
  return elf({ type: 'program', machine: 'x86-64', sections: sections(first!.sections.find(({ name }) => name === '.rodata')!.address) });
}

/** Before Go 1.18: two pointers to string headers, which point to the texts. */
export function oldGoProgram(go: string, lines: readonly string[]): Buffer {
  const modules = `${'0'.repeat(16)}${lines.join('\n')}\n${'1'.repeat(16)}`;
  const make = (at: number): Buffer => {
    const info = Buffer.alloc(64);
    info.write('\xff Go buildinf:\x08\x00', 'latin1');
    const words = [at + 32, at + 48, at + 64, go.length, at + 64 + go.length, modules.length];
    for (const [index, value] of words.entries()) info.writeBigUInt64LE(BigInt(value), 16 + index * 8);
    return elf({ type: 'program', machine: 'x86-64', sections: { '.go.buildinfo': Buffer.concat([info, Buffer.from(go + modules, 'latin1')]) } });
  };
  return make(readBuffer(make(BASE))!.sections.find(({ name }) => name === '.go.buildinfo')!.address);
}

function headers(texts: readonly string[], rodata: number): Buffer {
  const out = Buffer.alloc(texts.length * 16);
  let at = rodata;
  for (const [index, text] of texts.entries()) {
    out.writeBigUInt64LE(text === '' ? 0n : BigInt(at), index * 16);
    out.writeBigUInt64LE(BigInt(text.length), index * 16 + 8);
    at += text.length;
  }
  return out;
}

/** A text behind its length as a varint. */
function counted(text: string): Buffer {
  const size: number[] = [];
  let rest = text.length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) size.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...size, rest]), Buffer.from(text, 'latin1')]);
}

export function rustProgram(audit: unknown): Buffer {
  return elf({ type: 'program', machine: 'x86-64', sections: { '.dep-v0': deflateSync(Buffer.from(JSON.stringify(audit))) } });
}

/** One note as the linker writes it (elf(5)). */
export function note(name: string, type: number, content: Buffer): Buffer {
  const padded = (part: Buffer): Buffer => Buffer.concat([part, Buffer.alloc((4 - (part.length % 4)) % 4)]);
  const head = Buffer.alloc(12);
  for (const [index, value] of [name.length + 1, content.length, type].entries()) head.writeUInt32LE(value, index * 4);
  return Buffer.concat([head, padded(Buffer.from(`${name}\0`)), padded(content)]);
}

/** A zip archive with these entries; compressed unless `stored`. */
export function jar(entries: Readonly<Record<string, string>>, stored = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(entries)) {
    const packed = stored ? Buffer.from(text) : deflateRawSync(Buffer.from(text));
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(stored ? 0 : 8, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(text.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(at, 42);
    directory.push(central, Buffer.from(name));
    parts.push(local, Buffer.from(name), packed);
    at += 30 + name.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listed, end]);
}

/** What is said of a file of this content in a root of its own, beside the other files given. */
export function identityOf(content: string | Buffer, code: CodeKind, more: { readonly path?: string; readonly beside?: Readonly<Record<string, string | Buffer>>; readonly context?: IdentifyContext } = {}): Identity | undefined {
  const path = more.path ?? '/opt/some/thing';
  const { host } = sandbox({ [path]: content, ...more.beside });
  return identify(host, { facts: { ...bareFacts(host, path), code } }, more.context);
}
