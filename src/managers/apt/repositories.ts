// Reads apt's sources (sources.list(5): one-line and deb822 files) and the keys that they and apt trust (/etc/apt/trusted.gpg*).
import type { Host } from '../../host/host.ts';
import { fromText, type BytePath } from '../../model/bytes.ts';
import { covered, type Coverage, type Problem } from '../../model/coverage.ts';
import type { Repository, RepositoryKey } from '../../model/repository.ts';
import { readOpenPgpKeys, type OpenPgpKey } from '../openpgp.ts';
import { withoutCarriageReturns } from './deb822.ts';
import { readDeb822Sources, readOneLineSources, type SourceEntry } from './sources.ts';

const ETC_APT: BytePath = '/etc/apt';
const MAX_KEY_FILE = 16 * 1024 * 1024;
/** apt reads no other names, and says so only for some. */
const PART_NAME = /^[A-Za-z0-9_.-]+$/;
const FINGERPRINT = /^(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})!?$/;

export interface RepositoryReading {
  /** As written: an entry may name several URIs, suites and components. */
  readonly entries: readonly SourceEntry[];
  readonly repositories: readonly Repository[];
  readonly globalKeys: readonly RepositoryKey[];
  readonly coverage: Coverage;
}

export function readRepositories(host: Host): RepositoryReading {
  const problems: Problem[] = [];
  const keys = keyReader(host, problems);
  const globalKeys = readGlobalKeys(host, keys, problems);
  const entries = readSourceFiles(host, problems);
  const repositories = entries.flatMap((entry) => repositoriesOf(entry, keys, globalKeys, problems));
  return { entries, repositories, globalKeys: globalKeys.flatMap((file) => file.keys.map((key) => repositoryKey(key, file.path))), coverage: covered('apt/repositories', problems) };
}

function readSourceFiles(host: Host, problems: Problem[]): readonly SourceEntry[] {
  const entries: SourceEntry[] = [];
  const read = (path: BytePath, deb822: boolean, optional: boolean): void => {
    const content = host.readBytes(path);
    if (!content.ok) {
      if (!optional || content.error.reason !== 'ENOENT') problems.push({ message: content.error.message, path });
      return;
    }
    const text = withoutCarriageReturns(content.value);
    entries.push(...(deb822 ? readDeb822Sources(text, path, problems) : readOneLineSources(text, path, problems)));
  };
  read(`${ETC_APT}/sources.list`, false, true);
  const parts = host.readDirectory(`${ETC_APT}/sources.list.d`);
  if (!parts.ok) {
    if (parts.error.reason !== 'ENOENT') problems.push({ message: parts.error.message, path: `${ETC_APT}/sources.list.d` });
    return entries;
  }
  for (const name of parts.value.map((entry) => entry.name).sort()) {
    if (!PART_NAME.test(name)) continue;
    if (name.endsWith('.list')) read(`${ETC_APT}/sources.list.d/${name}`, false, false);
    else if (name.endsWith('.sources')) read(`${ETC_APT}/sources.list.d/${name}`, true, false);
  }
  return entries;
}

/** One repository for each URI and suite of an entry, so that both ways of writing sources give the same. */
function repositoriesOf(entry: SourceEntry, keys: KeyReader, globalKeys: readonly KeyFile[], problems: Problem[]): readonly Repository[] {
  const trusted = signedBy(entry, keys, globalKeys, problems);
  const out: Repository[] = [];
  for (const uri of entry.uris) {
    for (const suite of entry.suites) {
      out.push({
        manager: 'apt', name: `${uri} ${suite}`, enabled: entry.enabled, uris: [uri], suites: [suite], components: entry.components, types: entry.types,
        signed: entry.unsignedBecause === undefined, ...(entry.unsignedBecause === undefined ? {} : { unsignedBecause: entry.unsignedBecause }),
        keys: trusted, file: entry.file, line: entry.line,
      });
    }
  }
  return out;
}

