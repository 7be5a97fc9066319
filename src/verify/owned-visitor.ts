// Looks at every owned entry that the walk meets (one lstat(2) each) and says which are not as their package left them.
import { readAccounts, type Accounts } from '../host/accounts.ts';
import type { Digested } from '../host/content-digest.ts';
import type { Host } from '../host/host.ts';
import { compareBytes, type BytePath, type ByteString } from '../model/bytes.ts';
import { typeOfMode, type FileFacts, type FileStat, type FileType } from '../model/file.ts';
import type { OwnedChange } from '../model/observed.ts';
import type { ClaimId, FileRecord, OwnershipIndex } from '../model/ownership.ts';
import { ok, type Failure, type Result } from '../model/result.ts';
import type { Claims } from '../model/visitor.ts';
import { asList, explained, handedTo, latestInstallation, ownersOf } from './claims.ts';
import { compareRecord, type Issue } from './compare-record.ts';
import { isOverwhelmed, LATE_HINT, type VerifyCounts } from './late-gate.ts';
import { RecordedContent, type Content } from './recorded-content.ts';
import { SMALLEST_SIZE, type CapabilityCheck, type FileToHash, type Mounted, type Verifier, type VerifyOptions, type VerifyResult } from './verifier.ts';
import { directoryIssues, isVolatile, lateFileIssues, lateLinkIssues, NO_MODES } from './without-modes.ts';

interface Seen {
  readonly path: BytePath;
  readonly type: FileType;
  readonly stat: FileStat;
  readonly index: OwnershipIndex;
  readonly claims: readonly ClaimId[];
}

/** What waits for the end of the walk, when the share of late files is known. */
interface Waiting extends Seen {
  /** Its database knew the time of installation, and the change is later. */
  readonly late: boolean;
  /** Its database has modes, sizes and times. */
  readonly detailed: boolean;
  /** Size or mtime differ from the record: hashed whatever the share is. */
  readonly suspect: boolean;
}

interface Difference {
  readonly issues: readonly Issue[];
  readonly record: FileRecord;
}

export function ownedVisitor(host: Host, options: VerifyOptions): Verifier {
  return new OwnedFiles(host, options);
}

class OwnedFiles implements Verifier {
  readonly #host: Host;
  readonly #options: VerifyOptions;
  readonly #accounts: Accounts;
  readonly #toHash: FileToHash[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #changes = new Map<BytePath, OwnedChange>();
  readonly #checks: CapabilityCheck[] = [];
  readonly hardLinks = new Map<string, BytePath>();
  readonly sizes = new Set<number>();
  /** What was read of late files, by path. */
  readonly #known = new Map<BytePath, Content>();
  readonly #contents: RecordedContent;
  readonly #detailed = new Map<OwnershipIndex, boolean>();
  /** So many files are late that it means nothing. */
  #overwhelmed = false;
  /** Something late whose database records no mode was met. */
  #guessed = false;
  #owned = 0;
  #late = 0;

  constructor(host: Host, options: VerifyOptions) {
    this.#host = host;
    this.#options = options;
    this.#contents = new RecordedContent(options.digest);
    this.#accounts = readAccounts(host);
  }

