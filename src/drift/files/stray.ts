// An unowned file that nothing proves and no entry allows, and the kinds of finding that it is.
import { isPrivileged, type FileFacts } from '../../model/file.ts';
import type { FindingKind } from '../../model/finding.ts';
import type { UnownedFile } from '../../model/observed.ts';
import type { AllowVerdict } from './allowed.ts';
import type { Weight } from '../severity.ts';

export interface Stray {
  readonly file: UnownedFile;
  /** The gravest first. */
  readonly kinds: readonly FindingKind[];
  readonly weight: Weight;
  readonly verdict: AllowVerdict | undefined;
  /** Never told by its tree. */
  readonly alone: boolean;
  /** Nothing but its privileges makes it so: with many of its kind it is a part of one thing, such as another system's files. */
  readonly onlyPrivileged: boolean;
}

/** Nothing where the entry neither runs nor makes something run: a link that leads to a packaged file, data that an allow entry asked for. */
export function kindsOf(file: UnownedFile): FindingKind[] {
  const { facts } = file;
  const kinds: FindingKind[] = [];
  // Package sources are what the repository comparison is about.
  if ((facts.launch !== undefined && facts.launch !== 'package-source') || facts.code === 'self-loading') kinds.push('launch-stray');
  const leadsAstray = facts.type === 'link' && facts.launch === undefined && file.resolved !== undefined && !file.resolved.owned;
  if ((facts.code !== undefined && facts.code !== 'self-loading') || leadsAstray) kinds.push('file-stray');
  if (isPrivileged(facts) || isSharedGroupDirectory(facts) || isDevice(facts)) kinds.push('file-privileged');
  if (file.shadows !== undefined) kinds.push('file-shadowed');
  return kinds;
}

function isSharedGroupDirectory(facts: FileFacts): boolean {
  return facts.type === 'directory' && (facts.stat.mode & 0o2002) === 0o2002;
}

/** The sweep tells those outside /dev only. */
export function isDevice(facts: FileFacts): boolean {
  return facts.type === 'block' || facts.type === 'char';
}
