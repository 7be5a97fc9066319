// Words for findings, never proofs: scriptlets of packages that name the path, the rpm transaction of that time, removed packages of that name.
import type { Host } from '../../host/host.ts';
import { baseOf, parentOf, type BytePath } from '../../model/bytes.ts';
import type { FileFacts } from '../../model/file.ts';
import { claimsOf, type OwnershipIndex } from '../../model/ownership.ts';
import type { Hint, HintRule } from '../../model/proof.ts';
import type { Removal } from './dump.ts';
import { RpmOwnership } from './ownership.ts';

/** A transaction of more packages than this (an installation of the whole system) says nothing about one file. */
const FEW_PACKAGES = 5;
/** Directories of more packages than this ('/usr/bin') say nothing about whose a file in them is. */
const FEW_OWNERS = 4;

export function readHints(_host: Host, index: OwnershipIndex): readonly HintRule[] {
  // Only our own index keeps what the dump says beyond file lists.
  return index instanceof RpmOwnership ? [scriptHint(index), removedPackageHint(index), transactionHint(index)] : [];
}

function scriptHint(index: RpmOwnership): HintRule {
  function hint(facts: FileFacts): Hint | undefined {
    const found = index.scriptNaming(facts.path);
    if (found === undefined) return undefined;
    const strong = ownersOf(index, parentOf(facts.path)).has(found.package.name);
    const detail = `%${found.script} of ${found.package.name} names this path${strong ? ', and the directory belongs to the same package' : ''}`;
    return strong ? { source: 'package-script', detail, strong } : { source: 'package-script', detail };
  }
  return { source: 'package-script', hint };
}

function ownersOf(index: RpmOwnership, directory: BytePath): ReadonlySet<string> {
  const owners = new Set(claimsOf(index, parentOf(directory), baseOf(directory)).map((claim) => index.package(claim).name));
  // A system directory is often of one package ('filesystem'), whose scripts could then name anything below /usr.
  return owners.size > FEW_OWNERS || SYSTEM_DIRECTORIES.has(directory) ? new Set() : owners;
}

const SYSTEM_DIRECTORIES: ReadonlySet<BytePath> = new Set([
  '/', '/bin', '/boot', '/etc', '/etc/cron.d', '/etc/profile.d', '/etc/systemd/system', '/home', '/lib', '/lib64', '/opt', '/root', '/run', '/sbin', '/srv', '/tmp', '/usr',
  '/usr/bin', '/usr/lib', '/usr/lib/systemd/system', '/usr/lib64', '/usr/libexec', '/usr/local', '/usr/local/bin', '/usr/local/sbin', '/usr/sbin', '/usr/share',
  '/var', '/var/lib', '/var/log', '/var/spool', '/var/tmp',
]);

/** The packaged program of this name that was here before: its removal tells what a left-over or a second copy is. */
function removedPackageHint(index: RpmOwnership): HintRule {
  let removed: ReadonlyMap<string, Removal> | undefined;
  function hint(facts: FileFacts): Hint | undefined {
    removed ??= new Map(index.removals.filter(({ name }) => !index.hasPackage(name)).map((each) => [each.name, each]));
    const base = baseOf(facts.path);
    for (const [name, { at, evr }] of removed) {
      if (base !== name && !(name.length >= 4 && base.startsWith(`${name}-`)) && !(base.length >= 4 && name.startsWith(`${base}-`))) continue;
      return { source: 'dnf history', detail: `the package ${name} ${evr} was removed on ${timeText(at * 1000)}` };
    }
    return undefined;
  }
  return { source: 'dnf history', hint };
}

/** What rpm installed while the file last changed: no more than a coincidence, everything of a provisioning run looks like that. */
function transactionHint(index: RpmOwnership): HintRule {
  function hint(facts: FileFacts): Hint | undefined {
    const found = index.transactionAt(facts.stat.mtimeMs);
    if (found === undefined || found.packages.length > FEW_PACKAGES) return undefined;
    return { source: 'rpm', detail: `rpm installed ${found.packages.join(', ')} at ${timeText(found.beginMs)}, when the file was last written (may be a coincidence)` };
  }
  return { source: 'rpm', hint };
}

/** '2026-11-01 10:00:00 UTC' */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
