// What became of a check: the report itself does not know what `--fail-on` asked for.
import type { Finding } from '../../model/finding.ts';

export interface Verdict {
  /** As in docs/reference/exit-codes.md, whatever the format. */
  readonly exitCode: number;
  /** Whether the code is 2 because of it. */
  counts(finding: Finding): boolean;
}
