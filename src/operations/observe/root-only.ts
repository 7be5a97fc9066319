// Whether only root can put or replace something in a directory: by lstat(2) of it and of all directories above.
import type { Host } from '../../host/host.ts';
import { parentOf, type BytePath } from '../../model/bytes.ts';

export function rootOnlyDirectories(host: Host): (directory: BytePath) => boolean {
  const known = new Map<BytePath, boolean>();
  return function rootOnly(directory: BytePath): boolean {
    const before = known.get(directory);
    if (before !== undefined) return before;
    const stat = host.lstat(directory);
    // The group's bits are the mask of an access list too (acl(5)): where they allow writing, anybody may be named there, whoever the group is.
    const own = stat.ok && stat.value.uid === 0 && (stat.value.mode & 0o022) === 0;
    const answer = own && (directory === '/' || rootOnly(parentOf(directory)));
    known.set(directory, answer);
    return answer;
  };
}
