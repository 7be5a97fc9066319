// The ownership index of rpm, from the dump: every path of every package, and what the database records of it (rpm-queryformat(7), rpm -V).
import type { Host } from '../../host/host.ts';
import type { BytePath, ByteString } from '../../model/bytes.ts';
import { failed, type Observation, type Problem } from '../../model/coverage.ts';
import { typeOfMode } from '../../model/file.ts';
import type { ClaimId, FileRecord, OwnedNames, OwnershipIndex } from '../../model/ownership.ts';
import type { PackageRef } from '../../model/package.ts';
import { readPrivateFile } from '../../host/private-directory.ts';
import type { OwnershipSeed } from '../manager.ts';
import { SortedNames } from '../owned-names.ts';
import { isVolatile } from '../volatile.ts';
import { CanonicalDirectories } from './directories.ts';
import { FILE_FIELDS, evrOf, isKey, parseDump, type Dump, type DumpedPackage, type Removal } from './dump.ts';

const SOURCE = 'dnf/ownership';
const TAB = 9;

/** rpmfileAttrs_e */
const CONFIG = 1;
const MISSING_OK = 8;
const GHOST = 64;
/** rpmfileState_e */
const REPLACED = 1;
const NOT_INSTALLED = 2;
const NET_SHARED = 3;
const WRONG_COLOR = 4;
/** rpmVerifyAttrs_e */
const VERIFY: readonly (readonly [number, 'digest' | 'size' | 'link' | 'user' | 'group' | 'mtime' | 'mode' | 'caps'])[] = [
  [1, 'digest'], [2, 'size'], [4, 'link'], [8, 'user'], [16, 'group'], [32, 'mtime'], [64, 'mode'], [256, 'caps'],
];
const VERIFY_BITS = VERIFY.reduce((all, [bit]) => all | bit, 0);
/** RFC 9580 §9.5 */
const ALGORITHMS: Readonly<Record<number, NonNullable<FileRecord['digest']>['algorithm']>> = { 1: 'md5', 2: 'sha1', 8: 'sha256', 9: 'sha384', 10: 'sha512', 11: 'sha224' };
/** Transactions are stamped in whole seconds. */
const GRANULARITY_MS = 1000;

export function buildOwnership(host: Host, seed: OwnershipSeed): Observation<OwnershipIndex> {
  if (seed.dump === undefined) return { value: new RpmOwnership(host, parseDump('', false), []), coverage: failed(SOURCE, 'the rpm database was not read') };
  const dump = parseDump(readPrivateFile(seed.dump).toString('latin1'), false);
  const problems: Problem[] = dump.failures.map(({ directory, message }) => ({ message, path: directory === '' ? '/var/lib/rpm' : directory }));
  if (dump.strangeLines > 0) problems.push({ message: `${dump.strangeLines} lines of rpm's answer make no sense; file names with line ends in them look like that` });
  const index = new RpmOwnership(host, dump, problems);
  const status = problems.length === 0 ? 'complete' : dump.packages.length === 0 ? 'failed' : 'partial';
  return { value: index, coverage: { source: SOURCE, status, problems, skipped: [] } };
}

/** What rpm's database says beyond the index: scriptlets, transactions, what dnf removed. */
export interface RpmRecords {
  /** The scriptlet that names `path` as a whole word. */
  scriptNaming(path: BytePath): { readonly package: PackageRef; readonly script: string } | undefined;
  /** The rpm transaction that was running at `timeMs`, with the packages that it installed. */
  transactionAt(timeMs: number): { readonly beginMs: number; readonly packages: readonly string[] } | undefined;
  readonly removals: readonly Removal[];
}

/** All scriptlets in one text, so that a path is looked for once. */
interface ScriptTexts {
  readonly text: ByteString;
  readonly starts: readonly { readonly at: number; readonly package: number; readonly name: string }[];
}

export class RpmOwnership implements RpmRecords, OwnershipIndex {
  readonly manager = 'dnf';
  readonly #text: ByteString;
  readonly #packages: readonly DumpedPackage[];
  readonly #canonical: CanonicalDirectories;
  readonly #refs: (PackageRef | undefined)[] = [];
  readonly #transactions: ReadonlyMap<number, number>;
  readonly #directories = new Map<BytePath, SortedNames>();
  /** Claim → where its line begins in the text. */
  readonly #lines: Uint32Array;
  /** Package → its first claim; one more at the end. */
  readonly #firstClaims: Uint32Array;
  readonly removals: readonly Removal[];
  #scripts: ScriptTexts | undefined;

