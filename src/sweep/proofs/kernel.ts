// Proves what is made for an installed kernel: its initial ramdisk in /boot, and modules that dkms(8) built from a packaged source.
import { baseOf, parentOf, type BytePath } from '../../model/bytes.ts';
import type { FileFacts } from '../../model/file.ts';
import type { Proof, ProofRule } from '../../model/proof.ts';
import { isInstalledKernel, isPlain, ownerName, sameContent, type ProofContext } from './proof-context.ts';

const RAMDISK = /^(?:initrd\.img-(.+)|initramfs-(.+?)(?:kdump)?\.img|initrd-(.+?)(?:kdump)?)$/;
const RESCUE = /^(?:initramfs|vmlinuz)-0-rescue-([0-9a-f]{32})(?:\.img)?$/;

export function ramdiskProof(context: ProofContext): ProofRule {
  function prove(facts: FileFacts): Proof | undefined {
    if (parentOf(facts.path) !== '/boot' || !isPlain(facts)) return undefined;
    const name = baseOf(facts.path);
    const rescue = RESCUE.exec(name)?.[1];
    if (rescue !== undefined) return proveRescue(rescue);
    const parts = facts.code === 'self-loading' ? RAMDISK.exec(name) : null;
    const version = parts?.[1] ?? parts?.[2] ?? parts?.[3];
    if (version === undefined || !isInstalledKernel(context, version)) return undefined;
    return { mechanism: 'initial-ramdisk', detail: `initial ramdisk of the installed kernel ${version}`, files: [`/lib/modules/${version}`] };
  }
  /** Both rescue files stand or fall with the kernel: a copy of one that a package owns. */
  function proveRescue(id: string): Proof | undefined {
    const copy = `/boot/vmlinuz-0-rescue-${id}`;
    const modules = context.host.realpath('/lib/modules');
    const images = [
      ...context.owned.namesIn('/boot').filter((path) => baseOf(path).startsWith('vmlinuz-')),
      ...(modules.ok ? context.owned.namesIn(modules.value).map((dir) => `${dir}/vmlinuz`) : []),
    ];
    const original = images.find((path) => path !== copy && context.owned.owns(path) && sameContent(context.host, copy, path));
    if (original === undefined) return undefined;
    return { mechanism: 'rescue-kernel', detail: `rescue image of the kernel in ${original}`, files: [original], package: ownerName(context, original) };
  }
  return { mechanism: 'initial-ramdisk', prove };
}

const MODULE_NAME = /^[A-Za-z0-9_-]+\.ko(\.(gz|xz|zst))?$/;
const INSTALLED = /^(?:\/usr)?\/lib\/modules\/([^/]+)\/(?:updates|updates\/dkms|extra|extra\/dkms|kernel\/[a-z0-9/_-]+)$/;
const BUILT = /^\/var\/lib\/dkms\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)\/module$/;

export function dkmsProof(context: ProofContext): ProofRule {
  const { host, owned } = context;
  function prove(facts: FileFacts): Proof | undefined {
    if (facts.code !== 'kernel-module' || !isPlain(facts)) return undefined;
    const dir = parentOf(facts.path);
    const name = baseOf(facts.path);
    if (!MODULE_NAME.test(name)) return undefined;
    const built = BUILT.exec(dir);
    if (built !== null) return provePair(built, facts.path, name);
    const kernel = INSTALLED.exec(dir)?.[1];
    if (kernel === undefined) return undefined;
    for (const copy of builtFor(kernel, name)) {
      const parts = BUILT.exec(parentOf(copy));
      if (parts !== null && sameContent(host, facts.path, copy)) return accept(parts, copy);
    }
    return undefined;
  }
  function provePair(parts: RegExpExecArray, path: BytePath, name: string): Proof | undefined {
    // A copy that was built and never installed runs nowhere by itself, but only the pair is dkms's finished work.
    const modules = host.realpath('/lib/modules');
    if (!modules.ok) return undefined;
    for (const place of ['updates/dkms', 'updates', 'extra', 'extra/dkms']) {
      if (sameContent(host, path, `${modules.value}/${parts[3]}/${place}/${name}`)) return accept(parts, path);
    }
    return undefined;
  }
  function accept(parts: RegExpExecArray, copy: BytePath): Proof | undefined {
    const [, module, version, kernel] = parts;
    const conf = `/usr/src/${module}-${version}/dkms.conf`;
    if (!owned.owns(conf) || !isInstalledKernel(context, kernel!)) return undefined;
    return {
      mechanism: 'dkms',
      detail: `built by dkms from ${module} ${version} of ${ownerName(context, conf)} for the installed kernel ${kernel}; both copies are equal`,
      files: [conf, copy],
      package: ownerName(context, conf),
    };
  }
  /** /var/lib/dkms/MODULE/VERSION/KERNEL/ARCH/module/NAME for one kernel and name. */
  function builtFor(kernel: string, name: string): readonly BytePath[] {
    const out: BytePath[] = [];
    for (const module of directories('/var/lib/dkms')) {
      for (const version of directories(module)) {
        for (const arch of directories(`${version}/${kernel}`)) out.push(`${arch}/module/${name}`);
      }
    }
    return out;
  }
  function directories(dir: BytePath): readonly BytePath[] {
    const listed = host.list(dir);
    return listed.ok ? listed.value.filter((entry) => entry.type === 'directory').map((entry) => `${dir}/${entry.name}`).sort() : [];
  }
  return { mechanism: 'dkms', prove };
}
