// What is known of strays reaches all of them: software of a channel is one thing, however many files of a tree are its.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { elf } from '../../support/elf.ts';
import { planter } from '../../support/planter.ts';
import { needs } from '../../support/requirements.ts';
import { drift } from '../../support/run-cli.ts';
import { tinyDebRoot } from '../../support/tiny-deb-root.ts';
import { workDirectory } from '../../support/working-copy.ts';

const SITE = '/usr/local/lib/python3.11/dist-packages';
const LIBRARIES = Array.from({ length: 20 }, (_, index) => ({ name: `fast/m${index}.so`, content: elf({ type: 'library', dynamic: true, text: `module ${index}` }) }));

let root: string;
let manifest: string;

beforeAll(() => {
  root = tinyDebRoot('know-strays');
  const plant = planter(root);
  for (const { name, content } of LIBRARIES) plant.put(`${SITE}/${name}`, content, 0o644);
  const record = LIBRARIES.map(({ name, content }) => `${name},sha256=${createHash('sha256').update(content).digest('base64url')},${content.length}\n`).join('');
  plant.put(`${SITE}/fast-1.0.dist-info/METADATA`, 'Metadata-Version: 2.1\nName: fast\nVersion: 1.0\n', 0o644);
  plant.put(`${SITE}/fast-1.0.dist-info/RECORD`, record, 0o644);
  manifest = join(workDirectory('know-strays'), 'manifest.yaml');
});

async function found(text: string): Promise<readonly string[]> {
  writeFileSync(manifest, `drift: 1\n${text}`, { mode: 0o600 });
  const result = await drift(['check', '--root', root, '--manifest', manifest, '--json']);
  return result.json().findings.map(({ kind, subject }) => `${kind} ${subject['path'] ?? subject['name']}`);
}

// Nothing but the record says whose the files are, so that others than root must not be able to write it.
it.skipIf(!needs('software of a channel', 'root'))('and is told, accounted for and contradicted as one', async () => {
  expect(await found('allow: []\n')).toEqual([expect.stringMatching(/^tree-stray /)]);
  expect(await found('channels: { pip: {} }\n')).toEqual(['channel-extra fast']);
  expect(await found('channels: { pip: { fast: any } }\n')).toEqual([]);
  planter(root).put(`${SITE}/fast/m17.so`, elf({ type: 'library', dynamic: true, text: 'another one' }), 0o644);
  expect(await found('channels: { pip: { fast: any } }\n')).toEqual([`file-stray ${SITE}/fast/m17.so`]);
});
