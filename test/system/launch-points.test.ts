// What a launch point starts is told with what starts it, for each kind of launch point: a packaged one that was edited by hand, one whose program is not the
// package's, and one that nobody owns. Those that are as their package left them are silent.
import { beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebs } from '../support/deb-build.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import {
  DEB_LAUNCH_CASES, DEB_UNOWNED_LAUNCHES, KERNEL, LAUNCH_CASES, named, programOf, RPM_LAUNCH_CASES, RPM_UNOWNED_LAUNCHES, UNOWNED_LAUNCHES, type LaunchCase, type UnownedLaunch,
} from '../support/launch-cases.ts';
import { planter, type Planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { buildRpms, rpmOn, writeRpmHome } from '../support/rpm-build.ts';
import { RPM_HOST_NEEDS, rpmHost } from '../support/rpm-host.ts';
import { drift, type Report, type ReportedFinding } from '../support/run-cli.ts';
import { bytesOf } from '../support/truth.ts';
import { workingCopy } from '../support/working-copy.ts';

/** Files of a package that owns launch points, with their modes. */
type Files = Readonly<Record<string, { readonly content: string | Buffer; readonly mode: number }>>;

interface Family {
  readonly what: string;
  readonly needs: readonly string[];
  readonly cases: readonly LaunchCase[];
  readonly unowned: readonly UnownedLaunch[];
  readonly host: () => string;
  readonly install: (root: string, files: Files) => void;
}

const FAMILIES: readonly Family[] = [
  {
    what: 'Debian', needs: ['root', 'mmdebstrap', 'apt-sources', 'dpkg-deb'], cases: [...LAUNCH_CASES, ...DEB_LAUNCH_CASES], unowned: [...UNOWNED_LAUNCHES, ...DEB_UNOWNED_LAUNCHES],
    host: () => debHost(ROLES_DEB_HOST),
    install(root, files) {
      const contents = Object.fromEntries(Object.entries(files).map(([path, { content }]) => [path, content]));
      const modes = Object.fromEntries(Object.entries(files).map(([path, { mode }]) => [path, mode]));
      installDebs(root, [{ name: 'stock', version: '1.0', arch: 'all', files: contents, modes, conffiles: Object.keys(files).filter((path) => path.startsWith('/etc/')) }]);
    },
  },
  {
    what: 'RPM', needs: RPM_HOST_NEEDS, cases: [...LAUNCH_CASES, ...RPM_LAUNCH_CASES], unowned: [...UNOWNED_LAUNCHES, ...RPM_UNOWNED_LAUNCHES], host: rpmHost,
    install(root, files) {
      const scratch = mkdtempSync(join(tmpdir(), 'drift-launch-'));
      try {
        const list = Object.entries(files).map(([path, { content, mode }]) => ({ path, content, mode: mode.toString(8).padStart(4, '0'), ...(path.startsWith('/etc/') ? { directive: '%config(noreplace)' } : {}) }));
        buildRpms(writeRpmHome(join(scratch, 'home')), [{ name: 'stock', version: '1.0', noarch: true, files: list }], join(scratch, 'rpms'));
        rpmOn(root, ['-i', '--nodeps', '--nosignature', join(scratch, 'rpms', readdirSync(join(scratch, 'rpms'))[0]!)]);
      } finally {
        rmSync(scratch, { recursive: true });
      }
    },
  },
];

function isSingle({ path }: LaunchCase): boolean {
  return !path.includes('*');
}

function packaged({ target }: LaunchCase, name: string): string {
  return target === 'library' ? `/usr/lib/stock/${name}.so` : target === 'module' ? `${KERNEL}/kernel/${name}.ko` : `/usr/lib/stock/${name}`;
}

function stray({ target }: LaunchCase, name: string): string {
  return target === 'library' ? `/usr/local/lib/${name}.so` : target === 'module' ? `${KERNEL}/extra/${name}.ko` : `/usr/local/libexec/${name}`;
}

/** Of each kind one to be left alone, one to be edited, and one whose program the package does not bring. */
function stockFiles(cases: readonly LaunchCase[], has: Planter['has']): Files {
  const files: Record<string, { content: string | Buffer; mode: number }> = {};
  const modules: string[] = [];
  for (const each of cases) {
    for (const variant of isSingle(each) ? ['stock'] : ['stock', 'edited', 'foreign']) {
      const name = `${variant}-${each.id}`;
      const path = named(each.path, name);
      // What other packages of the host own stays theirs.
      if (has(path)) continue;
      if (variant !== 'foreign') files[packaged(each, name)] = { content: programOf(each), mode: each.target === undefined ? 0o755 : 0o644 };
      files[path] = { content: each.text(variant === 'foreign' ? stray(each, name) : packaged(each, name), name), mode: each.mode ?? 0o644 };
      if (each.target === 'module') modules.push(`${(variant === 'stock' ? packaged : stray)(each, name).slice(KERNEL.length + 1)}:\n`);
    }
  }
  return { ...files, [`${KERNEL}/modules.dep`]: { content: modules.join(''), mode: 0o644 } };
}

function editLaunchPoints(cases: readonly LaunchCase[], plant: Planter): void {
  for (const each of cases) {
    for (const variant of isSingle(each) ? ['edited'] : ['edited', 'foreign']) {
      const name = `${variant}-${each.id}`;
      plant.put(stray(each, name), programOf(each), each.target === undefined ? 0o755 : 0o644);
      if (variant === 'edited') plant.append(named(each.path, name), each.text(stray(each, name), name));
    }
  }
}

for (const family of FAMILIES) {
  describe.skipIf(!needs(`launch points (${family.what})`, ...family.needs))(`launch points of a package: ${family.what}`, () => {
    let plant: Planter;
    let report: Report;
    const check = async (): Promise<Report> => (await drift(['check', '--root', plant.root, '--json'])).json();
    const about = (path: string): ReportedFinding | undefined => report.findings.find(({ subject }) => bytesOf(subject) === path);

    beforeAll(() => {
      plant = planter(workingCopy(family.host(), 'launch-points').root);
      family.install(plant.root, stockFiles(family.cases, plant.has));
    });

    it('are silent as they came', async () => {
      const loud = (await check()).findings.filter(({ severity, subject }) => severity !== 'info' && subject['name'] !== 'stock');
      expect(loud.map(({ kind, message, subject }) => `${kind} ${bytesOf(subject)}: ${message}`)).toEqual([]);
    });

    it('that start what nobody owns are told with it, whatever package they belong to', async () => {
      editLaunchPoints(family.cases, plant);
      report = await check();
      for (const each of family.cases) {
        for (const variant of isSingle(each) ? ['edited'] : ['edited', 'foreign']) {
          const name = `${variant}-${each.id}`;
          const found = about(stray(each, name));
          const said = [found?.message, ...evidenceOf(found)].join('\n');
          expect(said).toContain(named(each.says, name));
          expect(said).toContain(`${named(each.path, name)}:`);
          expect([found!.kind, ...found!.facts.alsoKinds ?? []]).toEqual(expect.arrayContaining(['file-stray', 'launch-stray']));
          expect(['medium', 'high', 'critical']).toContain(found!.severity);
        }
      }
      const stocks = family.cases.flatMap((each) => [named(each.path, `stock-${each.id}`), packaged(each, `stock-${each.id}`)]).filter((path) => path.includes('stock-') && about(path) !== undefined);
      expect(stocks).toEqual([]);
    });

    it('that start a program that is not what its package brought: the program is told with them', async () => {
      const started = family.cases.filter((each) => !isSingle(each) && each.target === undefined);
      for (const each of started) plant.put(packaged(each, `edited-${each.id}`), '#!/bin/sh\necho replaced\n', 0o755);
      report = await check();
      const told = started.map((each) => {
        const found = about(packaged(each, `edited-${each.id}`));
        return [each.id, found?.kind, evidenceOf(found).filter((detail) => detail.includes(named(each.says, `edited-${each.id}`))).length];
      });
      expect(told).toEqual(started.map(({ id }) => [id, 'file-modified', 1]));
    });

    it('that nobody owns are told whatever they start', async () => {
      for (const { content, mode, path } of family.unowned) plant.put(path, content, mode ?? 0o644);
      report = await check();
      const told = family.unowned.map(({ path }) => [path, about(path)?.kind, about(path)?.message]);
      expect(told).toEqual(family.unowned.map(({ path, says }) => [path, 'launch-stray', says]));
    });
  });
}

function evidenceOf(finding: ReportedFinding | undefined): readonly string[] {
  return finding === undefined ? [] : finding.evidence.map(({ detail }) => detail);
}