  counts(): VerifyCounts {
    return { owned: this.#owned, late: this.#late, hashed: this.#contents.hashed, unknown: this.#contents.unknown };
  }

  get waiting(): number {
    return this.#toHash.length;
  }

  take(max: number): readonly FileToHash[] {
    return this.#toHash.splice(Math.max(0, this.#toHash.length - max));
  }

  present(path: BytePath, type: FileType, claims: Claims, known?: FileStat): void {
    if (this.#options.mode === 'all' && type === 'file') {
      const algorithm = algorithmOf(claims);
      if (algorithm !== undefined) {
        this.#toHash.push({ path, algorithm, claims });
        return;
      }
    }
    const read = known === undefined ? this.#host.lstat(path) : ok(known);
    if (read.ok) this.#look(path, type, read.value, claims);
    else this.#lost(read.error, path);
  }

  hashed({ path, algorithm, claims }: FileToHash, digest: Result<Digested>): void {
    this.#contents.hashed++;
    if (this.#options.mode === 'late') {
      this.#known.set(path, this.#contents.told(path, algorithm, digest));
      return;
    }
    // What was read told its status on the way: one system call less for every file.
    const read = digest.ok ? ok(digest.value.stat) : this.#host.lstat(path);
    if (read.ok) this.#look(path, typeOfMode(read.value.mode), read.value, claims, this.#contents.told(path, algorithm, digest));
    else this.#lost(read.error, path);
  }

  /** Gone since its directory was read: nothing can be said of it, and nothing is wrong. */
  #lost(error: Failure, path: BytePath): void {
    if (error.reason !== 'ENOENT') this.#contents.problems.push({ message: error.message, path });
  }

