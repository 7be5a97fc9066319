// Which manifest files there are, whether root may believe them, and what they mean for this host.
import { listNamedFiles, readNamedFile, standsThere, stepsTo } from '../../host/manifest-files.ts';
import type { ManifestReader, ManifestFailure } from '../../manifest/load.ts';
import type { TrustStep } from '../../manifest/trust.ts';
import type { DesiredState } from '../../model/manifest.ts';
import type { HostFacts } from '../../model/observed.ts';
import { fail, ok, type Failure, type Result } from '../../model/result.ts';
import type { TargetOptions } from '../options.ts';

export const DEFAULT_FILE = '/etc/drift/manifest.yaml';
const DEFAULT_DIRECTORY = '/etc/drift/manifest.d';

/** The desired state; undefined where there is no manifest and none was named, which is a normal state. */
export async function readDesiredState(options: TargetOptions, facts: HostFacts): Promise<Result<DesiredState | undefined, ManifestFailure>> {
  const files = manifestFiles(options);
  if (!files.ok) return withoutDiagnostics(files);
  if (files.value.length === 0) return ok(undefined);
  const { loadManifest } = await import('../../manifest/load.ts');
  const { untrustedManifest } = await import('../../manifest/trust.ts');
  const loaded = loadManifest(files.value, reader(untrustedManifest), facts);
  if (loaded.ok) return ok(loaded.value.state);
  const { diagnostics } = loaded.error;
  if (diagnostics.length === 0) return loaded;
  const { renderDiagnostics } = await import('../../manifest/diagnostic.ts');
  return { ok: false, error: { ...loaded.error, message: `the manifest is not valid\n${renderDiagnostics(diagnostics)}` } };
}

/** In reading order. Under --root no file is a default: what a foreign disk says of itself decides nothing (DESIGN §6.10). */
export function manifestFiles(options: TargetOptions): Result<readonly string[]> {
  if (options.explicitManifest) return ok(options.manifestFiles);
  if (options.root !== '/') return ok([]);
  const files: string[] = [];
  const [file, directory] = [standsThere(DEFAULT_FILE), standsThere(DEFAULT_DIRECTORY)];
  // A manifest that may not be seen must not pass as none.
  if (!file.ok) return unreadable(file.error);
  if (!directory.ok) return unreadable(directory.error);
  if (file.value) files.push(DEFAULT_FILE);
  if (!directory.value) return ok(files);
  const listed = listNamedFiles(DEFAULT_DIRECTORY, '*.yaml');
  if (!listed.ok) return unreadable(listed.error);
  // Editors leave files and links that start with a dot.
  return ok([...files, ...listed.value.filter((name) => !name.startsWith('.')).map((name) => `${DEFAULT_DIRECTORY}/${name}`)]);
}

function unreadable({ message }: Failure): Result<never> {
  return fail('manifest-unreadable', message, 'run drift as root, or name a manifest with --manifest');
}

/** Each file is believed only when nobody but root can write it or swap it. */
export function reader(untrusted: (steps: readonly TrustStep[], euid: number) => Failure | undefined): ManifestReader {
  return {
    read(path, maxBytes) {
      const steps = stepsTo(path);
      if (!steps.ok) return steps.error.reason === 'ENOENT' ? fail('ENOENT', 'it does not exist') : steps;
      const refusal = untrusted(steps.value, process.geteuid!());
      return refusal === undefined ? readNamedFile(path, maxBytes) : { ok: false, error: refusal };
    },
    list: listNamedFiles,
  };
}

function withoutDiagnostics(failure: { readonly ok: false; readonly error: { reason: string; message: string; hint?: string } }): { ok: false; error: ManifestFailure } {
  return { ok: false, error: { ...failure.error, diagnostics: [] } };
}
