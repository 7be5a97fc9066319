// Reads the list of crates that cargo-auditable leaves in a program: zlib-compressed JSON in the section .dep-v0 (cargo-auditable's PARSING.md).
import { decompress } from '../host/decompress.ts';
import type { ElfFacts } from '../model/identity.ts';
import { sectionOf, type Elf } from './elf.ts';

const MAX_PACKED = 1024 * 1024;
const MAX_UNPACKED = 8 * 1024 * 1024;
/** Crates.io allows 64 characters; what is printed is bounded whoever wrote it. */
const MAX_TEXT = 100;

/** The crate that was built: the one marked as root. Undefined without the section, or with one that cannot be understood. */
export function rustCrate(elf: Pick<Elf, 'file' | 'sections'>): ElfFacts['rust'] {
  const section = sectionOf(elf, '.dep-v0');
  if (section === undefined || section.size > MAX_PACKED) return undefined;
  const unpacked = decompress(elf.file.read(section.offset, section.size), 'zlib', MAX_UNPACKED);
  if (!unpacked.ok) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(unpacked.value.toString('utf8'));
  } catch {
    return undefined;
  }
  const packages: unknown = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>)['packages'] : undefined;
  if (!Array.isArray(packages)) return undefined;
  for (const each of packages as readonly unknown[]) {
    if (typeof each !== 'object' || each === null) continue;
    const { name, version, root } = each as Record<string, unknown>;
    if (root === true && typeof name === 'string' && typeof version === 'string') return { crate: name.slice(0, MAX_TEXT), version: version.slice(0, MAX_TEXT) };
  }
  return undefined;
}