  constructor(host: Host, dump: Dump, problems: Problem[]) {
    this.#text = dump.text;
    this.#packages = dump.packages.filter((each) => !isKey(each));
    this.#transactions = dump.transactions;
    this.removals = dump.removals;
    let lines = 0;
    for (const each of this.#packages) lines += each.fileCount;
    this.#lines = new Uint32Array(lines);
    this.#firstClaims = new Uint32Array(this.#packages.length + 1);
    this.#canonical = new CanonicalDirectories(host);
    let claim = 0;
    for (const [at, each] of this.#packages.entries()) {
      this.#firstClaims[at] = claim;
      const added = this.#addFiles(each, claim);
      if (added !== each.fileCount) problems.push({ message: `${each.name} ${evrOf(each)} has ${each.fileCount} files, of which ${added} can be told apart` });
      claim += added;
    }
    this.#firstClaims[this.#packages.length] = claim;
  }

  names(dir: BytePath): OwnedNames | undefined {
    return this.#directories.get(dir);
  }

  directories(): Iterable<BytePath> {
    return this.#directories.keys();
  }

  package(claim: ClaimId): PackageRef {
    return this.#ref(this.#packageOf(claim));
  }

  #ref(at: number): PackageRef {
    const known = this.#refs[at];
    if (known !== undefined) return known;
    const each = this.#packages[at]!;
    const ref: PackageRef = { manager: 'dnf', name: each.name, arch: each.arch, version: evrOf(each) };
    this.#refs[at] = ref;
    return ref;
  }

  hasPackage(name: string): boolean {
    return this.#packages.some((each) => each.name === name);
  }

  recordedPath(claim: ClaimId): BytePath {
    const fields = this.#fields(claim);
    const path = this.#packages[this.#packageOf(claim)]!.directories[Number(fields[0])]! + fields[FILE_FIELDS - 1]!;
    return path.startsWith('/') ? path : `/${path}`;
  }

