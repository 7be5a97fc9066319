// The dump that one `rpm -qa --queryformat` writes (rpm-queryformat(7)), and how it is read: one line a fact, the first letter says which.
import type { ByteString } from '../../model/bytes.ts';

/** Signature of a package: the first of the four places that is filled, as 'RSA/SHA256, DATE, Key ID HEX'. */
const SIGNATURE = '%|DSAHEADER?{%{DSAHEADER:pgpsig}}:{%|RSAHEADER?{%{RSAHEADER:pgpsig}}:{%|SIGGPG?{%{SIGGPG:pgpsig}}:{%|SIGPGP?{%{SIGPGP:pgpsig}}:{(none)}|}|}|}|';

function dependencies(letter: string, tag: string): string {
  return `[${letter}\\t%{${tag}FLAGS}\\t%{${tag}VERSION}\\t%{${tag}NAME}\\n]`;
}

/** Scriptlets of a package: text of many lines, closed by a line that no script holds. */
const SCRIPT_TAGS = ['PRETRANS', 'PREIN', 'POSTIN', 'PREUN', 'POSTUN', 'POSTTRANS'] as const;
const TRIGGER_TAGS = ['TRIGGERSCRIPTS', 'FILETRIGGERSCRIPTS', 'TRANSFILETRIGGERSCRIPTS'] as const;
const SCRIPT_END = '\x04x';

/*
 * P a package, K its key (many lines, closed by "k"), D a directory, R requires, V provides, W recommends, S supplements, F a file,
 * X a scriptlet.
 * Directories stand apart from names: the dump is a third smaller than with whole paths, and each directory is resolved once.
 * Free text comes last on its line, so that a TAB in a name of an old package does no harm.
 */
export const QUERY_FORMAT = [
  'P\\t%{NAME}\\t%|EPOCH?{%{EPOCH}}:{0}|\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%{INSTALLTIME}\\t%{INSTALLTID}\\t%{FILEDIGESTALGO}',
  `\\t%{FILENAMES:arraysize}\\t${SIGNATURE}\\t%{SOURCERPM}\\t%{VENDOR}\\n`,
  '%|PUBKEYS?{[K\\n%{PUBKEYS}\\nk\\n]}|',
  '[D\\t%{DIRNAMES}\\n]',
  dependencies('R', 'REQUIRE'),
  dependencies('V', 'PROVIDE'),
  dependencies('W', 'RECOMMEND'),
  dependencies('S', 'SUPPLEMENT'),
  '[F\\t%{DIRINDEXES}\\t%{FILEFLAGS}\\t%{FILEMODES}\\t%{LONGFILESIZES}\\t%{FILEMTIMES}\\t%{FILESTATES}\\t%{FILEVERIFYFLAGS}\\t%{FILEDIGESTS}',
  '\\t%{FILEUSERNAME}\\t%{FILEGROUPNAME}\\t%{FILECAPS}\\t%{FILELINKTOS}\\t%{BASENAMES}\\n]',
  ...SCRIPT_TAGS.map((tag) => `%|${tag}?{${scriptBlock(tag.toLowerCase(), `%{${tag}}`)}}|`),
  ...TRIGGER_TAGS.map((tag) => `[${scriptBlock(tag.toLowerCase(), `%{${tag}}`)}]`),
].join('');

function scriptBlock(name: string, value: string): string {
  return `X\\t${name}\\n${value}\\n${SCRIPT_END}\\n`;
}

/** One scriptlet, for readers that make the dump without rpm. */
export function scriptLines(name: string, text: ByteString): string {
  return `X\t${name}\n${text}\n${SCRIPT_END}`;
}

/** Fields of an F line, after the letter. */
export const FILE_FIELDS = 13;

/** Lines that `prepare` adds: the database that the following packages come from, and when a transaction was over. */
export function databaseLine(directory: ByteString): string {
  return `B\t${directory}\n`;
}

export function transactionLine(tid: number, endSeconds: number): string {
  return `T\t${tid}\t${endSeconds}\n`;
}

