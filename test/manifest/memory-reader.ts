// Manifest files in memory, for tests.
import { createHash } from 'node:crypto';
import type { ManifestReader } from '../../src/manifest/load.ts';
import type { WhenFacts } from '../../src/manifest/when.ts';
import { fail, ok } from '../../src/model/result.ts';

export function memoryReader(files: Readonly<Record<string, string | Uint8Array>>): ManifestReader {
  return {
    read(path, maxBytes) {
      const content = Object.hasOwn(files, path) ? files[path] : undefined;
      if (content === undefined) return fail('ENOENT', 'no such file');
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      if (bytes.length > maxBytes) return fail('too-large', `it has ${bytes.length} bytes`);
      return ok({ bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
    },
    // More than the pattern asks for, which the loader has to narrow.
    list(directory) {
      const below = directory === '' ? '' : directory === '/' ? '/' : `${directory}/`;
      return ok(Object.keys(files).filter((path) => path.startsWith(below)).map((path) => path.slice(below.length)));
    },
  };
}

export const WEB_1: WhenFacts = { name: 'web-1.example.org', os: { id: 'debian', idLike: [], versionId: '12' } };
export const ROCKY: WhenFacts = { name: 'db', os: { id: 'rocky', idLike: ['rhel', 'centos', 'fedora'], versionId: '9.4' } };
