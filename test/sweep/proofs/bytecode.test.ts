// Bytecode of an owned source is proved; everything planted beside it is not.
import { describe, expect, it } from 'vitest';
import { bytecodeProof } from '../../../src/sweep/proofs/bytecode.ts';
import { bytecode, candidate, claims, contextOf, elf, factsOf, sandbox, sweep } from '../sandbox.ts';

const MTIME = 1_700_000_000;
const source = { content: 'import os\n', mtime: MTIME };
const LIB = '/usr/lib/python3/dist-packages';
const index = claims(`python3-x:${LIB}/mod.py`, `${LIB}/old.py`);

function prove(entries: Record<string, Buffer>, path: string): string | undefined {
  const box = sandbox({ [`${LIB}/mod.py`]: source, [`${LIB}/old.py`]: source, [`${LIB}/stray.py`]: source, ...entries });
  return bytecodeProof(contextOf(box.host, index)).prove(factsOf(box.host, index, path))?.detail;
}

function python2(mtime: number): Buffer {
  const head = bytecode(0, 0, 62211);
  head.writeUInt32LE(mtime, 4);
  return head;
}

describe('bytecodeProof', () => {
  it('proves bytecode whose header matches its owned source', () => {
    const path = `${LIB}/__pycache__/mod.cpython-311.pyc`;
    expect(prove({ [path]: bytecode(MTIME, 10) }, path)).toBe('compiled from mod.py of python3-x, whose time and size its header records');
    const optimised = `${LIB}/__pycache__/mod.cpython-311.opt-1.pyc`;
    expect(prove({ [optimised]: bytecode(MTIME, 10) }, optimised)).toBeDefined();
    const unknownVersion = `${LIB}/__pycache__/mod.cpython-399.pyc`;
    expect(prove({ [unknownVersion]: bytecode(MTIME, 10, 3999) }, unknownVersion)).toBeDefined();
  });

  it('proves Python 2 bytecode beside its source by the time', () => {
    expect(prove({ [`${LIB}/old.pyc`]: python2(MTIME) }, `${LIB}/old.pyc`)).toBeDefined();
    expect(prove({ [`${LIB}/old.pyc`]: python2(MTIME + 1) }, `${LIB}/old.pyc`)).toBeUndefined();
  });

  it.each([
    ['of no source', `${LIB}/__pycache__/gone.cpython-311.pyc`, bytecode(MTIME, 10)],
    ['of an unowned source', `${LIB}/__pycache__/stray.cpython-311.pyc`, bytecode(MTIME, 10)],
    ['of another time', `${LIB}/__pycache__/mod.cpython-311.pyc`, bytecode(MTIME + 1, 10)],
    ['of another size', `${LIB}/__pycache__/mod.cpython-311.pyc`, bytecode(MTIME, 11)],
    ['of another interpreter', `${LIB}/__pycache__/mod.cpython-311.pyc`, bytecode(MTIME, 10, 3531)],
    ['with a name that says nothing', `${LIB}/__pycache__/mod.pyc`, bytecode(MTIME, 10)],
    ['in another directory', `${LIB}/other/mod.cpython-311.pyc`, bytecode(MTIME, 10)],
  ])('finds bytecode %s', (_, path, content) => {
    expect(prove({ [path]: content }, path)).toBeUndefined();
  });

  it('finds bytecode with a hash in place of the time: it says nothing that was checked', () => {
    const path = `${LIB}/__pycache__/mod.cpython-311.pyc`;
    const hashed = bytecode(MTIME, 10);
    hashed.writeUInt32LE(1, 4);
    expect(prove({ [path]: hashed }, path)).toBeUndefined();
  });

  it('finds a program under the name of bytecode, and bytecode that gives privileges', () => {
    const path = `${LIB}/__pycache__/mod.cpython-311.pyc`;
    expect(prove({ [path]: elf(2) }, path)).toBeUndefined();
    const box = sandbox({ [`${LIB}/mod.py`]: source, [path]: { content: bytecode(MTIME, 10), mode: 0o4755 } });
    const facts = candidate(sweep(box.host, [index]), path)!;
    expect(bytecodeProof(contextOf(box.host, index)).prove(facts)).toBeUndefined();
  });

  it('compares with what an owned link leads to', () => {
    const path = `${LIB}/__pycache__/mod.cpython-311.pyc`;
    const box = sandbox({ '/usr/share/x/mod.py': source, [`${LIB}/mod.py`]: { link: '../../../share/x/mod.py' }, [path]: bytecode(MTIME, 10) });
    expect(bytecodeProof(contextOf(box.host, index)).prove(factsOf(box.host, index, path))).toBeDefined();
  });
});
