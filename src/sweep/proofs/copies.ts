// Proves files that are byte for byte what a package ships elsewhere: boot loader parts, home skeletons, configuration copied at installation.
import { baseOf, isWithin, joinPath, parentOf, type BytePath } from '../../model/bytes.ts';
import type { FileFacts } from '../../model/file.ts';
import type { Proof, ProofRule } from '../../model/proof.ts';
import { isPlain, ownerName, sameContent, type ProofContext } from './proof-context.ts';

const BOOT_SOURCES: readonly BytePath[] = ['/usr/lib/grub', '/usr/lib/shim', '/usr/lib/systemd/boot/efi', '/usr/libexec/fwupd/efi', '/usr/lib/fwupd/efi', '/usr/lib/efi', '/usr/share/grub2'];
const BOOT_PLACES: readonly BytePath[] = ['/boot/grub', '/boot/grub2', '/boot/efi', '/efi'];

/** Modules and EFI programs that grub-install(8), bootctl(1) or fwupd put where firmware looks. */
export function bootLoaderProof(context: ProofContext): ProofRule {
  let sources: readonly BytePath[] | undefined;
  function prove(facts: FileFacts): Proof | undefined {
    if (!isPlain(facts) || !BOOT_PLACES.some((place) => isWithin(facts.path, place))) return undefined;
    sources ??= BOOT_SOURCES.flatMap((dir) => context.owned.directoriesIn(dir)).flatMap((dir) => context.owned.namesIn(dir));
    const name = baseOf(facts.path);
    // Modules keep their names, EFI programs are renamed (shimx64.efi.signed to BOOTX64.EFI).
    const likely = /\.efi$/i.test(name) ? sources.filter((path) => /\.efi(\.signed)?$/.test(path)) : sources.filter((path) => baseOf(path) === name);
    return equalTo(context, facts, likely, 'boot-loader-copy');
  }
  return { mechanism: 'boot-loader-copy', prove };
}

/** Files of a home that are still what /etc/skel gave it (useradd(8)). */
export function skeletonProof(context: ProofContext, homes: readonly BytePath[]): ProofRule {
  function prove(facts: FileFacts): Proof | undefined {
    if (!isPlain(facts) || !isText(facts)) return undefined;
    const home = homes.find((each) => isWithin(facts.path, each)) ?? /^\/home\/[^/]+/.exec(facts.path)?.[0];
    if (home === undefined) return undefined;
    return equalTo(context, facts, [`/etc/skel${facts.path.slice(home.length)}`], 'home-skeleton');
  }
  return { mechanism: 'home-skeleton', prove };
}

/** Its examples are for reading: nobody installed them. */
const DOCUMENTATION: readonly BytePath[] = ['/usr/share/doc', '/usr/share/man', '/usr/share/locale', '/usr/share/info'];

/** Launch and loader files that a maintainer script copied from /usr/share (/etc/profile, /root/.bashrc): text only, and never a program on PATH. */
export function packagedCopyProof(context: ProofContext): ProofRule {
  let shared: readonly BytePath[] | undefined;
  function prove(facts: FileFacts): Proof | undefined {
    if (facts.launch === undefined || !isPlain(facts) || !isText(facts) || context.pathDirectories.includes(parentOf(facts.path))) return undefined;
    // Few files come this far: looking each up in every directory costs less than one map of all shared files.
    shared ??= context.owned.directoriesIn('/usr/share').filter((dir) => !DOCUMENTATION.some((place) => isWithin(dir, place)));
    const name = baseOf(facts.path);
    const bare = name.startsWith('.') ? name.slice(1) : name;
    const wanted = [...new Set([name, `dot.${bare}`, `dot-${bare}`, `dot_${bare}`, bare])];
    const likely = shared.flatMap((dir) => wanted.filter((each) => context.owned.has(dir, each)).map((each) => joinPath(dir, each)));
    return equalTo(context, facts, likely, 'packaged-copy');
  }
  return { mechanism: 'packaged-copy', prove };
}

function isText(facts: FileFacts): boolean {
  return facts.code === undefined || facts.code === 'script' || facts.code === 'executable';
}

function equalTo(context: ProofContext, facts: FileFacts, likely: readonly BytePath[], mechanism: string): Proof | undefined {
  const original = likely.find((path) => context.owned.owns(path) && sameContent(context.host, facts.path, path));
  if (original === undefined) return undefined;
  const owner = ownerName(context, original);
  return { mechanism, detail: `equal to ${original} of ${owner}`, files: [original], package: owner };
}
