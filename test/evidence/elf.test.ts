// ELF files as compilers write them, and as somebody writes them who wants to lead the reader astray.
import { describe, expect, it } from 'vitest';
import { goBuild, linkedTexts } from '../../src/evidence/go-build.ts';
import { rustCrate } from '../../src/evidence/rust-audit.ts';
import { elf } from '../support/elf.ts';
import { deflateSync } from 'node:zlib';
import { goProgram, note, oldGoProgram, openBuffer, readBuffer, rustProgram, textProgram } from './programs.ts';
import { processorMs } from '../support/processor-time.ts';

const LINES = [
  'path\texample.org/tool/cmd/tool', 'mod\texample.org/tool\tv1.4.2\th1:abc=', 'dep\texample.org/lib\tv0.3.0\th1:def=', 'dep\texample.org/old\tv1.0.0', '=>\texample.org/fork\tv1.0.1\th1:x=',
  'build\t-ldflags="-s -w -X main.version=1.4.2 -X \\"main.built=a day\\" -X \'main.by=some one\' -X=main.short=yes"', 'build\tvcs.revision=0123abcd',
];

describe('an ELF file', () => {
  it('tells machine, width, interpreter, build id and package', () => {
    const content = elf({
      type: 'program', machine: 'x86-64', dynamic: true,
      sections: {
        '.note.gnu.build-id': note('GNU', 3, Buffer.from('0123456789abcdef0123', 'hex')),
        '.note.package': note('FDO', 0xcafe1a7e, Buffer.from('{"type":"deb","name":"thing","version":"1-2","deep":{"x":1},"n":4}\0')),
      },
    });
    expect(readBuffer(content)?.facts).toEqual({
      machine: 'x86-64', bits: 64, interpreter: '/lib64/ld-linux-x86-64.so.2', static: false, buildId: '0123456789abcdef0123', packageNote: { type: 'deb', name: 'thing', version: '1-2' },
    });
    expect(readBuffer(elf({ type: 'program', machine: 'i386' }))?.facts).toEqual({ machine: 'i386', bits: 32, static: true });
    expect(readBuffer(elf({ type: 'library', machine: 'aarch64', soname: 'libthing.so.3' }))).toMatchObject({ soname: 'libthing.so.3', facts: { machine: 'aarch64', static: false } });
  });

  it('of an unknown machine is named by its number, and what is no ELF file by nothing', () => {
    const strange = elf({ type: 'program', machine: 'x86-64' });
    strange.writeUInt16LE(999, 18);
    expect(readBuffer(strange)?.facts.machine).toBe('machine 999');
    expect(readBuffer(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
    expect(readBuffer(Buffer.alloc(0))).toBeUndefined();
  });

  it('of the other byte order is read as well', () => {
    const big = Buffer.alloc(64);
    big.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]);
    big.writeUInt16BE(2, 16);
    big.writeUInt16BE(22, 18);
    expect(readBuffer(big)?.facts).toEqual({ machine: 's390', bits: 64, static: true });
  });

  it('cut at any place is read as far as it goes', () => {
    for (const content of [textProgram(['nginx version: nginx/1.22.1\n']), goProgram({ lines: LINES, variables: ['v1.2.3'] }), elf({ type: 'library', machine: 'x86-64', soname: 'libx.so' })]) {
      for (let length = 0; length <= content.length; length += 3) {
        const read = readBuffer(content.subarray(0, length));
        if (read !== undefined) expect(() => [goBuild(read), rustCrate(read)]).not.toThrow();
      }
    }
  });

  it('with any byte of its headers spoilt never takes long and never throws', () => {
    const content = goProgram({ lines: LINES, variables: ['1.2.3', '4.5.6'] });
    const started = processorMs();
    for (let at = 4; at < content.length; at += 5) {
      for (const value of [0, 0x7f, 0xff]) {
        const spoilt = Buffer.from(content);
        spoilt[at] = value;
        const read = readBuffer(spoilt);
        if (read !== undefined) expect(() => [goBuild(read), rustCrate(read)]).not.toThrow();
      }
    }
    expect(processorMs() - started).toBeLessThan(25_000);
  });

  it('that says it has a million sections, or sections of all sizes anywhere, is bounded', () => {
    const content = elf({ type: 'program', machine: 'x86-64', sections: { '.note.x': note('GNU', 3, Buffer.from('ab', 'hex')) } });
    const table = Number(content.readBigUInt64LE(40));
    content.writeUInt16LE(0, 60);
    content.writeBigUInt64LE(2n ** 62n, table + 32);
    for (const place of [24, 32]) content.writeBigUInt64LE(2n ** 63n, table + 64 + place);
    let asked = 0;
    const { read, size } = openBuffer(content);
    const seen = readBuffer(content);
    expect(seen?.sections.length).toBeLessThan(10_000);
    for (const section of seen!.sections) {
      expect(section.size).toBeLessThanOrEqual(size);
      asked += read(section.offset, section.size).length;
    }
    expect(asked).toBeLessThanOrEqual(size * 4);
  });
});

