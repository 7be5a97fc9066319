// Which path belongs to which package, as dpkg's file lists, diversions and statoverrides have it. Digests are read when asked for.
import type { Host } from '../../host/host.ts';
import { joinPath, type BytePath } from '../../model/bytes.ts';
import { covered, type Observation, type Problem } from '../../model/coverage.ts';
import { claimsOf, type ClaimId, type FileRecord, type OwnershipIndex } from '../../model/ownership.ts';
import type { PackageRef } from '../../model/package.ts';
import { conffilesOf, databaseOf, hasFiles, INFO, infoName, type ConffileEntry, type Database } from './database.ts';
import { readDiversions, readPathFilter, readStatOverrides, type Diversion, type PathFilter, type StatOverride } from './dpkg-records.ts';
import { canonicalPath, parseMd5sums, readFileLists, type FileLists, type Owner } from './file-lists.ts';
import { SortedNames } from '../owned-names.ts';
import { isVolatile } from '../volatile.ts';
import { expandedLines, givesPrivileges, givingLines, grants, linesOf, ownerGrants, type OwnerGrant } from './maintainer-scripts.ts';

export function readOwnership(host: Host): Observation<OwnershipIndex> {
  const database = databaseOf(host);
  const problems: Problem[] = database.failure === undefined ? [] : [database.failure];
  const without = !database.hasLists && database.entries.some((entry) => hasFiles(entry) && entry.statusFile === undefined);
  // Said once and as a failure: with no list at all, everything on the disk would look unowned.
  if (without) problems.push({ message: 'holds no file list of any package, so that no file is known to be owned', path: INFO });
  const lists = readFileLists(host, database, without ? [] : problems);
  const diversions = readDiversions(host, problems);
  const overrides = readStatOverrides(host, problems);
  const filter = readPathFilter(host, problems);
  const index = new AptOwnership(host, database, lists, overrides, filter);
  for (const diversion of diversions) index.divert(diversion);
  const coverage = covered('apt/ownership', problems);
  return { value: index, coverage: without || database.failure !== undefined ? { ...coverage, status: 'failed' } : coverage };
}

class AptOwnership implements OwnershipIndex {
  readonly manager = 'apt';
  readonly #host: Host;
  readonly #database: Database;
  readonly #lists: FileLists;
  readonly #filter: PathFilter;
  readonly #starts: Uint32Array;
  readonly #times: Float64Array;
  /** Claims that `throughLink` has: most have to be asked about, and few are in it. */
  readonly #linked: Uint8Array;
  readonly #refs: (PackageRef | undefined)[] = [];
  readonly #sums: (ReadonlyMap<BytePath, string> | undefined)[] = [];
  readonly #conffiles: (ReadonlyMap<BytePath, ConffileEntry> | undefined)[] = [];
  readonly #scripts = new Map<number, readonly { readonly name: string; readonly text: string }[]>();
  readonly #grants = new Map<number, readonly { readonly script: string; readonly grant: OwnerGrant }[]>();
  /** By canonical path. */
  readonly #overrides = new Map<BytePath, StatOverride>();

  constructor(host: Host, database: Database, lists: FileLists, overrides: readonly StatOverride[], filter: PathFilter) {
    this.#host = host;
    this.#database = database;
    this.#lists = lists;
    this.#filter = filter;
    this.#starts = Uint32Array.from(lists.owners, (owner) => owner.firstClaim);
    this.#times = Float64Array.from(lists.owners, (owner) => owner.installedBefore ?? Number.NaN);
    this.#linked = new Uint8Array(lists.claims);
    for (const claim of lists.throughLink.keys()) this.#linked[claim] = 1;
    for (const override of overrides) {
      const place = canonicalPath(lists, override.path);
      this.#overrides.set(joinPath(place.directory, place.name), override);
    }
  }

  names(dir: BytePath): SortedNames | undefined {
    return this.#lists.directories.get(dir);
  }

  directories(): Iterable<BytePath> {
    return this.#lists.directories.keys();
  }

