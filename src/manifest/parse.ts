// One manifest file: text → sections with positions (docs/reference/manifest.md). What needs other files or the host is left to load.ts and merge.ts.
import type { GenericSchema } from 'valibot';
import type { Constraint } from '../model/manifest.ts';
import { parseConstraint } from './constraint.ts';
import { checkShape, describe, unknownKey } from './check-shape.ts';
import type { Diagnostic } from './diagnostic.ts';
import { isPackageName, MAX_NAME, nameProblem } from './package-name.ts';
import { readChannels, readListeners, readSsh, readWatch, type ParsedOrdinary } from './parse-ordinary.ts';
import { freeMap, textsOf, whenOf, type At } from './parse-parts.ts';
import { readYaml, type YamlEntry, type YamlKey, type YamlMap, type YamlNode } from './read-yaml.ts';
import { whenShape } from './shape-parts.ts';
import { allowShape, headShapes, packageMapShape, packageTextShape, policyShape, repositoryShape, sweepShape, type AllowMap, type PackageMap, type PolicyMap, type RepositoryMap } from './shapes.ts';
import type { SourceText } from './source-text.ts';
import type { When } from './when.ts';

export interface ParsedPackage {
  readonly label: string;
  readonly name: string | Readonly<Record<string, string>>;
  readonly constraint: Constraint;
  readonly constraintText: string;
  readonly hold: boolean;
  readonly when?: When;
}

export interface ParsedManifest extends ParsedOrdinary {
  readonly source: SourceText;
  readonly name?: At<string>;
  readonly include: readonly At<string>[];
  readonly when?: When;
  /** Undefined = no such section. */
  readonly packages?: readonly At<ParsedPackage>[];
  readonly repositories?: readonly At<{ readonly label: string; readonly entry: RepositoryMap }>[];
  readonly allow: readonly At<AllowMap>[];
  readonly policy: PolicyMap;
  /** Where each key of `policy` (and of its maps: `limits.removals`) stands. */
  readonly policyAt: ReadonlyMap<string, YamlKey>;
  readonly exclude: readonly At<string>[];
}

/** In the order in which people write them. */
export const SECTIONS = ['drift', 'name', 'include', 'when', 'packages', 'repositories', 'channels', 'allow', 'listeners', 'watch', 'ssh', 'policy', 'sweep'] as const;

/** `manifest` is there exactly when `diagnostics` is empty. */
export function parseManifest(source: SourceText): { readonly manifest?: ParsedManifest; readonly diagnostics: readonly Diagnostic[] } {
  const yaml = readYaml(source);
  if (yaml.node === undefined) return { diagnostics: yaml.diagnostics };
  const root = yaml.node;
  const diagnostics: Diagnostic[] = [...yaml.diagnostics];
  const sections = new Map<string, YamlEntry>();
  for (const entry of root.entries) {
    const { key } = entry;
    if (!(SECTIONS as readonly string[]).includes(key.name)) diagnostics.push(unknownKey(source, key, SECTIONS, 'the manifest'));
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
  const ordinary: ParsedOrdinary = {
    ...readChannels(sections.get('channels'), source, diagnostics),
    ...readListeners(sections.get('listeners'), source, diagnostics),
    ...readWatch(sections.get('watch'), source, diagnostics),
    ...readSsh(sections.get('ssh'), source, diagnostics),
  };
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
      ...ordinary,
      policy,
      policyAt: keysOf(policyNode),
      exclude: textsOf(sweep?.kind === 'map' ? sweep.entries.find((entry) => entry.key.name === 'exclude')?.value : undefined),
    },
  };
}

function checkVersion(root: YamlMap, entry: YamlEntry | undefined, source: SourceText, diagnostics: Diagnostic[]): void {
  if (entry === undefined) {
    diagnostics.push(source.diagnose('missing-key', root.offset, 1, 'the manifest does not say its version', 'start the file with "drift: 1"'));
  } else if (entry.value.kind !== 'scalar' || entry.value.value !== 1) {
    diagnostics.push(source.diagnose('bad-value', entry.value.offset, entry.value.length, `this drift reads manifests of version 1, not ${describe(entry.value)}`, 'write drift: 1'));
  }
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

function keysOf(node: YamlNode | undefined): Map<string, YamlKey> {
  const keys = new Map<string, YamlKey>();
  if (node?.kind !== 'map') return keys;
  for (const { key, value } of node.entries) {
    keys.set(key.name, key);
    if (value.kind === 'map') for (const inner of value.entries) keys.set(`${key.name}.${inner.key.name}`, inner.key);
  }
  return keys;
}
