// A root directory made for one test, and an ownership index that claims what the test says.
import { chmodSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Host } from '../../src/host/host.ts';
import { localHost } from '../../src/host/local-host.ts';
import { baseOf, parentOf, type BytePath } from '../../src/model/bytes.ts';
import { typeOfMode, type FileFacts } from '../../src/model/file.ts';
import type { ClaimId, OwnershipIndex } from '../../src/model/ownership.ts';
import { pathDirectories } from '../../src/sweep/launch.ts';
import { ownershipLookup } from '../../src/sweep/ownership-lookup.ts';
import type { ProofContext } from '../../src/sweep/proofs/proof-context.ts';
import { plainStat, type WalkResult } from '../../src/sweep/walk-result.ts';
import { finishWalk } from '../../src/sweep/finish-walk.ts';
import { createWalk, type WalkOptions } from '../../src/sweep/walk.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

export interface Entry {
  readonly content?: string | Buffer;
  readonly link?: string;
  readonly mode?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
}

export interface Sandbox {
  readonly root: string;
  readonly host: Host;
  /** Missing parents are made; a string is the content; a path that ends in '/' is a directory. */
  put(entries: Readonly<Record<BytePath, string | Buffer | Entry>>): void;
}

export function sandbox(entries: Readonly<Record<BytePath, string | Buffer | Entry>> = {}): Sandbox {
  const root = temporaryDirectory();
  function put(more: Readonly<Record<BytePath, string | Buffer | Entry>>): void {
    for (const [path, given] of Object.entries(more)) putOne(root + path, typeof given === 'string' || Buffer.isBuffer(given) ? { content: given } : given);
  }
  put(entries);
  return { root, host: localHost(root), put };
}

function putOne(path: string, entry: Entry): void {
  const native = Buffer.from(path, 'latin1');
  if (path.endsWith('/')) mkdirSync(native, { recursive: true });
  else {
    mkdirSync(Buffer.from(parentOf(path), 'latin1'), { recursive: true });
    if (entry.link !== undefined) symlinkSync(entry.link, native);
    else writeFileSync(native, entry.content ?? '');
  }
  if (entry.link === undefined) chmodSync(native, entry.mode ?? (path.endsWith('/') ? 0o755 : 0o644));
  if (entry.mtime !== undefined) lutimesSync(native, entry.mtime, entry.mtime);
}

/** Claims the paths and their parents, as dpkg's lists do. Package: what stands before a ':' ('bash:/usr/bin/bash'), 'owner' without one. */
export function claims(...paths: readonly string[]): OwnershipIndex {
  const directories = new Map<BytePath, Map<string, ClaimId>>();
  const owners: { readonly name: string; readonly path: BytePath }[] = [];
  for (const given of paths) {
    const name = given.startsWith('/') ? 'owner' : given.slice(0, given.indexOf(':'));
    for (let path = given.slice(given.indexOf('/')); path !== '/'; path = parentOf(path)) {
      const parent = parentOf(path);
      const names = directories.get(parent) ?? new Map<string, ClaimId>();
      directories.set(parent, names);
      if (!names.has(baseOf(path))) names.set(baseOf(path), owners.push({ name, path }) - 1);
    }
  }
  return {
    manager: 'apt',
    names: (dir) => directories.get(dir),
    directories: () => directories.keys(),
    package: (claim) => ({ manager: 'apt', name: owners[claim]!.name, arch: 'amd64', version: '1' }),
    recordedPath: (claim) => owners[claim]!.path,
    record: () => ({}),
    installedBefore: () => undefined,
  };
}

/** Walks everything and finishes. */
export function sweep(host: Host, indexes: readonly OwnershipIndex[], more: Partial<WalkOptions> = {}): WalkResult {
  const walk = createWalk({ host, indexes, mounts: [], exclude: [], allow: [], tasks: [{ path: '/' }], ...more });
  while (walk.step(3) !== 'done');
  return finishWalk({ host, indexes, ...(more.visitor === undefined ? {} : { visitor: more.visitor }) }, walk.result());
}

export function candidate(result: WalkResult, path: BytePath): FileFacts | undefined {
  return result.candidates.find((each) => each.facts.path === path)?.facts;
}

export function paths(result: WalkResult): readonly BytePath[] {
  return result.candidates.map((each) => each.facts.path);
}

export function contextOf(host: Host, ...indexes: readonly OwnershipIndex[]): ProofContext {
  return { host, owned: ownershipLookup(indexes), pathDirectories: pathDirectories(host) };
}

/** Facts as the walk would give them, by walking. Throws when the walk finds nothing interesting there. */
export function factsOf(host: Host, index: OwnershipIndex, path: BytePath): FileFacts {
  const found = candidate(sweep(host, [index]), path);
  if (found === undefined) throw new Error(`${path} is no candidate`);
  return found;
}

/** Bare facts of an entry that the walk need not have found interesting. */
export function bareFacts(host: Host, path: BytePath): FileFacts {
  const stat = host.lstat(path);
  if (!stat.ok) throw new Error(stat.error.message);
  const type = typeOfMode(stat.value.mode);
  const target = type === 'link' ? host.readlink(path) : undefined;
  return { path, type, stat: plainStat(stat.value), ...(target?.ok ? { target: target.value } : {}) };
}

/** ELF64 little-endian header of the given e_type (1 relocatable, 2 executable, 3 shared), with one PT_INTERP header when asked. */
export function elf(type: number, options: { readonly interpreter?: boolean; readonly entry?: number; readonly tail?: string } = {}): Buffer {
  const head = Buffer.alloc(256);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(type, 16);
  head.writeUInt16LE(62, 18);
  head.writeBigUInt64LE(BigInt(options.entry ?? 0), 24);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(options.interpreter ? 2 : 1, 56);
  head.writeUInt32LE(6, 64);
  if (options.interpreter) head.writeUInt32LE(3, 120);
  return Buffer.concat([head, Buffer.from(options.tail ?? '', 'latin1')]);
}

/** Python 3.11 bytecode with the header of a source of that time and size. */
export function bytecode(mtime: number, size: number, magic = 3495): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16LE(magic, 0);
  head.write('\r\n', 2);
  head.writeUInt32LE(mtime, 8);
  head.writeUInt32LE(size, 12);
  return head;
}