  package(claim: ClaimId): PackageRef {
    const number = this.#ownerNumber(claim);
    const { entry } = this.#lists.owners[number]!;
    return (this.#refs[number] ??= { manager: 'apt', name: entry.name, arch: entry.arch, version: entry.version });
  }

  recordedPath(claim: ClaimId): BytePath {
    const { text } = this.#owner(claim);
    const start = this.#lists.offsets[claim]!;
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    while (end > start + 1 && text.charCodeAt(end - 1) === 47) end--;
    return text.slice(start, end);
  }

  record(claim: ClaimId): FileRecord {
    const number = this.#ownerNumber(claim);
    const recorded = this.recordedPath(claim);
    const conffile = this.#conffilesOf(number).get(recorded);
    const sums = this.#sumsOf(number);
    const md5 = conffile === undefined ? sums.get(recorded) : conffile.md5;
    const place = canonicalPath(this.#lists, recorded);
    const override = this.#overrides.get(joinPath(place.directory, place.name));
    const optional = conffile?.obsolete === true || conffile?.removeOnUpgrade === true || isVolatile(place.directory) || this.#filter.excludes(recorded);
    return {
      // Both kinds of digest are of regular files only.
      ...(md5 === undefined ? {} : { type: 'file', digest: { algorithm: 'md5', hex: md5 } }),
      ...(md5 === undefined && conffile === undefined && sums.size > 0 ? { undigested: true } : {}),
      ...(conffile === undefined ? {} : { config: true }),
      ...(override === undefined ? {} : { mode: override.mode, user: override.user, group: override.group }),
      ...(optional ? { mayBeMissing: true } : {}),
    };
  }

  installedBefore(claim: ClaimId): number | undefined {
    const time = this.#times[this.#ownerNumber(claim)]!;
    if (Number.isNaN(time)) return undefined;
    return this.#linked[claim] === 0 ? time : Math.max(time, this.#lists.throughLink.get(claim)!);
  }

  explainsPrivilege(claim: ClaimId): string | undefined {
    const recorded = this.recordedPath(claim);
    const place = canonicalPath(this.#lists, recorded);
    const canonical = joinPath(place.directory, place.name);
    const override = this.#overrides.get(canonical);
    if (override !== undefined) return `dpkg-statoverride: ${override.user} ${override.group} ${override.mode.toString(8)} ${override.path}`;
    for (const script of this.#scriptsOf(this.#ownerNumber(claim))) {
      if (!givesPrivileges(script.text)) continue;
      const lines = linesOf(script.text);
      for (const text of [givingLines(lines), givingLines(expandedLines(lines))]) {
        if (namesPath(text, recorded) || namesPath(text, canonical)) return `${script.name} names ${recorded}`;
      }
    }
    return undefined;
  }

  explainsOwner(claim: ClaimId, name: string, what: 'user' | 'group'): string | undefined {
    const number = this.#ownerNumber(claim);
    const recorded = this.recordedPath(claim);
    const given = (owner: number): string | undefined => this.#grantsOf(owner).find(({ grant }) => grants(grant, recorded, name, what))?.script;
    const own = given(number);
    if (own !== undefined) return `${own} gives it to ${name}`;
    // What is configured by one package is shipped by another (freeradius, freeradius-config): both are of one source.
    const source = this.#sourceOf(number);
    for (const [other] of this.#lists.owners.entries()) {
      if (other === number || this.#sourceOf(other) !== source) continue;
      const script = given(other);
      if (script !== undefined) return `${script} gives it to ${name}`;
    }
    return undefined;
  }

  #sourceOf(number: number): string {
    const { name, fields } = this.#lists.owners[number]!.entry;
    return fields.get('source')?.split(' ')[0] ?? name;
  }

  /** Packages of one kind share their functions in a file that they ship (firebird3.0-common). */
  #withSourced(lines: readonly string[]): readonly string[] {
    const sourced = expandedLines(lines).flatMap((line) => {
      const path = SOURCED.exec(line)?.[1];
      const place = path === undefined ? undefined : canonicalPath(this.#lists, path);
      if (place === undefined || this.names(place.directory)?.has(place.name) !== true) return [];
      const text = this.#host.readBytes(joinPath(place.directory, place.name), MAX_SOURCED);
      return text.ok ? linesOf(text.value) : [];
    });
    return expandedLines([...lines, ...sourced]);
  }

  #grantsOf(number: number): readonly { readonly script: string; readonly grant: OwnerGrant }[] {
    let found = this.#grants.get(number);
    if (found === undefined) {
      found = this.#scriptsOf(number).flatMap((script) => ownerGrants(this.#withSourced(linesOf(script.text))).map((grant) => ({ script: script.name, grant })));
      this.#grants.set(number, found);
    }
    return found;
  }

  /** Moves the claims that a diversion takes from `from` (dpkg-divert(1)): everybody's but the diverting package's own. */
  divert(diversion: Diversion): void {
    const from = canonicalPath(this.#lists, diversion.from);
    const names = this.#lists.directories.get(from.directory);
    if (names === undefined) return;
    const claims = claimsOf(this, from.directory, from.name);
    // dpkg compares what is written in the lists: a package that ships the other spelling of a merged directory is not diverted.
    const moved = claims.filter((claim) => this.package(claim).name !== diversion.package && this.recordedPath(claim) === diversion.from);
    if (moved.length === 0) return;
    names.replace(from.name, claims.filter((claim) => !moved.includes(claim)));
    const to = canonicalPath(this.#lists, diversion.to);
    let target = this.#lists.directories.get(to.directory);
    if (target === undefined) {
      target = new SortedNames();
      this.#lists.directories.set(to.directory, target);
    }
    target.replace(to.name, [...claimsOf(this, to.directory, to.name), ...moved]);
  }

  #owner(claim: ClaimId): Owner {
    return this.#lists.owners[this.#ownerNumber(claim)]!;
  }

  #ownerNumber(claim: ClaimId): number {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= claim) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #sumsOf(number: number): ReadonlyMap<BytePath, string> {
    return (this.#sums[number] ??= this.#readSums(number));
  }

  #readSums(number: number): ReadonlyMap<BytePath, string> {
    const { entry } = this.#lists.owners[number]!;
    if (entry.statusFile !== undefined) {
      const sums = this.#host.readBytes(`${entry.statusFile}.md5sums`);
      return sums.ok ? parseMd5sums(sums.value) : new Map();
    }
    const name = infoName(this.#database, entry, 'md5sums');
    const sums = name === undefined ? undefined : this.#host.slurp(joinPath(this.#database.infoDirectory, name));
    return sums?.ok ? parseMd5sums(sums.value.text) : new Map();
  }

  #conffilesOf(number: number): ReadonlyMap<BytePath, ConffileEntry> {
    return (this.#conffiles[number] ??= new Map(conffilesOf(this.#lists.owners[number]!.entry).map((file) => [file.path, file])));
  }

  #scriptsOf(number: number): readonly { readonly name: string; readonly text: string }[] {
    let scripts = this.#scripts.get(number);
    if (scripts === undefined) {
      const { entry } = this.#lists.owners[number]!;
      const found: { name: string; text: string }[] = [];
      for (const member of ['preinst', 'postinst', 'config'] as const) {
        const name = entry.statusFile === undefined ? infoName(this.#database, entry, member) : undefined;
        const content = name === undefined ? undefined : this.#host.slurp(joinPath(this.#database.infoDirectory, name));
        if (content?.ok) found.push({ name: name!, text: content.value.text });
      }
      scripts = found;
      this.#scripts.set(number, scripts);
    }
    return scripts;
  }
}

const SOURCED = /^[ \t]*\.[ \t]+"?(\/[^\s"';]+)"?[ \t]*$/;
const MAX_SOURCED = 256 * 1024;

/** Whether a script's text holds exactly this path: neither as the start of a longer one, nor as the end of another. */
export function namesPath(text: string, path: BytePath): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    if (!goesOnBefore(text, at) && !isPathCharacter(text.charCodeAt(at + path.length), text.charCodeAt(at + path.length + 1))) return true;
  }
  return false;
}

/** `$DPKG_ROOT` before a path is dpkg's own word for the root that it works on (dpkg(1) "ENVIRONMENT"). */
const ROOT_VARIABLE = /\$(?:DPKG_ROOT|\{DPKG_ROOT(?::-)?\})$/;

function goesOnBefore(text: string, at: number): boolean {
  return isPathCharacter(text.charCodeAt(at - 1)) && !ROOT_VARIABLE.test(text.slice(Math.max(0, at - 16), at));
}

/** Letters, digits, '_', '-', '+', '/', '~', '}' go on a word; a '.' does when a letter or digit follows (the end of a sentence does not). */
function isPathCharacter(code: number, next?: number): boolean {
  if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)) return true;
  if (code === 46) return next === undefined || isPathCharacter(next);
  return code === 95 || code === 45 || code === 43 || code === 47 || code === 126 || code === 125 || code >= 128;
}
