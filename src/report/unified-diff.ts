// A unified diff of two texts (diff(1) -u), with the sizes of both bounded.
import { applyPatch, createTwoFilesPatch, parsePatch, reversePatch } from 'diff';

const MAX_CHARACTERS = 256 * 1024;
const CONTEXT = 2;

/** Undefined when a text has more than `most` characters, is no text, or the difference takes too long to find. */
export function unifiedDiff(before: { readonly name: string; readonly text: string }, after: { readonly name: string; readonly text: string }, most = MAX_CHARACTERS): string | undefined {
  for (const { text } of [before, after]) if (text.length > most || text.includes('\0')) return undefined;
  const patch = createTwoFilesPatch(before.name, after.name, before.text, after.text, undefined, undefined, { context: CONTEXT, timeout: 1000 });
  return patch?.replace(/^=+\n/, '');
}

/** The text as it was before the patch; undefined where its lines are not there any more as the patch left them. */
export function withoutPatch(text: string, patch: string): string | undefined {
  const [parsed] = parsePatch(patch);
  const before = parsed === undefined ? false : applyPatch(text, reversePatch(parsed), { autoConvertLineEndings: false });
  return before === false ? undefined : before;
}
