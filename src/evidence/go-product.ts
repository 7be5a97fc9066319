// Tells products written in Go by their main package, and their versions by how they were built. No text of the program is searched.
import type { Elf } from './elf.ts';
import { linkedTexts, type GoBuild } from './go-build.ts';
import { isVersionText, MIDDLE, versionVariables } from './go-variables.ts';
import type { GoRule, ProductRow, Variable } from './product-row.ts';
import { exporterRow } from './go-programs.ts';
import { plainVersion } from './plain-version.ts';
import { PRODUCTS } from './products.ts';

export interface GoMatch {
  readonly row: ProductRow;
  readonly version?: string;
  readonly because: readonly string[];
}

export function matchGo(elf: Elf, build: GoBuild): GoMatch | undefined {
  // Programs built without modules name their main package only, older ones not even that.
  const path = unversioned(build.facts.path ?? build.facts.module ?? '');
  const row = rowOf(path, build);
  if (row?.go === undefined) return undefined;
  const named = `Go build information: main package ${build.facts.path ?? build.facts.module}`;
  const version = versionOf(row.go, elf, build);
  return version === undefined ? { row, because: [named] } : { row, version: version.version, because: [named, version.because] };
}

/** 'example.org/a/v2/cmd' and 'example.org/a/cmd' are one package in two versions of its module. */
function unversioned(path: string): string {
  return path.replaceAll(/\/v\d{1,3}(?=\/|$)/g, '');
}

function rowOf(path: string, build: GoBuild): ProductRow | undefined {
  if (path === '') return undefined;
  let best: { readonly row: ProductRow; readonly length: number } | undefined;
  for (const row of PRODUCTS) {
    if (row.go?.wraps?.package === path && dependencyOf(build, row.go.wraps.module) !== undefined) return row;
    for (const known of row.go?.packages ?? []) {
      if ((path === known || path.startsWith(`${known}/`)) && known.length > (best?.length ?? 0)) best = { row, length: known.length };
    }
  }
  return best?.row ?? exporterRow(path);
}

function dependencyOf(build: GoBuild, module: string): string | undefined {
  for (const [path, version] of build.dependencies) if (unversioned(path) === module) return version;
  return undefined;
}

interface Known {
  readonly version: string;
  readonly because: string;
}

function versionOf(rule: GoRule, elf: Elf, build: GoBuild): Known | undefined {
  const { facts } = build;
  if (rule.toolchain === true) {
    const own = /^go(\d{1,3}(?:\.\d{1,3}){1,2}(?:(?:beta|rc)\d{1,2})?)(?:$|[ -])/.exec(facts.goVersion)?.[1];
    return own === undefined ? undefined : { version: own, because: `it was built by itself, ${facts.goVersion}` };
  }
  const linked = linkedTexts(build);
  for (const [name, value] of linked) {
    const dot = name.lastIndexOf('.');
    const version = rule.settings?.includes(unversioned(withoutVendor(name.slice(0, dot))) + name.slice(dot)) === true ? plainVersion(value) : undefined;
    if (version !== undefined) return { version, because: `it was built with ${name}=${value.slice(0, 80)}` };
  }
  const wrapped = rule.wraps === undefined ? undefined : plainVersion(released(dependencyOf(build, rule.wraps.module)) ?? '');
  if (wrapped !== undefined) return { version: wrapped, because: `Go build information: module ${rule.wraps!.module} ${wrapped}` };
  const tagged = rule.ownVersions === true || facts.module === undefined || !isMain(facts) ? undefined : plainVersion(released(facts.moduleVersion) ?? '');
  if (tagged !== undefined) return { version: tagged, because: `Go build information: module ${facts.module} ${facts.moduleVersion}` };
  return rule.runs === undefined ? undefined : fromVariables(rule.runs, elf);
}

/** The program belongs to the module whose version is told. */
function isMain(facts: GoBuild['facts']): boolean {
  return facts.path === undefined || facts.path === facts.module || facts.path.startsWith(`${facts.module}/`);
}

function withoutVendor(path: string): string {
  const at = path.lastIndexOf('/vendor/');
  return at === -1 ? path : path.slice(at + '/vendor/'.length);
}

/** Not what Go makes up for a commit without a tag: 'v0.0.0-20240102030405-0123456789ab'. */
function released(version: string | undefined): string | undefined {
  return version === undefined || /[-.]\d{14}-[0-9a-f]{12}/.test(version) ? undefined : version;
}

/** All runs that fit must agree on the numbers. */
function fromVariables(runs: readonly (readonly Variable[])[], elf: Elf): Known | undefined {
  const found = new Map<string, string>();
  for (const { texts } of versionVariables(elf)) {
    for (const run of runs) {
      const start = MIDDLE - run.indexOf('VERSION');
      const version = texts[MIDDLE]!;
      const core = /^v?(\d{1,3}\.\d{1,3}\.\d{1,3})/.exec(version)?.[1];
      if (core === undefined || !run.every((variable, index) => fits(variable, texts[start + index], core))) continue;
      const plain = plainVersion(version) ?? core;
      const known = found.get(core);
      // Of '2.42.0' and '2.42.0-5' the shorter is the version, the other says which build.
      if (known === undefined || plain.length < known.length) found.set(core, plain);
    }
  }
  const [only, ...others] = found.values();
  return only === undefined || others.length > 0 ? undefined : { version: only, because: `its variables hold "${only}" where this program has its version` };
}

function fits(variable: Variable, text: string | undefined, core: string): boolean {
  if (text === undefined) return false;
  const described = text.startsWith(core) || text.startsWith(`v${core}`);
  switch (variable) {
    case 'ANY': return true;
    case 'VERSION': return isVersionText(text);
    case 'DESCRIBED': return described && text.includes('-');
    case 'REVISION': return described || /^[0-9a-f]{7,40}$/.test(text);
    default: return variable.test(text);
  }
}
