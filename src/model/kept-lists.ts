// What `drift rebuild keep` writes into the directory of `policy.rebuild.to`, and how it stands there.
import type { Coverage } from './coverage.ts';

export const KEPT_SCHEMA = 'drift.kept/1';

/** The list that a program reads, the same as a script, and what belongs into the backup. */
export const KEPT_LISTS = ['rebuild.json', 'rebuild.sh', 'backup.json'] as const;
export type KeptList = (typeof KEPT_LISTS)[number];

/** Several hosts may keep their lists in one directory. */
export function keptName(host: string, list: KeptList): string {
  return `${/^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$/.test(host) ? host : 'host'}.${list}`;
}

export interface KeptPlace {
  /** As the manifest has it. */
  readonly directory: string;
  /** Why nothing can be kept there: 'it is not there'. */
  readonly problem?: string;
  /** It lies on the file system of '/': what loses one loses both. */
  readonly onRoot: boolean;
}

/** As `check` sees it. */
export interface KeptLists extends KeptPlace {
  /** Names of lists that are not there, or that others than root could have written. */
  readonly missing: readonly string[];
  /** When the oldest was written or found to be right; milliseconds since 1970. Absent where one is missing. */
  readonly confirmedAt?: number;
}

export interface Kept {
  readonly drift: string;
  readonly place: KeptPlace;
  /** In the order of KEPT_LISTS. `written` false: it stood there with the same bytes. */
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly written: boolean }[];
  readonly coverage: readonly Coverage[];
}
