// The TOML that dnf 5 writes.
import { describe, expect, it } from 'vitest';
import { parseToml } from '../../../src/managers/dnf/toml.ts';

function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

describe('parseToml', () => {
  it('reads both spellings of a package state', () => {
    const text = 'version = "1.0"\n[packages]\n"bash.x86_64" = {reason="User"} # kept\nbasesystem.noarch = { reason = "Dependency" }\n[packages."glibc.i686"]\nreason = \'Weak Dependency\'\n';
    expect(plain(parseToml(text))).toEqual({
      version: '1.0',
      packages: { 'bash.x86_64': { reason: 'User' }, basesystem: { noarch: { reason: 'Dependency' } }, 'glibc.i686': { reason: 'Weak Dependency' } },
    });
  });

  it('reads arrays of tables, and arrays over several lines', () => {
    const text = '[[packages]]\nname = "a"\n[[packages.conditions]]\nkey = "evr"\n[[packages]]\nname = "b"\nlist = [\n  "x", # one\n  2,\n]\nempty = []\nalso = {}\n';
    expect(plain(parseToml(text))).toEqual({ packages: [{ name: 'a', conditions: [{ key: 'evr' }] }, { name: 'b', list: ['x', '2'], empty: [], also: {} }] });
  });

  it('reads escapes and is content with nothing', () => {
    expect(plain(parseToml('a = "x\\t\\"y\\\\"'))).toEqual({ a: 'x\t"y\\' });
    expect(plain(parseToml(''))).toEqual({});
    expect(plain(parseToml('\r\n# only words'))).toEqual({});
  });

  it.each(['[packages', '[nevras."a]\n', 'a', 'a =', 'a = "x', 'a = {b = "c"', 'a = "x" y', 'a = """x"""', '\0\0\0', 'a = 1\n[a.b]\n', `a = ${'['.repeat(40)}`])('believes nothing of %j', (text) => {
    expect(parseToml(text)).toBeUndefined();
  });
});
