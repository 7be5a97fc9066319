// Declared packages against what is installed → package-missing, -forbidden, -version, -mark; with the parts beside this file, all of package-*.
import type { Evidence, Finding, Severity } from '../../model/finding.ts';
import type { Constraint, DeclaredPackage } from '../../model/manifest.ts';
import type { InstalledPackage } from '../../model/package.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import { baseSeeds, needed, type Needed } from './needed.ts';
import type { PackageComparison } from './package-model.ts';
import { packageStates } from './package-states.ts';
import { dateFact, packageSubject, reasonEvidence, sourceStatus, stateEvidence } from './package-words.ts';
import { packageAt, type ResolvedPackage } from './resolve-declared.ts';
import { heldPackages } from './held-packages.ts';
import { undeclaredPackages } from './undeclared-packages.ts';

export function comparePackages(input: PackageComparison): Finding[] {
  const findings: Finding[] = [];
  if (input.model.compared) {
    let kept: Needed | undefined;
    const chosen = (): Needed => kept ??= keptByMarks(input.model.graph);
    for (const each of input.model.resolved) findings.push(...compareDeclared(each, input, chosen));
    findings.push(...undeclaredPackages(input), ...heldPackages(input));
  }
  for (const manager of input.observed.managers) {
    if (manager.usable) findings.push(...packageStates(manager, input));
  }
  return findings;
}

function compareDeclared(each: ResolvedPackage, input: PackageComparison, chosen: () => Needed): Finding[] {
  const { declared } = each;
  if (declared.constraint.kind === 'absent') return each.instances.map((index) => forbidden(packageAt(input.model.graph, index), declared, input));
  if (each.instances.length === 0) return missing(each, input);
  return [...versions(each, input), ...marks(each, input, chosen)];
}

function forbidden(pkg: InstalledPackage, declared: DeclaredPackage, input: PackageComparison): Finding {
  return input.make({
    kind: 'package-forbidden', severity: 'high', subject: packageSubject(pkg), remedy: 'automatic', declaredAt: declared.declaredAt,
    message: 'installed, and the manifest wants it absent',
    evidence: [stateEvidence(pkg), ...reasonEvidence(pkg)],
    facts: { reason: pkg.reason, ...dateFact(pkg) },
  });
}

function missing(each: ResolvedPackage, input: PackageComparison): Finding[] {
  const { declared, names, providers } = each;
  const { managers } = input.observed;
  // A manager whose inventory failed may have it: nothing is said, and its coverage leads to exit code 3.
  if (managers.length === 0 || managers.some((manager) => !manager.usable && speaksTo(declared, manager.manager))) return [];
  const usable = managers.filter((manager) => manager.usable);
  const manager = usable.find((one) => names.has(one.manager)) ?? usable[0];
  if (manager === undefined) return [];
  const wanted = names.get(manager.manager) ?? { name: declared.label };
  const evidence: Evidence[] = [];
  let message = 'declared and not installed';
  let severity: Severity = 'medium';
  if (names.size === 0) {
    message = `has no name for ${manager.manager} in the manifest`;
    evidence.push({ source: 'manifest', detail: `named for ${Object.keys(declared.name).sort().join(', ')} only` });
  }
  const residual = manager.packages.find((pkg) => pkg.name === wanted.name && pkg.state === 'residual');
  if (residual !== undefined) {
    message = 'declared and removed: only its configuration is left';
    evidence.push({ source: `${manager.manager} database`, detail: residual.stateDetail ?? 'removed, configuration left behind' });
  }
  const provided = providers.map((index) => packageAt(input.model.graph, index).name);
  if (provided.length > 0) {
    const unbound = declared.constraint.kind === 'any';
    message = unbound ? `only a provided name here: ${provided.join(', ')} stands for it` : 'not installed, only provided by another package: its version cannot be compared';
    if (unbound) severity = 'info';
    evidence.push({ source: `${manager.manager} database`, detail: `${provided.join(', ')} provides ${wanted.name}; declare the package itself` });
  }
  const others = input.model.graph.named(manager.manager, wanted.name).map((index) => packageAt(input.model.graph, index).arch);
  if (others.length > 0) evidence.push({ source: `${manager.manager} database`, detail: `installed for ${others.join(', ')} only` });
  return [input.make({
    kind: 'package-missing', severity, remedy: 'automatic', declaredAt: declared.declaredAt,
    subject: { type: 'package', manager: manager.manager, name: wanted.name, arch: wanted.arch ?? '', version: '' },
    message, evidence,
    facts: { wanted: declared.constraintText, ...(residual === undefined ? {} : { residualVersion: residual.version }), ...(provided.length === 0 ? {} : { providedBy: provided }) },
  })];
}

