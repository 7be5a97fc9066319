// One manifest file: text → sections with positions (docs/reference/manifest.md). What needs other files or the host is left to load.ts and merge.ts.
import type { GenericSchema } from 'valibot';
import type { Constraint } from '../model/manifest.ts';
import { parseConstraint } from './constraint.ts';
import { checkShape, describe, unknownKey } from './check-shape.ts';
import type { Diagnostic } from './diagnostic.ts';
import { isPackageName, MAX_NAME, nameProblem } from './package-name.ts';
import { readYaml, type YamlEntry, type YamlKey, type YamlMap, type YamlNode } from './read-yaml.ts';
import { allowShape, headShapes, packageMapShape, packageTextShape, policyShape, repositoryShape, sweepShape, whenShape, type AllowMap, type PackageMap, type PolicyMap, type RepositoryMap } from './shapes.ts';
import type { SourceText } from './source-text.ts';
import type { When } from './when.ts';

/** Something that was read, with the place of its key or value. */
export interface At<T> {
  readonly value: T;
  readonly offset: number;
  readonly length: number;
}

export interface ParsedPackage {
  readonly label: string;
  readonly name: string | Readonly<Record<string, string>>;
  readonly constraint: Constraint;
  readonly constraintText: string;
  readonly hold: boolean;
  readonly when?: When;
}

export interface ParsedManifest {
  readonly source: SourceText;
  readonly name?: At<string>;
  readonly include: readonly At<string>[];
  readonly when?: When;
  /** Undefined = no such section. */
  readonly packages?: readonly At<ParsedPackage>[];
  readonly repositories?: readonly At<{ readonly label: string; readonly entry: RepositoryMap }>[];
  readonly allow: readonly At<AllowMap>[];
  readonly policy: PolicyMap;
  /** Where each key of `policy` (and of its `limits`) stands. */
  readonly policyAt: ReadonlyMap<string, YamlKey>;
  readonly exclude: readonly At<string>[];
}

const SECTIONS = ['drift', 'name', 'include', 'when', 'packages', 'repositories', 'allow', 'policy', 'sweep'] as const;
/** Sections of the format that this version does not act on: accepting one would promise a check that is not made. */
const LATER = new Set(['channels', 'listeners', 'watch', 'ssh']);

/** `manifest` is there exactly when `diagnostics` is empty. */
export function parseManifest(source: SourceText): { readonly manifest?: ParsedManifest; readonly diagnostics: readonly Diagnostic[] } {
  const yaml = readYaml(source);
  if (yaml.node === undefined) return { diagnostics: yaml.diagnostics };
  const root = yaml.node;
  const diagnostics: Diagnostic[] = [...yaml.diagnostics];
  const sections = new Map<string, YamlEntry>();
  for (const entry of root.entries) {
    const { key } = entry;
    if (LATER.has(key.name)) {
      diagnostics.push(source.diagnose('unknown-key', key.offset, key.length, `the section "${key.name}" is not supported by this version of drift`, 'leave it out until then'));
    } else if (!(SECTIONS as readonly string[]).includes(key.name)) diagnostics.push(unknownKey(source, key, SECTIONS, 'the manifest'));
    else sections.set(key.name, entry);
  }
  checkVersion(root, sections.get('drift'), source, diagnostics);

  function read<S extends GenericSchema>(name: string, shape: S): ReturnType<typeof checkShape<S>> {
    const entry = sections.get(name);
    return entry === undefined ? undefined : checkShape(shape, entry.value, source, diagnostics, `"${name}"`);
  }
  const name = read('name', headShapes.name);
  read('include', headShapes.include);
  const when = read('when', whenShape);
  const policy = read('policy', policyShape) ?? {};
  read('sweep', sweepShape);
  const packages = readPackages(sections.get('packages'), source, diagnostics);
  const repositories = readRepositories(sections.get('repositories'), source, diagnostics);
  const allow = readAllow(sections.get('allow'), source, diagnostics);
  if (diagnostics.length > 0) return { diagnostics };

  const nameAt = sections.get('name')?.value;
  const sweep = sections.get('sweep')?.value;
  const policyNode = sections.get('policy')?.value;
  return {
    diagnostics,
    manifest: {
      source,
      ...(name === undefined || nameAt === undefined ? {} : { name: { value: name, offset: nameAt.offset, length: nameAt.length } }),
      include: textsOf(sections.get('include')?.value),
      ...(when === undefined ? {} : { when: whenOf(when) }),
      ...(packages === undefined ? {} : { packages }),
      ...(repositories === undefined ? {} : { repositories }),
      allow,
      policy,
      policyAt: keysOf(policyNode),
      exclude: textsOf(sweep?.kind === 'map' ? sweep.entries.find((entry) => entry.key.name === 'exclude')?.value : undefined),
    },
  };
}

/** The `when` of an entry with its lists made lists. */
export function whenOf(when: { readonly os?: string | string[]; readonly release?: string; readonly host?: string | string[] }): When {
  return {
    ...(when.os === undefined ? {} : { os: listOf(when.os) }),
    ...(when.release === undefined ? {} : { release: when.release }),
    ...(when.host === undefined ? {} : { host: listOf(when.host) }),
  };
}

export function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

function checkVersion(root: YamlMap, entry: YamlEntry | undefined, source: SourceText, diagnostics: Diagnostic[]): void {
  if (entry === undefined) {
    diagnostics.push(source.diagnose('missing-key', root.offset, 1, 'the manifest does not say its version', 'start the file with "drift: 1"'));
  } else if (entry.value.kind !== 'scalar' || entry.value.value !== 1) {
    diagnostics.push(source.diagnose('bad-value', entry.value.offset, entry.value.length, `this drift reads manifests of version 1, not ${describe(entry.value)}`, 'write drift: 1'));
  }
}

