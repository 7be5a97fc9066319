// Keys of repositories and of the rpm database, by fingerprint; and what dnf removed, as a hint.
import { describe, expect, it } from 'vitest';
import { parseDump } from '../../../src/managers/dnf/dump.ts';
import { readHints } from '../../../src/managers/dnf/hints.ts';
import { dnf } from '../../../src/managers/dnf/index.ts';
import { databaseKeys } from '../../../src/managers/dnf/keys.ts';
import { buildOwnership } from '../../../src/managers/dnf/ownership.ts';
import { readRepositories } from '../../../src/managers/dnf/repositories.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { facts } from '../contract.ts';
import { writeFile } from './make-database.ts';
import { contextOf } from './small-root.ts';

/** Made for these tests alone; its secret half is gone. */
const ARMOURED = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawJIhhYJKwYBBAHaRw8BAQdAB5f+7gFHHBm/jRoLM2WGfUVX7dIkAy1qPixk
abyT79G0KFRlc3QgUGFja2FnZXMgPHBhY2thZ2VzQGV4YW1wbGUuaW52YWxpZD6I
kAQTFggAOBYhBEH2pS9GZVYewh4mHMj2O1ugU/8nBQJrAkiGAhsDBQsJCAcCBhUK
CQgLAgQWAgMBAh4BAheAAAoJEMj2O1ugU/8npI8BAMl43ORy9TJ9coqAoIDs4qTl
FqcvhwrOW1oB/GI1EU24AQC4505/mjmIn1rMpoeBZOL68WvVew9JsUt0uO5+JKRX
Bw==
=VDPn
-----END PGP PUBLIC KEY BLOCK-----
`;
const FINGERPRINT = '41F6A52F4665561EC21E261CC8F63B5BA053FF27';
const BASE64 = ARMOURED.split('\n').slice(2, 8).join('\n');

function emptyRoot(): string {
  const root = temporaryDirectory();
  return root;
}

describe('keys', () => {
  it('of a repository come from the file that it names', () => {
    const root = emptyRoot();
    writeFile(root, '/etc/pki/rpm-gpg/KEY', ARMOURED);
    writeFile(root, '/etc/yum.repos.d/x.repo', '[x]\nbaseurl=http://x/\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/KEY\n');
    expect(readRepositories(contextOf(root).host).value.repositories[0]!.keys).toEqual([{ fingerprint: FINGERPRINT, userIds: ['Test Packages <packages@example.invalid>'], file: '/etc/pki/rpm-gpg/KEY' }]);
  });

  it('of the database are no packages', async () => {
    const context = contextOf(emptyRoot());
    const text = `B\t/var/lib/rpm\nP\tgpg-pubkey\t0\ta053ff27\t6b024886\t(none)\t1\t1\t(none)\t(none)\t(none)\t(none)\t(none)\nK\n${BASE64}\nk\nP\tbash\t0\t5\t1\tnoarch\t1\t1\t8\t0\t(none)\t(none)\t(none)\n`;
    expect(databaseKeys(parseDump(text, true))).toEqual([{ fingerprint: FINGERPRINT, userIds: ['Test Packages <packages@example.invalid>'], file: '/var/lib/rpm', base64: BASE64.replaceAll('\n', '') }]);
    const dump = context.scratch().write('dump', text);
    const { value } = await dnf.observe(context, { manager: 'dnf', dump });
    expect(value.packages.map(({ name }) => name)).toEqual(['bash']);
    expect(value.globalKeys).toHaveLength(1);
  });
});

describe('what dnf removed', () => {
  it('is told of a program of that name, unless it is back', () => {
    const context = contextOf(emptyRoot());
    const dump = context.scratch().write('dump', 'H\t1700000000\t7.0.11-1\tredis\nH\t1700000000\t1-1\tback\nP\tback\t0\t2\t1\tnoarch\t1\t1\t8\t0\t(none)\t(none)\t(none)\n');
    const index = buildOwnership(context.host, { manager: 'dnf', dump }).value;
    const hints = (path: string) => readHints(context.host, index).map((rule) => rule.hint(facts(path))).filter((hint) => hint !== undefined);
    expect(hints('/usr/local/bin/redis-server')).toEqual([{ source: 'dnf history', detail: 'the package redis 7.0.11-1 was removed on 2023-11-14 22:13:20 UTC' }]);
    expect(hints('/usr/local/bin/back')).toEqual([]);
    expect(hints('/usr/local/bin/rediscover')).toEqual([]);
  });
});