/** A database that could not be read, or only in part (`packages` of it were). */
export function failureLine(directory: ByteString, packages: number, message: string): string {
  return `E\t${directory}\t${packages}\t${message.replaceAll(/[\t\n\r]+/g, ' ')}\n`;
}

/** A database without a package, on a host that has another one. */
export function emptyLine(directory: ByteString): string {
  return `N\t${directory}\n`;
}

export interface DatabaseFailure {
  readonly directory: ByteString;
  readonly packages: number;
  readonly message: string;
}

export interface Dependency {
  /** rpmsenseFlags_e: 2 less, 4 greater, 8 equal, 1<<24 rpmlib(). */
  readonly flags: number;
  readonly name: ByteString;
  readonly version: ByteString;
}

export interface Script {
  /** 'postin', 'triggerscripts', … */
  readonly name: string;
  /** Where its text begins and ends in the dump. */
  readonly from: number;
  readonly to: number;
}

/** Something that dnf's history has of packages that are no more. */
export interface Removal {
  /** Seconds since 1970. */
  readonly at: number;
  readonly name: ByteString;
  readonly evr: ByteString;
}

export function removalLine({ at, name, evr }: Removal): string {
  return `H\t${at}\t${evr}\t${name}\n`;
}

export interface DumpedPackage {
  readonly name: ByteString;
  readonly epoch: string;
  readonly version: ByteString;
  readonly release: ByteString;
  readonly arch: ByteString;
  /** Seconds since 1970; 0 = not recorded. */
  readonly installTime: number;
  readonly transaction: number;
  /** RFC 4880 number of the file digests' algorithm; 1 (MD5) where the package has no such tag. */
  readonly digestAlgorithm: number;
  /** How many files rpm counts; fewer or more F lines mean that the names hold line ends. */
  readonly fileCount: number;
  readonly signature: ByteString;
  readonly source: ByteString;
  readonly vendor: ByteString;
  /** Directory of the database that it was read from. */
  readonly database: ByteString;
  readonly keys: readonly string[];
  readonly scripts: readonly Script[];
  /** With the trailing slash that rpm records. */
  readonly directories: readonly ByteString[];
  readonly requires: readonly Dependency[];
  readonly provides: readonly Dependency[];
  readonly recommends: readonly Dependency[];
  readonly supplements: readonly Dependency[];
  /** Where the F lines begin and end in the text. */
  readonly filesFrom: number;
  readonly filesTo: number;
}

