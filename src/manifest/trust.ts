// Whether a manifest may be believed by root: whoever can write the file, or swap it in a directory above it, decides what drift does (stat(2) modes and owners).
import { octal, typeOfMode, type FileStat } from '../model/file.ts';
import { fail, type Failure } from '../model/result.ts';

/** One step on the way to the file: every directory from '/', each link on the way (by lstat) with the directories of what it leads to, and last the file. */
export interface TrustStep {
  readonly path: string;
  readonly stat: Pick<FileStat, 'mode' | 'uid' | 'gid'>;
}

/**
 * Undefined = may be read. 'manifest-untrusted' when it is no regular file, or when `euid` is 0 and somebody else may write a step: group root counts as root, a sticky
 * directory (/tmp) does not help, because others may put the file there first.
 */
export function untrustedManifest(steps: readonly TrustStep[], euid: number): Failure | undefined {
  return untrustedFile(steps, euid, 'manifest');
}

/** The same of another file that decides what drift says: '…-untrusted'. */
export function untrustedFile(steps: readonly TrustStep[], euid: number, what: 'manifest' | 'baseline' | 'plan' | 'list'): Failure | undefined {
  const reason = `${what}-untrusted`;
  const file = steps.at(-1);
  if (file === undefined) return fail(reason, `no ${what} was named`).error;
  const type = typeOfMode(file.stat.mode);
  if (type !== 'file') return fail(reason, `the ${what} ${file.path} is a ${WORDS[type]}, not a file`, 'name a regular file').error;
  if (euid !== 0) return undefined;
  for (const { path, stat } of steps) {
    const subject = path === file.path ? `the ${what} ${path}` : `${typeOfMode(stat.mode) === 'link' ? 'the link' : 'the directory'} ${path} on the way to the ${what}`;
    // Nobody should make /tmp or a home unwritable for drift's sake.
    const remedy = (command: string): string => (path === file.path ? `${command} ${path}` : `keep the ${what} where only root can write, such as /etc/drift`);
    if (stat.uid !== 0) return fail(reason, `${subject} belongs to user ${stat.uid}, and drift runs as root`, remedy('chown root')).error;
    // The mode of a link means nothing.
    if (typeOfMode(stat.mode) === 'link') continue;
    if ((stat.mode & 0o002) !== 0) return fail(reason, `${subject} may be written by everybody (mode ${octal(stat.mode)})`, remedy('chmod o-w')).error;
    if ((stat.mode & 0o020) !== 0 && stat.gid !== 0) return fail(reason, `${subject} may be written by group ${stat.gid} (mode ${octal(stat.mode)})`, remedy('chmod g-w')).error;
  }
  return undefined;
}

const WORDS = { file: 'file', directory: 'directory', link: 'link', fifo: 'FIFO', socket: 'socket', block: 'block device', char: 'character device', unknown: 'thing of unknown type' } as const;
