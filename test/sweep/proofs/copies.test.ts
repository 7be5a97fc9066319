// Copies of packaged files are proved while they are equal, and only in the places where copies belong.
import { describe, expect, it } from 'vitest';
import { bootLoaderProof, packagedCopyProof, skeletonProof } from '../../../src/sweep/proofs/copies.ts';
import { claims, contextOf, elf, factsOf, sandbox, type Entry } from '../sandbox.ts';

const index = claims(
  'grub:/usr/lib/grub/i386-pc/boot.mod', 'shim:/usr/lib/shim/shimx64.efi.signed', 'base-files:/usr/share/base-files/dot.bashrc', '/usr/share/base-files/profile',
  '/usr/share/doc/x/examples/x.rules', '/etc/skel/bin/hello', '/usr/share/x/tool',
);

function portable(tail: string): Buffer {
  const head = Buffer.alloc(512);
  head.write('MZ');
  head.writeUInt32LE(0x80, 0x3c);
  head.write('PE\0\0', 0x80, 'latin1');
  head.writeUInt16LE(10, 0x80 + 0x5c);
  return Buffer.concat([head, Buffer.from(tail)]);
}

const base: Record<string, string | Buffer | Entry> = {
  '/usr/lib/grub/i386-pc/boot.mod': elf(1), '/usr/lib/shim/shimx64.efi.signed': portable('shim'), '/usr/share/base-files/dot.bashrc': 'alias x=y\n', '/usr/share/base-files/profile': 'PATH=/bin\n',
  '/usr/share/doc/x/examples/x.rules': 'RUN+="x"\n', '/etc/skel/bin/hello': { content: '#!/bin/sh\n', mode: 0o755 }, '/usr/local/bin/': '', '/usr/share/x/tool': { content: '#!/bin/sh\nx\n', mode: 0o755 },
};

function mechanism(path: string, entry: string | Buffer | Entry): string | undefined {
  const box = sandbox({ ...base, [path]: entry });
  const context = contextOf(box.host, index);
  const facts = factsOf(box.host, index, path);
  return [bootLoaderProof(context), skeletonProof(context, ['/data/bob']), packagedCopyProof(context)].map((rule) => rule.prove(facts)?.mechanism).find((each) => each !== undefined);
}

describe('copies', () => {
  it('proves boot loader files by their packaged originals', () => {
    expect(mechanism('/boot/grub/i386-pc/boot.mod', elf(1))).toBe('boot-loader-copy');
    expect(mechanism('/boot/efi/EFI/debian/BOOTX64.EFI', portable('shim'))).toBe('boot-loader-copy');
  });

  it('finds changed and planted boot loader files', () => {
    expect(mechanism('/boot/grub/i386-pc/boot.mod', elf(1, { tail: 'x' }))).toBeUndefined();
    expect(mechanism('/boot/grub/i386-pc/evil.mod', elf(1))).toBeUndefined();
    expect(mechanism('/boot/efi/EFI/debian/BOOTX64.EFI', portable('evil'))).toBeUndefined();
    expect(mechanism('/srv/boot.mod', elf(1))).toBeUndefined();
  });

  it('proves home files that /etc/skel gave', () => {
    expect(mechanism('/home/alice/bin/hello', { content: '#!/bin/sh\n', mode: 0o755 })).toBe('home-skeleton');
    expect(mechanism('/data/bob/bin/hello', { content: '#!/bin/sh\n', mode: 0o755 })).toBe('home-skeleton');
  });

  it('finds changed, privileged and misplaced ones', () => {
    expect(mechanism('/home/alice/bin/hello', { content: '#!/bin/sh\nevil\n', mode: 0o755 })).toBeUndefined();
    expect(mechanism('/home/alice/bin/hello', { content: '#!/bin/sh\n', mode: 0o4755 })).toBeUndefined();
    expect(mechanism('/srv/bin/hello', { content: '#!/bin/sh\n', mode: 0o755 })).toBeUndefined();
    expect(mechanism('/home/alice/bin/other', { content: '#!/bin/sh\n', mode: 0o755 })).toBeUndefined();
  });

  it('proves launch files that were copied from /usr/share', () => {
    expect(mechanism('/root/.bashrc', 'alias x=y\n')).toBe('packaged-copy');
    expect(mechanism('/etc/profile', 'PATH=/bin\n')).toBe('packaged-copy');
  });

  it('finds changed ones, copies of examples, and copies on PATH', () => {
    expect(mechanism('/root/.bashrc', 'alias x=z\n')).toBeUndefined();
    expect(mechanism('/etc/udev/rules.d/x.rules', 'RUN+="x"\n')).toBeUndefined();
    const box = sandbox({ ...base, '/usr/local/bin/tool': { content: '#!/bin/sh\nx\n', mode: 0o755 } });
    // Even where a rule of launch places should ever name a directory of PATH.
    const facts = { ...factsOf(box.host, index, '/usr/local/bin/tool'), launch: 'cron' as const };
    expect(packagedCopyProof(contextOf(box.host, index)).prove(facts)).toBeUndefined();
  });
});
