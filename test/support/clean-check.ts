// The two steps that every clean host must pass: `drift init`, then `drift check` with the manifest that it wrote.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drift, type CliResult } from './run-cli.ts';
import { workDirectory } from './working-copy.ts';

export interface InitThenCheck {
  readonly init: CliResult;
  readonly manifest: string;
  readonly manifestFile: string;
  readonly check: CliResult;
}

export async function initThenCheck(root: string, flags: readonly string[] = []): Promise<InitThenCheck> {
  const manifestFile = join(workDirectory('manifest'), 'manifest.yaml');
  const init = await drift(['init', '--root', root]);
  writeFileSync(manifestFile, init.stdout, { mode: 0o600 });
  const check = await drift(['check', '--root', root, '--manifest', manifestFile, '--json', ...flags]);
  return { init, manifest: readFileSync(manifestFile, 'utf8'), manifestFile, check };
}

/** Lines of a manifest that a person has to read: neither comments nor empty. */
export function manifestLines(manifest: string): readonly string[] {
  return manifest.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
}

/** Findings above info, one line each. */
export function loudFindings(check: CliResult): readonly string[] {
  return check.json().findings.filter((finding) => finding.severity !== 'info')
    .map((finding) => `${finding.kind} ${finding.severity} ${JSON.stringify(finding.subject)}: ${finding.message}`);
}

export function incompleteSources(check: CliResult): readonly string[] {
  return check.json().coverage.filter((source) => source.status !== 'complete').map((source) => `${source.source}: ${source.problems.map((problem) => problem.message).join('; ')}`);
}
