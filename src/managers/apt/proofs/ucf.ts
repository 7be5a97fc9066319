// Proves configuration that ucf(1) put in place for a maintainer script: its hash file and registry, and the copies that it keeps in its cache.
import type { Host } from '../../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../../../model/bytes.ts';
import { isPrivileged, type FileFacts } from '../../../model/file.ts';
import { claimsOf, type OwnershipIndex } from '../../../model/ownership.ts';
import type { ProofRule } from '../../../model/proof.ts';
import { databaseOf, infoName, type Entry } from '../database.ts';
import { expandedLines, linesOf } from '../maintainer-scripts.ts';
import { namesPath } from '../ownership.ts';

export interface UcfFile {
  /** Of the maintainer's version that was last installed or refused. */
  readonly md5: string;
  readonly package: string | undefined;
}

const REGISTRY: BytePath = '/var/lib/ucf/registry';
const HASHES: BytePath = '/var/lib/ucf/hashfile';
const CACHE: BytePath = '/var/lib/ucf/cache';

/** ucf's hashfile and registry, by canonical path. */
export function readUcf(host: Host): ReadonlyMap<BytePath, UcfFile> {
  const owners = new Map<BytePath, string>();
  const registry = host.readBytes(REGISTRY);
  if (registry.ok) {
    for (const line of registry.value.split('\n')) {
      const match = /^(\S+)\s+(\/.*)$/.exec(line);
      if (match !== null) owners.set(match[2]!, match[1]!);
    }
  }
  const out = new Map<BytePath, UcfFile>();
  const hashes = host.readBytes(HASHES);
  if (!hashes.ok) return out;
  for (const line of hashes.value.split('\n')) {
    const match = /^([0-9a-f]{32}) {2}(\/.*)$/.exec(line);
    if (match === null) continue;
    const real = host.realParent(match[2]!);
    if (real.ok) out.set(real.value, { md5: match[1]!, package: owners.get(match[2]!) });
  }
  return out;
}

export function ucfRule(host: Host, index: OwnershipIndex): ProofRule {
  const managed = ucfFiles(host, index);
  return {
    mechanism: 'ucf',
    prove(facts) {
      if (!isText(facts) || (facts.code !== undefined && !facts.path.startsWith('/etc/'))) return undefined;
      const owner = managed(facts.path, facts.path);
      if (owner === undefined) return undefined;
      return { mechanism: 'ucf', detail: `configuration of ${owner.name} that ucf manages, as ${owner.name} brought it`, files: [...owner.files, HASHES], package: owner.name };
    },
  };
}

/** '/var/lib/ucf/cache/:etc:x' is what was last put at /etc/x: ucf compares with it, and nothing runs it. */
export function ucfCacheRule(host: Host, index: OwnershipIndex): ProofRule {
  const managed = ucfFiles(host, index);
  return {
    mechanism: 'ucf-cache',
    prove(facts) {
      if (parentOf(facts.path) !== CACHE || !baseOf(facts.path).startsWith(':') || !isText(facts)) return undefined;
      const written = baseOf(facts.path).replaceAll(':', '/');
      const original = host.realParent(written);
      const owner = original.ok ? managed(original.value, facts.path) : undefined;
      return owner === undefined ? undefined : { mechanism: 'ucf-cache', detail: `what ucf last put at ${written} for ${owner.name}; nothing reads it under this name`, files: [...owner.files, HASHES], package: owner.name };
    },
  };
}

interface UcfOwner {
  readonly name: string;
  readonly files: readonly BytePath[];
}

/** Whose the configuration at `path` is, where `file`'s content is what ucf has a hash of. */
function ucfFiles(host: Host, index: OwnershipIndex): (path: BytePath, file: BytePath) => UcfOwner | undefined {
  let files: ReadonlyMap<BytePath, UcfFile> | undefined;
  const brought = new Map<BytePath, UcfOwner | undefined>();
  return (path, file) => {
    files ??= readUcf(host);
    const known = files.get(path);
    if (known === undefined) return undefined;
    const now = host.digest(file, 'md5');
    if (!now.ok || now.value !== known.md5) return undefined;
    if (!brought.has(path)) brought.set(path, ownerOf(host, index, path, known));
    return brought.get(path);
  };
}

/**
 * The registers alone are lines of text that anybody could have added. The package's own scripts must know the file: by its name where it is registered,
 * by its whole path where it is not. Or the package ships the very text under this name elsewhere.
 */
function ownerOf(host: Host, index: OwnershipIndex, path: BytePath, { md5, package: registered }: UcfFile): UcfOwner | undefined {
  // Of a removed package too: its configuration stays, and so does the script that purges it.
  const { entries } = databaseOf(host);
  if (registered !== undefined && entries.some((entry) => entry.name === registered && scriptsOf(host, entry).some((text) => text.includes(baseOf(path))))) return { name: registered, files: [REGISTRY] };
  const source = shippedAs(index, baseOf(path), md5);
  if (registered !== undefined && source !== undefined) return { name: source.name, files: [source.path, REGISTRY] };
  const naming = entries.find((entry) => scriptsOf(host, entry).some((text) => UCF_CALL.test(text) && text.includes(baseOf(path)) && expandedLines(linesOf(text)).some((line) => namesPath(line, path))));
  return naming === undefined ? undefined : { name: naming.name, files: [] };
}

const UCF_CALL = /\bucf[ \t]/;
const UCF_SCRIPTS = ['postinst', 'config', 'preinst', 'postrm', 'prerm'] as const;

function scriptsOf(host: Host, entry: Entry): readonly ByteString[] {
  const database = databaseOf(host);
  return UCF_SCRIPTS.flatMap((member) => {
    const script = infoName(database, entry, member);
    const content = script === undefined ? undefined : host.slurp(joinPath(database.infoDirectory, script));
    return content?.ok === true ? [content.value.text] : [];
  });
}

/** A packaged file of this name with this content; where packages keep what they hand to ucf. */
function shippedAs(index: OwnershipIndex, name: ByteString, md5: string): { readonly path: BytePath; readonly name: string } | undefined {
  for (const dir of index.directories()) {
    if (!dir.startsWith('/usr/share/') && !dir.startsWith('/usr/lib/')) continue;
    for (const claim of claimsOf(index, dir, name)) {
      const { digest } = index.record(claim);
      if (digest?.algorithm === 'md5' && digest.hex === md5) return { path: joinPath(dir, name), name: index.package(claim).name };
    }
  }
  return undefined;
}

/** ucf never places machine code or a privileged file. */
function isText(facts: FileFacts): boolean {
  return facts.type === 'file' && !isPrivileged(facts) && (facts.code === undefined || facts.code === 'script' || facts.code === 'executable');
}
