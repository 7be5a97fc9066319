// What decides who is root, against what distributions ship (passwd(5), shadow(5), sudoers(5)), and what the manifest watches → watch-changed.
import { toText, type BytePath } from '../../model/bytes.ts';
import type { FileType } from '../../model/file.ts';
import { severityRank, type Evidence, type FactValue, type Finding, type Severity } from '../../model/finding.ts';
import type { SourcePosition, WatchEntry } from '../../model/manifest.ts';
import type { ObservedState, WatchedPath, WatchedSetting } from '../../model/observed.ts';
import type { FindingMaker } from '../finding-id.ts';
import { Scale } from '../severity.ts';

type Present = Extract<WatchEntry, { kind: 'present' }>;

interface Difference {
  readonly what: 'presence' | 'type' | 'mode' | 'owner' | 'group' | 'sha256' | 'names';
  readonly expected: string;
  readonly actual: string;
  /** 'mode 0666, watched as 0644'. */
  readonly detail: string;
}

/** What is known of one watched path that is not as it should be. */
interface Changed {
  readonly message: string;
  readonly severity: Severity;
  readonly evidence: readonly Evidence[];
  readonly facts: Readonly<Record<string, FactValue>>;
  readonly declaredAt?: SourcePosition;
}

const NAMES_SHOWN = 5;
const NAMES_TOLD = 50;

export function compareWatched(watch: readonly WatchEntry[] | undefined, observed: ObservedState, make: FindingMaker): Finding[] {
  const paths = new Map<BytePath, Changed[]>();
  const findings: Finding[] = [];
  for (const setting of observed.watched) {
    const changed = { message: setting.problem, severity: severityOf(setting), evidence: [{ source: toText(setting.path), detail: `is ${setting.actual}, expected ${setting.expected}` }], facts: { expected: setting.expected, actual: setting.actual } };
    if (setting.account !== undefined) findings.push(make({ kind: 'watch-changed', remedy: 'manual', subject: { type: 'account', name: setting.account }, ...changed }));
    else paths.set(setting.path, [changed]);
  }
  for (const [index, entry] of (watch ?? []).entries()) {
    const seen = observed.watchedPaths?.[index];
    const changed = seen === undefined ? undefined : compareOne(entry, seen);
    if (changed !== undefined) paths.set(entry.path, [changed, ...paths.get(entry.path) ?? []]);
  }
  for (const [path, all] of paths) findings.push(make({ kind: 'watch-changed', remedy: 'manual', subject: { type: 'watch', path }, ...inOne(all) }));
  return findings;
}

function severityOf(setting: WatchedSetting): Severity {
  if (setting.account !== undefined) return 'critical';
  const mode = /(?:^|[^0-9])0?([0-7]{3,4})(?![0-9])/.exec(setting.actual)?.[1];
  // Whoever can write to one of these files can become root.
  return mode !== undefined && (Number.parseInt(mode, 8) & 0o002) !== 0 ? 'critical' : 'high';
}

/** What the manifest says of a path, and what every distribution does, are one finding. */
function inOne(all: readonly Changed[]): Changed {
  const [first, second] = all as readonly [Changed, Changed?];
  if (second === undefined) return first;
  const worst = severityRank(second.severity) > severityRank(first.severity) ? second : first;
  return { ...first, severity: worst.severity, message: `${first.message}; ${second.message}`, evidence: [...first.evidence, ...second.evidence], facts: { ...second.facts, ...first.facts } };
}

function compareOne(entry: WatchEntry, seen: WatchedPath): Changed | undefined {
  if (seen.stat === undefined) {
    if (entry.kind === 'absent' || seen.problem !== undefined) return undefined;
    return changedBy(entry, [{ what: 'presence', expected: 'present', actual: 'absent', detail: 'is not there' }], new Scale('medium'), 'watched, and not there');
  }
  if (entry.kind === 'absent') {
    const { group, mode, owner, type } = seen.stat;
    const scale = new Scale('high');
    return changedBy(entry, [{ what: 'presence', expected: 'absent', actual: type, detail: `a ${type}, ${mode} ${owner}:${group}` }], scale, 'there, and the manifest says that it must not be');
  }
  const differences = differencesOf(entry, seen);
  return differences.length === 0 ? undefined : changedBy(entry, differences, weigh(entry, seen, differences), messageFor(differences));
}

function changedBy({ declaredAt }: WatchEntry, differences: readonly Difference[], scale: Scale, message: string): Changed {
  const weight = scale.weight();
  return {
    message, severity: weight.severity, declaredAt,
    evidence: [...differences.map(({ detail, what }) => ({ source: what, detail })), ...weight.reasons],
    facts: { differences: differences.map(({ actual, expected, what }) => ({ what, expected, actual })) },
  };
}

