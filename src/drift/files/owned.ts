// Owned files that are not as their package left them → file-modified, file-missing, file-mode, file-privileged.
import { baseOf, isWithin, toText, type BytePath } from '../../model/bytes.ts';
import type { Evidence, FactValue, Finding, FindingKind } from '../../model/finding.ts';
import type { ObservedState, OwnedChange, OwnedIssue } from '../../model/observed.ts';
import { packageLabel } from '../../model/package.ts';
import type { FindingMaker } from '../finding-id.ts';
import type { InUse } from '../running/in-use.ts';
import { compareStarts, startWords } from '../running/launches.ts';
import { processTexts } from '../running/process-words.ts';
import { Scale, onSystemPath, type Weight } from '../severity.ts';

const CONTENT: ReadonlySet<OwnedIssue> = new Set(['type', 'content', 'size', 'link']);
const ATTRIBUTES: ReadonlySet<OwnedIssue> = new Set(['mode', 'owner', 'group', 'capabilities']);

const TOLD = 2;

export function compareOwned(observed: ObservedState, uses: InUse, make: FindingMaker): Finding[] {
  const findings: Finding[] = [];
  for (const change of observed.ownedChanges) {
    for (const kind of kindsOf(change)) findings.push(changed(change, kind, uses, make));
  }
  return findings;
}

/** A changed mtime alone is no finding: content and mode say what matters. */
function kindsOf(change: OwnedChange): FindingKind[] {
  const issues = new Set(change.issues.map((each) => each.issue));
  if (issues.has('missing')) return ['file-missing'];
  const kinds: FindingKind[] = [];
  if (change.issues.some((each) => CONTENT.has(each.issue))) kinds.push('file-modified');
  if (change.issues.some((each) => ATTRIBUTES.has(each.issue))) kinds.push('file-mode');
  if (issues.has('privileged') || gainedPrivilege(change)) kinds.push('file-privileged');
  return kinds;
}

/** Setuid, setgid or capabilities that the database says the package did not give. */
function gainedPrivilege(change: OwnedChange): boolean {
  const { facts, record } = change;
  if (facts === undefined || facts.type !== 'file') return false;
  if (record.mode !== undefined && (facts.stat.mode & 0o6000 & ~record.mode) !== 0) return true;
  return change.issues.some((each) => each.issue === 'capabilities') && facts.capabilities !== undefined && facts.capabilities !== '' && facts.capabilities !== record.capabilities;
}

function changed(change: OwnedChange, kind: FindingKind, uses: InUse, make: FindingMaker): Finding {
  const weight = weigh(change, kind);
  const owners = change.owners.map(packageLabel);
  return make({
    kind, severity: weight.severity, subject: { type: 'path', path: change.path }, message: messageFor(change, kind), remedy: remedyFor(change, kind),
    evidence: [
      ...(change.mounted === undefined ? [] : [{ source: 'mounted', detail: 'what the disk has below it is not seen' }]),
      ...change.issues.filter((each) => belongs(each.issue, kind)).map(issueEvidence), ...weight.reasons,
      { source: 'owner', detail: change.owners.length > 1 ? `${owners.join(', ')} (diverted or shared)` : owners.join('') },
      ...(kind === 'file-modified' ? useEvidence(change.path, uses) : []),
      ...(change.note === undefined ? [] : [{ source: 'database', detail: change.note }]),
    ],
    facts: {
      owners, conffile: change.conffile, issues: change.issues.map((each) => each.issue), ...statFacts(change),
      ...(change.mounted === undefined ? {} : { mounted: toText(change.mounted) }),
      ...(change.diff === undefined ? {} : { diff: change.diff }),
      ...(change.record.digest === undefined ? {} : { recordedDigest: `${change.record.digest.algorithm}:${change.record.digest.hex}` }),
    },
  });
}

/** What runs it now, and what will run it: other content is other code there. */
function useEvidence(path: BytePath, uses: InUse): readonly Evidence[] {
  const starts = [...uses.starts(path)].sort((a, b) => compareStarts(a.point, b.point)).slice(0, TOLD);
  return [...processTexts(uses.runs(path), TOLD).map((detail) => ({ source: 'runs', detail })), ...starts.map(({ point }) => ({ source: 'starts', detail: startWords(point, path) }))];
}

