// The words of each finding kind for groups, and the sign in front of a line.
import type { FindingKind } from '../model/finding.ts';

/** '-' should be there and is not, '+' is there and should not be, '~' is not as it should be, '?' nobody knows it, '!' could not be read. */
export type Sign = '-' | '+' | '~' | '?' | '!';

export interface KindWords {
  readonly sign: Sign;
  /** After a count: '40 packages installed by choice and not declared'. */
  readonly many: string;
}

export const KIND_WORDS: Readonly<Record<FindingKind, KindWords>> = {
  'package-missing': { sign: '-', many: 'packages declared and not installed' },
  'package-forbidden': { sign: '+', many: 'packages declared absent and installed' },
  'package-extra': { sign: '+', many: 'packages installed by choice and not declared' },
  'package-orphan': { sign: '+', many: 'packages that came as dependencies and that nothing declared needs' },
  'package-version': { sign: '~', many: 'packages whose version is not the declared one' },
  'package-mark': { sign: '~', many: 'declared packages that the manager would remove by itself' },
  'package-hold': { sign: '~', many: 'packages whose hold is not the declared one' },
  'package-broken': { sign: '~', many: 'packages that are not cleanly installed' },
  'package-residual': { sign: '+', many: 'removed packages that left configuration behind' },
  'package-foreign': { sign: '?', many: 'packages that no configured repository has' },
  'repository-extra': { sign: '+', many: 'repositories and keys configured and not declared' },
  'repository-missing': { sign: '-', many: 'repositories and keys declared and not configured' },
  'repository-unsigned': { sign: '~', many: 'repositories trusted without a signature' },
  'file-stray': { sign: '?', many: 'files that could run and that no package owns' },
  'tree-stray': { sign: '?', many: 'directories of files that could run and that no package owns' },
  'file-modified': { sign: '~', many: 'packaged files with another content' },
  'file-missing': { sign: '-', many: 'packaged files that are gone' },
  'file-mode': { sign: '~', many: 'packaged files with another mode, owner or capabilities' },
  'file-privileged': { sign: '?', many: 'files with privileges that no package gave them' },
  'file-shadowed': { sign: '?', many: 'programs that hide a packaged one of the same name' },
  'launch-stray': { sign: '?', many: 'files that start or load something and that no package owns' },
  'watch-changed': { sign: '~', many: 'settings that decide who is root' },
  'waiver-expired': { sign: '~', many: 'manifest entries past their date' },
  'waiver-unused': { sign: '~', many: 'manifest entries that match nothing' },
  'source-unreadable': { sign: '!', many: 'sources that could not be read' },
};
