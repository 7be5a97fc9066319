// Why is this here: the facts behind `drift explain PATH|PACKAGE|UNIT|PORT|FINDING-ID`, found in what `check` already knows.
import { compareBytes, fromText, isWithin, normalizePath, type BytePath } from '../model/bytes.ts';
import type { AbsentExplanation, Chain, Explanation, ListenerExplanation, PackagedContent, PackageExplanation, PathExplanation, Requirer, UnitExplanation } from '../model/explanation.ts';
import type { Finding } from '../model/finding.ts';
import type { ListenerRow } from '../model/listener-row.ts';
import type { ObservedState } from '../model/observed.ts';
import type { InstalledPackage, PackageRef, Requirement } from '../model/package.ts';
import { allowVerdict, treeVerdict, type AllowContext } from './files/allowed.ts';
import { parsePort } from './decisions/confirm-listener.ts';
import { eventsOf, lifeOf } from './explain-life.ts';
import { filesRunBy, type InUse } from './running/in-use.ts';
import { inListenerOrder } from './running/listener-order.ts';
import type { PackageModel } from './packages/package-model.ts';
import { MAX_NESTING, requirementText } from './packages/requirement-text.ts';
import { packageAt, splitName } from './packages/resolve-declared.ts';
import { foldedIds, pathOf, pathsOf } from './select.ts';

export interface ExplainInput {
  readonly observed: ObservedState;
  readonly packages: PackageModel;
  /** All findings, folded, whatever `--only` shows. */
  readonly findings: readonly Finding[];
  readonly allow: AllowContext;
  readonly uses: InUse;
  /** What listens now; empty under --root. */
  readonly listeners: readonly ListenerRow[];
  /** Owners of a canonical path, over all managers. */
  readonly ownersOf: (path: BytePath) => readonly PackageRef[];
  /** Whether the path is there; undefined = not looked. */
  readonly existsAt: (path: BytePath) => boolean | undefined;
  /** Of an owned path: its content against its package's digest; undefined = no regular file. */
  readonly contentAt: (path: BytePath) => PackagedContent | undefined;
  /** Number of paths that a package owns, where that is known. */
  readonly filesOf: (pkg: PackageRef) => number | undefined;
  /** The canonical spelling of a path that a person typed (links in its directories resolved); its own last component stays. */
  readonly canonical: (path: BytePath) => BytePath;
}

/** A finding id, an absolute path, the name of a package or of a unit, or a port; `text` is as typed. */
export function explain(text: string, input: ExplainInput): Explanation {
  if (text.startsWith('/')) {
    const path = explainPath(input.canonical(normalizePath(fromText(text))), input);
    const known = path.exists !== false || path.owners.length > 0 || path.findings.length > 0 || path.store !== undefined;
    return known ? { kind: 'path', path } : { kind: 'unknown', name: text };
  }
  const finding = /^[0-9a-f]{12}$/.test(text) ? findById(text, input.findings) : undefined;
  if (finding !== undefined) return explainFinding(finding, input);
  const port = explainPort(text, input);
  if (port !== undefined) return { kind: 'listener', listener: port };
  const unit = UNIT_NAME.test(text) ? explainUnit(text, input) : undefined;
  if (unit !== undefined) return { kind: 'unit', unit };
  const found = installedAs(text, input.packages);
  if (found.length > 0) return { kind: 'package', packages: found.map((index) => explainPackage(index, input)) };
  const absent = explainAbsent(text, input);
  const known = absent.providers.length + absent.wantedBy.length + absent.findings.length > 0 || absent.declared !== undefined || absent.residual !== undefined || absent.events !== undefined;
  if (known) return { kind: 'absent', absent };
  // As systemctl(1) takes it.
  const service = explainUnit(`${text}.service`, input);
  return service === undefined ? { kind: 'unknown', name: text } : { kind: 'unit', unit: service };
}

const UNIT_NAME = /\.(?:service|socket|timer|path|scope|slice)$/;

/** Of an instance ('getty@tty1.service') the template's files too. Undefined where neither a file nor a process belongs to it. */
function explainUnit(name: string, input: ExplainInput): UnitExplanation | undefined {
  const { launches = [], runtime } = input.observed;
  const names = new Set([name, name.replace(/@[^@]*(\.[a-z]+)$/, '@$1')]);
  const points = launches.filter((point) => point.kind === 'systemd-unit' && (names.has(point.name) || [...names].some((each) => point.name.startsWith(`${each}.d/`))));
  const files = [...new Set(points.map(({ path }) => path))].map((path) => explainPath(path, input));
  const running = (runtime?.processes ?? []).filter((process) => process.unit === name || process.userUnit === name);
  const run = new Set(running.flatMap((process) => filesRunBy(process)));
  const started = points.flatMap(({ targets }) => targets).filter(({ directory, exists }) => exists && directory !== true).map(({ path }) => path);
  const programs = [...new Set([...run, ...started])].map((path) => explainPath(path, input));
  if (files.length === 0 && programs.length === 0) return undefined;
  // A unit file that another one starts is told as a file already; tools that a package brought say nothing.
  return { name, files, programs: programs.filter(({ findings, owners, path }) => !files.some((file) => file.path === path) && (run.has(path) || findings.length > 0 || owners.length === 0)) };
}

