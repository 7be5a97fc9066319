// What the system refused (errno(3)), in words that can follow the name of a file.

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist', ELOOP: 'is a link', ENOTDIR: 'is a link or no directory', EEXIST: 'exists', EACCES: 'permission denied (EACCES)',
  EPERM: 'the system does not permit it (EPERM): immutable or append-only, perhaps', EBUSY: 'is in use as a mount point (EBUSY)', EROFS: 'the file system is read-only (EROFS)',
  EXDEV: 'lies on another file system (EXDEV)', ENOSPC: 'no space left on the disk (ENOSPC)', EDQUOT: 'the quota is used up (EDQUOT)', EIO: 'input/output error (EIO)',
  EMFILE: 'too many open files (EMFILE)', ENFILE: 'too many open files on this system (ENFILE)', EMLINK: 'has too many names (EMLINK)',
};

/** The code itself where it has none. */
export function errnoWords(code: string): string {
  return WORDS[code] ?? code;
}

/** What to do where a file cannot be written, beside naming another one; undefined where that is all. */
export function writingHint(code: string): string | undefined {
  switch (code) {
    case 'ENOSPC': case 'EDQUOT': return 'make room, and try again';
    case 'EACCES': return process.geteuid!() === 0 ? undefined : 'run drift as root';
    default: return undefined;
  }
}
