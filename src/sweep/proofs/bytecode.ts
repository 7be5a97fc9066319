// Proves Python bytecode by its source: owned, of the place that its name says, and with the time and size that its header records (PEP 3147, PEP 552).
import { baseOf, parentOf, type BytePath } from '../../model/bytes.ts';
import { typeOfMode, type FileFacts } from '../../model/file.ts';
import type { Proof, ProofRule } from '../../model/proof.ts';
import { ok } from '../../model/result.ts';
import { isPlain, ownerName, type ProofContext } from './proof-context.ts';

/** Magic numbers of the released interpreters (CPython's Include/internal/pycore_magic_number.h). */
const MAGIC: ReadonlyMap<string, number> = new Map([
  ['32', 3180], ['33', 3230], ['34', 3310], ['35', 3351], ['36', 3379], ['37', 3394], ['38', 3413], ['39', 3425], ['310', 3439], ['311', 3495],
  ['312', 3531], ['313', 3571], ['314', 3627],
]);
const CACHED = /^(.+)\.(cpython-(\d{2,3})|pypy\d+)(\.opt-[12])?\.pyc$/;

export function bytecodeProof(context: ProofContext): ProofRule {
  const { host, owned } = context;
  function prove(facts: FileFacts): Proof | undefined {
    if (facts.code !== 'bytecode' || !isPlain(facts)) return undefined;
    const place = sourceOf(facts.path);
    if (place === undefined || !owned.owns(place.source)) return undefined;
    const seen = context.pythonSources?.get(place.source);
    let source = seen === undefined ? host.lstat(place.source) : ok(seen);
    // An owned source may be a link; the interpreter records what it leads to.
    if (source.ok && typeOfMode(source.value.mode) === 'link') source = host.stat(place.source);
    if (!source.ok) return undefined;
    const head = facts.head ?? headOf(facts.path);
    if (head === undefined || head.length < 16 || !matches(head, place.version, Math.floor(source.value.mtimeMs / 1000), source.value.size)) return undefined;
    const name = ownerName(context, place.source);
    return {
      mechanism: 'bytecode',
      detail: `compiled from ${baseOf(place.source)} of ${name}, whose time and size its header records`,
      files: [place.source],
      package: name,
    };
  }
  function headOf(path: BytePath): string | undefined {
    const head = host.readHead(path, 16);
    return head.ok ? head.value.toString('latin1') : undefined;
  }
  return { mechanism: 'bytecode', prove };
}

interface SourcePlace {
  readonly source: BytePath;
  /** Digits of the cpython tag; '2' beside its source; '' for another interpreter. */
  readonly version: string;
}

function sourceOf(path: BytePath): SourcePlace | undefined {
  const dir = parentOf(path);
  const name = baseOf(path);
  if (baseOf(dir) === '__pycache__') {
    const parts = CACHED.exec(name);
    return parts === null ? undefined : { source: `${parentOf(dir)}/${parts[1]}.py`, version: parts[3] ?? '' };
  }
  return /\.py[co]$/.test(name) ? { source: `${dir}/${name.slice(0, -1)}`, version: '2' } : undefined;
}

function matches(head: string, version: string, mtime: number, size: number): boolean {
  const magic = u32(head, 0) & 0xffff;
  if (version === '2') {
    // Python 2 records no size; a version 3 file beside its source runs without it as well, so its longer header is asked for.
    if (magic >= 62011 && magic <= 62211) return u32(head, 4) === mtime >>> 0;
  } else {
    const wanted = MAGIC.get(version);
    if (wanted !== undefined && magic !== wanted) return false;
  }
  if (magic < 3000 || magic > 3999) return version === '' && u32(head, 4) === 0 && u32(head, 8) === mtime >>> 0 && u32(head, 12) === size >>> 0;
  if (magic < 3390) return u32(head, 4) === mtime >>> 0 && u32(head, 8) === size >>> 0;
  // A header with a hash of the source (flag 1) says nothing that could be compared cheaply: not proved.
  return u32(head, 4) === 0 && u32(head, 8) === mtime >>> 0 && u32(head, 12) === size >>> 0;
}

function u32(head: string, at: number): number {
  return (head.charCodeAt(at) | (head.charCodeAt(at + 1) << 8) | (head.charCodeAt(at + 2) << 16) | (head.charCodeAt(at + 3) << 24)) >>> 0;
}
