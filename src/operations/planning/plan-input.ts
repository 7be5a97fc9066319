// What a plan is made from, of a host that was compared: policy, earlier runs, login shells, what repositories could give. Changes nothing.
import type { Comparison } from '../../drift/compare.ts';
import { readAccounts } from '../../host/accounts.ts';
import type { Host } from '../../host/host.ts';
import type { ManagerContext, PackageManager } from '../../managers/manager.ts';
import { fromText, normalizePath, parentOf, type BytePath } from '../../model/bytes.ts';
import type { Finding } from '../../model/finding.ts';
import { DEFAULT_POLICY, type DesiredState } from '../../model/manifest.ts';
import { append } from '../../model/multimap.ts';
import type { Candidate, Looks, PlanInput, PlanOptions } from '../../plan/input.ts';
import { ownershipLookup, type OwnershipLookup } from '../../sweep/ownership-lookup.ts';
import { constraintCheck } from '../constraint-check.ts';
import { earlierActs } from './earlier-acts.ts';
import type { Observed } from '../observe/observe.ts';

export interface PlannedHost extends Pick<Comparison, 'findings' | 'standings' | 'unowned'> {
  readonly host: Host;
  readonly desired: DesiredState | undefined;
  readonly observed: Observed;
}

/** `looks`: at what the plan would touch. */
export async function planInput(compared: PlannedHost, options: PlanOptions, managers: readonly PackageManager[], context: ManagerContext, looks: Looks): Promise<PlanInput> {
  const { desired, findings, host, observed: { ownership, state }, standings, unowned } = compared;
  let owners: OwnershipLookup | undefined;
  const mine = new Set(unowned.map(({ facts }) => facts.path));
  const systemctl = host.live && host.exists('/run/systemd/system') ? ['/usr/bin/systemctl', '/bin/systemctl'].find((path) => host.exists(path)) : undefined;
  return {
    findings, observed: state, ...(desired === undefined ? {} : { desired }), policy: desired?.policy ?? DEFAULT_POLICY, options,
    looks, isOwned: (path) => (owners ??= ownershipLookup(ownership())).owners(path).length > 0, isStray: (path) => mine.has(path) && standings.of(path) === 'stray', loginShells: loginShellsOf(host), own: host.live ? ownPlaces(host) : [],
    ...(host.live ? { ownPid: process.pid } : {}), ...(systemctl === undefined ? {} : { systemctl }),
    commands: new Map(managers.map((manager) => [manager.name, manager.commands(host)])),
    candidates: await candidatesFor(findings, managers, context), earlier: earlierActs(host, Date.now()), satisfies: await constraintCheck(desired),
  };
}

/** For what is declared and is not here, or not in that version. */
async function candidatesFor(findings: readonly Finding[], managers: readonly PackageManager[], context: ManagerContext): Promise<readonly Candidate[]> {
  const wanted = findings.filter(({ facts, kind }) => [kind, ...facts.alsoKinds ?? []].some((each) => each === 'package-missing' || each === 'package-version'));
  const out: Candidate[] = [];
  for (const manager of managers) {
    const names = [...new Set(wanted.flatMap(({ subject }) => (subject.type === 'package' && subject.manager === manager.name ? [subject.name] : [])))];
    if (names.length > 0) out.push(...(await manager.available(context, { names, paths: [], every: true })).value);
  }
  return out;
}

function loginShellsOf(host: Host): ReadonlyMap<BytePath, readonly string[]> {
  const shells = new Map<BytePath, string[]>();
  for (const { name, shell } of readAccounts(host).accounts) {
    if (shell === undefined || !shell.startsWith('/')) continue;
    const real = host.realpath(shell);
    append(shells, real.ok ? real.value : normalizePath(shell), name);
  }
  return shells;
}

/** The interpreter, the file that was started, and the directory that both of drift's kinds of installation lie in. */
function ownPlaces(host: Host): readonly BytePath[] {
  const started = [process.execPath, process.argv[1] ?? ''].filter((path) => path.startsWith('/')).map((path) => host.realpath(fromText(path))).flatMap((real) => (real.ok ? [real.value] : []));
  const packages = started.flatMap((path) => [parentOf(path), parentOf(parentOf(path))]).filter((directory) => directory !== '/' && host.exists(`${directory}/package.json`));
  return [...new Set([...started, ...packages])];
}
