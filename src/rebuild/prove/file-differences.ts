// (owned files of the host that are not as packaged, those of the rebuilt root) → what differs and is not meant to. Pure.
import type { BackupList } from '../../model/backup.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { OwnedChange } from '../../model/observed.ts';
import type { ProofDifference } from '../../model/prove.ts';

export interface FileComparison {
  readonly host: readonly OwnedChange[];
  readonly built: readonly OwnedChange[];
  readonly backup: BackupList;
  /** The backup set was unpacked, and its paths are compared by themselves. */
  readonly unpacked: boolean;
}

export function fileDifferences({ backup, built, host, unpacked }: FileComparison): readonly ProofDifference[] {
  const onHost = new Map(host.map((change) => [change.path, signature(change)]));
  const here = new Map(built.map((change) => [change.path, signature(change)]));
  const entries = new Map(backup.entries.filter(({ tree }) => !tree).map((entry) => [entry.path, entry]));
  const out: ProofDifference[] = [];
  for (const change of built) {
    const is = signature(change);
    if (is === '' || is === onHost.get(change.path)) continue;
    if (unpacked && entries.get(change.path)?.kept === true) continue;
    out.push(difference(change.path, `is not as its package brings it (${wordsOf(change)})`));
  }
  for (const change of host) {
    const is = signature(change);
    if (is === '' || here.has(change.path)) continue;
    const entry = entries.get(change.path);
    // What is left out is left out on purpose, and what comes with the backup is compared there.
    if (entry?.removed === true) {
      if (unpacked) out.push(difference(change.path, 'was deleted on the host, and is there again'));
    } else if (entry === undefined && !isProgram(change)) out.push(difference(change.path, `is as packaged, and on the host it is not (${wordsOf(change)})`));
  }
  return out;
}

function difference(path: BytePath, message: string): ProofDifference {
  return { kind: 'file', name: '', path, message };
}

/** A time alone is no difference. */
function signature({ issues }: OwnedChange): string {
  return issues.filter(({ issue }) => issue !== 'mtime').map(({ actual, issue }) => `${issue}=${actual ?? ''}`).sort().join('\n');
}

function wordsOf({ issues }: OwnedChange): string {
  return issues.filter(({ issue }) => issue !== 'mtime').map(({ actual, expected, issue }) => `${issue}${expected === undefined || actual === undefined || expected.length > 40 ? '' : ` ${actual} and not ${expected}`}`).join(', ');
}

/** Programs that were changed on the host come back as packaged: that is what a rebuild is for. */
function isProgram({ conffile, facts, issues }: OwnedChange): boolean {
  return !conffile && facts?.type !== 'directory' && (facts !== undefined || issues.some(({ issue }) => issue === 'missing'));
}
