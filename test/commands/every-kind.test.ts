// One host with something wrong of each kind, through the whole program: a kind that no run of drift can give does not exist. What runs and listens is real.
import { expect, it } from 'vitest';
import { copyFileSync, constants, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { journalLine, NO_LINE } from '../../src/host/journal-lines.ts';
import { FINDING_KINDS } from '../../src/model/finding.ts';
import { elf } from '../support/elf.ts';
import { INSIDE, inside } from '../support/chroot-host.ts';
import { planter } from '../support/planter.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { run } from '../support/run-command.ts';
import { drift } from '../support/run-cli.ts';
import { statusStanza, TINY_PACKAGES, tinyDebRoot, type TinyPackage } from '../support/tiny-deb-root.ts';

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
listeners:
  - { port: 9999/tcp, program: /usr/sbin/server, confirmed: { by: alice, on: 2026-01-01 } }
policy: { rebuild: { max-age: 30d } }
sweep: { exclude: ["${INSIDE}/**"] }
allow:
  - { path: /opt/past/**, reason: it was needed, until: 2020-01-01 }
  - { path: /opt/nothing/**, reason: nothing is there }
`;

/** What the strays below, which are Node under other names, need to run. */
function nodeLibraries(): Readonly<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for (const [, path] of run('ldd', [process.execPath]).matchAll(/(\/\S+) \(0x/g)) files[path!.replace(/^\/lib/, '/usr/lib')] = readFileSync(realpathSync(path!));
  return files;
}

/** One that listens, and one whose file is gone. */
const SERVICES = `
ip link set lo up
ln "$root/usr/local/bin/backdoor" "$root/usr/local/bin/leaving"
chroot "$root" /usr/local/bin/backdoor -e 'require("net").createServer().listen(4444, "0.0.0.0", () => require("fs").writeFileSync("/tmp/listens", ""))' &
chroot "$root" /usr/local/bin/leaving -e 'require("fs").writeFileSync("/tmp/runs", ""); setInterval(() => {}, 1e6)' &
tries=0
while ! [ -e "$root/tmp/listens" ] || ! [ -e "$root/tmp/runs" ]; do sleep 0.1; tries=$((tries + 1)); [ $tries -lt 6000 ] || exit 125; done
rm "$root/usr/local/bin/leaving" "$root/tmp/listens" "$root/tmp/runs"`;

function makeHost(): string {
  const libraries = nodeLibraries();
  const packages = [...PACKAGES, { name: 'libc6', files: libraries }];
  const root = tinyDebRoot('every-kind', packages);
  const plant = planter(root);
  const status = packages.map((each) => (each.name === 'held' ? statusStanza(each).replace('install ok', 'hold ok') : statusStanza(each)));
  status.push(statusStanza({ name: 'broken', files: {} }).replace('ok installed', 'ok half-configured'), statusStanza({ name: 'residual', files: {} }).replace('install ok installed', 'deinstall ok config-files'));
  plant.put('/var/lib/dpkg/status', status.join(''), 0o644);
  plant.put('/var/lib/dpkg/info/broken.list', '/.\n', 0o644);
  plant.put('/var/lib/apt/extended_states', ['library', 'orphan', 'marked'].map((name) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n\n`).join(''), 0o644);
  plant.put('/etc/apt/sources.list', 'deb http://deb.example.org/debian bookworm main\ndeb [trusted=yes] http://open.example.org/ stable main\n', 0o644);
  const indexed = packages.filter(({ name }) => name !== 'downloaded').map(({ name }) => `Package: ${name}\nArchitecture: amd64\nVersion: 1.0-1\n\n`).join('');
  for (const list of ['deb.example.org_debian_dists_bookworm', 'open.example.org_dists_stable']) plant.put(`/var/lib/apt/lists/${list}_main_binary-amd64_Packages`, indexed, 0o644);
  plant.put('/usr/bin/changed', elf({ type: 'program', dynamic: true, text: 'changed' }));
  plant.remove('/usr/bin/gone');
  plant.chown('/usr/bin/given-away', 65534, 0);
  plant.chmod('/usr/bin/raised', 0o4755);
  plant.put('/usr/local/bin/hidden');
  plant.put('/var/tmp/.b', PROGRAM);
  for (const name of ['a', 'b', 'c', 'd', 'e']) plant.put(`/opt/past/${name}`, PROGRAM);
  plant.put('/etc/cron.d/nightly', '17 3 * * * root true\n', 0o644);
  copyFileSync(process.execPath, join(root, 'usr/local/bin/backdoor'), constants.COPYFILE_FICLONE);
  plant.chmod('/usr/local/bin/backdoor', 0o755);
  // The kernel runs it for every program, and asks for the right to.
  for (const path of Object.keys(libraries).filter((each) => each.includes('/ld-'))) plant.chmod(path, 0o755);
  plant.put('/etc/drift/manifest.yaml', MANIFEST, 0o600);
  for (const directory of ['proc', 'dev', INSIDE.slice(1)]) mkdirSync(join(root, directory), { recursive: true });
  // What is started without an input gets this one.
  run('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  plant.put('/usr/local/lib/python3.11/dist-packages/tool-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n', 0o644);
  plant.put('/usr/local/lib/python3.11/dist-packages/tool-1.0.dist-info/RECORD', 'tool-1.0.dist-info/METADATA,,\n', 0o644);
  plant.put('/etc/ssh/sshd_config', 'PermitRootLogin yes\n', 0o644);
  plant.chmod('/etc/passwd', 0o666);
  const unfinished = '/var/lib/drift/runs/000001-0a1b2c';
  plant.put(`${unfinished}/journal`, `${journalLine({ type: 'begin', schema: 'drift.journal/1', run: '000001-0a1b2c', drift: '0', host: 'host', startedAt: 0, planSha256: '', actions: 1 }, NO_LINE).line}\n`, 0o600);
  for (const path of ['/var/lib/drift', '/var/lib/drift/runs']) plant.chmod(path, 0o700);
  // It leads to itself, so that it cannot be read.
  plant.link('/etc/gshadow', 'gshadow');
  return root;
}

it.skipIf(!needs('a host with a finding of each kind', 'root', 'mount', 'ip', 'ldd'))('every kind is found', async () => {
  const root = makeHost();
  const result = await drift(['check', '--json'], inside(root, SERVICES));
  const report = result.json();
  const kinds = new Set(report.findings.flatMap((finding) => [finding.kind, ...(finding.facts.alsoKinds ?? [])]));
  expect(FINDING_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
  expect(schemaErrors(report)).toEqual([]);
  expect(result.code).toBe(2);
});