function differencesOf(entry: Present, seen: WatchedPath): readonly Difference[] {
  const { stat } = seen;
  if (stat === undefined) return [];
  // Mode and content are a file's; a link has neither of its own.
  const wantedType: FileType | undefined = entry.sha256 !== undefined ? 'file' : entry.names !== undefined ? 'directory' : undefined;
  if (stat.type === 'link' && (wantedType !== undefined || entry.mode !== undefined)) {
    const leads = seen.target === undefined ? '' : ` to ${toText(seen.target)}`;
    return [{ what: 'type', expected: wantedType ?? 'no link', actual: 'link', detail: `a link${leads}, which is not followed` }, ...ownersOf(entry, stat)];
  }
  const out: Difference[] = [];
  if (wantedType !== undefined && stat.type !== wantedType) out.push({ what: 'type', expected: wantedType, actual: stat.type, detail: `a ${stat.type}, watched as a ${wantedType}` });
  if (entry.mode !== undefined && stat.mode !== entry.mode.padStart(4, '0')) out.push(plain('mode', entry.mode, stat.mode));
  out.push(...ownersOf(entry, stat));
  if (entry.sha256 !== undefined && seen.sha256 !== undefined && seen.sha256 !== entry.sha256) out.push({ what: 'sha256', expected: entry.sha256, actual: seen.sha256, detail: `content sha256:${seen.sha256}, watched as sha256:${entry.sha256}` });
  if (entry.names !== undefined && seen.names !== undefined) out.push(...namesOf(entry.names, seen.names));
  return out;
}

function ownersOf(entry: Present, stat: NonNullable<WatchedPath['stat']>): readonly Difference[] {
  return [
    ...(entry.owner !== undefined && entry.owner !== stat.owner ? [plain('owner', entry.owner, stat.owner)] : []),
    ...(entry.group !== undefined && entry.group !== stat.group ? [plain('group', entry.group, stat.group)] : []),
  ];
}

function plain(what: 'mode' | 'owner' | 'group', expected: string, actual: string): Difference {
  return { what, expected, actual, detail: `${what} ${actual}, watched as ${expected}` };
}

function namesOf(expected: readonly string[], actual: readonly string[]): readonly Difference[] {
  const [wanted, there] = [new Set(expected), new Set(actual)];
  const more = actual.filter((name) => !wanted.has(name));
  const gone = expected.filter((name) => !there.has(name));
  if (more.length === 0 && gone.length === 0) return [];
  const said = [...(more.length === 0 ? [] : [`also holds ${listed(more, NAMES_SHOWN)}`]), ...(gone.length === 0 ? [] : [`lacks ${listed(gone, NAMES_SHOWN)}`])];
  return [{ what: 'names', expected: gone.length === 0 ? 'nothing else' : listed(gone, NAMES_TOLD), actual: more.length === 0 ? 'nothing else' : listed(more, NAMES_TOLD), detail: said.join(' and ') }];
}

function listed(names: readonly string[], shown: number): string {
  const some = names.slice(0, shown).map((name) => toText(name));
  return names.length > shown ? `${some.join(', ')} and ${names.length - shown} more` : some.join(', ');
}

function weigh(entry: Present, seen: WatchedPath, differences: readonly Difference[]): Scale {
  const scale = new Scale('medium');
  const mode = Number.parseInt(seen.stat?.mode ?? '0', 8);
  for (const { what, actual } of differences) {
    if (what === 'owner' && actual !== 'root') scale.atLeast('high', 'owner', `${actual} can change it`);
    if (what !== 'mode') continue;
    const gained = mode & ~Number.parseInt(entry.mode ?? '7777', 8);
    if ((gained & 0o002) !== 0) scale.atLeast('high', 'mode', 'everyone can write to it');
    else if ((gained & 0o6000) !== 0 && seen.stat?.type === 'file') scale.atLeast('high', 'mode', 'it runs with privileges of its own');
  }
  if (differences.some(({ what }) => what === 'sha256') && (mode & 0o111) !== 0) scale.atLeast('high', 'content', 'is run by others');
  return scale;
}

const WORDS: Readonly<Record<Difference['what'], string>> = { presence: 'presence', type: 'kind', mode: 'mode', owner: 'owner', group: 'group', sha256: 'content', names: 'names' };

function messageFor(differences: readonly Difference[]): string {
  const words = differences.map(({ what }) => WORDS[what]);
  const last = words.at(-1)!;
  return `${words.length === 1 ? last : `${words.slice(0, -1).join(', ')} and ${last}`} not as the manifest has it`;
}
