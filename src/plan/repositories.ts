// Undeclared repositories → their file moved away, where it is a file of its own that no package owns; else a refusal.
import { toText, type BytePath } from '../model/bytes.ts';
import type { Finding } from '../model/finding.ts';
import type { Repository } from '../model/repository.ts';
import type { Refusal, RepositoryAction } from '../model/plan.ts';
import { refusal, type Drafts } from './draft.ts';
import { isLookReason, type PlanInput } from './input.ts';
import { kindsOf } from './scope.ts';

/** Files that hold repositories and nothing else (sources.list(5), dnf.conf(5)). */
const SOURCES = /^\/etc\/apt\/sources\.list(?:\.d\/[^/]+\.(?:list|sources))?$|^\/etc\/(?:yum\.repos\.d|yum\/repos\.d|distro\.repos\.d)\/[^/]+\.repo$/;
const OWNERS = /\/(?:database|ownership|inventory|transaction)$/;

/** One file may hold several. */
type RepositoryDraft = Omit<RepositoryAction, 'id'>;

export function planRepositories(scope: readonly Finding[], input: PlanInput): Drafts {
  const refusals: Refusal[] = [];
  const byFile = new Map<BytePath, RepositoryDraft>();
  for (const finding of scope) {
    if (finding.subject.type !== 'repository' && finding.subject.type !== 'key') continue;
    const answer = planOne(finding, input);
    if ('reason' in answer) {
      refusals.push(answer);
      continue;
    }
    const { path } = answer.file;
    const known = byFile.get(path);
    byFile.set(path, known === undefined ? answer : { ...known, because: [...known.because, finding.id] });
  }
  return { drafts: [...byFile.values()].map((action) => ({ stage: 'repositories', action })), refusals };
}

function planOne(finding: Finding, input: PlanInput): RepositoryDraft | Refusal {
  const { facts, subject } = finding;
  const say = (reason: Refusal['reason'], message: string, hint?: string): Refusal => refusal([finding.id], subject, reason, message, hint);
  if (subject.type !== 'repository' || !kindsOf(finding).includes('repository-extra')) return say('manual', 'whom to trust for packages is for a person to say', 'drift explain says what differs');
  const of = input.observed.managers.find(({ manager }) => manager === subject.manager)?.repositories ?? [];
  const place = facts['file'];
  const file = typeof place === 'object' && place !== null && 'path' in place && typeof place['path'] === 'string' ? place['path'] : undefined;
  const inFile = of.filter((each) => each.file === file);
  if (file === undefined || inFile.length === 0) return say('moved', 'its file is not known any more', 'run drift plan again');
  if (inFile.some((each) => isDeclared(each, input))) return say('manual', 'its file holds declared repositories too', `take it out of ${toText(file)} by hand`);
  const blind = input.observed.coverage.find(({ source, status }) => status !== 'complete' && OWNERS.test(source));
  if (blind !== undefined) return say('unsure', `who owns its file cannot be told: ${blind.source} could not be read as a whole`, 'mend that, or run drift as root');
  if (!SOURCES.test(file) || input.isOwned(file)) return say('manual', 'its file belongs to a package, or to more than repositories', `disable it in ${toText(file)} by hand`);
  const looked = input.looks.file(file);
  if (!looked.ok) return say(isLookReason(looked.error.reason) ? looked.error.reason : 'unreadable', looked.error.message);
  return { kind: 'repository-remove', manager: subject.manager, name: subject.name, uri: subject.uri, file: looked.value, because: [finding.id], risk: 'medium', undo: 'drift undo moves its file back' };
}

/** Any address that an entry of the manifest names. */
function isDeclared({ manager, uris }: Repository, { desired }: PlanInput): boolean {
  const bare = (uri: string): string => uri.replace(/\/+$/, '');
  return desired?.repositories?.some((entry) => entry.manager === manager && entry.uris.some((uri) => uris.some((each) => bare(each) === bare(uri)))) ?? true;
}
