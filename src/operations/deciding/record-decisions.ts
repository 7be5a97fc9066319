// Writes decisions into the manifest of a host, or says as a patch what would be written: one file, and only if all files together still make one manifest.
import { standsThere } from '../../host/manifest-files.ts';
import { openManifest, type ManifestFile } from '../../host/manifest-writer.ts';
import { renderDiagnostics } from '../../manifest/diagnostic.ts';
import { editManifest, type EditedManifest } from '../../manifest/edit.ts';
import { checkManifest, type ManifestReader } from '../../manifest/load.ts';
import { MAX_MANIFEST_BYTES } from '../../manifest/source-text.ts';
import { untrustedManifest } from '../../manifest/trust.ts';
import type { DesiredState, SourcePosition } from '../../model/manifest.ts';
import type { ManifestEdit } from '../../model/manifest-edit.ts';
import type { Recorded, RecordedDecision } from '../../model/recorded.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { withoutPatch } from '../../report/unified-diff.ts';
import { DEFAULT_FILE, manifestFiles, reader } from '../reading/load-manifest.ts';
import type { TargetOptions } from '../options.ts';
import { NO_ENTRIES, type Drafts } from './drafts.ts';
import { manifestPatch } from './manifest-patch.ts';

export interface RecordOptions {
  /** Writes nothing. */
  readonly printPatch: boolean;
  /** What the manifest means now, where that was read: what another file of it says already is not written again. */
  readonly desired?: DesiredState | undefined;
  /** Where it is written instead. */
  readonly drafts?: Drafts | undefined;
}

/** The file that decisions go to: the last one that was named, else the default one. */
function decisionFile(target: TargetOptions): Result<string> {
  const named = target.manifestFiles.at(-1);
  if (target.explicitManifest && named !== undefined) return ok(named);
  if (target.root !== '/') return fail('manifest-missing', `no manifest was named for ${target.root}`, 'name the one to write with --manifest');
  return ok(DEFAULT_FILE);
}

/** As it can be read: the file that decisions go to need not be there yet. */
export function withoutNewManifest<T extends TargetOptions>(target: T): Result<T> {
  const file = decisionFile(target);
  if (!file.ok) return file;
  const manifestFiles = target.manifestFiles.filter((path) => {
    const standing = standsThere(path);
    return !standing.ok || standing.value || path !== file.value;
  });
  return ok({ ...target, manifestFiles });
}

/** What replaces an entry is written where that stands. */
function fileFor(target: TargetOptions, edits: readonly ManifestEdit[]): Result<string> {
  const files = [...new Set(edits.flatMap((edit) => ('replaces' in edit && edit.replaces !== undefined ? [edit.replaces.file] : [])))];
  if (files.length > 1) return fail('several-files', `the entries stand in several files of the manifest: ${files.join(', ')}`, 'renew them one by one');
  return files[0] === undefined ? decisionFile(target) : ok(files[0]);
}

/** Failures: 'several-files', those of `editManifest` and `openManifest`; 'manifest-conflict' too where another file of the manifest contradicts. Nothing is changed then. */
export function recordDecisions(target: TargetOptions, edits: readonly ManifestEdit[], options: RecordOptions): Result<Recorded> {
  const path = fileFor(target, edits);
  if (!path.ok) return path;
  const opened = (options.drafts?.open ?? openManifest)(path.value, { maxBytes: MAX_MANIFEST_BYTES, makeDirectory: path.value === DEFAULT_FILE, untrusted: untrustedManifest });
  if (!opened.ok) return opened;
  const before = textOf(opened.value);
  if (!before.ok) return before;
  const elsewhere = edits.map((edit) => saidElsewhere(edit, options.desired, path.value));
  const edited = editManifest(before.value, path.value, edits.filter((_, at) => elsewhere[at] === undefined));
  if (!edited.ok) return edited;
  const whole = checkWhole(target, path.value, edited.value.text, options.drafts);
  if (!whole.ok) return whole;
  const isNew = edited.value.text !== before.value && edited.value.edits.some(({ state }) => state === 'written');
  const patch = isNew ? manifestPatch(path.value, opened.value.bytes === undefined, before.value, edited.value.text) : ok('');
  if (!patch.ok) return patch;
  if (isNew && !options.printPatch) {
    const replaced = opened.value.replace(edited.value.text);
    if (!replaced.ok) return replaced;
  }
  return ok({
    file: path.value, created: isNew && opened.value.bytes === undefined, patch: patch.value, added: addedLines(patch.value),
    decisions: placed(edits, elsewhere, edited.value, path.value),
  });
}

