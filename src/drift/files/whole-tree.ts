// Many strays below one directory, or the store of a runtime → one tree-stray.
import { compareBytes, toText, type BytePath } from '../../model/bytes.ts';
import type { FileFacts } from '../../model/file.ts';
import { severityRank, type Evidence, type FactValue, type Finding } from '../../model/finding.ts';
import type { ObservedState, StoreGroup } from '../../model/observed.ts';
import { needsDigestHere, verdictEvidence, type AllowContext } from './allowed.ts';
import type { FindingMaker, Hash } from '../finding-id.ts';
import type { Stray } from './stray.ts';
import { channelEvidence, treeMessage, treeProductFacts, treeProducts } from './tree-software.ts';

/** Of a tree, so many files with privileges are named. */
const PRIVILEGED_TOLD = 100;
const EXAMPLES = 5;

export interface TreeContext {
  /** Finding of each stray. */
  readonly idOf: ReadonlyMap<BytePath, string>;
  readonly allow: AllowContext;
  readonly observed: ObservedState;
  readonly make: FindingMaker;
  readonly hash: Hash;
}

export function wholeTree(tree: BytePath, members: readonly Stray[], { allow, hash, idOf, make, observed }: TreeContext): Finding {
  const inside = members.filter(({ alone }) => !alone);
  const apart = members.filter(({ alone }) => alone);
  const worst = inside.reduce((a, b) => (severityRank(b.weight.severity) > severityRank(a.weight.severity) ? b : a));
  const codes: Record<string, number> = {};
  const owners = new Set<number>();
  let oldest = Number.POSITIVE_INFINITY;
  let newest = 0;
  for (const { file } of members) {
    const code = file.facts.code ?? file.facts.launch ?? file.facts.type;
    codes[code] = (codes[code] ?? 0) + 1;
    owners.add(file.facts.stat.uid);
    oldest = Math.min(oldest, file.facts.stat.ctimeMs);
    newest = Math.max(newest, file.facts.stat.ctimeMs);
  }
  const counted = Object.entries(codes).sort((a, b) => b[1] - a[1] || compareBytes(a[0], b[0]));
  const examples = [...inside].sort((a, b) => severityRank(b.weight.severity) - severityRank(a.weight.severity)).slice(0, EXAMPLES);
  const uids = [...owners].sort((a, b) => a - b);
  const hints = inside.find((stray) => stray.file.hints.length > 0)?.file.hints ?? [];
  const refused = inside.find((stray) => stray.verdict !== undefined)?.verdict;
  const privileged = inside.filter(({ onlyPrivileged }) => onlyPrivileged);
  const paths = members.map(({ file }) => file.facts.path);
  const products = treeProducts(paths, observed);
  return make({
    kind: 'tree-stray', severity: worst.weight.severity, subject: { type: 'tree', path: tree }, remedy: 'automatic',
    message: treeMessage(members.length, products),
    evidence: [
      { source: 'content', detail: counted.map(([code, count]) => `${count} ${code}`).join(', ') },
      { source: 'owner', detail: `uid ${uids.slice(0, 5).join(', ')}${uids.length > 5 ? ', …' : ''}` },
      ...privilegedEvidence(privileged),
      ...(worst.onlyPrivileged ? [] : worst.weight.reasons).map((reason) => ({ source: toText(worst.file.facts.path), detail: `${reason.source}: ${reason.detail}` })),
      ...channelEvidence(paths, observed), ...hints.map((hint) => ({ source: hint.source, detail: hint.detail })), ...verdictEvidence(refused),
    ],
    facts: {
      needsDigest: inside.some(({ file }) => file.facts.type === 'file' && needsDigestHere(file, allow)),
      count: members.length, fingerprint: hash(members.map(memberLine).join('\n')).slice(0, 32), codes: Object.fromEntries(counted), owners: uids, oldest: Math.trunc(oldest), newest: Math.trunc(newest),
      examples: examples.map((stray) => ({ path: stray.file.facts.path })), ...treeProductFacts(products),
      ...(privileged.length === 0 ? {} : { alsoKinds: ['file-privileged' as const], privilegedCount: privileged.length, privileged: privileged.slice(0, PRIVILEGED_TOLD).map(({ file: { facts } }) => privilegedFacts(facts)) }),
      ...(apart.length === 0 ? {} : { related: apart.map((stray) => idOf.get(stray.file.facts.path) as string) }),
    },
  });
}

/** '8 setuid root, 3 setgid': the gravest first. */
function privilegedEvidence(privileged: readonly Stray[]): readonly Evidence[] {
  if (privileged.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { file: { facts } } of privileged) {
    const what = privilegeOf(facts);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const [barred, ...others] = privileged.flatMap(({ file: { beyondReach } }) => beyondReach ?? []);
  return [
    { source: 'privileged', detail: PRIVILEGES.flatMap((what) => (counts.has(what) ? [`${counts.get(what)} ${what}`] : [])).join(', ') },
    ...(barred === undefined ? [] : [{ source: 'reach', detail: `the privileges of ${others.length + 1} are of no use to others: ${barred}` }]),
  ];
}

const PRIVILEGES = ['setuid root', 'with capabilities', 'setuid', 'setgid', 'devices', 'open to everyone'] as const;

function privilegeOf({ capabilities, stat: { mode, uid }, type }: FileFacts): (typeof PRIVILEGES)[number] {
  if (type !== 'file') return type === 'directory' ? 'open to everyone' : 'devices';
  if ((mode & 0o4000) !== 0) return uid === 0 ? 'setuid root' : 'setuid';
  return capabilities === undefined ? 'setgid' : 'with capabilities';
}

function privilegedFacts({ capabilities, path, stat: { gid, mode, uid } }: FileFacts): FactValue {
  return { path, mode: (mode & 0o7777).toString(8).padStart(4, '0'), uid, gid, ...(capabilities === undefined ? {} : { capabilities }) };
}

/** The same while no member came, went or changed (baseline.ts); ctime is what nobody can put back. */
function memberLine({ file: { facts: { path, stat, target, type } } }: Stray): string {
  return [path, type, stat.mode, stat.uid, stat.gid, stat.size, stat.mtimeMs, stat.ctimeMs, target ?? ''].join('\0');
}

/** `info`: a runtime's store is ordinary where the runtime is; what it holds is software of another channel. */
export function wholeStore(store: StoreGroup, make: FindingMaker): Finding {
  const { members } = store;
  return make({
    kind: 'tree-stray', severity: 'info', subject: { type: 'tree', path: store.path }, remedy: 'none',
    message: `store of ${store.runtime}${members.length === 0 ? '' : `, with ${members.length === 1 ? 'one member' : `${members.length} members`}`}: software that no package manager knows`,
    evidence: members.slice(0, EXAMPLES).map((member) => ({ source: store.runtime, detail: member })),
    facts: { runtime: store.runtime, members: [...members] },
  });
}