  #look(path: BytePath, type: FileType, stat: FileStat, { index, claims }: Claims, content?: Content): void {
    const detailed = this.#isDetailed(index, claims);
    if (type === 'directory') {
      const seen = { path, type, stat, index, claims: asList(claims) };
      if (detailed) this.#report(seen, this.#differences(seen, false));
      else this.#plainDirectory(seen);
      return;
    }
    this.#owned++;
    if (stat.size >= SMALLEST_SIZE) this.sizes.add(stat.size);
    if (stat.nlink > 1 && type === 'file') this.hardLinks.set(`${stat.dev}:${stat.ino}`, path);
    const installed = latestInstallation(index, claims);
    const changed = installed === undefined || stat.ctimeMs > installed;
    if (changed) this.#late++;
    const late = changed && installed !== undefined;
    if (this.#options.mode === 'all') {
      const seen = { path, type, stat, index, claims: asList(claims) };
      this.#report(seen, this.#differences(seen, true, content));
      if (changed) this.#waiting.push({ ...seen, late, detailed, suspect: false });
    } else if (detailed) {
      const seen = { path, type, stat, index, claims: asList(claims) };
      const difference = this.#differences(seen, false);
      // The time of last modification alone is no change, and where it or the size moved the content says more.
      const suspect = type === 'file' && difference.issues.some(({ issue }) => issue === 'size' || issue === 'mtime');
      if (changed || suspect) this.#waiting.push({ ...seen, late, detailed, suspect });
      else this.#report(seen, difference);
    } else if (changed) {
      this.#waiting.push({ path, type, stat, index, claims: asList(claims), late, detailed, suspect: false });
    }
  }

  absent(path: BytePath, { index, claims }: Claims): void {
    if (isVolatile(path)) return;
    // A directory with owned names in it: those are said to be missing, one by one.
    if (index.names(path) !== undefined) return;
    const ids = asList(claims);
    const records = ids.map((claim) => index.record(claim));
    if (records.some((record) => record.mayBeMissing || record.ghost)) return;
    const conffile = records.some((record) => record.config === true);
    this.#changes.set(path, { path, owners: ownersOf(index, ids), issues: [{ issue: 'missing' }], record: records[0]!, conffile });
  }

  close(): readonly CapabilityCheck[] {
    this.#hashRest();
    this.#overwhelmed = isOverwhelmed(this.counts());
    this.#guessed = this.#waiting.some((each) => !each.detailed);
    for (const waiting of this.#waiting) {
      const hash = this.#isRead(waiting);
      if (hash && waiting.type === 'file') {
        const algorithm = algorithmOf(waiting);
        if (algorithm !== undefined) this.#toHash.push({ path: waiting.path, algorithm, claims: waiting });
      }
      for (const claim of hash ? waiting.claims : []) this.#checkRecord(waiting, waiting.index.record(claim), true);
      if (this.#isJudged(waiting)) this.#checkLate(waiting);
    }
    for (const { path, claims } of this.#options.mounted ?? []) {
      const read = this.#host.lstat(path);
      if (!read.ok) continue;
      const seen = { path, type: typeOfMode(read.value.mode), stat: read.value, index: claims.index, claims: asList(claims.claims) };
      for (const claim of seen.claims) this.#checkRecord(seen, seen.index.record(claim), isDigested(seen));
    }
    return this.#checks.toSorted(byPath);
  }

  result(): VerifyResult {
    this.#hashRest();
    const content = this.#options.mode === 'late';
    for (const waiting of this.#waiting) {
      const hash = this.#isRead(waiting);
      if (content && (hash || waiting.detailed)) this.#report(waiting, this.#differences(waiting, hash, this.#known.get(waiting.path)));
      if (this.#isJudged(waiting)) this.#judgeLate(waiting);
    }
    this.#waiting.length = 0;
    this.#known.clear();
    for (const mounted of this.#options.mounted ?? []) this.#judgeMounted(mounted);
    return {
      changes: [...this.#changes.values()].sort(byPath),
      counts: this.counts(),
      undigested: this.#contents.undigested,
      problems: this.#contents.problems.sort((a, b) => compareBytes(a.message, b.message)),
      skipped: this.#overwhelmed && (content || this.#guessed) ? [{ what: content ? 'content of owned files' : 'privileges of owned files whose package database records no mode', reason: LATE_HINT }] : [],
    };
  }

  #hashRest(): void {
    for (const file of this.take(Infinity)) this.hashed(file, this.#options.digest(file.path, file.algorithm));
  }

  /** With 'all' its content was compared when it was met. */
  #isRead(waiting: Waiting): boolean {
    return this.#options.mode === 'late' && (!this.#overwhelmed || waiting.suspect || (this.#options.configuration === true && isConfiguration(waiting)));
  }

  #isJudged({ late }: Waiting): boolean {
    return late && !this.#overwhelmed;
  }

  /** Against each owner's record; the one that fits best counts. */
  #differences({ path, type, stat, index, claims }: Seen, content: boolean, known?: Content): Difference {
    const read = type === 'link' ? this.#host.readlink(path) : undefined;
    const present = read?.ok ? { type, stat, target: read.value } : { type, stat };
    const contents: Content[] = known === undefined ? [] : [known];
    let best: Difference | undefined;
    for (const claim of claims) {
      const record = index.record(claim);
      let issues = compareRecord(record, present, this.#accounts);
      if (content && type === 'file' && issues[0]?.issue !== 'type') issues = [...issues, ...this.#contents.issues(path, record, contents)];
      if (content && issues.every(({ issue }) => issue === 'mtime')) issues = [];
      this.#checkRecord({ path, type, stat, index, claims }, record, content);
      if (best === undefined || issues.length < best.issues.length) best = { issues, record };
    }
    return best!;
  }

  /** A directory of a package that lets everybody write, and one where a file was. */
  #plainDirectory(seen: Seen): void {
    const { path, stat, index, claims } = seen;
    const issues = directoryIssues(stat);
    if (issues.length > 0 && !explained(index, claims)) this.#report(seen, { issues, record: index.record(claims[0]!) }, NO_MODES);
    if (index.names(path) !== undefined) return;
    const installed = latestInstallation(index, claims);
    if (installed === undefined || stat.ctimeMs > installed) this.#report(seen, this.#differences(seen, false));
  }

  /** Instead of what was said of it when the walk met it. A directory is another disk, as a rule, which has what packages put there. */
  #judgeMounted({ claims: { claims, index }, path, source }: Mounted): void {
    const read = this.#host.lstat(path);
    const type = read.ok ? typeOfMode(read.value.mode) : 'unknown';
    if (!read.ok || type === 'directory') return;
    const seen = { path, type, stat: read.value, index, claims: asList(claims) };
    this.#changes.delete(path);
    // One without a digest was counted as such before.
    this.#report(seen, this.#differences(seen, isDigested(seen)));
    const change = this.#changes.get(path);
    if (change !== undefined) this.#changes.set(path, { ...change, mounted: source });
  }

  #judgeLate(seen: Seen): void {
    const { path, type, stat, index, claims } = seen;
    const record = index.record(claims[0]!);
    if (type === 'link') this.#report(seen, { issues: lateLinkIssues(this.#host, path, record, index), record });
    if (type !== 'file' || record.mode !== undefined) return;
    const issues = lateFileIssues(stat, this.#accounts);
    if (issues.length === 0 || explained(index, claims)) return;
    const open = issues.filter(({ actual, issue }) => !((issue === 'owner' && handedTo(index, claims, actual!, 'user')) || (issue === 'group' && handedTo(index, claims, actual!, 'group'))));
    this.#report(seen, { issues: open, record }, NO_MODES);
  }

  #report({ path, type, stat, index, claims }: Seen, { issues, record }: Difference, note?: string): void {
    if (issues.length === 0) return;
    const before = this.#changes.get(path)?.issues ?? [];
    const read = type === 'link' ? this.#host.readlink(path) : undefined;
    this.#changes.set(path, {
      path, owners: ownersOf(index, claims), issues: [...before, ...issues], record, facts: factsOf(path, type, stat, read?.ok ? read.value : undefined),
      conffile: claims.some((claim) => index.record(claim).config === true), ...(note === undefined ? {} : { note }),
    });
  }

  /** `content`: it is compared too. */
  #checkRecord(seen: Seen, record: FileRecord, content: boolean): void {
    if (seen.type !== 'file') return;
    if ((record.capabilities !== undefined && record.capabilities !== '') || (content && record.mode !== undefined && (seen.stat.mode & 0o111) !== 0)) this.#check(seen, record);
  }

  #checkLate(seen: Seen): void {
    const record = seen.index.record(seen.claims[0]!);
    if (seen.type === 'file' && (seen.stat.mode & 0o111) !== 0 && (record.capabilities === undefined || record.capabilities === '')) this.#check(seen, record);
  }

  #check({ path, type, stat, index, claims }: Seen, record: FileRecord): void {
    if (record.notVerified?.has('caps') || this.#checks.at(-1)?.path === path) return;
    if ((record.capabilities === undefined || record.capabilities === '') && explained(index, claims)) return;
    this.#checks.push({ path, owners: ownersOf(index, claims), record, facts: factsOf(path, type, stat) });
  }

  /** rpm's database knows the type of every path, dpkg's of regular files at most: one record tells which kind this is, without reading dpkg's for all. */
  #isDetailed(index: OwnershipIndex, claims: ClaimId | readonly ClaimId[]): boolean {
    const known = this.#detailed.get(index);
    if (known !== undefined) return known;
    const record = index.record(typeof claims === 'number' ? claims : claims[0]!);
    const detailed = record.mtime !== undefined || (record.type !== undefined && record.type !== 'file');
    this.#detailed.set(index, detailed);
    return detailed;
  }
}

function isDigested({ claims, index }: Seen): boolean {
  return claims.some((claim) => index.record(claim).digest !== undefined || index.record(claim).undigested === true);
}

function isConfiguration({ claims, index }: Seen): boolean {
  return claims.some((claim) => index.record(claim).config === true);
}

/** Undefined where there is nothing to compare a digest with. */
function algorithmOf({ index, claims }: Claims): string | undefined {
  const record = index.record(typeof claims === 'number' ? claims : claims[0]!);
  return record.ghost || record.notVerified?.has('digest') ? undefined : record.digest?.algorithm;
}

function factsOf(path: BytePath, type: FileType, stat: FileStat, target?: ByteString): FileFacts {
  const { mode, uid, gid, size, mtimeMs, ctimeMs, dev, ino, nlink } = stat;
  const facts = { path, type, stat: { mode, uid, gid, size, mtimeMs, ctimeMs, dev, ino, nlink } };
  return target === undefined ? facts : { ...facts, target };
}

function byPath(a: { readonly path: BytePath }, b: { readonly path: BytePath }): number {
  return compareBytes(a.path, b.path);
}
