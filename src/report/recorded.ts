// What a command that writes decisions prints: the lines as they stand in the manifest, or the patch, or both as JSON (drift.recorded/1).
import type { Recorded } from '../model/recorded.ts';
import { visibleText } from './visible.ts';
import { jsonText } from './json.ts';

/** A patch is printed as it is, for patch(1): what a terminal obeys is refused in manifests. */
export function recordedText({ added, created, file, patch }: Recorded, printPatch: boolean): string {
  if (printPatch) return patch;
  if (added.length === 0) return `${visibleText(file)} says so already\n`;
  return `${created ? 'a new manifest' : 'written'}: ${visibleText(file)}\n${added.map((line) => `  ${visibleText(line)}\n`).join('')}`;
}

export function recordedJson({ added, created, file, patch }: Recorded, printPatch: boolean): string {
  return jsonText({ schema: 'drift.recorded/1', file, written: !printPatch && added.length > 0, created: !printPatch && created, added, patch });
}
