// What a command that writes decisions prints: the lines as they stand in the manifest, or the patch, or both as JSON (drift.recorded/1).
import type { ManifestEdit } from '../../model/manifest-edit.ts';
import type { Recorded } from '../../model/recorded.ts';
import { never } from '../../model/result.ts';
import { visibleText } from '../visible.ts';
import { jsonText } from '../check/json.ts';

/** A patch is printed as it is, for patch(1): what a terminal obeys is refused in manifests. */
export function recordedText({ added, created, decisions, file, patch }: Recorded, printPatch: boolean): string {
  if (printPatch) return patch;
  // Of an entry that says something else now a person sees what it said.
  const renewed = decisions.some(({ edit, state }) => state === 'written' && 'replaces' in edit && edit.replaces !== undefined);
  const shown = renewed ? patch.split('\n').slice(3).flatMap((line) => (line.startsWith('@@') ? ['…'] : /^[-+ ]/.test(line) ? [line] : [])) : added;
  const written = shown.length === 0 ? [] : [`${created ? 'a new manifest' : 'written'}: ${visibleText(file)}`, ...shown.map((line) => `  ${visibleText(line.replace(/\r$/, ''))}`.trimEnd())];
  const there = decisions.filter(({ state }) => state === 'there').map((decision) => `${visibleText(nameOf(decision.edit))}: ${visibleText(decision.file)}:${decision.line} says so already`);
  return `${[...written, ...there].join('\n')}\n`;
}

/** `warnings`: what the person was told on stderr. */
export function recordedJson({ added, created, decisions, file, patch }: Recorded, printPatch: boolean, warnings: readonly string[] = []): string {
  return jsonText({
    schema: 'drift.recorded/1', file, written: !printPatch && patch !== '', created: !printPatch && created,
    decisions: decisions.map(({ edit, ...where }) => ({ ...where, entry: edit })), added, patch, warnings,
  });
}

function nameOf(edit: ManifestEdit): string {
  switch (edit.kind) {
    case 'package': return edit.name;
    case 'channel': return `${edit.channel}: ${edit.name}`;
    case 'allow': return edit.path;
    case 'listener': return edit.port;
    default: return never(edit);
  }
}
