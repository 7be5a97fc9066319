// Which unowned files with privileges nobody but root could use: behind a directory that only root can enter, or on a mount without setuid (mount(8), nosuid).
import type { Host } from '../../host/host.ts';
import { mountsWithoutSetuid } from '../../host/mounts.ts';
import { isWithin, parentOf, toText, type BytePath } from '../../model/bytes.ts';
import { isPrivileged } from '../../model/file.ts';
import type { UnownedFile } from '../../model/observed.ts';
import type { RunningProcess } from '../../model/runtime.ts';

/** Those of them say why (`beyondReach`). `processes`: one whose root directory is behind the door is let in. */
export function withReach(host: Host, unowned: readonly UnownedFile[], processes: readonly Pick<RunningProcess, 'root'>[]): readonly UnownedFile[] {
  if (!unowned.some(({ facts, proof }) => proof === undefined && isPrivileged(facts))) return unowned;
  const roots = [...new Set(processes.flatMap(({ root }) => (root === undefined ? [] : [root])))];
  const doors = closedDoors(host);
  // What a disk is mounted with to be looked at says nothing of its own host.
  const noSetuid = host.live ? mountsWithoutSetuid() : () => undefined;
  return unowned.map((file) => {
    if (file.proof !== undefined || !isPrivileged(file.facts)) return file;
    const { path } = file.facts;
    const mount = noSetuid(path);
    if (mount !== undefined) return { ...file, beyondReach: `${toText(mount)} is mounted without setuid` };
    const door = doors(parentOf(path));
    return door === undefined || roots.some((root) => isWithin(root, door)) ? file : { ...file, beyondReach: `only root can enter ${toText(door)}` };
  });
}

/** The topmost directory on the way that only root can search. */
function closedDoors(host: Host): (directory: BytePath) => BytePath | undefined {
  const known = new Map<BytePath, BytePath | undefined>();
  return function door(directory: BytePath): BytePath | undefined {
    if (known.has(directory)) return known.get(directory);
    const above = directory === '/' ? undefined : door(parentOf(directory));
    const stat = above === undefined ? host.lstat(directory) : undefined;
    // The group's bits are the mask of an access list too (acl(5)): where they let nobody in, no name on the list does.
    const closed = stat?.ok === true && stat.value.uid === 0 && (stat.value.mode & 0o011) === 0;
    const answer = above ?? (closed ? directory : undefined);
    known.set(directory, answer);
    return answer;
  };
}
