// The contract suite over apt, on a root with merged /usr, a diversion, an alternative and a configured source.
import { rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { apt } from '../../../src/managers/apt/index.ts';
import { testManagerContract } from '../contract.ts';
import { fakeRoot } from './make-root.ts';

const roots: string[] = [];
afterAll(() => roots.forEach((path) => rmSync(path, { recursive: true, force: true })));

testManagerContract(apt, () => {
  const root = fakeRoot({ keep: true });
  roots.push(root.path);
  root.install(
    { name: 'base-files', fields: ['Essential: yes', 'Priority: required'], files: { '/etc/debian_version': '12\n' }, conffiles: ['/etc/debian_version'] },
    { name: 'coreutils', version: '9.1-1', fields: ['Essential: yes', 'Pre-Depends: libc6 (>= 2.34)'], files: { '/bin/ls': 'ls', '/usr/bin/env': 'env' } },
    { name: 'libc6', version: '2.36-9', fields: ['Multi-Arch: same'], files: { '/lib/x86_64-linux-gnu/libc.so.6': 'libc' } },
    { name: 'editor-one', version: '1:2.0', files: { '/usr/bin/editor.one': 'one' }, scripts: { postinst: '#!/bin/sh\nexit 0\n' } },
    { name: 'diverter', files: { '/usr/bin/env': 'own env' } },
    { name: 'gone', status: 'deinstall ok config-files', version: '0.1' },
  );
  root.write('/usr/bin/env.real', 'env', 0o755);
  root.write('/var/lib/dpkg/diversions', '/usr/bin/env\n/usr/bin/env.real\ndiverter\n');
  root.write('/var/lib/dpkg/alternatives/editor', 'auto\n/usr/bin/editor\n\n/usr/bin/editor.one\n50\n\n');
  root.link('/etc/alternatives/editor', '/usr/bin/editor.one');
  root.link('/usr/bin/editor', '/etc/alternatives/editor');
  root.write('/etc/apt/sources.list', 'deb http://deb.example.org/debian stable main\n');
  root.write('/var/lib/apt/lists/deb.example.org_debian_dists_stable_main_binary-amd64_Packages', 'Package: coreutils\nVersion: 9.1-1\nArchitecture: amd64\n\n');
  root.write('/var/lib/apt/extended_states', 'Package: libc6\nArchitecture: amd64\nAuto-Installed: 1\n\n');
  return root.path;
});
