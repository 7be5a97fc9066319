// What repositories have for that which explain was asked about.
import { beforeAll, expect, it } from 'vitest';
import { elf } from '../support/elf.ts';
import { planter } from '../support/planter.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { drift } from '../support/run-cli.ts';
import { tinyDebRoot } from '../support/tiny-deb-root.ts';

let root: string;

beforeAll(() => {
  root = tinyDebRoot('offers');
  const plant = planter(root);
  const list = '/var/lib/apt/lists/deb.example.org_debian_dists_bookworm_main';
  plant.put('/etc/apt/sources.list', 'deb http://deb.example.org/debian bookworm main\n', 0o644);
  plant.put(`${list}_binary-amd64_Packages`, ['htop', 'procps-extra'].map((name) => `Package: ${name}\nArchitecture: amd64\nVersion: 3.2-1\n\n`).join(''), 0o644);
  plant.put(`${list}_Contents-amd64`, 'usr/bin/htop  utils/htop\nusr/bin/pwait  admin/procps-extra\n', 0o644);
  plant.put('/usr/local/bin/htop', elf({ type: 'program', dynamic: true, text: 'another one' }));
});

async function explained(...names: string[]): Promise<{ readonly code: number; readonly text: string }> {
  const json = await drift(['explain', '--root', root, ...names, '--json']);
  expect(schemaErrors(json.json())).toEqual([]);
  const { code, stdout } = await drift(['explain', '--root', root, ...names]);
  expect(json.code).toBe(code);
  return { code, text: stdout.replaceAll(/\s+/g, ' ') };
}

it('is told of a package that is not installed', async () => {
  const { code, text } = await explained('htop');
  expect(code).toBe(0);
  expect(text).toContain('htop: not installed');
  expect(text).toContain('apt could install htop 3.2-1 of http://deb.example.org/debian bookworm/main');
});

it('is told of a file that no package owns, and of one that is not there', async () => {
  const { code, text } = await explained('/usr/local/bin/htop', '/usr/bin/pwait');
  expect(code).toBe(0);
  expect(text).toContain('package htop 3.2-1 of http://deb.example.org/debian bookworm/main has a program of this name');
  expect(text).toContain('package procps-extra 3.2-1 of http://deb.example.org/debian bookworm/main has this file');
});

it('is nothing for what no repository has', async () => {
  expect(await explained('nosuch', '/usr/bin/nosuch')).toMatchObject({ code: 1, text: expect.not.stringContaining('could install') });
});
