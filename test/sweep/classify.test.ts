// Each kind of code is told from content, name and mode; look-alikes are not.
import { describe, expect, it } from 'vitest';
import { classify, hasDataExtension } from '../../src/sweep/classify.ts';
import { bytecode, elf } from './sandbox.ts';

function kind(name: string, content: Buffer | string, mode = 0o644, dir = '/srv'): string | undefined {
  return classify(dir, name, 0o100000 | mode, typeof content === 'string' ? Buffer.from(content, 'latin1') : content).code;
}

function portable(subsystem: number): Buffer {
  const head = Buffer.alloc(512);
  head.write('MZ');
  head.writeUInt32LE(0x80, 0x3c);
  head.write('PE\0\0', 0x80, 'latin1');
  head.writeUInt16LE(subsystem, 0x80 + 0x5c);
  return head;
}

const ZIP = `PK\x03\x04${'\0'.repeat(26)}`;

describe('classify', () => {
  it.each([
    ['x.png', elf(2), 'elf-executable'],
    ['server', elf(3, { interpreter: true }), 'elf-executable'],
    ['libx.so.1', elf(3), 'shared-object'],
    ['libc.so.6', elf(3, { interpreter: true }), 'shared-object'],
    ['plugin', elf(3), 'shared-object'],
    ['rk.ko', elf(1), 'kernel-module'],
    ['boot.mod', elf(1), 'kernel-module'],
    ['part.o', elf(1), 'object-archive'],
    ['lib.a', '!<arch>\n/               ', 'object-archive'],
    ['thin.a', '!<thin>\n', 'object-archive'],
    ['run', '#!/bin/sh\n', 'script'],
    ['notes', '#! /usr/bin/env python3\n', 'script'],
    ['app.jar', `${ZIP}x`, 'java-archive'],
    ['renamed', `${ZIP}META-INF/MANIFEST.MF`, 'java-archive'],
    ['pkg.whl', ZIP, 'python-archive'],
    ['zipapp', '#!/usr/bin/python3\nPK\x03\x04aaaa', 'python-archive'],
    ['m.wasm', '\0asm\x01\0\0\0', 'wasm'],
    ['boot.efi', portable(10), 'efi-program'],
    ['kernel', portable(10), 'efi-program'],
    ['v.ko.xz', '\xfd7zXZ\0aaaa', 'kernel-module'],
    ['v.ko.zst', '\x28\xb5\x2f\xfdaaaa', 'kernel-module'],
    ['v.ko.gz', '\x1f\x8b\x08aaaa', 'kernel-module'],
    ['x.cpython-311.pyc', bytecode(1, 2), 'bytecode'],
    ['renamed.bin', bytecode(1, 2), 'bytecode'],
  ])('%s is code by its content', (name, content, expected) => {
    expect(kind(name, content)).toBe(expected);
  });

  it('tells an AppImage from an ordinary ELF file', () => {
    const image = elf(2);
    image.write('AI\x02', 8, 'latin1');
    expect(kind('Tool', image)).toBe('appimage');
  });

  it.each([
    ['package.deb', '!<arch>\ndebian-binary   '],
    ['data.zip', ZIP],
    ['lib.rs', '#![no_std]\n'],
    ['windows.exe', portable(3)],
    ['core', elf(4)],
    ['module.xz', '\xfd7zXZ\0aaaa'],
    ['dos.txt', 'ab\r\nab\r\nab\r\nab\r\nab\r\n'],
    ['empty', ''],
    ['weights.pth', 'import os'],
  ])('%s is data', (name, content) => {
    expect(kind(name, content)).toBeUndefined();
  });

  it('takes an exec bit for code when the content says nothing', () => {
    expect(kind('README', 'text', 0o755)).toBe('executable');
    expect(kind('tool', elf(3, { entry: 64 }), 0o755)).toBe('elf-executable');
  });

  it('knows names that loaders go by', () => {
    expect(kind('zz.pth', 'import os', 0o644, '/usr/lib/python3/dist-packages')).toBe('self-loading');
    expect(kind('sitecustomize.py', '', 0o644, '/etc/python3.11')).toBe('self-loading');
    expect(kind('initrd.img-6.1', '\x1f\x8b\x08', 0o644, '/boot')).toBe('self-loading');
    expect(kind('initrd.img-6.1', '\x1f\x8b\x08', 0o644, '/srv')).toBeUndefined();
  });

  it('records the interpreter', () => {
    expect(classify('/srv', 'x', 0o100755, Buffer.from('#! /bin/sh -e\necho')).interpreter).toBe('/bin/sh -e');
  });

  it('survives headers that point outside the head', () => {
    const broken = elf(3, { interpreter: true });
    broken.writeBigUInt64LE(0xffffffffn, 32);
    expect(kind('x', broken)).toBe('shared-object');
    expect(kind('x', broken.subarray(0, 20))).toBe('shared-object');
    expect(kind('x', broken.subarray(0, 5))).toBeUndefined();
  });
});

describe('hasDataExtension', () => {
  it('looks at the last extension only, and not at hidden names', () => {
    expect(hasDataExtension('a.tar.json')).toBe(true);
    expect(hasDataExtension('a.json.so')).toBe(false);
    expect(hasDataExtension('.json')).toBe(false);
    expect(hasDataExtension('json')).toBe(false);
  });
});
