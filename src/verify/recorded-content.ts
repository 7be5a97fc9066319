// Compares the content of owned files with the digests that their packages record, and counts what was read and what could not be compared.
import type { ContentDigest, Digested } from '../host/content-digest.ts';
import type { BytePath } from '../model/bytes.ts';
import type { Problem } from '../model/coverage.ts';
import type { FileRecord } from '../model/ownership.ts';
import type { Result } from '../model/result.ts';
import type { Issue } from './compare-record.ts';

/** Of one file; there is one for each algorithm that its owners' records have. */
export interface Content {
  readonly algorithm: string;
  readonly digest: Result<Digested>;
}

/** Files that are named as such; more are counted. */
const MAX_NAMED = 5;

export class RecordedContent {
  /** Times that a file was read. */
  hashed = 0;
  /** Comparisons without a digest to compare with. */
  unknown = 0;
  readonly undigested: BytePath[] = [];
  readonly problems: Problem[] = [];
  readonly #digest: ContentDigest;

  constructor(digest: ContentDigest) {
    this.#digest = digest;
  }

  /** `contents`: what was read of this file so far; what is read now is added. */
  issues(path: BytePath, record: FileRecord, contents: Content[]): readonly Issue[] {
    if (record.ghost || record.notVerified?.has('digest')) return [];
    if (record.digest === undefined) {
      this.unknown++;
      if (this.undigested.length < MAX_NAMED) this.undigested.push(path);
      // A line that was taken out of the digests, or a path that was written into the list of files.
      return record.undigested === true ? [{ issue: 'content', expected: 'a digest, as its package has of the others', actual: 'none recorded' }] : [];
    }
    const { algorithm, hex } = record.digest;
    let content = contents.find((each) => each.algorithm === algorithm);
    if (content === undefined) contents.push(content = this.#read(path, algorithm));
    const { digest } = content;
    return !digest.ok || digest.value.hex === hex ? [] : [{ issue: 'content', expected: `${algorithm}:${hex}`, actual: `${algorithm}:${digest.value.hex}` }];
  }

  #read(path: BytePath, algorithm: string): Content {
    this.hashed++;
    return this.told(path, algorithm, this.#digest(path, algorithm));
  }

  /** A file that went away or that is none any more is told by its status. */
  told(path: BytePath, algorithm: string, digest: Result<Digested>): Content {
    if (!digest.ok && digest.error.reason !== 'ENOENT' && digest.error.reason !== 'ELOOP' && digest.error.reason !== 'not-regular') this.problems.push({ message: digest.error.message, path });
    return { algorithm, digest };
  }
}
