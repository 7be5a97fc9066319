// Bytes that somebody else chose: readers answer with a value, quickly, and never throw.
import { describe, expect, it } from 'vitest';
import { parseDump } from '../../../src/managers/dnf/dump.ts';
import { dumpHeader } from '../../../src/managers/dnf/header.ts';
import { parseIni } from '../../../src/managers/dnf/ini.ts';
import { readNdb } from '../../../src/managers/dnf/ndb.ts';
import { primaryLocation, scanPrimary } from '../../../src/managers/dnf/primary.ts';
import { parseAlternative } from '../../../src/managers/dnf/proofs/alternatives.ts';
import { parseToml } from '../../../src/managers/dnf/toml.ts';
import { header, ndb } from './make-database.ts';
import { processorMs } from '../../support/processor-time.ts';
import { fc } from '../../support/random-cases.ts';

const BLOB = header({ name: 'alpha', epoch: 1, requires: [['x', 12, '1']], postin: 'echo x', files: [{ path: '/a/b' }, { path: '/a/c', link: 'b', mode: 0o120777 }] });
const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });

function changed(data: Buffer, list: readonly (readonly [number, number])[]): Buffer {
  const out = Buffer.from(data);
  for (const [at, value] of list) out[at % out.length] = value;
  return out;
}

describe('hostile input', () => {
  it('headers', () => {
    fc.assert(fc.property(changes, fc.nat(BLOB.length), (list, length) => {
      const result = dumpHeader(changed(BLOB, list).subarray(0, length));
      if (!result.ok) expect(result.error.reason).toBe('damaged');
    }), { numRuns: 3000 });
  });

  it('ndb files', () => {
    const data = ndb([BLOB, BLOB]);
    // Random places seldom hit the few bytes that count: those are chosen too.
    const near = fc.array(fc.tuple(fc.oneof(fc.nat(80), fc.integer({ min: 4096, max: 4130 })), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(fc.property(near, (list) => {
      const result = readNdb(changed(data, list));
      if (result.ok) for (const blob of result.value) expect(blob.length).toBeLessThanOrEqual(data.length);
    }), { numRuns: 3000 });
  });

  it('texts', () => {
    const text = fc.string({ unit: fc.constantFrom('P', 'F', 'D', 'K', 'X', 'k', '\t', '\n', '\x04x', '0', '/', '[', ']', '"', '=', '.', '{', '}', ',', '#', '<package ', '<name>', '</name>', '<data ', '>', 'auto\n'), maxLength: 200 });
    fc.assert(fc.property(text, (each) => {
      parseDump(each, true);
      parseToml(each);
      parseIni(each);
      parseAlternative('x', '/x', `auto\n/l\n${each}`);
      primaryLocation(each);
      scanPrimary(Buffer.from(`<metadata${each}`), (name, arch) => name === '0' && arch === '0', () => {});
    }), { numRuns: 2000 });
  });

  it('long texts take linear time', () => {
    const started = processorMs();
    const head = 'P\ta\t0\t1\t1\tnoarch\t1\t1\t8\t0\t\t\t\n';
    parseDump(head + 'X\tpostin\n'.repeat(100_000), true);
    parseDump(head + 'K\n'.repeat(100_000), true);
    parseIni('[a\n'.repeat(100_000));
    parseToml(`a = ${'{'.repeat(10_000)}`);
    primaryLocation('<data '.repeat(100_000));
    expect(processorMs() - started).toBeLessThan(15_000);
  });
});
