// What only those know who have the ownership indexes at hand: who owns a path, whether it is proved, which packaged file a copy was made of.
import type { Host } from '../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath } from '../../model/bytes.ts';
import { append } from '../../model/multimap.ts';
import { claimsOf, type OwnershipIndex } from '../../model/ownership.ts';
import type { PackageRef } from '../../model/package.ts';
import { SMALLEST_SIZE } from '../../verify/verifier.ts';
import { isAsPackaged } from '../observe/as-packaged.ts';

/** Canonical paths. */
export interface Questions {
  readonly owners?: readonly BytePath[];
  /** Unowned files: is one of them the content of a packaged file? Every owned file's record is read for it. */
  readonly copies?: readonly BytePath[];
  /** Is it owned, and just as its package left it? */
  readonly asPackaged?: readonly BytePath[];
}

export interface Answers {
  /** One for each path. */
  readonly owners: ReadonlyMap<BytePath, readonly PackageRef[]>;
  /** Of the paths, those that nobody owns and a mechanism proves. */
  readonly proved: ReadonlySet<BytePath>;
  readonly copies: ReadonlyMap<BytePath, { readonly path: BytePath; readonly package: string }>;
  readonly asPackaged: ReadonlySet<BytePath>;
}

export interface AnswerContext {
  readonly host: Host;
  readonly indexes: readonly OwnershipIndex[];
  readonly isProved: (path: BytePath) => boolean;
  /** `Verifier.sizes`; undefined where no owned file was looked at. */
  readonly ownedSizes?: ReadonlySet<number> | undefined;
}

export function answer(context: AnswerContext, { owners = [], copies = [], asPackaged = [] }: Questions): Answers {
  const { host, indexes, isProved } = context;
  return {
    owners: new Map(owners.map((path) => [path, indexes.flatMap((index) => claimsOf(index, parentOf(path), baseOf(path)).map((claim) => index.package(claim)))])),
    proved: new Set(owners.filter(isProved)),
    copies: copiesOf(context, copies),
    asPackaged: new Set(asPackaged.filter((path) => isAsPackaged(host, indexes, path))),
  };
}

/** Larger files are hardly ever copied by hand, and hashing them takes long. */
const MAX_COPY = 256 * 1024 * 1024;
/** The smallest files are hashed whatever their sizes are, up to this sum: the original of a changed packaged file has the size of no other. */
const HASHED_ANYHOW = 64 * 1024 * 1024;

function copiesOf(context: AnswerContext, paths: readonly BytePath[]): Answers['copies'] {
  const { host, indexes } = context;
  const out = new Map<BytePath, { path: BytePath; package: string }>();
  const suspects = possibleCopies(context, paths);
  if (suspects.length === 0) return out;
  const wanted = new Map<string, BytePath[]>();
  const hashed = new Set<string>();
  for (const index of indexes) {
    for (const dir of index.directories()) {
      for (const [name, claims] of index.names(dir)!) {
        const claim = typeof claims === 'number' ? claims : claims[0]!;
        const { digest } = index.record(claim);
        if (digest === undefined) continue;
        if (!hashed.has(digest.algorithm)) {
          hashed.add(digest.algorithm);
          for (const path of suspects) {
            const own = host.digest(path, digest.algorithm);
            if (own.ok) append(wanted, own.value, path);
          }
        }
        for (const path of wanted.get(digest.hex) ?? []) if (!out.has(path)) out.set(path, { path: joinPath(dir, name), package: index.package(claim).name });
      }
    }
  }
  return out;
}

/** What is no larger, and of the rest what has the size of a packaged file: nobody waits until gigabytes are read. */
function possibleCopies({ host, ownedSizes }: AnswerContext, paths: readonly BytePath[]): readonly BytePath[] {
  const sized = paths.flatMap((path) => {
    const stat = host.lstat(path);
    return stat.ok && stat.value.size > 0 && stat.value.size <= MAX_COPY ? [{ path, size: stat.value.size }] : [];
  });
  let sum = 0;
  return sized.sort((a, b) => a.size - b.size).filter(({ size }) => (sum += size) <= HASHED_ANYHOW || ownedSizes === undefined || size < SMALLEST_SIZE || ownedSizes.has(size)).map(({ path }) => path);
}