/** Undefined also where nothing listens there: the text may be the name of a package then. */
function explainPort(text: string, input: ExplainInput): ListenerExplanation | undefined {
  const wanted = parsePort(text);
  if (wanted === undefined) return undefined;
  const there = ({ port, protocol }: { readonly port: number; readonly protocol: string }): boolean => port === wanted.port && (wanted.protocol === undefined || protocol === wanted.protocol);
  const rows = input.listeners.filter(({ listener }) => listener.protocol !== 'unix' && there(listener));
  const findings = input.findings.filter(({ subject }) => subject.type === 'listener' && there(subject));
  return rows.length + findings.length === 0 ? undefined : listenerExplanation(text, rows, findings, input);
}

function listenerExplanation(name: string, rows: readonly ListenerRow[], findings: readonly Finding[], input: ExplainInput): ListenerExplanation {
  const programs = new Set(rows.map((row) => row.program).filter((program) => program !== undefined));
  return { name, rows: inListenerOrder(rows), findings, programs: [...programs].map((program) => explainPath(program, input)) };
}

function findById(id: string, findings: readonly Finding[]): Finding | undefined {
  return findings.find((finding) => finding.id === id) ?? findings.find((finding) => foldedIds(finding).includes(id));
}

function explainFinding(finding: Finding, input: ExplainInput): Explanation {
  const path = pathOf(finding);
  const { subject } = finding;
  const packages = subject.type === 'package'
    ? input.packages.graph.named(subject.manager, subject.name).filter((index) => subject.arch === '' || packageAt(input.packages.graph, index).arch === subject.arch)
    : [];
  return {
    kind: 'finding', finding, packages: packages.map((index) => explainPackage(index, input)),
    ...(path === undefined ? {} : { path: explainPath(path, input) }),
    ...(subject.type === 'listener' ? { listener: listenerExplanation(`${subject.port}/${subject.protocol}`, rowsOf(subject, input.listeners), [finding], input) } : {}),
  };
}

function rowsOf(subject: Finding['subject'] & { type: 'listener' }, rows: readonly ListenerRow[]): readonly ListenerRow[] {
  return rows.filter(({ listener, program }) => listener.protocol === subject.protocol && listener.port === subject.port && listener.address === subject.address && (program ?? '') === subject.program);
}

function explainPath(path: BytePath, input: ExplainInput): PathExplanation {
  const owners = input.ownersOf(path);
  const change = input.observed.ownedChanges.find((one) => one.path === path);
  const unowned = input.observed.unowned.find((one) => one.facts.path === path);
  const store = input.observed.stores.find((one) => isWithin(path, one.path));
  const verdict = unowned === undefined ? store === undefined ? undefined : treeVerdict(store.path, input.allow) : unowned.proof === undefined ? allowVerdict(unowned, input.allow) : undefined;
  const exists = input.existsAt(path);
  const content = owners.length === 0 || exists !== true ? undefined : input.contentAt(path);
  return {
    path, owners,
    ...(exists === undefined ? {} : { exists }),
    ...(content === undefined ? {} : { content }),
    ...(change === undefined ? {} : { change }),
    ...(unowned === undefined ? {} : { unowned }),
    ...(store === undefined ? {} : { store: store.runtime }),
    ...(verdict === undefined ? {} : { allow: { entry: verdict.entry, covers: verdict.covers, ...(verdict.reason === undefined ? {} : { reason: verdict.reason }) } }),
    findings: findingsAt(path, unowned !== undefined && unowned.proof === undefined && verdict?.covers !== true, input.findings),
    chains: owners.flatMap((owner) => chainOf(owner, input.packages)),
    ...lifeOf(path, input.observed, input.uses, input.listeners),
  };
}

/** Its own findings, and the tree that speaks for it. */
function findingsAt(path: BytePath, stray: boolean, findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => {
    const at = pathOf(finding);
    return pathsOf(finding).includes(path) || (at !== undefined && stray && finding.subject.type === 'tree' && isWithin(path, at));
  });
}

