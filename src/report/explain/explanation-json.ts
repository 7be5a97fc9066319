// drift.explain/1: the answers of `drift explain` as JSON.
import { toText } from '../../model/bytes.ts';
import type { Chain, Explanation, ListenerExplanation, PackageExplanation, PathExplanation, Requirer } from '../../model/explanation.ts';
import type { DeclaredPackage, SourcePosition } from '../../model/manifest.ts';
import type { PackageRef } from '../../model/package.ts';
import { never } from '../../model/result.ts';
import { bytesField, findingValue, jsonText } from '../check/json.ts';
import { eventValue, lifeValue, offerValue } from './life-json.ts';
import { rowValue } from '../listeners/listeners-json.ts';

export function explanationsJson(explanations: readonly Explanation[]): string {
  return jsonText({ schema: 'drift.explain/1', explanations: explanations.map(explanationValue) });
}

function explanationValue(explanation: Explanation): unknown {
  switch (explanation.kind) {
    case 'path': return { kind: 'path', ...pathValue(explanation.path) };
    case 'package': return { kind: 'package', packages: explanation.packages.map(packageValue) };
    case 'finding': return {
      kind: 'finding', finding: findingValue(explanation.finding), packages: explanation.packages.map(packageValue),
      ...(explanation.path === undefined ? {} : { path: pathValue(explanation.path) }),
      ...(explanation.listener === undefined ? {} : { listener: listenerValue(explanation.listener) }),
    };
    case 'listener': return { kind: 'listener', ...listenerValue(explanation.listener) };
    case 'unit': return { kind: 'unit', name: explanation.unit.name, files: explanation.unit.files.map(pathValue), programs: explanation.unit.programs.map(pathValue) };
    case 'absent': return {
      kind: 'absent', name: explanation.absent.name, declared: declaredValue(explanation.absent.declared),
      residual: explanation.absent.residual === undefined ? null : refValue(explanation.absent.residual),
      providers: explanation.absent.providers.map(refValue), wantedBy: explanation.absent.wantedBy.map(requirerValue),
      events: (explanation.absent.events ?? []).map(eventValue), offers: (explanation.absent.offers ?? []).map(offerValue),
      findings: explanation.absent.findings.map(findingValue),
    };
    case 'unknown': return { kind: 'unknown', name: explanation.name };
    default: return never(explanation);
  }
}

function pathValue(path: PathExplanation): Record<string, unknown> {
  const { change, unowned } = path;
  return {
    ...bytesField('path', path.path),
    exists: path.exists ?? null,
    owners: path.owners.map(refValue),
    change: change === undefined ? null : {
      conffile: change.conffile,
      issues: change.issues.map((issue) => ({ issue: issue.issue, expected: issue.expected ?? null, actual: issue.actual ?? null })),
      diff: change.diff ?? null, mounted: change.mounted === undefined ? null : toText(change.mounted), note: change.note ?? null,
    },
    content: path.content ?? null,
    unowned: unowned === undefined ? null : {
      type: unowned.facts.type, code: unowned.facts.code ?? null, launch: unowned.facts.launch ?? null, sha256: unowned.sha256 ?? null,
      proof: unowned.proof === undefined ? null : {
        mechanism: unowned.proof.mechanism, detail: unowned.proof.detail, package: unowned.proof.package ?? null,
        files: unowned.proof.files.map((file) => bytesField('path', file)),
      },
      hints: unowned.hints.map((hint) => ({ source: hint.source, detail: hint.detail })),
    },
    store: path.store ?? null,
    allow: path.allow === undefined ? null : {
      path: path.allow.entry.path, reason: path.allow.entry.reason, covers: path.allow.covers, because: path.allow.reason ?? null,
      declaredAt: positionValue(path.allow.entry.declaredAt),
    },
    chains: path.chains.map(chainValue),
    ...lifeValue(path),
    findings: path.findings.map(findingValue),
  };
}

function listenerValue({ findings, name, programs, rows }: ListenerExplanation): Record<string, unknown> {
  return { name, listeners: rows.map(rowValue), programs: programs.map(pathValue), findings: findings.map(findingValue) };
}

function packageValue(explanation: PackageExplanation): unknown {
  const { installed } = explanation;
  return {
    package: refValue(installed), state: installed.state, reason: installed.reason, held: installed.held,
    declared: declaredValue(explanation.declared), compared: explanation.compared,
    chain: explanation.chain === undefined ? null : chainValue(explanation.chain),
    requiredBy: explanation.requiredBy.map(requirerValue), files: explanation.files ?? null,
    findings: explanation.findings.map(findingValue),
  };
}

function chainValue(chain: Chain): unknown {
  return {
    steps: chain.steps.map((step) => ({ package: refValue(step.package), requirement: step.requirement ?? null, strength: step.strength ?? null })),
    root: chain.root.kind === 'declared'
      ? { kind: 'declared', label: chain.root.label, declaredAt: positionValue(chain.root.declaredAt) }
      : { kind: 'base', because: chain.root.because },
  };
}

function requirerValue(requirer: Requirer): unknown {
  return { package: refValue(requirer.package), requirement: requirer.requirement, strength: requirer.strength, needed: requirer.needed };
}

function declaredValue(declared: DeclaredPackage | undefined): unknown {
  return declared === undefined ? null : { label: declared.label, constraint: declared.constraintText, hold: declared.hold, declaredAt: positionValue(declared.declaredAt) };
}

function positionValue(position: SourcePosition): unknown {
  return { file: position.file, line: position.line, column: position.column };
}

function refValue(ref: PackageRef): unknown {
  return { manager: ref.manager, name: ref.name, arch: ref.arch, version: ref.version };
}
