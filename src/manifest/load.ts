// From file names to the desired state: reads the named files and what they include (through functions that it is given), and says everything that is wrong at once.
import { fromText } from '../model/bytes.ts';
import { compilePattern } from '../model/pattern.ts';
import type { DesiredState } from '../model/manifest.ts';
import type { Failure, Result } from '../model/result.ts';
import { sortDiagnostics, type Diagnostic } from './diagnostic.ts';
import { mergeManifests, sumsKey, type ManifestFile, type SumsFiles } from './merge.ts';
import { parseManifest, type ParsedManifest } from './parse.ts';
import { decodeManifest, MAX_MANIFEST_BYTES } from './source-text.ts';
import { MAX_SUMS_BYTES, parseSums } from './sums.ts';
import type { WhenFacts } from './when.ts';

export interface ManifestFileContent {
  readonly bytes: Uint8Array;
  /** Of `bytes`, 64 hexadecimal digits; may be computed when it is asked for. */
  readonly sha256: string;
}

/** How manifest files are reached. Both MUST refuse what is no regular file, so that a FIFO cannot hang the run. */
export interface ManifestReader {
  read(path: string, maxBytes: number): Result<ManifestFileContent>;
  /** Files below `directory` that fit a glob of `*`, `?`, `[a-z]`, as paths relative to it; more than fit may be given. */
  list(directory: string, glob: string): Result<readonly string[]>;
}

