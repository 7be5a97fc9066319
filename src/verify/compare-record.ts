// Compares what a package database records of one path with what lstat(2) says, attribute by attribute as `rpm --verify` does (rpm(8)).
import type { Accounts, Names } from '../host/accounts.ts';
import type { ByteString } from '../model/bytes.ts';
import { octal, type FileStat, type FileType } from '../model/file.ts';
import type { OwnedIssue } from '../model/observed.ts';
import type { FileRecord } from '../model/ownership.ts';

export interface Issue {
  readonly issue: OwnedIssue;
  readonly expected?: string;
  readonly actual?: string;
}

export interface Present {
  readonly type: FileType;
  readonly stat: FileStat;
  /** Link text, for links. */
  readonly target?: ByteString;
}

/** All but content and capabilities. 'mtime' alone means no change, it is a reason to hash. */
export function compareRecord(record: FileRecord, present: Present, accounts: Accounts): readonly Issue[] {
  const { stat, type } = present;
  // The trap of %ghost: the recorded mode and owner are those of a build directory, logs and locks never have them later. What must not come is privilege.
  if (record.ghost) return addedPrivilege(record, present);
  const recordedType = record.type ?? (record.digest === undefined ? undefined : 'file');
  if (recordedType !== undefined && recordedType !== type) {
    return [{ issue: 'type', expected: recordedType, actual: type === 'link' && present.target !== undefined ? `link to ${present.target}` : type }];
  }
  const issues: Issue[] = [];
  const skip = record.notVerified;
  if (type === 'link') {
    if (record.linkTarget !== undefined && present.target !== undefined && record.linkTarget !== present.target && !skip?.has('link')) {
      issues.push({ issue: 'link', expected: record.linkTarget, actual: present.target });
    }
  } else if (record.mode !== undefined && (stat.mode & 0o7777) !== record.mode && !skip?.has('mode')) {
    issues.push({ issue: 'mode', expected: octal(record.mode), actual: octal(stat.mode) });
    issues.push(...addedPrivilege(record, present));
  }
  if (!skip?.has('user')) issues.push(...ownerIssue('owner', record.user, stat.uid, accounts.users));
  if (!skip?.has('group')) issues.push(...ownerIssue('group', record.group, stat.gid, accounts.groups));
  if (type === 'file') {
    if (record.size !== undefined && record.size !== stat.size && !skip?.has('size')) issues.push({ issue: 'size', expected: String(record.size), actual: String(stat.size) });
    if (record.mtime !== undefined && record.mtime !== Math.floor(stat.mtimeMs / 1000) && !skip?.has('mtime')) {
      issues.push({ issue: 'mtime', expected: isoTime(record.mtime * 1000), actual: isoTime(stat.mtimeMs) });
    }
  }
  return issues;
}

/** Setuid, setgid on a file, or writing by others, that the record does not have. */
function addedPrivilege(record: FileRecord, { type, stat }: Present): readonly Issue[] {
  if (record.mode === undefined || type === 'link') return [];
  const added = stat.mode & ~record.mode;
  const gained = (type === 'file' && (added & 0o6000) !== 0) || ((type === 'file' || type === 'directory') && openToOthers(type, stat.mode) && !openToOthers(type, record.mode));
  return gained ? [{ issue: 'privileged', expected: octal(record.mode), actual: octal(stat.mode) }] : [];
}

/** Others can put or change something there: a file they may write, a directory without the sticky bit, or one that hands its group on. */
export function openToOthers(type: FileType, mode: number): boolean {
  if ((mode & 0o002) === 0) return false;
  return type === 'directory' ? (mode & 0o1000) === 0 || (mode & 0o2000) !== 0 : type === 'file';
}

function ownerIssue(issue: 'owner' | 'group', recorded: string | undefined, id: number, names: Names): readonly Issue[] {
  if (recorded === undefined) return [];
  const have = names.byId.get(id);
  if (have !== undefined ? have.includes(recorded) : recorded === String(id)) return [];
  if (id === 0 && (recorded === 'root' || !names.known.has(recorded))) return []; // rpm itself gives a file to root whose user is not there
  return [{ issue, expected: recorded, actual: have?.[0] ?? String(id) }];
}

function isoTime(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