interface KeyFile {
  readonly path: BytePath;
  readonly keys: readonly OpenPgpKey[];
}

type KeyReader = (path: BytePath) => readonly OpenPgpKey[] | undefined;

/** Each key file is read once; what is wrong with it is said once. */
function keyReader(host: Host, problems: Problem[]): KeyReader {
  const known = new Map<BytePath, readonly OpenPgpKey[] | undefined>();
  return (path) => {
    if (known.has(path)) return known.get(path);
    const content = host.readFile(path, MAX_KEY_FILE);
    let keys: readonly OpenPgpKey[] | undefined;
    if (!content.ok) problems.push({ message: content.error.message, path });
    else {
      const read = readOpenPgpKeys(content.value);
      for (const problem of read.problems) problems.push({ message: problem, path });
      keys = read.keys;
    }
    known.set(path, keys);
    return keys;
  };
}

function readGlobalKeys(host: Host, keys: KeyReader, problems: Problem[]): readonly KeyFile[] {
  const out: KeyFile[] = [];
  const old = host.stat(`${ETC_APT}/trusted.gpg`);
  // gpg leaves an empty file behind; it holds nothing and is no problem.
  if (old.ok && old.value.size > 0) out.push({ path: `${ETC_APT}/trusted.gpg`, keys: keys(`${ETC_APT}/trusted.gpg`) ?? [] });
  const parts = host.readDirectory(`${ETC_APT}/trusted.gpg.d`);
  if (!parts.ok) {
    if (parts.error.reason !== 'ENOENT') problems.push({ message: parts.error.message, path: `${ETC_APT}/trusted.gpg.d` });
    return out;
  }
  for (const name of parts.value.map((entry) => entry.name).sort()) {
    if (!PART_NAME.test(name) || !(name.endsWith('.gpg') || name.endsWith('.asc'))) continue;
    const path = `${ETC_APT}/trusted.gpg.d/${name}`;
    out.push({ path, keys: keys(path) ?? [] });
  }
  return out;
}

/** Signed-By: key files by absolute path, fingerprints of globally trusted keys, or a key block in the entry itself. */
function signedBy(entry: SourceEntry, keys: KeyReader, globalKeys: readonly KeyFile[], problems: Problem[]): readonly RepositoryKey[] {
  const value = entry.signedBy;
  if (value === undefined) return [];
  const complain = (message: string): void => void problems.push({ message: `line ${entry.line}: ${message}`, path: entry.file });
  if (value.includes('-----BEGIN PGP ')) {
    // deb822 writes a blank line as ' .'.
    const armoured = value.split('\n').map((line) => (line.trim() === '.' ? '' : line.trim())).join('\n');
    const read = readOpenPgpKeys(Buffer.from(armoured, 'latin1'));
    for (const problem of read.problems) complain(`the key block of Signed-By ${problem}`);
    return read.keys.map((key) => repositoryKey(key, entry.file));
  }
  const out: RepositoryKey[] = [];
  for (const word of value.split(/[\s,]+/)) {
    if (word === '') continue;
    if (word.startsWith('/')) for (const key of keys(fromText(word)) ?? []) out.push(repositoryKey(key, word));
    else if (FINGERPRINT.test(word)) {
      const fingerprint = word.replace('!', '').toUpperCase();
      const file = globalKeys.find((each) => each.keys.some((key) => key.fingerprint === fingerprint || key.subkeys.includes(fingerprint)));
      const key = file?.keys.find((each) => each.fingerprint === fingerprint || each.subkeys.includes(fingerprint));
      out.push(file === undefined || key === undefined ? { fingerprint, userIds: [], file: entry.file } : repositoryKey(key, file.path));
    } else complain(`Signed-By names neither a key file nor a fingerprint: ${word}`);
  }
  return out;
}

function repositoryKey(key: OpenPgpKey, file: BytePath): RepositoryKey {
  return { fingerprint: key.fingerprint, userIds: key.userIds, file };
}
