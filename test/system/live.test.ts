// drift on the running system, '/', as it is meant to be used: inside a real host, in a mount namespace of its own, with /proc.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkoutDirectory } from '../support/build-cache.ts';
import { incompleteSources, loudFindings } from '../support/clean-check.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { INSIDE, inside } from '../support/chroot-host.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { programs, readStrace, straceWrap } from '../support/strace-log.ts';
import { workDirectory, workingCopy } from '../support/working-copy.ts';

describe.skipIf(!needs('drift on the running system', 'root', 'mount', 'overlay', 'mmdebstrap', 'apt-sources', 'strace'))('the running system', () => {
  let root: string;
  const manifest = '/etc/drift/manifest.yaml';

  beforeAll(async () => {
    root = workingCopy(debHost(ROLES_DEB_HOST), 'live').root;
    mkdirSync(join(root, INSIDE));
    mkdirSync(join(root, 'etc/drift'));
    const init = await drift(['init', '--output', manifest], inside(root));
    expect(init.stderr).toBe('');
    expect(init.code).toBe(0);
    // The checkout itself is no part of the host.
    writeFileSync(join(root, manifest), `${readFileSync(join(root, manifest), 'utf8')}\nsweep:\n  exclude: ["${INSIDE}/**"]\n`);
  });

  it('clean: the default manifest is found, and 0', async () => {
    const check = await drift(['check', '--json'], inside(root));
    expect(loudFindings(check)).toEqual([]);
    expect(incompleteSources(check)).toEqual([]);
    expect(check.json().manifest.map((file) => file.path)).toEqual([manifest]);
    expect(check.json().host.root).toBe('/');
    expect(check.code).toBe(0);
  });

  it('init never writes over a manifest', async () => {
    const before = readFileSync(join(root, manifest), 'utf8');
    const again = await drift(['init', '--output', manifest], inside(root));
    expect(again.code).toBe(1);
    expect(readFileSync(join(root, manifest), 'utf8')).toBe(before);
  });

  it('a stray and a tampered program are found, and only programs of the list are started', async () => {
    writeFileSync(join(root, 'usr/local/bin/stray'), '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(join(root, 'usr/bin/tac'), 'not what it was\n');
    const log = join(workDirectory('strace'), 'log');
    const { wrap, checkout } = inside(root);
    const check = await drift(['check', '--json'], { wrap: [...straceWrap(log), ...wrap!], checkout: checkout! });
    expect(check.json().findings.filter((finding) => finding.severity !== 'info').map((finding) => [finding.kind, finding.subject['path']]).toSorted()).toEqual([['file-modified', '/usr/bin/tac'], ['file-stray', '/usr/local/bin/stray']]);
    expect(check.code).toBe(2);
    const calls = readStrace(log);
    const node = process.execPath.replace(checkoutDirectory(), INSIDE);
    const started = programs(calls.slice(calls.findIndex((call) => call.name === 'execve' && call.paths[0] === node)));
    expect(started.filter((program) => program !== node && !['/usr/sbin/getcap', '/sbin/getcap', '/usr/lib/apt/apt-helper', '/usr/bin/gpg', '/usr/sbin/sshd'].includes(program))).toEqual([]);
  });
});
