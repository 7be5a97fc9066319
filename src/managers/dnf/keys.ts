// Public keys that rpm trusts: its gpg-pubkey pseudo packages, and the key files that repositories name (gpgkey).
import { compareBytes, type BytePath } from '../../model/bytes.ts';
import type { RepositoryKey } from '../../model/repository.ts';
import { readOpenPgpKeys } from '../openpgp.ts';
import { isKey, type Dump } from './dump.ts';

/** Binary or armoured; no key gives none. */
export function readKeys(content: Buffer, file: BytePath): readonly RepositoryKey[] {
  return readOpenPgpKeys(content).keys.map(({ fingerprint, userIds }) => ({ fingerprint, userIds, file }));
}

/** Keys of the rpm database, which hold for packages of every repository. rpm records them as base64 in lines. */
export function databaseKeys(dump: Dump): readonly RepositoryKey[] {
  const keys = new Map<string, RepositoryKey>();
  for (const each of dump.packages) {
    if (!isKey(each)) continue;
    for (const text of each.keys) {
      for (const key of readKeys(Buffer.from(text, 'base64'), each.database)) keys.set(key.fingerprint, { ...key, base64: text.replaceAll(/\s/g, '') });
    }
  }
  return [...keys.values()].sort((a, b) => compareBytes(a.fingerprint, b.fingerprint));
}
