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
  // A name with a line end in it could be made to look like two answers: such files are asked about one by one.
  const odd = unique.filter((path) => path.includes('\n'));
  const batches = [...batchesOf(unique.filter((path) => !path.includes('\n')), prefix), ...odd.map((path) => [path])];
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

/** Answers come in the order of the arguments, so a line belongs to the next path that it begins with: no name can be read out of another's line. */
function read(output: string, batch: readonly BytePath[], prefix: string, found: Map<BytePath, string>): void {
  if (batch.length === 1 && batch[0]!.includes('\n')) {
    const start = `${prefix}${batch[0]!} `;
    if (output.startsWith(start)) found.set(batch[0]!, textOf(output.slice(start.length)));
    return;
  }
  let next = 0;
  for (const line of output.split('\n')) {
    for (let at = next; at < batch.length; at++) {
      const start = `${prefix}${batch[at]!} `;
      // '/bin/a b' and '/bin/a' both begin a line for '/bin/a b cap=ep': what follows must be capabilities and nothing else.
      if (!line.startsWith(start) || !isText(line.slice(start.length))) continue;
      found.set(batch[at]!, textOf(line.slice(start.length)));
      next = at + 1;
      break;
    }
  }
}

/** libcap before 2.41 prints 'PATH = cap_x+ep', later 'PATH cap_x=ep'. */
function isText(rest: string): boolean {
  return /^(?:= ?)?[a-z0-9_,]*(?:[-+=][eip]*)*(?: [a-z0-9_,]*(?:[-+=][eip]*)+)*(?: \[rootid=[0-9]+\])?$/.test(rest) && rest !== '';
}

function textOf(rest: string): string {
  return rest.trim();
}