function belongs(issue: OwnedIssue, kind: FindingKind): boolean {
  switch (kind) {
    case 'file-modified': return CONTENT.has(issue) || issue === 'mtime';
    case 'file-mode': return ATTRIBUTES.has(issue);
    case 'file-privileged': return issue === 'privileged' || issue === 'mode' || issue === 'capabilities';
    default: return true;
  }
}

function issueEvidence(each: OwnedChange['issues'][number]): Evidence {
  // Link targets are byte strings; the rest is ASCII.
  const expected = each.expected === undefined ? undefined : toText(each.expected);
  const actual = each.actual === undefined ? undefined : toText(each.actual);
  if (expected !== undefined && actual !== undefined) return { source: each.issue, detail: `${actual}, the package has ${expected}` };
  if (actual !== undefined) return { source: each.issue, detail: actual };
  return { source: each.issue, detail: expected === undefined ? 'differs from the package' : `the package has ${expected}` };
}

function messageFor(change: OwnedChange, kind: FindingKind): string {
  const package_ = change.owners[0]?.name ?? 'its package';
  if (change.mounted !== undefined) return `${toText(change.mounted)} is mounted over this ${change.conffile ? 'configuration' : 'file'} of ${package_}`;
  const type = change.issues.some((each) => each.issue === 'type' || each.issue === 'link');
  switch (kind) {
    case 'file-missing': return change.conffile ? `configuration of ${package_}, deleted` : `gone, belongs to ${package_}`;
    case 'file-mode': return `${attributesOf(change)} not as in ${package_}`;
    case 'file-privileged': return change.issues.some(({ expected, issue }) => issue === 'privileged' && expected === 'not writable by others') ? `writable by everybody, which ${package_} did not make it` : `privileges that ${package_} did not give it`;
    default: break;
  }
  if (change.conffile) return `configuration of ${package_}, edited`;
  return type ? `not the kind of file, or not the link, that ${package_} ships` : `not the content that ${package_} ships`;
}

function remedyFor(change: OwnedChange, kind: FindingKind): Finding['remedy'] {
  if (change.conffile || change.mounted !== undefined || (kind === 'file-modified' && isState(change))) return 'manual';
  if (kind === 'file-modified' || kind === 'file-missing') return 'automatic';
  return change.record.mode === undefined ? 'manual' : 'automatic';
}

/** An edit of configuration is an administrator's daily work and never more than told; everything else of a package should stay as it came. */
function weigh(change: OwnedChange, kind: FindingKind): Weight {
  switch (kind) {
    case 'file-missing': return weighMissing(change);
    case 'file-modified': return weighModified(change);
    case 'file-mode': return weighMode(change);
    default: return weighPrivileged(change);
  }
}

function weighMissing(change: OwnedChange): Weight {
  const scale = new Scale('low');
  if (!change.conffile && isProgram(change)) scale.atLeast('medium', 'place', 'is a program or library');
  return scale.weight();
}

function weighModified(change: OwnedChange): Weight {
  if (change.conffile) {
    const scale = new Scale('info');
    // What root runs is more than a setting: a script in cron.daily is where an intruder stays.
    if (change.facts?.type === 'file' && (change.facts.stat.mode & 0o111) !== 0) scale.atLeast('low', 'mode', 'is a script or program that the system runs');
    if (change.issues.some((each) => each.issue === 'type')) scale.atLeast('low', 'type', 'is no longer the kind of file that the package ships');
    return scale.weight();
  }
  const state = isState(change);
  const scale = new Scale(state ? 'info' : isDocumentation(change.path) ? 'low' : 'medium');
  if (state) scale.because('place', 'is data that the package\'s own programs keep');
  if (isProgram(change)) scale.atLeast('high', 'content', 'is a program or library: others run it');
  const mode = change.facts?.stat.mode ?? 0;
  if (change.facts?.type === 'file' && ((mode & 0o6000) !== 0 || change.facts.capabilities !== undefined)) scale.atLeast('critical', 'mode', 'runs with privileges of its own');
  if (isWithin(change.path, '/boot') || change.facts?.code === 'kernel-module') scale.atLeast('critical', 'place', 'is part of what boots, or of the kernel');
  return scale.weight();
}

