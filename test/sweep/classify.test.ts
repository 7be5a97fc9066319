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
    ['data.bin', `${ZIP}__main__.py`, 'python-archive'],
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

  it('believes the type of an ELF file before its byte order, which the kernel ignores', () => {
    const lying = elf(2);
    lying[5] = 2;
    expect(kind('x', lying)).toBe('elf-executable');
    const big = Buffer.from('\x7fELF\x01\x02\x01\0\0\0\0\0\0\0\0\0\0\x02\0\x08', 'latin1');
    expect(kind('x', big)).toBe('elf-executable');
  });

  it('tells a kernel module that carries the mark of an AppImage', () => {
    const module = elf(1);
    module.write('AI\x02', 8, 'latin1');
    expect(kind('rk.ko', module)).toBe('kernel-module');
  });

  it.each([
    ['/usr/lib/python3.11', 'evil.py'], ['/usr/lib/python3/dist-packages', 'ssl.py'], ['/usr/lib/python3.11/tarfile', '__init__.py'], ['/usr/share/perl5', 'Evil.pm'], ['/etc/perl', 'strict.pm'],
    ['/usr/local/share/perl/5.36.0', 'Carp.pm'], ['/usr/local/lib/x86_64-linux-gnu/perl/5.36.0', 'POSIX.pm'], ['/usr/local/lib/site_ruby/3.1.0', 'json.rb'], ['/usr/local/share/lua/5.4', 'cjson.lua'],
    ['/usr/lib/ruby/vendor_ruby/rubygems/defaults', 'operating_system.rb'], ['/usr/share/nodejs/semver', 'index.js'], ['/usr/share/tcltk/tcl8.6', 'pkgIndex.tcl'],
    ['/usr/share/vim/vimfiles/plugin', 'x.vim'], ['/usr/share/php', 'x.php'],
  ])('takes a module in %s for code', (dir, name) => {
    expect(kind(name, 'x = 1\n', 0o644, dir)).toBe('module');
  });

  it.each([['/srv/app', 'a.py'], ['/home/a', 'a.pm'], ['/usr/local/lib/python3.11/dist-packages/pkg', 'a.py'], ['/usr/local/lib/node_modules/x', 'a.js'], ['/usr/share/x', 'a.txt']])(
    'leaves source in %s to its channel or owner', (dir, name) => {
      expect(kind(name, 'x = 1\n', 0o644, dir)).toBeUndefined();
    },
  );

  it('knows names that loaders go by', () => {
    expect(kind('python311.zip', ZIP, 0o644, '/usr/lib')).toBe('self-loading');
    expect(kind('python311.zip', ZIP, 0o644, '/srv')).toBeUndefined();
    expect(kind('pyvenv.cfg', 'home = /srv', 0o644, '/usr/bin')).toBe('self-loading');
    expect(kind('pyvenv.cfg', 'home = /usr/bin', 0o644, '/home/a/venv')).toBeUndefined();
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