function speaksTo(declared: DeclaredPackage, manager: string): boolean {
  return typeof declared.name === 'string' || declared.name[manager] !== undefined;
}

/** Several versions side by side (kernels): one that satisfies is enough; several architectures: each needs one. */
function versions(each: ResolvedPackage, input: PackageComparison): Finding[] {
  const { declared } = each;
  // A damaged entry has no version to compare; package-broken says so.
  const readable = each.instances.filter((index) => packageAt(input.model.graph, index).state !== 'damaged');
  const byArch = Map.groupBy(readable, (index) => `${packageAt(input.model.graph, index).manager}:${packageAt(input.model.graph, index).arch}`);
  const findings: Finding[] = [];
  for (const indexes of byArch.values()) {
    const judged = indexes.map((index) => {
      const pkg = packageAt(input.model.graph, index);
      const rules = input.observed.managers.find((manager) => manager.manager === pkg.manager)?.versions;
      return { pkg, verdict: rules === undefined ? { ok: true } : input.satisfies(declared.constraint, pkg.version, rules) };
    });
    if (judged.some((one) => one.verdict.ok)) continue;
    const { pkg, verdict } = judged.at(-1) as (typeof judged)[number];
    const unreadable = verdict.reason === 'cannot-apply';
    findings.push(input.make({
      kind: 'package-version', severity: 'medium', subject: packageSubject(pkg), remedy: unreadable ? 'manual' : 'automatic', declaredAt: declared.declaredAt,
      message: unreadable ? `its version is one to which "${declared.constraintText}" cannot be applied` : `not the declared version, ${declared.constraintText}`,
      evidence: [stateEvidence(pkg), ...(pkg.newestAvailable === undefined ? [] : [{ source: 'repositories', detail: `newest available is ${pkg.newestAvailable}` }])],
      facts: {
        wanted: declared.constraintText, installed: judged.map((one) => one.pkg.version), applied: !unreadable, ...boundFact(declared.constraint),
        ...(pkg.newestAvailable === undefined ? {} : { newestAvailable: pkg.newestAvailable }),
      },
    }));
  }
  return findings;
}

function boundFact(constraint: Constraint): { range?: string } {
  return constraint.kind === 'semver' ? { range: constraint.range } : {};
}

function marks(each: ResolvedPackage, input: PackageComparison, chosen: () => Needed): Finding[] {
  const findings: Finding[] = [];
  for (const index of each.instances) {
    const pkg = packageAt(input.model.graph, index);
    if (pkg.reason !== 'automatic' || sourceStatus(input.observed.coverage, `${pkg.manager}/marks`) === 'failed') continue;
    const keeper = chosen().chain(index)?.steps[1]?.package.name;
    // Held packages are left alone by autoremove, and so is one that something chosen needs.
    const harmless = pkg.held || chosen().has(index);
    findings.push(input.make({
      kind: 'package-mark', severity: harmless ? 'info' : 'low', subject: packageSubject(pkg), remedy: 'automatic', declaredAt: each.declared.declaredAt,
      message: harmless ? 'declared, yet marked as a dependency that may go when nothing needs it' : 'declared, yet marked automatic: the next autoremove takes it away',
      evidence: [
        { source: `${pkg.manager}/marks`, detail: 'marked automatic' },
        ...(keeper === undefined ? [] : [{ source: `${pkg.manager} database`, detail: `${keeper} needs it for now` }]),
      ],
      facts: { reason: pkg.reason, ...(keeper === undefined ? {} : { neededBy: keeper }) },
    }));
  }
  return findings;
}

/** What autoremove would keep: everything that is not marked automatic, and what that needs. */
function keptByMarks(graph: DependencyGraph): Needed {
  const seeds = baseSeeds(graph, 'required');
  for (let index = 0; index < graph.packages.length; index += 1) {
    if (packageAt(graph, index).reason !== 'automatic') seeds.push({ index, root: { kind: 'base', because: 'marked as installed by choice' } });
  }
  return needed(graph, seeds, true);
}
