// The story of `drift rebuild diff`: two lists, or a list and this host.
import type { Coverage } from '../model/coverage.ts';
import type { Progress } from '../model/progress.ts';
import type { RebuildDifference, RebuildList } from '../model/rebuild.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { diffLists } from '../rebuild/diff-lists.ts';
import type { TargetOptions } from './options.ts';
import { readList } from './rebuilding/read-list.ts';
import { runRebuild } from './rebuild.ts';
import { VERSION } from './version.ts';

export interface RebuildDiffOptions extends TargetOptions {
  readonly before: string;
  /** Absent: this host, or what --root names. */
  readonly after?: string;
}

export interface RebuildDiffResult {
  readonly drift: string;
  readonly before: string;
  readonly after: string;
  readonly differences: readonly RebuildDifference[];
  /** Of the host, where it was looked at. */
  readonly coverage: readonly Coverage[];
}

export async function runRebuildDiff(options: RebuildDiffOptions, progress: Progress): Promise<Result<RebuildDiffResult>> {
  const before = readList(options.before);
  if (!before.ok) return before;
  const after = options.after === undefined ? await listOfHost(options, before.value, progress) : readListWith(options.after);
  if (!after.ok) return after;
  const { coverage, list, name } = after.value;
  const [a, b] = [before.value.host.os.id, list.host.os.id];
  if (a !== b) return fail('list-foreign', `${options.before} is of ${a === '' ? 'an unknown system' : a}, and ${name} of ${b === '' ? 'an unknown system' : b}: no package of one means the same on the other`, 'compare lists of one distribution');
  return ok({ drift: VERSION, before: options.before, after: name, differences: diffLists(before.value, list), coverage });
}

interface After {
  readonly list: RebuildList;
  readonly name: string;
  readonly coverage: readonly Coverage[];
}

function readListWith(path: string): Result<After> {
  const list = readList(path);
  return list.ok ? ok({ list: list.value, name: path, coverage: [] }) : list;
}

/** Made in the way of the other one, so that only the host can differ. */
async function listOfHost(options: RebuildDiffOptions, { asIs, source, versions }: RebuildList, progress: Progress): Promise<Result<After>> {
  const made = await runRebuild({ ...options, fromManifest: source === 'manifest', asIs, versions, withSecrets: false }, progress);
  return made.ok ? ok({ ...made.value, name: options.root === '/' ? 'this host' : options.root }) : made;
}
