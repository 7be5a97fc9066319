// Ids that stay the same from run to run and from host to host.
import { subjectKey, type Finding, type FindingKind, type Subject } from '../model/finding.ts';

/** Hexadecimal digest of a text, 12 digits or more; sha-256 outside of tests. */
export type Hash = (text: string) => string;

export function findingId(kind: FindingKind, subject: Subject, hash: Hash): string {
  return hash(`${kind}\n${subjectKey(subject)}`).slice(0, 12);
}

export type FindingMaker = (draft: Omit<Finding, 'id'>) => Finding;

export function findingMaker(hash: Hash): FindingMaker {
  return (draft) => ({ id: findingId(draft.kind, draft.subject, hash), ...draft });
}