  installedBefore(claim: ClaimId): number | undefined {
    const { installTime, transaction } = this.#packages[this.#packageOf(claim)]!;
    if (installTime === 0) return undefined;
    return Math.max(installTime, this.#transactions.get(transaction) ?? 0) * 1000 + GRANULARITY_MS;
  }

  record(claim: ClaimId): FileRecord {
    const owner = this.#packages[this.#packageOf(claim)]!;
    const [directory, flagText, modeText, size, mtime, state, verify, digest, user, group, caps, link] = this.#fields(claim);
    const flags = Number(flagText);
    const config = (flags & CONFIG) !== 0 ? { config: true } : {};
    // Another package's file stands there (replaced), or that of another architecture (wrong colour): nothing of this record holds for it.
    if (Number(state) === REPLACED || Number(state) === WRONG_COLOR) return { mayBeMissing: true, ...config };
    const mode = Number(modeText);
    const type = typeOfMode(mode);
    const ghost = (flags & GHOST) !== 0;
    const mayBeMissing = ghost || (flags & MISSING_OK) !== 0 || Number(state) === NOT_INSTALLED || Number(state) === NET_SHARED
      || isVolatile(this.#canonical.of(owner.directories[Number(directory)]!));
    const algorithm = ALGORITHMS[owner.digestAlgorithm];
    const content = type === 'file' && !ghost;
    const notVerified = verify === '(none)' ? undefined : notVerifiedOf(Number(verify) | 0);
    return {
      ...(Number.isFinite(mode) && type !== 'unknown' ? { type } : {}),
      ...(Number.isFinite(mode) && type !== 'link' ? { mode: mode & 0o7777 } : {}),
      ...(user === '(none)' || user === '' ? {} : { user: user! }),
      ...(group === '(none)' || group === '' ? {} : { group: group! }),
      ...(content && size !== '(none)' ? { size: Number(size) } : {}),
      ...(content && mtime !== '(none)' ? { mtime: Number(mtime) } : {}),
      ...(content && algorithm !== undefined && digest !== '' && digest !== '(none)' ? { digest: { algorithm, hex: digest! } } : {}),
      ...(type === 'link' && !ghost && link !== '(none)' ? { linkTarget: link! } : {}),
      ...(content ? { capabilities: capabilitiesOf(caps!) } : {}),
      ...config,
      ...(mayBeMissing ? { mayBeMissing } : {}),
      ...(ghost ? { ghost } : {}),
      ...(notVerified === undefined ? {} : { notVerified }),
    };
  }

  explainsPrivilege(claim: ClaimId): string | undefined {
    const found = this.scriptNaming(this.recordedPath(claim));
    const owner = this.package(claim);
    return found?.package.name === owner.name ? `%${found.script} of ${owner.name} names it` : undefined;
  }

  scriptNaming(path: BytePath): { readonly package: PackageRef; readonly script: string } | undefined {
    const { text, starts } = (this.#scripts ??= this.#joinScripts());
    for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + 1)) {
      if (isPathCharacter(text.charCodeAt(at - 1)) || isPathCharacter(text.charCodeAt(at + path.length))) continue;
      const found = starts.findLast((each) => each.at <= at)!;
      return { package: this.#ref(found.package), script: found.name };
    }
    return undefined;
  }

  transactionAt(timeMs: number): { readonly beginMs: number; readonly packages: readonly string[] } | undefined {
    for (const [tid, end] of this.#transactions) {
      if (timeMs < tid * 1000 || timeMs >= end * 1000 + GRANULARITY_MS) continue;
      return { beginMs: tid * 1000, packages: this.#packages.filter(({ transaction }) => transaction === tid).map(({ name }) => name).sort() };
    }
    return undefined;
  }

  /** Every scriptlet, with the name of its package. */
  * scriptTexts(): Generator<{ readonly package: string; readonly text: ByteString }> {
    for (const { name, scripts } of this.#packages) for (const { from, to } of scripts) yield { package: name, text: this.#text.slice(from, to) };
  }

  #joinScripts(): ScriptTexts {
    const parts: string[] = [];
    const starts: { at: number; package: number; name: string }[] = [];
    let length = 0;
    for (const [at, each] of this.#packages.entries()) {
      for (const { name, from, to } of each.scripts) {
        starts.push({ at: length, package: at, name });
        parts.push(this.#text.slice(from, to));
        length += to - from + 1;
      }
    }
    return { text: parts.join('\n'), starts };
  }

  #addFiles(of: DumpedPackage, firstClaim: number): number {
    const text = this.#text;
    const here: (SortedNames | undefined)[] = [];
    let claim = firstClaim;
    for (let at = of.filesFrom; at < of.filesTo && claim < firstClaim + of.fileCount;) {
      let end = text.indexOf('\n', at);
      if (end === -1) end = text.length;
      // A line that is no file (a name with a line end in it) takes no claim; the count then differs and says so.
      if (text.charCodeAt(at) === 70 && text.charCodeAt(at + 1) === TAB) {
        let directory = 0;
        let digit = at + 2;
        for (let code = text.charCodeAt(digit); code >= 48 && code <= 57; code = text.charCodeAt(++digit)) directory = directory * 10 + code - 48;
        let names = here[directory];
        if (names === undefined) {
          const recorded = of.directories[directory];
          if (recorded !== undefined) {
            names = this.#directory(this.#canonical.of(recorded));
            here[directory] = names;
          }
        }
        if (names !== undefined) {
          const name = text.slice(text.lastIndexOf('\t', end - 1) + 1, end);
          // Only the root itself has no name: it stands in no directory.
          if (name !== '') names.add(name, claim);
          this.#lines[claim++] = at;
        }
      }
      at = end + 1;
    }
    return claim - firstClaim;
  }

  #directory(path: BytePath): SortedNames {
    let names = this.#directories.get(path);
    if (names === undefined) {
      names = new SortedNames();
      this.#directories.set(path, names);
    }
    return names;
  }

  #packageOf(claim: ClaimId): number {
    let low = 0;
    let high = this.#packages.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#firstClaims[middle]! <= claim) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Directory index first, name last; what is too many are TABs of the name. */
  #fields(claim: ClaimId): readonly ByteString[] {
    const from = this.#lines[claim]!;
    const end = this.#text.indexOf('\n', from);
    const fields = this.#text.slice(from + 2, end === -1 ? this.#text.length : end).split('\t');
    return fields.length <= FILE_FIELDS ? fields : [...fields.slice(0, FILE_FIELDS - 1), fields.slice(FILE_FIELDS - 1).join('\t')];
  }
}

/** Letters, digits and the marks that go on a path; the end of the text is none. */
function isPathCharacter(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 45 || code === 46 || code === 47 || code === 95;
}

const NOT_VERIFIED = new Map<number, FileRecord['notVerified']>();

function notVerifiedOf(verify: number): FileRecord['notVerified'] {
  const off = ~verify & VERIFY_BITS;
  if (off === 0) return undefined;
  let known = NOT_VERIFIED.get(off);
  if (known === undefined) {
    known = new Set(VERIFY.filter(([bit]) => (off & bit) !== 0).map(([, attribute]) => attribute));
    NOT_VERIFIED.set(off, known);
  }
  return known;
}

/** rpm keeps what the package's author wrote ('= cap_net_raw+ep'); '' = none, which rpm verifies too. */
function capabilitiesOf(text: ByteString): string {
  return text === '(none)' || text === '=' ? '' : text;
}
