// What only a manifest can show, on a real Debian host: missing, forbidden, extra, orphaned, wrongly versioned, held and marked packages, repositories, waivers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { drift, type CliResult } from '../support/run-cli.ts';
import { inRoot } from '../support/run-command.ts';
import { workDirectory, workingCopy } from '../support/working-copy.ts';

const MANIFEST = `
drift: 1
name: web
packages:
  nginx-light: ">= 1.0"
  redis-server: "< 5:1.0"
  python3: "^99"
  cron: absent
  no-such-package: any
  ca-certificates: { version: any, hold: true }
  sudo: any
repositories:
  elsewhere: { apt: { uris: ["https://elsewhere.invalid/debian"], suites: [stable], components: [main] } }
allow:
  - { path: "/opt/vendor/**", reason: "vendor ships a tarball only" }
  - { path: "/usr/local/bin/allowed", reason: "until the package is there" }
  - { path: "/usr/local/bin/expired", reason: "was to go", until: 2020-01-01 }
`;

describe.skipIf(!needs('findings that need a manifest', 'root', 'mmdebstrap', 'apt-sources'))('a host against a manifest', () => {
  let check: CliResult;
  let kinds: (name: string) => readonly string[];

  beforeAll(async () => {
    const copy = workingCopy(debHost(ROLES_DEB_HOST), 'manifest');
    inRoot(copy.root, ['apt-mark', 'auto', 'sudo']);
    for (const name of ['allowed', 'expired']) writeFileSync(join(copy.root, 'usr/local/bin', name), '#!/bin/sh\n', { mode: 0o755 });
    const file = join(workDirectory('manifest'), 'manifest.yaml');
    writeFileSync(file, MANIFEST, { mode: 0o600 });
    check = await drift(['check', '--root', copy.root, '--manifest', file, '--json']);
    kinds = (name) => check.json().findings.filter((finding) => [finding.subject['name'], finding.subject['path'], finding.subject['uri']].some((each) => each?.includes(name) === true))
      .flatMap((finding) => [finding.kind, ...(finding.facts.alsoKinds ?? [])]);
  });

  it('exits 2, with JSON as its schema says', () => {
    expect(check.code).toBe(2);
    expect(schemaErrors(check.json())).toEqual([]);
  });

  it.each([
    ['no-such-package', 'package-missing'], ['cron', 'package-forbidden'], ['redis-server', 'package-version'], ['python3', 'package-version'], ['less', 'package-extra'],
    ['openssh-server', 'package-extra'], ['ca-certificates', 'package-hold'], ['sudo', 'package-mark'], ['elsewhere', 'repository-missing'], ['/opt/vendor', 'waiver-unused'], ['/usr/local/bin/expired', 'waiver-expired'],
  ])('%s: %s', (name, kind) => {
    expect(kinds(name)).toContain(kind);
  });

  it('a dependency of what is not declared any more is an orphan, not an extra', () => {
    expect(check.json().summary.byKind['package-orphan'] ?? 0).toBeGreaterThan(0);
    expect(kinds('openssh-sftp-server')).toEqual(['package-orphan']);
  });

  it('the host’s own repositories are extra beside the declared one', () => {
    expect(check.json().summary.byKind['repository-extra'] ?? 0).toBeGreaterThan(0);
  });

  it('what an entry allows is silent, and what an expired one allowed is not', () => {
    expect(kinds('/usr/local/bin/allowed')).toEqual([]);
    expect(check.json().findings.some((finding) => finding.kind === 'file-stray' && finding.subject['path'] === '/usr/local/bin/expired')).toBe(true);
  });

  it('what satisfies is silent', () => {
    expect(kinds('nginx-light')).toEqual([]);
  });

  it('findings that come from a line say which', () => {
    const found = check.json<{ findings: { kind: string; declaredAt?: { line: number } }[] }>().findings.find((finding) => finding.kind === 'package-missing');
    expect(found?.declaredAt?.line).toBe(9);
  });
});
