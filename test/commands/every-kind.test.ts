// One host with something wrong of each kind, through the whole program: a kind that no run of drift can give does not exist.
import { expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalLine, NO_LINE } from '../../src/host/journal-lines.ts';
import { FINDING_KINDS } from '../../src/model/finding.ts';
import { elf } from '../support/elf.ts';
import { planter } from '../support/planter.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { statusStanza, TINY_PACKAGES, tinyDebRoot, type TinyPackage } from '../support/tiny-deb-root.ts';
import { workDirectory } from '../support/working-copy.ts';

const PROGRAM = elf({ type: 'program', dynamic: true, text: 'program' });

const PACKAGES: readonly TinyPackage[] = [
  ...TINY_PACKAGES,
  { name: 'tools', files: { '/usr/bin/changed': PROGRAM, '/usr/bin/gone': PROGRAM, '/usr/bin/given-away': PROGRAM, '/usr/bin/raised': PROGRAM, '/usr/bin/hidden': PROGRAM, '/usr/sbin/sshd': PROGRAM } },
  { name: 'telnetd', files: {} }, { name: 'extra', files: {} }, { name: 'orphan', files: {} }, { name: 'held', files: {} }, { name: 'marked', files: {} }, { name: 'downloaded', files: {} },
];

const MANIFEST = `drift: 1
packages:
  server: any
  tools: ">= 2"
  marked: any
  telnetd: absent
  not-there: any
repositories:
  ours: { apt: { uris: ["http://packages.example.org/"], suites: [stable], components: [main] } }
channels:
  pip: {}
allow:
  - { path: /opt/past/**, reason: it was needed, until: 2020-01-01 }
  - { path: /opt/nothing/**, reason: nothing is there }
`;

function makeHost(): string {
  const root = tinyDebRoot('every-kind', PACKAGES);
  const plant = planter(root);
  const status = PACKAGES.map((each) => (each.name === 'held' ? statusStanza(each).replace('install ok', 'hold ok') : statusStanza(each)));
  status.push(statusStanza({ name: 'broken', files: {} }).replace('ok installed', 'ok half-configured'), statusStanza({ name: 'residual', files: {} }).replace('install ok installed', 'deinstall ok config-files'));
  plant.put('/var/lib/dpkg/status', status.join(''), 0o644);
  plant.put('/var/lib/dpkg/info/broken.list', '/.\n', 0o644);
  plant.put('/var/lib/apt/extended_states', ['library', 'orphan', 'marked'].map((name) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n\n`).join(''), 0o644);
  plant.put('/etc/apt/sources.list', 'deb http://deb.example.org/debian bookworm main\ndeb [trusted=yes] http://open.example.org/ stable main\n', 0o644);
  const indexed = PACKAGES.filter(({ name }) => name !== 'downloaded').map(({ name }) => `Package: ${name}\nArchitecture: amd64\nVersion: 1.0-1\n\n`).join('');
  for (const list of ['deb.example.org_debian_dists_bookworm', 'open.example.org_dists_stable']) plant.put(`/var/lib/apt/lists/${list}_main_binary-amd64_Packages`, indexed, 0o644);
  plant.put('/usr/bin/changed', elf({ type: 'program', dynamic: true, text: 'changed' }));
  plant.remove('/usr/bin/gone');
  plant.chown('/usr/bin/given-away', 65534, 0);
  plant.chmod('/usr/bin/raised', 0o4755);
  plant.put('/usr/local/bin/hidden');
  plant.put('/var/tmp/.b', PROGRAM);
  for (const name of ['a', 'b', 'c', 'd', 'e']) plant.put(`/opt/past/${name}`, PROGRAM);
  plant.put('/etc/cron.d/nightly', '17 3 * * * root true\n', 0o644);
  plant.put('/usr/local/lib/python3.11/dist-packages/tool-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n', 0o644);
  plant.put('/usr/local/lib/python3.11/dist-packages/tool-1.0.dist-info/RECORD', 'tool-1.0.dist-info/METADATA,,\n', 0o644);
  plant.put('/etc/ssh/sshd_config', 'PermitRootLogin yes\n', 0o644);
  plant.chmod('/etc/passwd', 0o666);
  const run = '/var/lib/drift/runs/000001-0a1b2c';
  plant.put(`${run}/journal`, `${journalLine({ type: 'begin', schema: 'drift.journal/1', run: '000001-0a1b2c', drift: '0', host: 'host', startedAt: 0, planSha256: '', actions: 1 }, NO_LINE).line}\n`, 0o600);
  for (const path of ['/var/lib/drift', '/var/lib/drift/runs']) plant.chmod(path, 0o700);
  // It leads to itself, so that it cannot be read.
  plant.link('/etc/gshadow', 'gshadow');
  return root;
}

it.skipIf(!needs('a host with a finding of each kind', 'root'))('every kind is found', async () => {
  const manifest = join(workDirectory('every-kind-manifest'), 'manifest.yaml');
  writeFileSync(manifest, MANIFEST, { mode: 0o600 });
  const result = await drift(['check', '--root', makeHost(), '--manifest', manifest, '--json']);
  const report = result.json();
  const kinds = new Set(report.findings.flatMap((finding) => [finding.kind, ...(finding.facts.alsoKinds ?? [])]));
  expect(FINDING_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
  expect(schemaErrors(report)).toEqual([]);
  expect(result.code).toBe(2);
});
