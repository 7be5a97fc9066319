// Every program of a real Debian host, looked at as if nobody owned it: what is said of it must be what its package says.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identify } from '../../src/evidence/identify.ts';
import { localHost } from '../../src/host/local-host.ts';
import { parentOf, baseOf } from '../../src/model/bytes.ts';
import { classify, HEAD_BYTES } from '../../src/sweep/classify.ts';
import { bareFacts } from '../sweep/sandbox.ts';
import { debHost, ROLES_DEB_HOST } from '../support/deb-host.ts';
import { needs } from '../support/requirements.ts';

/** Path to package, and package to upstream version. */
function ownersOf(root: string): { readonly owner: ReadonlyMap<string, string>; readonly version: ReadonlyMap<string, string> } {
  const owner = new Map<string, string>();
  for (const file of readdirSync(`${root}/var/lib/dpkg/info`).filter((name) => name.endsWith('.list'))) {
    for (const path of readFileSync(`${root}/var/lib/dpkg/info/${file}`, 'latin1').split('\n')) owner.set(path.replace(/^\/(bin|sbin|lib)/, '/usr/$1'), file.replace(/(:[a-z0-9]+)?\.list$/, ''));
  }
  const version = new Map<string, string>();
  for (const stanza of readFileSync(`${root}/var/lib/dpkg/status`, 'latin1').split('\n\n')) {
    const [name, full] = [/^Package: (.*)$/m.exec(stanza)?.[1], /^Version: (.*)$/m.exec(stanza)?.[1]];
    if (name !== undefined && full !== undefined) version.set(name, full.replace(/^\d+:/, ''));
  }
  return { owner, version };
}

function isNamed(packages: readonly string[], name: string): boolean {
  return packages.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name));
}

describe.skipIf(!needs('programs of a real Debian host', 'root', 'mmdebstrap', 'apt-sources'))('programs of a Debian host with roles', () => {
  it('are named by their own content, never wrongly', () => {
    const root = debHost(ROLES_DEB_HOST);
    const host = localHost(root);
    const { owner, version } = ownersOf(root);
    const wrong: string[] = [];
    const named = new Set<string>();
    let looked = 0;
    for (const path of owner.keys()) {
      const head = /^\/usr\/(bin|sbin|lib)\//.test(path) ? host.readHead(path, HEAD_BYTES) : undefined;
      if (head?.ok !== true) continue;
      const facts = bareFacts(host, path);
      const { code } = classify(parentOf(path), baseOf(path), facts.stat.mode, head.value);
      if (code === undefined) continue;
      looked += 1;
      const identity = identify(host, { facts: { ...facts, code } });
      if (identity?.product === undefined) continue;
      const name = owner.get(path)!;
      // Debian 13 calls OpenSSH 10.0p2 'openssh 10.0p1'.
      const known = (identity.version ?? '').replace(/p\d+$/, '');
      if (!isNamed(identity.product.packages, name)) wrong.push(`${path} of ${name} is called ${identity.product.name}`);
      else if (!version.get(name)!.startsWith(known)) wrong.push(`${path} of ${name} ${version.get(name)} is called ${identity.product.name} ${known}`);
      else if (known !== '') named.add(identity.product.id);
    }
    expect(wrong).toEqual([]);
    expect(looked).toBeGreaterThan(500);
    expect([...named].toSorted()).toEqual(['curl', 'nginx', 'openssh', 'openssl', 'python', 'redis']);
  });
});
