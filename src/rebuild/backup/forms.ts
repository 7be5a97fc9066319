// The backup list in the words of tar(1), restic(1), borg-patterns(1) and rsync(1): names are bytes, and one that a tool cannot be told is refused by name.
import type { BackupTool } from '../../model/backup.ts';
import { isValidUtf8, toText, type BytePath, type ByteString } from '../../model/bytes.ts';
import { never } from '../../model/result.ts';
import type { Selection } from './selection.ts';

export interface BackupForm {
  /** Bytes of the file that names what to take; of tar and borg also what to leave. */
  readonly include: ByteString;
  /** Bytes of the file that names what to leave, where the tool wants one of its own and there is something to leave. */
  readonly exclude?: ByteString;
  /** Paths that this tool cannot be told: to be taken, or to be left. They are in neither file. */
  readonly refused: readonly { readonly path: BytePath; readonly wanted: 'take' | 'leave'; readonly because: string }[];
}

/** `root`: '/' or the directory that was looked at, which restic and borg are told with each path. */
export function backupForm(tool: BackupTool, { exclude, include }: Selection, root: BytePath): BackupForm {
  const outside = (path: BytePath): BytePath => (root === '/' ? path : path === '/' ? root : root + path);
  switch (tool) {
    case 'tar': return { include: [...exclude.map((path) => `--exclude=${tarQuoted(`.${path}`)}`), ...include.map((path) => `.${path}`)].map(ended('\0')).join(''), refused: [] };
    case 'rsync': return { include: include.map(ended('\0')).join(''), ...excludeFile(exclude.map(rsyncPattern), '\0'), refused: [] };
    case 'restic': {
      const [told, refused] = partLines(exclude);
      return { include: include.map((path) => `${outside(path)}\0`).join(''), ...excludeFile(told.map((path) => resticPattern(outside(path))), '\n'), refused: refused.map((path) => ({ path, wanted: 'leave', because: 'its name does not fit in one line of an exclude file' })) };
    }
    case 'borg': {
      const [taken, lost] = partLines(include, isPythonLine);
      const [left, stay] = partLines(exclude, isPythonLine);
      const because = 'its name is no UTF-8, or does not fit in one line of a pattern file';
      return {
        include: [...taken.map((path) => `R ${outside(path)}`), ...left.map((path) => `- pp:${outside(path).slice(1)}`)].map(ended('\n')).join(''),
        refused: [...lost.map((path) => ({ path, wanted: 'take' as const, because })), ...stay.map((path) => ({ path, wanted: 'leave' as const, because }))],
      };
    }
    default: return never(tool);
  }
}

/** What to type, with the names of the files; a person puts in where the backup goes. */
export function backupCommand(tool: BackupTool, file: string, hasExclude: boolean, root: string): readonly string[] {
  // Of a mounted disk this machine would give its own names to the numbers there.
  const foreign = root !== '/';
  switch (tool) {
    // Without wildcards and anchored, a pattern is a path.
    case 'tar': return ['tar', '--create', '--file', 'BACKUP.tar', '--acls', '--xattrs', ...(foreign ? ['--numeric-owner'] : []), '--anchored', '--no-wildcards', '--directory', root, '--null', '--no-verbatim-files-from', '--files-from', file];
    case 'restic': return ['restic', 'backup', '--files-from-raw', file, ...(hasExclude ? ['--exclude-file', `${file}.exclude`] : [])];
    case 'borg': return ['borg', 'create', ...(foreign ? ['--numeric-ids'] : []), '--patterns-from', file, 'REPOSITORY::ARCHIVE'];
    case 'rsync': return ['rsync', '--archive', '--recursive', '--hard-links', '--acls', '--xattrs', '--numeric-ids', '--from0', '--files-from', file, ...(hasExclude ? ['--exclude-from', `${file}.exclude`] : []), root === '/' ? '/' : `${root}/`, 'TARGET/'];
    default: return never(tool);
  }
}

function ended(end: string): (line: ByteString) => ByteString {
  return (line) => line + end;
}

function excludeFile(lines: readonly ByteString[], end: string): { readonly exclude?: ByteString } {
  return lines.length === 0 ? {} : { exclude: lines.map(ended(end)).join('') };
}

/** As for a shell, but that a backslash is taken as an escape twice, between single quotes too. */
function tarQuoted(path: BytePath): ByteString {
  return `'${path.replaceAll('\\', '\\'.repeat(4)).replaceAll('\'', `'"'"'`)}'`;
}

/** A backslash escapes only in a pattern that has a wildcard; one that ends it all stays itself. */
function rsyncPattern(path: BytePath): ByteString {
  return /[*?[]/.test(path) ? path.replaceAll(/[*?[\\]/g, '\\$&') : path;
}

/** Go's filepath.Match, after blanks at both ends were taken off and variables put in. */
function resticPattern(path: BytePath): ByteString {
  return path.replaceAll(/[*?[\\]/g, '\\$&').replaceAll('$', '$$$$').replace(/[ \t\v\f]$/, '[$&]');
}

/** borg takes blanks off both ends (str.strip). */
function isPythonLine(path: BytePath): boolean {
  return isValidUtf8(path) && !/[\s\x1c-\x1f\x85]$/.test(toText(path));
}

/** Those that stand in one line as they are, and the others. */
function partLines(paths: readonly BytePath[], isText: (path: BytePath) => boolean = () => true): readonly [readonly BytePath[], readonly BytePath[]] {
  const fits = (path: BytePath): boolean => !/[\n\r]/.test(path) && isText(path);
  return [paths.filter(fits), paths.filter((path) => !fits(path))];
}
