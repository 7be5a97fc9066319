// Files of the manifest as the decisions of one walk would leave them, in memory only: what `triage --print-patch` prints at its end.
import { openManifest, type ManifestFile, type OpenOptions } from '../../host/manifest-writer.ts';
import { compareBytes } from '../../model/bytes.ts';
import { ok, type Result } from '../../model/result.ts';
import { manifestPatch } from './manifest-patch.ts';

/** What is left of a manifest that was begun when the last entry is taken out again: an empty file would be a mistake. */
export const NO_ENTRIES = 'drift: 1\n';

export interface Drafts {
  /** As `openManifest`, but for what was decided already; what is put in the place of the file is kept here. */
  open(path: string, options: OpenOptions): Result<ManifestFile>;
  /** Undefined: as it is on the disk. */
  bytes(path: string): Uint8Array | undefined;
  /** One patch of all files, in the order of their names; '' where nothing was decided. 'patch-failed'. */
  patch(): Result<string>;
}

export function createDrafts(): Drafts {
  const drafts = new Map<string, { readonly before: Uint8Array | undefined; text: string }>();
  const bytes = (path: string): Uint8Array | undefined => {
    const draft = drafts.get(path);
    return draft === undefined ? undefined : Buffer.from(draft.text, 'utf8');
  };
  return {
    bytes,
    open(path, options) {
      const opened = openManifest(path, options);
      if (!opened.ok) return opened;
      const before = drafts.has(path) ? drafts.get(path)!.before : opened.value.bytes;
      return ok({
        path, bytes: bytes(path) ?? opened.value.bytes,
        replace(text) {
          drafts.set(path, { before, text });
          return ok(undefined);
        },
      });
    },
    patch() {
      let whole = '';
      for (const [path, { before, text }] of [...drafts].toSorted(([a], [b]) => compareBytes(a, b))) {
        if (before === undefined && text === NO_ENTRIES) continue;
        const old = before === undefined ? '' : Buffer.from(before).toString('utf8');
        const patch = text === old ? ok('') : manifestPatch(path, before === undefined, old, text);
        if (!patch.ok) return patch;
        whole += patch.value;
      }
      return ok(whole);
    },
  };
}
