// Tells products that are scripts, jars or whole trees: by what a script says, a jar's manifest, and files beside them that carry the version.
import type { Host } from '../host/host.ts';
import { compareBytes, joinPath, normalizePath, parentOf, type BytePath } from '../model/bytes.ts';
import { jarManifest } from './jar.ts';
import type { ProductRow, TreeRule } from './product-row.ts';
import { PRODUCTS } from './products.ts';

const MAX_SCRIPT = 64 * 1024;
const MAX_FILE = 256 * 1024;
/** Names of one directory that are looked at for one that fits. */
const MAX_NAMES = 10_000;

export interface FileMatch {
  readonly row: ProductRow;
  readonly version?: string;
  readonly because: readonly string[];
}

export function matchScript(host: Host, path: BytePath): FileMatch | undefined {
  const head = host.readHead(path, MAX_SCRIPT);
  if (!head.ok) return undefined;
  const named = PRODUCTS.filter(({ tree }) => tree?.script !== undefined && tree.script.every((text) => head.value.includes(text)));
  const [row] = named;
  if (row === undefined || named.length > 1) return undefined;
  const found = treeVersion(host, path, row.tree!);
  return { row, ...(found === undefined ? {} : { version: found.version }), because: [`its text says "${row.tree!.script![0]}"`, ...(found === undefined ? [] : [found.because])] };
}

export function matchJar(host: Host, path: BytePath): FileMatch | undefined {
  const read = host.inspect(path, jarManifest);
  if (!read.ok || read.value === undefined) return undefined;
  const attributes = attributesOf(read.value);
  for (const row of PRODUCTS) {
    if (row.jar === undefined) continue;
    const { title, version } = row.jar;
    const value = attributes.get(version);
    if (value === undefined || (title !== undefined && attributes.get(title.attribute) !== title.value)) continue;
    const number = /^\d{1,3}\.\d{1,3}\.\d{1,3}(?:[-.]\w{1,20})?$/.test(value) ? value : undefined;
    return { row, ...(number === undefined ? {} : { version: number }), because: [`its META-INF/MANIFEST.MF says ${version}: ${value.slice(0, 80)}`] };
  }
  return undefined;
}

/** Main attributes: those before the first empty line. */
function attributesOf(manifest: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const line of manifest.split(/\r?\n/, 1000)) {
    if (line === '') break;
    const colon = line.indexOf(': ');
    if (colon > 0) attributes.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return attributes;
}

/** The version that a file beside `path` has. */
export function treeVersion(host: Host, path: BytePath, rule: TreeRule): { readonly version: string; readonly because: string } | undefined {
  for (const { path: relative, pattern } of rule.files) {
    const file = findBeside(host, path, relative);
    const text = file === undefined ? undefined : file.endsWith('.jar') ? manifestOf(host, file) : textOf(host, file);
    const version = text === undefined ? undefined : pattern.exec(text)?.[1];
    if (version !== undefined) return { version, because: `${file} says so` };
  }
  return undefined;
}

function manifestOf(host: Host, file: BytePath): string | undefined {
  const real = host.realpath(file);
  const read = real.ok ? host.inspect(real.value, jarManifest) : undefined;
  return read?.ok === true ? read.value : undefined;
}

function textOf(host: Host, file: BytePath): string | undefined {
  const read = host.readBytes(file, MAX_FILE);
  return read.ok ? read.value : undefined;
}

/** `relative` from the directory of `path`; a component with '*' is the first name, in order, that fits. */
function findBeside(host: Host, path: BytePath, relative: string): BytePath | undefined {
  let found: BytePath = parentOf(path);
  for (const component of relative.split('/')) {
    const star = component.indexOf('*');
    if (star === -1) {
      found = normalizePath(joinPath(found, component));
      continue;
    }
    const [start, end] = [component.slice(0, star), component.slice(star + 1)];
    const listed = host.readDirectory(found);
    const names = listed.ok ? listed.value.slice(0, MAX_NAMES).map(({ name }) => name).filter((name) => name.startsWith(start) && name.endsWith(end) && /^\d/.test(name.slice(star))) : [];
    if (names.length === 0) return undefined;
    found = joinPath(found, names.toSorted(compareBytes)[0]!);
  }
  return host.exists(found) ? found : undefined;
}