export interface Dump {
  readonly text: ByteString;
  readonly packages: readonly DumpedPackage[];
  /** Transaction → second in which it was over. */
  readonly transactions: ReadonlyMap<number, number>;
  readonly removals: readonly Removal[];
  readonly failures: readonly DatabaseFailure[];
  /** Directories of empty databases. */
  readonly empty: readonly ByteString[];
  /** Lines that are none of the known ones: names with line ends in them. */
  readonly strangeLines: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

const TAB = 9;

/** Reads the dump. `withDependencies` false leaves R, V, W and S lines out (the index needs none). */
export function parseDump(text: ByteString, withDependencies: boolean): Dump {
  const packages: Mutable<DumpedPackage>[] = [];
  const transactions = new Map<number, number>();
  const removals: Removal[] = [];
  const failures: DatabaseFailure[] = [];
  const empty: ByteString[] = [];
  let database = '';
  let current: Mutable<DumpedPackage> | undefined;
  let strangeLines = 0;
  let at = 0;
  // A block without an end sends one search to the end of the text, not every one after it too.
  const endless = new Set<string>();
  const endOfBlock = (mark: string, from: number): number => {
    const found = endless.has(mark) ? -1 : text.indexOf(mark, from);
    if (found === -1) endless.add(mark);
    return found;
  };
  while (at < text.length) {
    const letter = text.charCodeAt(at);
    let end = text.indexOf('\n', at);
    if (end === -1) end = text.length;
    const tabbed = text.charCodeAt(at + 1) === TAB;
    if (letter === 70 /* F */ && tabbed && current !== undefined) {
      // The F lines of a package follow each other: their own reader walks them.
      if (current.filesFrom === 0) current.filesFrom = at;
      current.filesTo = end;
    } else if (letter === 80 /* P */ && tabbed) {
      current = packageOf(text.slice(at + 2, end).split('\t'), database);
      if (current === undefined) strangeLines++;
      else packages.push(current);
    } else if (letter === 68 /* D */ && tabbed && current !== undefined) current.directories.push(text.slice(at + 2, end));
    else if (letter === 66 /* B */ && tabbed) database = text.slice(at + 2, end);
    else if (letter === 84 /* T */ && tabbed) {
      const [tid, seconds] = text.slice(at + 2, end).split('\t');
      transactions.set(Number(tid), Number(seconds));
    } else if (letter === 88 /* X */ && tabbed && current !== undefined) {
      const close = endOfBlock(`\n${SCRIPT_END}\n`, end);
      if (close === -1) strangeLines++;
      else {
        current.scripts.push({ name: text.slice(at + 2, end), from: end + 1, to: close });
        end = close + SCRIPT_END.length + 1;
      }
    } else if (letter === 72 /* H */ && tabbed) {
      const [when, evr, ...name] = text.slice(at + 2, end).split('\t');
      removals.push({ at: Number(when), evr: evr!, name: name.join('\t') });
    } else if (letter === 69 /* E */ && tabbed) {
      const [directory, count, ...message] = text.slice(at + 2, end).split('\t');
      failures.push({ directory: directory!, packages: Number(count), message: message.join(' ') });
    } else if (letter === 78 /* N */ && tabbed) empty.push(text.slice(at + 2, end));
    else if (letter === 75 /* K */ && end === at + 1 && current !== undefined) {
      const close = endOfBlock('\nk\n', at);
      if (close === -1) strangeLines++;
      else {
        current.keys.push(text.slice(end + 1, close));
        end = close + 2;
      }
    } else if (tabbed && current !== undefined && listOf(current, letter) !== undefined) {
      if (withDependencies) listOf(current, letter)!.push(dependencyOf(text, at + 2, end));
    } else if (end > at) strangeLines++;
    at = end + 1;
  }
  return { text, packages, transactions, removals, failures, empty, strangeLines };
}

function listOf(of: Mutable<DumpedPackage>, letter: number): Dependency[] | undefined {
  switch (letter) {
    case 82: return of.requires;
    case 86: return of.provides;
    case 87: return of.recommends;
    case 83: return of.supplements;
    default: return undefined;
  }
}

function dependencyOf(text: ByteString, from: number, end: number): Dependency {
  const first = text.indexOf('\t', from);
  const second = text.indexOf('\t', first + 1);
  return { flags: Number(text.slice(from, first)) || 0, version: absent(text.slice(first + 1, second)), name: text.slice(second + 1, end) };
}

/** rpm prints '(none)' for a tag that is not there. */
export function absent(field: ByteString): ByteString {
  return field === '(none)' ? '' : field;
}

function packageOf(fields: readonly ByteString[], database: ByteString): Mutable<DumpedPackage> | undefined {
  if (fields.length < 12) return undefined;
  const [name, epoch, version, release, arch, installTime, transaction, algorithm, fileCount, signature, source] = fields;
  return {
    name: name!, epoch: epoch!, version: version!, release: release!, arch: absent(arch!),
    installTime: Number(installTime) || 0, transaction: Number(transaction) || 0,
    digestAlgorithm: Number(algorithm) || 1, fileCount: Number(fileCount) || 0,
    signature: absent(signature!), source: absent(source!), vendor: absent(fields.slice(11).join('\t')), database,
    keys: [], scripts: [], directories: [], requires: [], provides: [], recommends: [], supplements: [], filesFrom: 0, filesTo: 0,
  };
}

/** `epoch:version-release`, without an epoch of 0. */
export function evrOf(of: Pick<DumpedPackage, 'epoch' | 'version' | 'release'>): string {
  return `${of.epoch === '0' || of.epoch === '' ? '' : `${of.epoch}:`}${of.version}-${of.release}`;
}

/** rpm keeps public keys as packages of this name; they are no software. */
export function isKey(of: Pick<DumpedPackage, 'name'>): boolean {
  return of.name === 'gpg-pubkey';
}
