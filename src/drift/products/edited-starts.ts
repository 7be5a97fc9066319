// Packaged launch points that were edited and now start what no package owns.
import type { BytePath } from '../../model/bytes.ts';
import type { Finding } from '../../model/finding.ts';
import type { Start } from '../running/in-use.ts';

export function editedStarts(all: readonly Finding[], starts: readonly Start[]): BytePath[] {
  return all.flatMap(({ facts, kind, subject }) => {
    const edited = kind === 'file-modified' || facts.alsoKinds?.includes('file-modified') === true;
    return edited && (subject.type === 'path' || subject.type === 'launch') && starts.some(({ point }) => point.path === subject.path) ? [subject.path] : [];
  });
}
