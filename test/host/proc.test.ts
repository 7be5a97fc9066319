// Reads a directory that stands for procfs, and this machine's own.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isDenied, isVanished, localProc } from '../../src/host/proc.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = temporaryDirectory();
const proc = localProc(root);
for (const name of ['7', '12', '3', 'self', '012', '1x', 'sys']) mkdirSync(join(root, name));
writeFileSync(join(root, '7/maps'), 'x'.repeat(200_000));
writeFileSync(join(root, '7/cmdline'), Buffer.from([0xff, 0x00, 0xc3, 0x0a]));
symlinkSync('socket:[5]', join(root, '7/exe'));

it('lists numbers only, ascending', () => {
  expect(proc.pids()).toEqual({ ok: true, value: [3, 7, 12] });
});

it('reads to the bound it was given, and no byte is lost', () => {
  expect(proc.read('7/maps', 1_000_000)).toEqual({ ok: true, value: 'x'.repeat(200_000) });
  expect(proc.read('7/maps', 100_000)).toEqual({ ok: true, value: 'x'.repeat(100_000) });
  expect(proc.read('7/maps', 65_536)).toEqual({ ok: true, value: 'x'.repeat(65_536) });
  expect(proc.readOnce('7/cmdline')).toEqual({ ok: true, value: '\xff\0\xc3\n' });
});

it('hands over pieces until it is told to stop', () => {
  let pieces = 0;
  expect(proc.pieces('7/maps', 1_000_000, () => ++pieces < 2)).toEqual({ ok: true, value: 131_072 });
  expect(proc.pieces('7/maps', 70_000, () => true)).toEqual({ ok: true, value: 70_000 });
});

it('tells what vanished from what may not be read', () => {
  const gone = proc.readOnce('99/stat');
  expect(!gone.ok && isVanished(gone.error) && !isDenied(gone.error)).toBe(true);
  const noFile = proc.stat('99');
  expect(!noFile.ok && isVanished(noFile.error)).toBe(true);
  const noLink = proc.readlink('7/maps');
  expect(!noLink.ok && !isVanished(noLink.error)).toBe(true);
});

it('reads link texts as they are, and what links lead to', () => {
  expect(proc.readlink('7/exe')).toEqual({ ok: true, value: 'socket:[5]' });
  const real = localProc();
  const exe = real.stat('self/exe');
  expect(exe.ok && exe.value.size).toBeGreaterThan(0);
  expect(real.pids().ok && real.readOnce('self/stat').ok).toBe(true);
});
