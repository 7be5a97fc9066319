// Scans primary.xml of a repository (createrepo_c(8), "rpm-metadata") for the versions of some packages; no tree is built, the file may have hundreds of megabytes.
import type { BytePath, ByteString } from '../../model/bytes.ts';
import type { AvailablePackage } from '../../model/identity.ts';

export interface IndexedVersion {
  readonly name: ByteString;
  readonly arch: ByteString;
  /** epoch:version-release, without an epoch of 0. */
  readonly evr: ByteString;
  /** Of a file that was searched for. */
  readonly owned?: AvailablePackage['match'];
}

/** Paths to look for among the files that primary.xml lists (those of bin directories and /etc); entries that have one are visited too. */
export type FileSearch = ReadonlyMap<BytePath, AvailablePackage['match']>;

const PACKAGE = '<package ';
/** Name, architecture and version stand at the head of each entry; an entry that has them further on is not from createrepo. */
const HEAD_BYTES = 4096;

/**
 * Calls `visit` for each entry that is wanted. False when the text is no primary.xml or is cut off.
 */
export function scanPrimary(
  xml: Buffer, wanted: (name: ByteString, arch: ByteString) => boolean, visit: (version: IndexedVersion) => void, files?: FileSearch,
): boolean {
  const start = xml.indexOf('<metadata');
  if (start === -1 || start > HEAD_BYTES) return false;
  for (let at = xml.indexOf(PACKAGE, start); at !== -1;) {
    const next = xml.indexOf(PACKAGE, at + PACKAGE.length);
    const head = xml.toString('latin1', at, Math.min(at + HEAD_BYTES, next === -1 ? xml.length : next));
    const name = textOf(head, 'name');
    const arch = textOf(head, 'arch');
    const owned = files === undefined ? undefined : bestFile(xml, at, next === -1 ? xml.length : next, files);
    if (name !== undefined && arch !== undefined && (owned !== undefined || wanted(name, arch))) {
      const from = head.indexOf('<version ');
      const version = from === -1 ? undefined : head.slice(from, head.indexOf('>', from));
      const ver = version === undefined ? undefined : attributeOf(version, 'ver');
      const rel = version === undefined ? undefined : attributeOf(version, 'rel');
      if (ver === undefined || rel === undefined) return false;
      const epoch = attributeOf(version!, 'epoch') ?? '0';
      visit({ name, arch, evr: `${epoch === '0' ? '' : `${epoch}:`}${ver}-${rel}`, ...(owned === undefined ? {} : { owned }) });
    }
    at = next;
  }
  return xml.indexOf('</metadata>', Math.max(start, xml.length - HEAD_BYTES)) !== -1;
}

/** '<file>/usr/bin/x</file>', with a type attribute for ghosts and directories. */
function bestFile(xml: Buffer, from: number, to: number, wanted: FileSearch): AvailablePackage['match'] | undefined {
  let best: AvailablePackage['match'] | undefined;
  for (let at = xml.indexOf('<file', from); at !== -1 && at < to && best !== 'path'; at = xml.indexOf('<file', at + 5)) {
    const start = xml.indexOf('>', at) + 1;
    const end = xml.indexOf('<', start);
    if (start === 0 || end === -1 || end > to) break;
    best = wanted.get(unescape(xml.toString('latin1', start, end))) ?? best;
  }
  return best;
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