/** Entries of a map whose keys are free; undefined when there is no such section, or it cannot be read. */
function freeMap(entry: YamlEntry | undefined, what: string, source: SourceText, diagnostics: Diagnostic[]): readonly YamlEntry[] | undefined {
  if (entry === undefined) return undefined;
  const { key, value } = entry;
  if (value.kind !== 'map') {
    diagnostics.push(source.diagnose('wrong-type', value.offset, value.length, `"${key.name}" must be a map of ${what}, not ${describe(value)}`));
  } else if (value.entries.length === 0 && value.refused === 0) {
    diagnostics.push(source.diagnose('empty', value.offset, value.length, `"${key.name}" is empty`, 'leave the section out, and it is not compared'));
  }
  return value.kind === 'map' ? value.entries : undefined;
}

function readPackages(section: YamlEntry | undefined, source: SourceText, diagnostics: Diagnostic[]): readonly At<ParsedPackage>[] | undefined {
  const entries = freeMap(section, 'package names and constraints', source, diagnostics);
  if (entries === undefined) return undefined;
  const packages: At<ParsedPackage>[] = [];
  for (const { key, value } of entries) {
    if (!isPackageName(key.name)) {
      diagnostics.push(source.diagnose('bad-value', key.offset, key.length, nameProblem(key.name, 'any')));
      continue;
    }
    const title = `the package "${key.name}"`;
    if (value.kind === 'map') {
      const map = checkShape(packageMapShape, value, source, diagnostics, title);
      if (map !== undefined) packages.push({ value: packageOf(key.name, map), offset: key.offset, length: key.length });
      continue;
    }
    const text = checkPackageText(value, source, diagnostics, title, key.name);
    if (text !== undefined) packages.push({ value: packageOf(key.name, { version: text }), offset: key.offset, length: key.length });
  }
  return packages;
}

function checkPackageText(node: YamlNode, source: SourceText, diagnostics: Diagnostic[], title: string, name: string): string | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string') return checkShape(packageTextShape, node, source, diagnostics, title);
  const hint = node.kind === 'scalar' && typeof node.value === 'number' ? `quote it, and say how it compares: "= ${node.source}" or ">= ${node.source}"`
    : node.kind === 'scalar' && node.value === false ? `write ${name}: absent`
      : `write ${name}: any`;
  diagnostics.push(source.diagnose('wrong-type', node.offset, node.length, `${title} must have a constraint (text) or a map, not ${describe(node)}`, hint));
  return undefined;
}

function packageOf(label: string, map: PackageMap): ParsedPackage {
  const constraintText = map.version ?? 'any';
  const parsed = parseConstraint(constraintText);
  if (!parsed.ok) throw new Error(`a checked constraint does not parse: ${constraintText}`);
  const name = map.name === undefined ? label : typeof map.name === 'string' ? map.name : Object.fromEntries(Object.entries(map.name));
  return { label, name, constraint: parsed.value, constraintText, hold: map.hold ?? false, ...(map.when === undefined ? {} : { when: whenOf(map.when) }) };
}

function readRepositories(section: YamlEntry | undefined, source: SourceText, diagnostics: Diagnostic[]): ParsedManifest['repositories'] {
  const entries = freeMap(section, 'repositories', source, diagnostics);
  if (entries === undefined) return undefined;
  const repositories: At<{ label: string; entry: RepositoryMap }>[] = [];
  for (const { key, value } of entries) {
    if (key.name.trim() === '' || key.name.length > MAX_NAME) {
      diagnostics.push(source.diagnose('bad-value', key.offset, key.length, 'the name of a repository is blank or too long'));
      continue;
    }
    const entry = checkShape(repositoryShape, value, source, diagnostics, `the repository "${key.name}"`);
    if (entry !== undefined) repositories.push({ value: { label: key.name, entry }, offset: key.offset, length: key.length });
  }
  return repositories;
}

function readAllow(section: YamlEntry | undefined, source: SourceText, diagnostics: Diagnostic[]): readonly At<AllowMap>[] {
  if (section === undefined) return [];
  const { value } = section;
  if (value.kind !== 'list') {
    diagnostics.push(source.diagnose('wrong-type', value.offset, value.length, `"allow" must be a list of entries, not ${describe(value)}`, 'start each entry with "- path: …"'));
    return [];
  }
  const allow: At<AllowMap>[] = [];
  for (const item of value.items) {
    const entry = checkShape(allowShape, item, source, diagnostics, 'the allow entry');
    if (entry !== undefined) allow.push({ value: entry, offset: item.offset, length: item.length });
  }
  return allow;
}

/** The texts of a list, or the one text that stands for it. */
function textsOf(node: YamlNode | undefined): At<string>[] {
  if (node === undefined || node.kind === 'map') return [];
  if (node.kind === 'list') return node.items.flatMap((item) => textsOf(item));
  return typeof node.value === 'string' ? [{ value: node.value, offset: node.offset, length: node.length }] : [];
}

function keysOf(node: YamlNode | undefined): Map<string, YamlKey> {
  const keys = new Map<string, YamlKey>();
  if (node?.kind !== 'map') return keys;
  for (const { key, value } of node.entries) {
    keys.set(key.name, key);
    if (value.kind === 'map') for (const inner of value.entries) keys.set(`${key.name}.${inner.key.name}`, inner.key);
  }
  return keys;
}
