// What can be told of an owned entry although its database records neither modes nor owners nor link targets (dpkg): DESIGN §5 "privileged, changed after installation".
import { nameOf, type Accounts } from '../host/accounts.ts';
import type { Host } from '../host/host.ts';
import { baseOf, isWithin, parentOf, type BytePath } from '../model/bytes.ts';
import { octal, type FileStat } from '../model/file.ts';
import type { FileRecord, OwnershipIndex } from '../model/ownership.ts';
import { openToOthers, type Issue } from './compare-record.ts';

export const NO_MODES = 'the package database records neither modes nor owners; this was changed after the package was installed';

/** What stands there is made anew at each start, or is the kernel's: that a name is missing says nothing. */
const VOLATILE = ['/run', '/dev', '/proc', '/sys'];

export function isVolatile(path: BytePath): boolean {
  return VOLATILE.some((dir) => isWithin(path, dir));
}

export function directoryIssues({ mode }: FileStat): readonly Issue[] {
  return openToOthers('directory', mode) ? [{ issue: 'privileged', expected: 'not writable by others', actual: octal(mode) }] : [];
}

/** Of a regular file that was changed after its package's installation. */
export function lateFileIssues({ mode, uid, gid }: FileStat, accounts: Accounts): readonly Issue[] {
  const issues: Issue[] = [];
  if ((mode & 0o6000) !== 0) issues.push({ issue: 'privileged', expected: 'neither setuid nor setgid', actual: octal(mode) });
  if (openToOthers('file', mode)) issues.push({ issue: 'mode', expected: 'not writable by others', actual: octal(mode) });
  if (uid !== 0) issues.push({ issue: 'owner', expected: 'root', actual: nameOf(accounts.users, uid) });
  // A group that may only read is how services get at their configuration; maintainer scripts set it in ways that no search for a path finds.
  if (gid !== 0 && (mode & 0o2020) !== 0) issues.push({ issue: 'group', expected: 'root', actual: nameOf(accounts.groups, gid) });
  return issues;
}

/** A link that was made anew must at least lead to something that its database knows. */
export function lateLinkIssues(host: Host, path: BytePath, record: FileRecord, index: OwnershipIndex): readonly Issue[] {
  // '/lib64' of merged systems: what is below it is compared file by file.
  if (parentOf(path) === '/' || record.linkTarget !== undefined || record.digest !== undefined || record.ghost) return [];
  const real = host.realpath(path);
  if (!real.ok || isVolatile(real.value) || index.names(parentOf(real.value))?.has(baseOf(real.value))) return [];
  return [{ issue: 'link', expected: 'leads to something packaged', actual: `leads to ${real.value}` }];
}