function chainOf(ref: PackageRef, model: PackageModel): Chain[] {
  for (const index of model.graph.named(ref.manager, ref.name)) {
    const pkg = packageAt(model.graph, index);
    if (pkg.arch !== ref.arch || pkg.version !== ref.version) continue;
    const chain = model.needed.chain(index);
    return chain === undefined ? [] : [chain];
  }
  return [];
}

function installedAs(text: string, model: PackageModel): number[] {
  const out: number[] = [];
  for (const manager of new Set(model.graph.packages.map((pkg) => pkg.manager))) {
    const whole = model.graph.named(manager, text);
    const wanted = splitName(text);
    out.push(...(whole.length > 0 ? whole : model.graph.named(manager, wanted.name).filter((index) => wanted.arch === undefined || packageAt(model.graph, index).arch === wanted.arch)));
  }
  return out;
}

function explainPackage(index: number, input: ExplainInput): PackageExplanation {
  const { graph } = input.packages;
  const pkg = packageAt(graph, index);
  const declared = input.packages.resolved.find((each) => each.instances.includes(index) || each.providers.includes(index))?.declared;
  const chain = input.packages.needed.chain(index);
  const files = input.filesOf(pkg);
  return {
    installed: pkg, compared: input.packages.compared, requiredBy: requirersOf(index, input.packages),
    ...(declared === undefined ? {} : { declared }),
    ...(chain === undefined ? {} : { chain }),
    ...(files === undefined ? {} : { files }),
    findings: findingsOf(pkg, input.findings),
  };
}

function findingsOf(pkg: InstalledPackage, findings: readonly Finding[]): Finding[] {
  return findings.filter(({ subject }) => subject.type === 'package' && subject.manager === pkg.manager && subject.name === pkg.name && (subject.arch === pkg.arch || subject.arch === ''));
}

/** Strong requirers first, then by name. */
function requirersOf(index: number, model: PackageModel): Requirer[] {
  const out: Requirer[] = [];
  for (const [from, edges] of model.graph.edges.entries()) {
    for (const edge of edges) {
      if (edge.to === index) out.push({ package: refOf(packageAt(model.graph, from)), requirement: requirementText(edge.requirement), strength: edge.strength, needed: model.needed.has(from) });
    }
  }
  return sorted(out);
}

function sorted(requirers: readonly Requirer[]): Requirer[] {
  return [...requirers].sort((a, b) => Number(b.strength === 'strong') - Number(a.strength === 'strong') || compareBytes(a.package.name, b.package.name));
}

function explainAbsent(text: string, input: ExplainInput): AbsentExplanation {
  const { graph, resolved, needed } = input.packages;
  const { name } = splitName(text);
  const declared = resolved.find((each) => each.declared.label === text || [...each.names.values()].some((wanted) => wanted.name === name))?.declared;
  const residual = input.observed.managers.flatMap((manager) => manager.packages).find((pkg) => pkg.state === 'residual' && pkg.name === name);
  const wantedBy: Requirer[] = [];
  const providers: PackageRef[] = [];
  for (const manager of new Set(graph.packages.map((pkg) => pkg.manager))) providers.push(...graph.providing(manager, name).map((index) => refOf(packageAt(graph, index))));
  for (const [from, pkg] of graph.packages.entries()) {
    for (const [requirements, strength] of [[pkg.requires, 'strong'], [pkg.recommends, 'weak']] as const) {
      const requirement = requirements.find((one) => names(one, name, 0));
      if (requirement !== undefined) wantedBy.push({ package: refOf(pkg), requirement: requirementText(requirement), strength, needed: needed.has(from) });
    }
  }
  const events = eventsOf(input.observed, [name]);
  return {
    name: text, providers, wantedBy: sorted(wantedBy), ...(events.length === 0 ? {} : { events }),
    findings: input.findings.filter(({ subject }) => subject.type === 'package' && subject.name === name),
    ...(declared === undefined ? {} : { declared }),
    ...(residual === undefined ? {} : { residual }),
  };
}

function names(requirement: Requirement, name: string, depth: number): boolean {
  if (depth > MAX_NESTING) return false;
  switch (requirement.kind) {
    case 'name': return requirement.name === name;
    case 'any':
    case 'all':
    case 'with': return requirement.of.some((part) => names(part, name, depth + 1));
    case 'without': return names(requirement.require, name, depth + 1);
    case 'if': return names(requirement.then, name, depth + 1) || (requirement.otherwise !== undefined && names(requirement.otherwise, name, depth + 1));
  }
}

function refOf(pkg: InstalledPackage): PackageRef {
  return { manager: pkg.manager, name: pkg.name, arch: pkg.arch, version: pkg.version };
}
