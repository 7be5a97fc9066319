// Reads the files and keys of a package manager whole, as a rebuild list has them: credentials masked, secret keys left out.
import type { Host } from '../host/host.ts';
import { compareBytes, toText, type BytePath } from '../model/bytes.ts';
import type { Problem } from '../model/coverage.ts';
import type { ManagerFile, Masked, RebuildKey } from '../model/rebuild.ts';
import type { Repository, RepositoryKey } from '../model/repository.ts';
import { withoutCredentials } from '../model/masked-text.ts';
import { readOpenPgpKeys } from './openpgp.ts';
import type { SettingsQuestion } from './manager.ts';

const MAX_FILE = 4 * 1024 * 1024;
const MAX_KEY_FILE = 16 * 1024 * 1024;

export interface Reading {
  readonly host: Host;
  readonly manager: string;
  readonly withSecrets: boolean;
  readonly problems: Problem[];
  readonly masked: Masked[];
}

/** Undefined where it is not there or says nothing; what cannot be read is a problem too. */
export function readManagerFile({ host, manager, masked, problems, withSecrets }: Reading, what: ManagerFile['what'], path: BytePath): ManagerFile | undefined {
  const stat = host.stat(path);
  const content = host.readBytes(path, MAX_FILE);
  if (!stat.ok || !content.ok) {
    if (!content.ok && content.error.reason !== 'ENOENT') problems.push({ message: content.error.message, path });
    return undefined;
  }
  if (content.value.trim() === '') return undefined;
  const clean = withSecrets ? content.value : withoutCredentials(content.value);
  if (clean !== content.value) masked.push({ what: 'file', name: toText(path), because: 'credentials in it were masked: put them in before it is used' });
  return { manager, what, path, mode: stat.value.mode & 0o777, content: clean, masked: clean !== content.value };
}

/** Files of keys, each once, and keys that stand in no file of their own. A key within a source file comes with that file. */
export function readManagerKeys(reading: Reading, { globalKeys, repositories }: Pick<SettingsQuestion, 'repositories' | 'globalKeys'>): readonly RebuildKey[] {
  const sources = new Set(repositories.map(({ file }) => file));
  const named = repositories.flatMap((repository: Repository) => repository.keys);
  const global = new Set(globalKeys.map(({ file }) => file));
  const loose = globalKeys.filter(({ base64 }) => base64 !== undefined).map((key) => looseKey(reading.manager, key));
  const files = [...new Set([...named, ...globalKeys].filter(({ base64, file }) => base64 === undefined && !sources.has(file)).map(({ file }) => file))].toSorted(compareBytes);
  return [...files.flatMap((file) => keyFile(reading, file, global.has(file))), ...loose];
}

function looseKey(manager: string, { base64, fingerprint, userIds }: RepositoryKey): RebuildKey {
  return { manager, fingerprints: [fingerprint], userIds, global: true, base64: base64! };
}

function keyFile({ host, manager, masked, problems }: Reading, path: BytePath, global: boolean): readonly RebuildKey[] {
  const content = host.readFile(path, MAX_KEY_FILE);
  if (!content.ok) {
    problems.push({ message: content.error.message, path });
    return [];
  }
  const { keys, secret } = readOpenPgpKeys(content.value);
  const told = { manager, path, fingerprints: keys.map(({ fingerprint }) => fingerprint), userIds: keys.flatMap(({ userIds }) => userIds), global };
  if (!secret) return [{ ...told, base64: content.value.toString('base64') }];
  masked.push({ what: 'key', name: toText(path), because: 'it holds a secret key: put the public part there by hand' });
  return [{ ...told, base64: '' }];
}