/** Takes out what was written. 'manifest-changed' where those lines are not as they were left; nothing is changed then. */
export function takeBack(target: TargetOptions, { file, patch }: Recorded, drafts?: Drafts): Result<void> {
  const opened = (drafts?.open ?? openManifest)(file, { maxBytes: MAX_MANIFEST_BYTES, makeDirectory: false, untrusted: untrustedManifest });
  if (!opened.ok) return opened;
  const now = textOf(opened.value);
  if (!now.ok) return now;
  const before = withoutPatch(now.value, patch);
  if (before === undefined) return fail('manifest-changed', `${file} was changed by somebody else in the meantime`, 'take the lines out by hand');
  const text = before.trim() === '' ? NO_ENTRIES : before;
  const whole = checkWhole(target, file, text, drafts);
  return whole.ok ? opened.value.replace(text) : whole;
}

function textOf({ bytes, path }: ManifestFile): Result<string> {
  try {
    return ok(bytes === undefined ? '' : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return fail('manifest-invalid', `the manifest ${path} is not valid UTF-8`, 'save it as UTF-8');
  }
}

/** Where another file of the manifest says the same. What contradicts it is found when all files are read together. */
function saidElsewhere(edit: ManifestEdit, desired: DesiredState | undefined, path: string): SourcePosition | undefined {
  switch (edit.kind) {
    case 'package': return desired?.packages?.find((entry) => entry.name === edit.name && entry.constraintText === (edit.constraint ?? 'any') && entry.declaredAt.file !== path)?.declaredAt;
    case 'channel': return desired?.channels?.find((entry) => entry.channel === edit.channel && entry.name === edit.name && entry.constraintText === edit.constraint && entry.declaredAt.file !== path)?.declaredAt;
    case 'allow': return desired?.allow.find((entry) => entry.declaredAt.file !== path && edit.replaces === undefined && (['path', 'reason', 'owner', 'until', 'sha256'] as const).every((key) => entry[key] === edit[key]) && entry.sums === undefined)?.declaredAt;
    default: return undefined;
  }
}

/** All files of the manifest with the new text in the place of the old one. */
function checkWhole(target: TargetOptions, path: string, text: string, drafts: Drafts | undefined): Result<void> {
  const files = manifestFiles(target);
  if (!files.ok) return files;
  const disk = reader(untrustedManifest);
  const bytes = Buffer.from(text, 'utf8');
  const withNew: ManifestReader = {
    ...disk,
    read(file, maxBytes) {
      const drafted = file === path ? bytes : drafts?.bytes(file);
      if (drafted === undefined) return disk.read(file, maxBytes);
      return drafted.length > maxBytes ? fail('too-large', `${file} would have ${drafted.length} bytes, more than the ${maxBytes} that are read`) : ok({ bytes: drafted, sha256: '' });
    },
  };
  const checked = checkManifest(files.value.includes(path) ? files.value : [path, ...files.value], withNew);
  if (checked.ok) return ok(undefined);
  const { diagnostics } = checked.error;
  if (diagnostics.length === 0) return checked;
  const reason = diagnostics.every(({ code }) => code === 'contradiction') ? 'manifest-conflict' : 'manifest-invalid';
  return fail(reason, `the manifest would not be valid\n${renderDiagnostics(diagnostics)}`, 'change what the manifest says already, or leave this out');
}

function addedLines(patch: string): readonly string[] {
  // Behind the two lines with the names.
  return patch.split('\n').slice(2).filter((line) => line.startsWith('+')).map((line) => line.slice(1).replace(/\r$/, ''));
}

function placed(edits: readonly ManifestEdit[], elsewhere: readonly (SourcePosition | undefined)[], { edits: results }: EditedManifest, file: string): readonly RecordedDecision[] {
  let next = 0;
  return edits.map((edit, at) => {
    const there = elsewhere[at];
    if (there !== undefined) return { edit, state: 'there', file: there.file, line: there.line };
    const result = results[next++];
    return { edit, state: result?.state ?? 'there', file, line: result?.line ?? 0 };
  });
}
