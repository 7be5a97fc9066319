// What is inside the executable besides drift: its licences, and a bill of materials in CycloneDX 1.5. From the bundle itself, not from package.json.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'rolldown';
import config from '../rolldown.config.js';

const root = dirname(import.meta.dirname);
const NODE = `node-linux-${process.arch}`;
/** Parts of Node that have a version and a life of their own. */
const NODE_PARTS = ['acorn', 'ada', 'ares', 'brotli', 'cldr', 'icu', 'llhttp', 'nghttp2', 'openssl', 'simdjson', 'simdutf', 'sqlite', 'undici', 'unicode', 'uv', 'v8', 'zlib', 'zstd'];

/** Sorted by name: { name, version, licence, text, path }. */
export async function bundledPackages() {
  const paths = new Set();
  for (const each of config) {
    const { output } = await build({ ...each, write: false });
    for (const id of output.flatMap(({ moduleIds = [] }) => moduleIds)) {
      const inner = relative(root, id.replace(/^\0/, '').replace(/\?.*$/, '')).split('/');
      const at = inner.lastIndexOf('node_modules');
      if (at >= 0) paths.add(inner.slice(0, at + (inner[at + 1].startsWith('@') ? 3 : 2)).join('/'));
    }
  }
  return [...paths].map(readPackage).toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function readPackage(path) {
  const { license, name, version } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, path)).find((each) => /^(?:licen[cs]e|copying)/i.test(each));
  if (file === undefined || typeof license !== 'string') throw new Error(`${path} is bundled and has no licence file or no licence`);
  return { name, version, licence: license, path, text: readFileSync(join(root, path, file), 'utf8').trim() };
}

/** Text for people and for the licences' own demand to be passed on. */
export function licenceNotices(packages) {
  const node = readFileSync(join(root, 'node_modules', NODE, 'LICENSE'), 'utf8').trim();
  const rule = '-'.repeat(79);
  const byText = Map.groupBy(packages, ({ text }) => text);
  return [
    'What the executable contains besides drift, and under which terms.', '',
    ...packages.map(({ licence, name, version }) => `${name} ${version}: ${licence}`), `Node.js ${process.versions.node}, with the libraries that its licence names`, '',
    ...[...byText].flatMap(([text, of]) => [rule, of.map(({ name, version }) => `${name} ${version}`).join(', '), rule, text, '']),
    rule, `Node.js ${process.versions.node}`, rule, node, '',
  ].join('\n');
}

/** `time`: ISO 8601. */
export function billOfMaterials(packages, version, time) {
  const { packages: locked } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const hashes = (path) => {
    const integrity = /^sha512-(.+)$/.exec(locked[path]?.integrity ?? '')?.[1];
    return integrity === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity, 'base64').toString('hex') }] };
  };
  const component = (name, componentVersion, more) => ({ type: 'library', name, version: componentVersion, ...more });
  const node = `pkg:npm/${NODE}@${process.versions.node}`;
  const drift = `pkg:generic/drift@${version}`;
  const npm = packages.map(({ licence, name, path, version: of }) => {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${of}`;
    return component(name, of, { 'bom-ref': purl, purl, licenses: [{ expression: licence }], ...hashes(path) });
  });
  const parts = NODE_PARTS.filter((name) => process.versions[name] !== undefined).map((name) => component(name, process.versions[name], { 'bom-ref': `${node}#${name}`, description: 'inside Node.js' }));
  const sorted = [...npm, component('Node.js', process.versions.node, { 'bom-ref': node, purl: node, licenses: [{ license: { name: 'Node.js and the licences that its LICENSE names' } }], ...hashes(`node_modules/${NODE}`) }), ...parts];
  return `${JSON.stringify({
    bomFormat: 'CycloneDX', specVersion: '1.5', version: 1,
    metadata: { timestamp: time, component: { type: 'application', name: 'drift', version, 'bom-ref': drift, purl: drift, licenses: [{ license: { id: 'Apache-2.0' } }] } },
    components: sorted,
    dependencies: [{ ref: drift, dependsOn: [...npm.map((each) => each['bom-ref']), node] }, { ref: node, dependsOn: parts.map((each) => each['bom-ref']) }],
  }, undefined, 2)}\n`;
}

/** The text that the project's own licence asks to be passed on: base-files has it on every Debian. */
export function ownLicence() {
  const path = '/usr/share/common-licenses/Apache-2.0';
  if (!existsSync(path)) throw new Error(`${path} is not there: packages are made on Debian`);
  return readFileSync(path, 'utf8');
}
