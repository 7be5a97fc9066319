// Finds programs that hide a packaged one of the same name, by the order of PATH; says where links on PATH end.
import { baseOf, joinPath, parentOf, type BytePath } from '../model/bytes.ts';
import { typeOfMode, type FileFacts } from '../model/file.ts';
import type { UnownedFile } from '../model/observed.ts';
import type { Host } from '../host/host.ts';
import type { OwnershipLookup } from './ownership-lookup.ts';

export interface PathContext {
  readonly host: Host;
  readonly owned: OwnershipLookup;
  /** Canonical directories of PATH, in order. */
  readonly pathDirectories: readonly BytePath[];
}

/** The owned program of the same name that comes later in PATH than `path` (canonical); undefined where `path` is no program or leads to that very file. */
export function shadowedBy(context: PathContext, path: BytePath): BytePath | undefined {
  const { host, owned, pathDirectories } = context;
  const at = pathDirectories.indexOf(parentOf(path));
  if (at === -1) return undefined;
  const name = baseOf(path);
  const hidden = pathDirectories.slice(at + 1).map((dir) => joinPath(dir, name)).find((each) => owned.owns(each) && host.lstat(each).ok);
  if (hidden === undefined) return undefined;
  const own = host.realpath(path);
  if (!own.ok) return undefined;
  const stat = host.lstat(own.value);
  if (!stat.ok || typeOfMode(stat.value.mode) !== 'file' || (stat.value.mode & 0o111) === 0) return undefined;
  const other = host.realpath(hidden);
  return other.ok && other.value === own.value ? undefined : hidden;
}

/** For links on PATH. A link that leads nowhere keeps its text, made absolute, as `path`. */
export function resolvedLink(context: PathContext, facts: FileFacts): UnownedFile['resolved'] {
  if (facts.type !== 'link' || !context.pathDirectories.includes(parentOf(facts.path))) return undefined;
  const real = context.host.realpath(facts.path);
  if (real.ok) return { path: real.value, owned: context.owned.owns(real.value), exists: true };
  const target = facts.target ?? '';
  const text = target.startsWith('/') ? target : joinPath(parentOf(facts.path), target);
  const parent = context.host.realParent(text);
  return { path: parent.ok ? parent.value : text, owned: false, exists: false };
}