/** `reason` is 'manifest-invalid', 'manifest-unreadable' or 'manifest-untrusted' (a named file), or 'manifest-not-for-this-host'. */
export interface ManifestFailure extends Failure {
  /** Sorted by file (in reading order) and position; for `renderDiagnostics`. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface LoadedManifest {
  readonly state: DesiredState;
}

export interface CheckedManifest {
  readonly files: DesiredState['files'];
}

const LIMITS = { files: 256, depth: 16 } as const;

/** The desired state of the host that `facts` describe. `paths`: the main file first, then drop-ins; all of them have equal weight. */
export function loadManifest(paths: readonly string[], reader: ManifestReader, facts: WhenFacts): Result<LoadedManifest, ManifestFailure> {
  const read = readAll(paths, reader);
  if (!read.ok) return read;
  const merged = mergeManifests(read.value.files, read.value.sums, facts);
  if (merged.state !== undefined) return { ok: true, value: { state: merged.state } };
  return merged.diagnostics.length > 0 ? invalid(merged.diagnostics) : {
    ok: false,
    error: {
      reason: 'manifest-not-for-this-host',
      message: `the manifest is not for this host: "when" of ${paths.join(', ')} does not hold for ${facts.name} (${`${facts.os.id} ${facts.os.versionId}`.trim()})`,
      hint: 'name the manifest of this host with --manifest',
      diagnostics: [],
    },
  };
}

/** What can be said without a host (`drift manifest lint` on another machine): entries under a `when` are read, and not compared with each other. */
export function checkManifest(paths: readonly string[], reader: ManifestReader): Result<CheckedManifest, ManifestFailure> {
  const read = readAll(paths, reader);
  if (!read.ok) return read;
  const merged = mergeManifests(read.value.files, read.value.sums, undefined);
  return merged.diagnostics.length > 0 ? invalid(merged.diagnostics) : { ok: true, value: { files: read.value.files } };
}

function invalid(diagnostics: readonly Diagnostic[]): { ok: false; error: ManifestFailure } {
  const sorted = sortDiagnostics(diagnostics);
  const [first] = sorted;
  const where = first === undefined ? '' : first.line > 0 ? `${first.file}:${first.line}:${first.column}: ` : `${first.file}: `;
  const more = sorted.length > 1 ? ` (and ${sorted.length - 1} more)` : '';
  return {
    ok: false,
    error: { reason: 'manifest-invalid', message: `${where}${first?.message ?? 'the manifest is not valid'}${more}`, hint: 'correct it and run drift manifest lint', diagnostics: sorted },
  };
}

function readAll(paths: readonly string[], reader: ManifestReader): Result<{ files: readonly ManifestFile[]; sums: SumsFiles }, ManifestFailure> {
  const files: ManifestFile[] = [];
  const diagnostics: Diagnostic[] = [];
  const sums = new Map<string, ReadonlyMap<string, string>>();
  const seen = new Set<string>();

  function readOne(path: string, chain: readonly string[], from: Included | undefined): Failure | undefined {
    if (seen.has(path)) return undefined;
    seen.add(path);
    const content = reader.read(path, MAX_MANIFEST_BYTES);
    if (!content.ok) {
      if (content.error.reason === 'too-large') diagnostics.push({ file: path, line: 0, column: 0, code: 'too-large', message: content.error.message, hint: 'split it with "include"' });
      else if (from === undefined) return content.error;
      else diagnostics.push(complain(from, 'include-missing', `the included file ${path} cannot be read: ${content.error.message}`, content.error.hint));
      return undefined;
    }
    const decoded = decodeManifest(path, content.value.bytes);
    const parsed = decoded.diagnostics.length > 0 ? { diagnostics: decoded.diagnostics } : parseManifest(decoded.source);
    diagnostics.push(...parsed.diagnostics);
    if (!('manifest' in parsed) || parsed.manifest === undefined) return undefined;
    const includes: string[] = [];
    files.push({ path, get sha256() { return content.value.sha256; }, manifest: parsed.manifest, named: named.has(path), includes });
    readSums(path, parsed.manifest);
    for (const entry of parsed.manifest.include) includes.push(...follow({ manifest: parsed.manifest, entry }, path, [...chain, path]));
    return undefined;
  }

  function follow(from: Included, path: string, chain: readonly string[]): readonly string[] {
    const targets = targetsOf(from, directoryOf(path), reader, diagnostics);
    for (const target of targets) {
      const at = chain.indexOf(target);
      if (at >= 0) diagnostics.push(complain(from, 'include-cycle', `the include goes in a circle: ${[...chain.slice(at), target].join(' -> ')}`));
      else if (chain.length >= LIMITS.depth) diagnostics.push(complain(from, 'include-limit', `includes go more than ${LIMITS.depth} files deep`));
      else if (seen.size >= LIMITS.files) diagnostics.push(complain(from, 'include-limit', `the manifest has more than ${LIMITS.files} files`));
      else readOne(target, chain, from);
      if (diagnostics.at(-1)?.code === 'include-limit') break;
    }
    return targets;
  }

  function readSums(path: string, manifest: ParsedManifest): void {
    for (const { value, offset, length } of manifest.allow) {
      if (value.sums === undefined) continue;
      const file = within(directoryOf(path), value.sums);
      const content = reader.read(file, MAX_SUMS_BYTES);
      if (!content.ok) {
        diagnostics.push(manifest.source.diagnose('bad-sums', offset, length, `the file ${file} cannot be read: ${content.error.message}`));
        continue;
      }
      const pattern = compilePattern(value.path);
      const parsed = parseSums(file, content.value.bytes, pattern.ok ? (pattern.value.literal === undefined ? pattern.value.prefix : undefined) : '/');
      if (parsed.ok) sums.set(sumsKey(path, value.sums, value.path), parsed.value);
      else diagnostics.push(parsed.error);
    }
  }

  const named = new Set(paths);
  for (const path of named) {
    const unreadable = readOne(path, [], undefined);
    if (unreadable !== undefined) {
      if (unreadable.reason === 'manifest-untrusted') return { ok: false, error: { ...unreadable, diagnostics: [] } };
      const hint = unreadable.hint ?? 'name another file with --manifest, or write one with drift init';
      return { ok: false, error: { reason: 'manifest-unreadable', message: `the manifest ${path} cannot be read: ${unreadable.message}`, hint, diagnostics: [] } };
    }
  }
  return diagnostics.length > 0 ? invalid(diagnostics) : { ok: true, value: { files, sums } };
}

interface Included {
  readonly manifest: ParsedManifest;
  readonly entry: { readonly value: string; readonly offset: number; readonly length: number };
}

function complain({ manifest, entry }: Included, code: Diagnostic['code'], message: string, hint?: string): Diagnostic {
  return manifest.source.diagnose(code, entry.offset, entry.length, message, hint);
}

/** What an include names, sorted; a pattern that fits nothing is an error, because a misspelt one would take declarations away without a word. */
function targetsOf(from: Included, directory: string, reader: ManifestReader, diagnostics: Diagnostic[]): string[] {
  const glob = from.entry.value.replace(/^\.\//, '');
  const pattern = compilePattern(`/${glob}`);
  if (!pattern.ok) throw new Error(`a checked include does not compile: ${glob}`);
  if (pattern.value.literal !== undefined) return [within(directory, glob.replaceAll(/\\(.)/g, '$1'))];
  const listed = reader.list(directory, glob);
  if (!listed.ok) {
    diagnostics.push(complain(from, 'include-missing', `the files of "${glob}" cannot be listed: ${listed.error.message}`));
    return [];
  }
  // Files that editors leave behind start with a dot.
  const dots = glob.split('/').some((part) => part.startsWith('.'));
  const fitting = listed.value.filter((path) => pattern.value.matches(`/${fromText(path)}`) && (dots || !/(?:^|\/)\./.test(path))).toSorted();
  if (fitting.length === 0) diagnostics.push(complain(from, 'include-missing', `"${glob}" fits no file below ${directory === '' ? '.' : directory}`, 'take the line out, or correct it'));
  return fitting.map((path) => within(directory, path));
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : slash === 0 ? '/' : path.slice(0, slash);
}

function within(directory: string, path: string): string {
  const name = path.replace(/^\.\//, '');
  return directory === '' || directory === '/' ? `${directory}${name}` : `${directory}/${name}`;
}
