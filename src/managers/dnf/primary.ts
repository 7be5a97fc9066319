// Scans primary.xml of a repository (createrepo_c(8), "rpm-metadata") for the versions of some packages; no tree is built, the file may have hundreds of megabytes.
import type { ByteString } from '../../model/bytes.ts';

export interface IndexedVersion {
  readonly name: ByteString;
  readonly arch: ByteString;
  /** epoch:version-release, without an epoch of 0. */
  readonly evr: ByteString;
}

const PACKAGE = '<package ';
/** Name, architecture and version stand at the head of each entry; an entry that has them further on is not from createrepo. */
const HEAD_BYTES = 4096;

/**
 * Calls `visit` for each entry whose name and architecture `wanted` has ('name.arch'). False when the text is no primary.xml or is cut off.
 */
export function scanPrimary(xml: Buffer, wanted: ReadonlySet<string>, visit: (version: IndexedVersion) => void): boolean {
  const start = xml.indexOf('<metadata');
  if (start === -1 || start > HEAD_BYTES) return false;
  for (let at = xml.indexOf(PACKAGE, start); at !== -1;) {
    const next = xml.indexOf(PACKAGE, at + PACKAGE.length);
    const head = xml.toString('latin1', at, Math.min(at + HEAD_BYTES, next === -1 ? xml.length : next));
    const name = textOf(head, 'name');
    const arch = textOf(head, 'arch');
    if (name !== undefined && arch !== undefined && wanted.has(`${name}.${arch}`)) {
      const from = head.indexOf('<version ');
      const version = from === -1 ? undefined : head.slice(from, head.indexOf('>', from));
      const ver = version === undefined ? undefined : attributeOf(version, 'ver');
      const rel = version === undefined ? undefined : attributeOf(version, 'rel');
      if (ver === undefined || rel === undefined) return false;
      const epoch = attributeOf(version!, 'epoch') ?? '0';
      visit({ name, arch, evr: `${epoch === '0' ? '' : `${epoch}:`}${ver}-${rel}` });
    }
    at = next;
  }
  return xml.indexOf('</metadata>', Math.max(start, xml.length - HEAD_BYTES)) !== -1;
}

/** Path of the primary index, as repomd.xml names it. */
export function primaryLocation(repomd: ByteString): ByteString | undefined {
  for (let at = repomd.indexOf('<data '); at !== -1; at = repomd.indexOf('<data ', at + 1)) {
    const end = repomd.indexOf('</data>', at);
    if (end === -1) return undefined;
    const data = repomd.slice(at, end);
    if (attributeOf(data.slice(0, data.indexOf('>')), 'type') !== 'primary') continue;
    const from = data.indexOf('<location ');
    return from === -1 ? undefined : attributeOf(data.slice(from, data.indexOf('>', from)), 'href');
  }
  return undefined;
}

function textOf(xml: ByteString, element: string): ByteString | undefined {
  const from = xml.indexOf(`<${element}>`);
  const end = xml.indexOf(`</${element}>`, from);
  return from === -1 || end === -1 ? undefined : unescape(xml.slice(from + element.length + 2, end));
}

function attributeOf(tag: ByteString, attribute: string): ByteString | undefined {
  for (const quote of ['"', "'"]) {
    const from = tag.indexOf(` ${attribute}=${quote}`);
    if (from === -1) continue;
    const start = from + attribute.length + 3;
    const end = tag.indexOf(quote, start);
    return end === -1 ? undefined : unescape(tag.slice(start, end));
  }
  return undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };

function unescape(text: ByteString): ByteString {
  return text.includes('&') ? text.replaceAll(/&(?:amp|lt|gt|quot|apos);/g, (entity) => ENTITIES[entity]!) : text;
}
