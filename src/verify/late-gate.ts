// When "changed after its package was installed" (ctime) means anything: on a root unpacked from an archive every file is (DESIGN §5).

export interface VerifyCounts {
  /** Files, links and special files that packages own and that are there. */
  readonly owned: number;
  /** Of those, changed after their package's installation. */
  readonly late: number;
  readonly hashed: number;
  /** Hashing was wanted and the database has no digest. */
  readonly unknown: number;
}

export const LATE_HINT = 'more than a fifth of the owned files look changed after their installation, as on a host restored from an archive; --verify reads them all';

/** A few files are hashed whatever share of a very small root they are. */
const ALWAYS_READ = 20;

export function isOverwhelmed({ owned, late }: VerifyCounts): boolean {
  return late > ALWAYS_READ && late * 5 > owned;
}

export const NO_COUNTS: VerifyCounts = { owned: 0, late: 0, hashed: 0, unknown: 0 };