describe('Go build information', () => {
  const expected = { goVersion: 'go1.22.5', path: 'example.org/tool/cmd/tool', module: 'example.org/tool', moduleVersion: 'v1.4.2' };

  it('is read in the form of today and in that before Go 1.18', () => {
    expect(goBuild(readBuffer(goProgram({ lines: LINES }))!)?.facts).toEqual(expected);
    expect(goBuild(readBuffer(oldGoProgram('go1.16.2', LINES))!)?.facts).toEqual({ ...expected, goVersion: 'go1.16.2' });
  });

  it('has dependencies, but not the version of what was replaced', () => {
    expect(goBuild(readBuffer(goProgram({ lines: LINES }))!)?.dependencies).toEqual(new Map([['example.org/lib', 'v0.3.0']]));
  });

  it('has the texts that were linked in', () => {
    expect(linkedTexts(goBuild(readBuffer(goProgram({ lines: LINES }))!)!)).toEqual(new Map([['main.version', '1.4.2'], ['main.built', 'a day'], ['main.by', 'some one'], ['main.short', 'yes']]));
  });

  it('of a checkout has no version of its module', () => {
    expect(goBuild(readBuffer(goProgram({ lines: ['path\texample.org/t', 'mod\texample.org/t\t(devel)\t'] }))!)?.facts).toEqual({ goVersion: 'go1.22.5', path: 'example.org/t', module: 'example.org/t' });
  });

  it('is absent where there is none, or a length that leads outside', () => {
    expect(goBuild(readBuffer(textProgram(['Go buildinf:']))!)).toBeUndefined();
    const cut = goProgram({ lines: LINES });
    const at = cut.indexOf('\xff Go buildinf:', 'latin1');
    cut.set([0xff, 0xff, 0xff, 0xff, 0xff], at + 32);
    expect(goBuild(readBuffer(cut)!)).toBeUndefined();
  });
});

describe('Rust audit data', () => {
  it('names the crate at its root', () => {
    const audit = { packages: [{ name: 'serde', version: '1.0.0' }, { name: 'ripgrep', version: '14.1.0', root: true }] };
    expect(rustCrate(readBuffer(rustProgram(audit))!)).toEqual({ crate: 'ripgrep', version: '14.1.0' });
  });

  it('that unpacks to more than is read, or to something else, says nothing', () => {
    const bomb = elf({ type: 'program', machine: 'x86-64', sections: { '.dep-v0': deflateSync(Buffer.alloc(64 * 1024 * 1024)) } });
    const started = processorMs();
    expect(rustCrate(readBuffer(bomb)!)).toBeUndefined();
    expect(processorMs() - started).toBeLessThan(10_000);
    for (const audit of [null, 7, { packages: 'x' }, { packages: [null, 3, { root: true }] }]) expect(rustCrate(readBuffer(rustProgram(audit))!)).toBeUndefined();
    expect(rustCrate(readBuffer(elf({ type: 'program', machine: 'x86-64', sections: { '.dep-v0': 'not zlib' } }))!)).toBeUndefined();
  });
});
