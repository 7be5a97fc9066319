// Reads file capabilities (capabilities(7)) of many files by getcap(8), which prints 'PATH TEXT' a line for those that have some.
import { isValidUtf8, toText, type BytePath } from '../model/bytes.ts';
import { complete, covered, type Coverage, type Problem, type Skipped } from '../model/coverage.ts';
import type { Host } from './host.ts';

export interface Capabilities {
  /** In cap_to_text(3) form; only files that have some. */
  readonly value: ReadonlyMap<BytePath, string>;
  readonly coverage: Coverage;
  /** Every file was asked about, so that one that is not in `value` has none. */
  readonly complete: boolean;
}

const SOURCE = 'capabilities';
/** execve(2) takes 2 MiB of arguments and environment on common stack limits; pointers count too. */
const MAX_ARGUMENT_BYTES = 1024 * 1024;
/** Calls for one file each, a few milliseconds apiece. */
const MAX_SINGLE = 500;
/** Longest path of one argument (PATH_MAX); longer ones cannot be named. */
const MAX_PATH = 4095;

/** `paths`: canonical, as seen inside the root. */
export async function capabilitiesOf(host: Host, paths: readonly BytePath[]): Promise<Capabilities> {
  const prefix = host.root === '/' ? '' : host.root;
  const found = new Map<BytePath, string>();
  const problems: Problem[] = [];
  const all = [...new Set(paths)];
  // Arguments are text on their way to the child, so bytes that are no UTF-8 cannot be named; a file with such a name that could run is a finding anyway.
  const unique = all.filter((path) => prefix.length + path.length <= MAX_PATH && isValidUtf8(prefix + path));
  const skipped: Skipped[] = all.length === unique.length ? [] : [{ what: `capabilities of ${all.length - unique.length} files`, reason: 'their names cannot be given to getcap (no valid UTF-8, or too long)' }];
  const asked = new Set(unique);
  const odd = unique.filter((path) => isAmbiguous(path, asked));
  if (odd.length > MAX_SINGLE) skipped.push({ what: `capabilities of ${odd.length - MAX_SINGLE} files`, reason: 'their names look like answers of getcap' });
  const batches = [...batchesOf(unique.filter((path) => !isAmbiguous(path, asked)), prefix), ...odd.slice(0, MAX_SINGLE).map((path) => [path])];
  for (const batch of batches) {
    const answer = await host.query({ tool: 'getcap', args: batch.map((path) => toText(prefix + path)) });
    if (!answer.ok) {
      if (answer.error.reason === 'tool-missing') {
        return { value: new Map(), complete: false, coverage: complete(SOURCE, [{ what: 'file capabilities', reason: answer.error.message }]) };
      }
      problems.push({ message: answer.error.message });
      continue;
    }
    read(answer.value.stdout.toString('latin1'), batch, prefix, found);
  }
  return { value: found, complete: problems.length === 0, coverage: covered(SOURCE, problems, skipped) };
}

function* batchesOf(paths: readonly BytePath[], prefix: string): Generator<readonly BytePath[]> {
  let batch: BytePath[] = [];
  let bytes = 0;
  for (const path of paths) {
    const cost = prefix.length + path.length + 9;
    if (bytes + cost > MAX_ARGUMENT_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(path);
    bytes += cost;
  }
  if (batch.length > 0) yield batch;
}

/** A line end in a name makes two answers of one; '/a cap_x=ep' beside '/a' makes the answer for one look like that for the other. Such files are asked about alone. */
function isAmbiguous(path: BytePath, asked: ReadonlySet<BytePath>): boolean {
  if (path.includes('\n')) return true;
  for (let blank = path.indexOf(' '); blank > 0; blank = path.indexOf(' ', blank + 1)) if (asked.has(path.slice(0, blank))) return true;
  return false;
}

function read(output: string, batch: readonly BytePath[], prefix: string, found: Map<BytePath, string>): void {
  if (batch.length === 1) {
    const start = `${prefix}${batch[0]!} `;
    if (output.startsWith(start)) found.set(batch[0]!, output.slice(start.length).trim());
    return;
  }
  const names = new Set(batch);
  for (const line of output.split('\n')) {
    for (let blank = line.indexOf(' ', prefix.length); blank > 0; blank = line.indexOf(' ', blank + 1)) {
      const path = line.slice(prefix.length, blank);
      // Errors are told on such lines too: what follows must be capabilities and nothing else.
      if (line.startsWith(prefix) && names.has(path) && isText(line.slice(blank + 1))) found.set(path, line.slice(blank + 1).trim());
    }
  }
}

/** libcap before 2.41 prints 'PATH = cap_x+ep', later 'PATH cap_x=ep'. */
function isText(rest: string): boolean {
  return /^(?:= ?)?[a-z0-9_,]*(?:[-+=][eip]*)*(?: [a-z0-9_,]*(?:[-+=][eip]*)+)*(?: \[rootid=[0-9]+\])?$/.test(rest) && rest !== '';
}
