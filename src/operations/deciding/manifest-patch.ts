// What a decision changes in a file of the manifest, as a patch for patch(1) or git-apply(1).
import { MAX_MANIFEST_BYTES } from '../../manifest/source-text.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { unifiedDiff } from '../../report/unified-diff.ts';

/** `isNew`: the file is not there yet. */
export function manifestPatch(path: string, isNew: boolean, before: string, after: string): Result<string> {
  const name = path.replace(/^(?:\.\/|\/)+/, '');
  const patch = unifiedDiff({ name: isNew ? '/dev/null' : `a/${name}`, text: before }, { name: `b/${name}`, text: after }, 2 * MAX_MANIFEST_BYTES);
  return patch === undefined ? fail('patch-failed', `the change of ${path} cannot be written as a patch`, 'write it without --print-patch') : ok(patch);
}
