// drift.plan/1: a plan as JSON, to be read by programs and to be saved (schema in docs/reference/plan.schema.json).
import type { Action, FileIdentity, LeftBehind, Plan, ProcessIdentity, RepositoryAction, Successor } from '../../model/plan.ts';
import { never } from '../../model/result.ts';
import { bytesField, jsonText, subjectValue } from '../check/json.ts';

export function planJson(plan: Plan): string {
  const { host } = plan;
  return jsonText({
    schema: plan.schema, drift: plan.drift, createdAt: new Date(plan.createdAt).toISOString(),
    host: { name: host.name, ...(host.machineId === undefined ? {} : { machineId: host.machineId }), os: { ...host.os }, arch: host.arch, ...bytesField('root', host.root) },
    manifest: plan.manifest.map(({ path, sha256 }) => ({ path, sha256 })),
    databases: plan.databases.map(({ manager, path, sha256 }) => ({ manager, ...bytesField('path', path), sha256 })),
    findings: plan.findings.map(({ subject, ...finding }) => ({ ...finding, subject: subjectValue(subject) })),
    actions: plan.actions.map(actionValue), transactions: plan.transactions,
    refusals: plan.refusals.map(({ subject, ...refusal }) => ({ ...refusal, subject: subjectValue(subject) })),
    limits: plan.limits, notes: plan.notes,
  });
}

/** Byte strings become text with the exact bytes beside it where they are no UTF-8; all else is as in the model. */
function actionValue(action: Action): unknown {
  switch (action.kind) {
    case 'quarantine': return { ...action, ...bytesField('path', action.path), files: action.files.map(fileValue), left: action.left.map(leftValue) };
    case 'disable-unit': return { ...action, links: action.links.map(fileValue) };
    case 'stop-unit': return { ...action, processes: action.processes.map(processValue) };
    case 'stop-process': return { ...action, process: processValue(action.process) };
    case 'package-reinstall': return { ...action, files: action.files.map(fileValue) };
    case 'restore-mode': case 'repository-remove': return withFile(action);
    case 'package-install': return action.successor === undefined ? action : { ...action, successor: successorValue(action.successor) };
    case 'reload-units': case 'package-remove': case 'package-set-version': case 'package-configure': case 'package-hold': case 'package-unhold': case 'package-mark': return action;
    default: return never(action);
  }
}

function withFile(action: (Action & { readonly kind: 'restore-mode' }) | RepositoryAction): unknown {
  return { ...action, file: fileValue(action.file) };
}

function successorValue(successor: Successor): unknown {
  const paths = (places: Successor['data']): unknown => places.map(({ path }) => bytesField('path', path));
  return { ...successor, data: paths(successor.data), configuration: paths(successor.configuration) };
}

function fileValue({ path, target, ...rest }: FileIdentity): unknown {
  return { ...bytesField('path', path), ...rest, ...(target === undefined ? {} : bytesField('target', target)) };
}

function leftValue({ path, why }: LeftBehind): unknown {
  return { ...bytesField('path', path), why };
}

function processValue({ exe, ...rest }: ProcessIdentity): unknown {
  return { ...rest, exe: { ...bytesField('path', exe.path), dev: exe.dev, ino: exe.ino } };
}
