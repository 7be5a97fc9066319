// What a tree of strays is made of, as far as its programs were looked into: products, and packages of other channels by their records.
import { compareBytes, type BytePath } from '../../model/bytes.ts';
import type { Evidence, FactValue, Finding } from '../../model/finding.ts';
import { grouped } from '../../model/grouped.ts';
import type { ObservedState } from '../../model/observed.ts';

const PRODUCTS_TOLD = 3;
const PACKAGES_TOLD = 5;

interface TreeProduct {
  readonly id: string;
  readonly name: string;
  readonly version?: string;
  /** The first file, in order of names, that says so. */
  readonly path: BytePath;
  readonly files: number;
}

/** Those with most files first. What tells no version is counted with the versions that are known; `paths` in order. */
export function treeProducts(paths: readonly BytePath[], { identities }: ObservedState): readonly TreeProduct[] {
  const found = new Map<string, TreeProduct>();
  for (const path of paths) {
    const { product, version } = identities?.get(path) ?? {};
    if (product === undefined) continue;
    const key = `${product.id}\n${version ?? ''}`;
    const known = found.get(key);
    found.set(key, known === undefined ? { id: product.id, name: product.name, ...(version === undefined ? {} : { version }), path, files: 1 } : { ...known, files: known.files + 1 });
  }
  const all = [...found.values()];
  const told = all.filter(({ id, version }) => version !== undefined || !all.some((each) => each.id === id && each.version !== undefined));
  return told.sort((a, b) => b.files - a.files || compareBytes(a.path, b.path));
}

/** 'holds Docker 24.0.5 and containerd; 12 unowned files that could run'. What else a tree is for is not known: it is never called the product itself. */
export function treeMessage(count: number, products: readonly TreeProduct[]): string {
  const words = products.map(({ name, version }) => (version === undefined ? name : `${name} ${version}`));
  const told = words.length > PRODUCTS_TOLD ? [...words.slice(0, PRODUCTS_TOLD - 1), `${words.length - PRODUCTS_TOLD + 1} more`] : words;
  const files = `${grouped(count)} unowned files that could run`;
  return told.length === 0 ? files : `holds ${told.length === 1 ? told[0] : `${told.slice(0, -1).join(', ')} and ${told.at(-1)}`}; ${files}`;
}

export function treeProductFacts(products: readonly TreeProduct[]): Record<string, FactValue> {
  return products.length === 0 ? {} : { products: products.map(({ id, name, path, version }) => ({ id, name, ...(version === undefined ? {} : { version }), path })) };
}

/** The file that tells the only product that a tree holds. */
export function treeProgram({ facts: { products } }: Finding): BytePath | undefined {
  const [only, ...others] = Array.isArray(products) ? products as readonly FactValue[] : [];
  return typeof only === 'object' && only !== null && 'path' in only && typeof only['path'] === 'string' && others.length === 0 ? only['path'] : undefined;
}

/** 'pip: files of ansible 9.1.0, jinja2 3.1.2 and 12 more packages', by their records. */
export function channelEvidence(paths: readonly BytePath[], { identities }: ObservedState): Evidence[] {
  const byChannel = new Map<string, Set<string>>();
  for (const path of paths) {
    const record = identities?.get(path)?.channel;
    if (record !== undefined) byChannel.set(record.channel, (byChannel.get(record.channel) ?? new Set()).add(`${record.name} ${record.version}`));
  }
  return [...byChannel].map(([source, packages]) => {
    const named = [...packages].sort(compareBytes).slice(0, PACKAGES_TOLD);
    return { source, detail: `files of ${named.join(', ')}${packages.size > named.length ? ` and ${packages.size - named.length} more packages` : ''}` };
  });
}
