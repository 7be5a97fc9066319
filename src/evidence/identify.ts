// What one file is, found out by reading it: product and version with the evidence, a copy of something packaged, software of another channel. Nothing is run.
import type { Host } from '../host/host.ts';
import type { BytePath } from '../model/bytes.ts';
import type { FileFacts } from '../model/file.ts';
import type { ChannelRecord, ElfFacts, Identity, Product } from '../model/identity.ts';
import { readElf, type Elf } from './elf.ts';
import { goBuild, type GoBuild } from './go-build.ts';
import { matchGo } from './go-product.ts';
import { matchJar, matchScript, treeVersion } from './product-files.ts';
import type { ProductRow } from './product-row.ts';
import { matchTexts, prepareRules, type TextRules } from './product-texts.ts';
import { PRODUCTS } from './products.ts';
import { rustCrate } from './rust-audit.ts';

export interface OwnedCopy {
  readonly path: BytePath;
  readonly package: string;
}

/** What other stages know; each may be left out. */
export interface IdentifyContext {
  /** The packaged file with this very content. */
  readonly sameContent?: (path: BytePath) => OwnedCopy | undefined;
  /** The name of the package that owns a path. */
  readonly packageOf?: (path: BytePath) => string | undefined;
  readonly channelOf?: (facts: FileFacts) => ChannelRecord | undefined;
}

export interface Identifiable {
  readonly facts: FileFacts;
}

/** Undefined where nothing can be said of it: no regular file, unreadable, or of no kind that carries anything. An `UnownedFile` fits; owned programs may be asked about as well. */
export function identify(host: Host, { facts }: Identifiable, context: IdentifyContext = {}): Identity | undefined {
  return identityOf(facts, readContent(host, facts), context);
}

/** `content`: what `readContent` said of it. */
export function identityOf(facts: FileFacts, content: Content, context: IdentifyContext): Identity | undefined {
  if (facts.type !== 'file') return undefined;
  const { hardLinkOf } = facts;
  const copy = hardLinkOf === undefined ? context.sameContent?.(facts.path) : { path: hardLinkOf, package: context.packageOf?.(hardLinkOf) ?? 'a package' };
  const channel = context.channelOf?.(facts);
  const because = [
    ...content.because,
    ...(copy === undefined ? [] : [`${hardLinkOf === undefined ? 'same content as' : 'hard link to'} ${copy.path} of ${copy.package}`]),
    ...(channel === undefined ? [] : [recordWords(channel)]),
  ];
  if (because.length === 0 && content.elf === undefined) return undefined;
  return {
    ...(content.row === undefined ? {} : { product: productOf(content.row) }),
    ...(content.version === undefined ? {} : { version: content.version }),
    because,
    ...(content.elf === undefined ? {} : { elf: content.elf }),
    ...(copy === undefined ? {} : { copyOf: copy }),
    ...(channel === undefined ? {} : { channel }),
  };
}

/** What one is of which only the record of a channel was looked at. */
export function recordedAs(channel: ChannelRecord): Identity {
  return { because: [recordWords(channel)], channel };
}

function recordWords({ intact, name, record, version }: ChannelRecord): string {
  return `${record} lists it as ${name} ${version}${intact === undefined ? '' : intact ? ', with this content' : ', with another content'}`;
}

function productOf({ id, name, packages }: ProductRow): Product {
  return { id, name, packages };
}

/** What a file says of itself. */
export interface Content {
  readonly row?: ProductRow;
  readonly version?: string;
  readonly because: readonly string[];
  readonly elf?: ElfFacts;
}

const NOTHING: Content = { because: [] };

export function readContent(host: Host, facts: FileFacts): Content {
  if (facts.type !== 'file') return NOTHING;
  switch (facts.code) {
    case 'elf-executable': case 'shared-object': {
      const read = host.inspect(facts.path, (file) => {
        const elf = readElf(file);
        return elf === undefined ? NOTHING : readProgram(host, facts.path, elf);
      });
      return read.ok ? read.value : NOTHING;
    }
    case 'script': return matchScript(host, facts.path) ?? NOTHING;
    case 'java-archive': return matchJar(host, facts.path) ?? NOTHING;
    default: return NOTHING;
  }
}

function readProgram(host: Host, path: BytePath, elf: Elf): Content {
  const go = goBuild(elf);
  const rust = rustCrate(elf);
  const facts: ElfFacts = { ...elf.facts, ...(go === undefined ? {} : { go: go.facts }), ...(rust === undefined ? {} : { rust }) };
  const found = go === undefined ? nativeProgram(host, path, elf) : goProgram(elf, go);
  const because = found.because.length === 0 && rust !== undefined ? [`Rust audit data: crate ${rust.crate} ${rust.version}`] : found.because;
  return { ...found, because, elf: facts };
}

function goProgram(elf: Elf, build: GoBuild): Content {
  const found = matchGo(elf, build);
  if (found !== undefined) return found;
  const { path, module, moduleVersion } = build.facts;
  const main = module ?? path;
  return main === undefined ? NOTHING : { because: [`Go build information: ${main}${moduleVersion === undefined ? '' : ` ${moduleVersion}`}`] };
}

let prepared: TextRules | undefined;

function nativeProgram(host: Host, path: BytePath, elf: Elf): Content {
  // Once in a process, and only when a program is really looked at.
  prepared ??= prepareRules(PRODUCTS);
  const found = matchTexts(prepared, elf);
  if (found === undefined) return NOTHING;
  const { row, because } = found;
  const beside = found.version === undefined && row.tree !== undefined ? treeVersion(host, path, row.tree) : undefined;
  return beside === undefined ? found : { row, version: beside.version, because: [...because, beside.because] };
}
