// `drift manifest lint|schema|show`: the manifest alone, no package database is read.
import { readHostFacts } from '../host/host-facts.ts';
import { renderDiagnostics } from '../manifest/diagnostic.ts';
import { checkManifest } from '../manifest/load.ts';
import { manifestSchema, type JsonSchema } from '../manifest/schema.ts';
import { manifestData, showManifest } from '../manifest/show.ts';
import { untrustedManifest } from '../manifest/trust.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { LintReport } from '../report/lint.ts';
import { manifestFiles, readDesiredState, reader } from './reading/load-manifest.ts';
import { openRoot } from './open-root.ts';
import type { TargetOptions } from './options.ts';

const NONE = 'there is no manifest: /etc/drift/manifest.yaml does not exist and none was named';
const NONE_HINT = 'name one with --manifest, or write one with drift init --output /etc/drift/manifest.yaml';

export async function runManifestLint(options: TargetOptions): Promise<Result<LintReport>> {
  const files = manifestFiles(options);
  if (!files.ok) return files;
  if (files.value.length === 0) return fail('manifest-missing', NONE, NONE_HINT);
  const checked = checkManifest(files.value, reader(untrustedManifest));
  if (checked.ok) return ok({ files: checked.value.files, problems: [], text: '' });
  const { diagnostics } = checked.error;
  if (diagnostics.length === 0) return checked;
  return ok({ files: files.value.map((path) => ({ path, sha256: '' })), problems: diagnostics, text: renderDiagnostics(diagnostics) });
}

export function runManifestSchema(): JsonSchema {
  return manifestSchema();
}

export interface ShownManifest {
  readonly text: string;
  readonly value: Record<string, unknown>;
}

export async function runManifestShow(options: TargetOptions): Promise<Result<ShownManifest>> {
  const host = openRoot(options.root);
  if (!host.ok) return host;
  const desired = await readDesiredState(options, readHostFacts(host.value));
  if (!desired.ok) return desired;
  if (desired.value === undefined) return fail('manifest-missing', NONE, NONE_HINT);
  return ok({ text: showManifest(desired.value), value: manifestData(desired.value) });
}
