// How a directory that others than root can change is allowed: by a list of digests (sha256sum(1)) beside the manifest, and an entry that names it.
import { baseOf, toText, type BytePath } from '../../model/bytes.ts';
import { patternFor } from '../../model/pattern.ts';
import { shellWord } from '../../model/shell-word.ts';

/** What to type, and what to write. */
export function sumsHint(directory: BytePath): string {
  const name = `${toText(baseOf(directory)).replaceAll(/[^A-Za-z0-9_-]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 60) || 'files'}.sha256`;
  const pattern = JSON.stringify(`${patternFor(directory)}/**`);
  return `for all of it as it is now, beside the manifest: find ${shellWord(toText(directory))} -type f -exec sha256sum {} + > ${name}; then below allow: - { path: ${pattern}, sums: ${name}, reason: "…" }`;
}
