// What belongs to an installed kernel is proved; what belongs to none, or differs from its other copy, is found.
import { describe, expect, it } from 'vitest';
import { dkmsProof, ramdiskProof } from '../../../src/sweep/proofs/kernel.ts';
import { candidate, claims, contextOf, elf, factsOf, sandbox, sweep } from '../sandbox.ts';

const V = '6.1.0-1-amd64';
const index = claims(`linux-image:/usr/lib/modules/${V}/vmlinuz`, 'loop-dkms:/usr/src/loop-1.0/dkms.conf');

describe('ramdiskProof', () => {
  const ID = '0123456789abcdef0123456789abcdef';
  function prove(path: string, entries: Record<string, string | Buffer>): string | undefined {
    const box = sandbox({ [`/usr/lib/modules/${V}/vmlinuz`]: 'kernel', '/lib': { link: 'usr/lib' }, '/boot/': '', ...entries });
    return ramdiskProof(contextOf(box.host, index)).prove(factsOf(box.host, index, path))?.mechanism;
  }

  it.each([`/boot/initrd.img-${V}`, `/boot/initramfs-${V}.img`, `/boot/initramfs-${V}kdump.img`])('proves %s', (path) => {
    expect(prove(path, { [path]: 'cpio' })).toBe('initial-ramdisk');
  });

  it.each(['/boot/initrd.img-5.0.0', '/boot/initrd.img-../x', `/boot/initrd.img-${V}.bak`, '/boot/initramfs-evil.img', '/boot/initrd.img-'])('finds %s', (path) => {
    if (path.includes('..')) return expect(ramdiskProof(contextOf(sandbox().host, index)).prove({ path, type: 'file', code: 'self-loading', stat: { mode: 0o100644, uid: 0, gid: 0, size: 1, mtimeMs: 0, ctimeMs: 0, dev: 0, ino: 0, nlink: 1 } })).toBeUndefined();
    return expect(prove(path, { [path]: 'cpio' })).toBeUndefined();
  });

  it('finds a program under the name of a ramdisk', () => {
    const path = `/boot/initrd.img-${V}`;
    expect(prove(path, { [path]: elf(2) })).toBeUndefined();
  });

  it("proves rescue images by an installed kernel's image only", () => {
    const path = `/boot/initramfs-0-rescue-${ID}.img`;
    expect(prove(path, { [path]: 'cpio', [`/boot/vmlinuz-0-rescue-${ID}`]: 'kernel' })).toBe('rescue-kernel');
    expect(prove(path, { [path]: 'cpio', [`/boot/vmlinuz-0-rescue-${ID}`]: 'k3rnel' })).toBeUndefined();
    expect(prove(path, { [path]: 'cpio' })).toBeUndefined();
  });
});

describe('dkmsProof', () => {
  const built = `/var/lib/dkms/loop/1.0/${V}/x86_64/module/loop.ko`;
  const installed = `/usr/lib/modules/${V}/updates/dkms/loop.ko`;
  const base = { '/lib': { link: 'usr/lib' }, '/usr/src/loop-1.0/dkms.conf': 'x', [`/usr/lib/modules/${V}/vmlinuz`]: 'kernel' };
  function prove(path: string, entries: Record<string, Buffer>, owner = index): string | undefined {
    const box = sandbox({ ...base, ...entries });
    return dkmsProof(contextOf(box.host, owner)).prove(candidate(sweep(box.host, [owner]), path)!)?.mechanism;
  }

  it('proves both equal copies', () => {
    expect(prove(installed, { [built]: elf(1), [installed]: elf(1) })).toBe('dkms');
    expect(prove(built, { [built]: elf(1), [installed]: elf(1) })).toBe('dkms');
  });

  it('finds a module that differs from the built one, has none, or is of another name', () => {
    expect(prove(installed, { [built]: elf(1), [installed]: elf(1, { tail: 'changed' }) })).toBeUndefined();
    expect(prove(installed, { [installed]: elf(1) })).toBeUndefined();
    expect(prove(built, { [built]: elf(1) })).toBeUndefined();
    const other = `/usr/lib/modules/${V}/updates/dkms/rk.ko`;
    expect(prove(other, { [built]: elf(1), [installed]: elf(1), [other]: elf(1) })).toBeUndefined();
  });

  it('finds a module of a source or a kernel that no package brought', () => {
    const copies = { [built]: elf(1), [installed]: elf(1) };
    expect(prove(installed, copies, claims(`/usr/lib/modules/${V}/vmlinuz`))).toBeUndefined();
    expect(prove(installed, copies, claims('/usr/src/loop-1.0/dkms.conf', '/usr/lib/other'))).toBeUndefined();
  });
});