function weighMode(change: OwnedChange): Weight {
  const scale = new Scale(change.conffile ? 'info' : 'low');
  const { facts, record } = change;
  if (facts === undefined || facts.type === 'link') return scale.weight();
  const mode = facts.stat.mode & 0o7777;
  // Where the database has no modes, only what no package ships is told at all.
  const gained = record.mode === undefined ? mode & 0o002 : mode & ~record.mode;
  // A sticky directory that everyone can write to is how /tmp is meant to be.
  if ((gained & 0o002) !== 0 && (facts.type !== 'directory' || (mode & 0o1000) === 0)) scale.atLeast('high', 'mode', 'everyone can write to it now');
  else if ((gained & 0o020) !== 0) scale.atLeast('medium', 'mode', 'its group can write to it now');
  if ((gained & 0o004) !== 0) scale.atLeast('medium', 'mode', 'everyone can read it now');
  if (change.issues.some((each) => each.issue === 'owner') && facts.stat.uid !== 0) {
    scale.atLeast(isProgram(change) ? 'high' : 'medium', 'owner', `uid ${facts.stat.uid} can change it now`);
  }
  if (change.issues.some((each) => each.issue === 'group') && facts.stat.gid !== 0 && (mode & 0o020) !== 0) scale.atLeast('medium', 'group', `group ${facts.stat.gid} can change it now`);
  if (change.issues.some((each) => each.issue === 'capabilities') && facts.capabilities !== undefined) scale.atLeast('high', 'capabilities', facts.capabilities);
  return scale.weight();
}

function weighPrivileged(change: OwnedChange): Weight {
  const scale = new Scale('high');
  const mode = change.facts?.stat.mode ?? 0;
  if ((mode & 0o4000) !== 0 && change.facts?.stat.uid === 0) scale.because('mode', 'setuid root: who starts it is root');
  if ((mode & 0o6000) !== 0 && (mode & 0o022) !== 0) scale.atLeast('critical', 'mode', 'and others can write to it');
  return scale.weight();
}

const CODE_NAME = /\.(?:so|ko|pm|pl|py|pyc|rb|js|mjs|cjs|php|jar|lua|tcl|el|elc|sh|pth|node|wasm|a|o|efi|service|socket|timer|path|target|rules|xz|zst|conf)$|\.so\.[0-9.]{1,20}$/;

/** 'mode', 'owner and group', 'mode, owner and capabilities'. */
function attributesOf(change: OwnedChange): string {
  const names = [...new Set(change.issues.map((each) => each.issue).filter((issue) => ATTRIBUTES.has(issue)))];
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** By content where it is there, else by the recorded mode, the place and the name: a Perl module has neither '#!' nor an exec bit. */
function isProgram(change: OwnedChange): boolean {
  if (isDocumentation(change.path)) return change.facts?.code !== undefined && change.facts.code !== 'script' && change.facts.code !== 'executable';
  if (change.facts?.code !== undefined || onSystemPath(change.path)) return true;
  const { mode, type } = change.record;
  if (mode !== undefined && (mode & 0o111) !== 0 && type !== 'directory') return true;
  const inCode = ['/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/libexec', '/lib', '/lib64', '/usr/share', '/opt', '/boot'].some((dir) => isWithin(change.path, dir));
  return inCode && CODE_NAME.test(baseOf(change.path));
}

/** hier(7): what lies there is meant to change. Neither code nor what was made another kind of file is data. */
function isState(change: OwnedChange): boolean {
  const { facts, issues, path } = change;
  if (facts?.type !== 'file' || facts.code !== undefined || (facts.stat.mode & 0o6111) !== 0 || issues.some(({ issue }) => issue === 'type' || issue === 'link')) return false;
  return ['/var/lib', '/var/cache', '/var/spool', '/var/log'].some((dir) => isWithin(path, dir)) && !CODE_NAME.test(baseOf(path));
}

function isDocumentation(path: BytePath): boolean {
  return ['/usr/share/doc', '/usr/share/man', '/usr/share/info', '/usr/share/locale', '/usr/share/icons'].some((dir) => isWithin(path, dir));
}

function statFacts(change: OwnedChange): Record<string, FactValue> {
  if (change.facts === undefined) return {};
  const { stat, capabilities } = change.facts;
  return {
    mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'), uid: stat.uid, gid: stat.gid, size: stat.size, modifiedAt: Math.trunc(stat.mtimeMs), changedAt: Math.trunc(stat.ctimeMs),
    ...(capabilities === undefined ? {} : { capabilities }),
  };
}

