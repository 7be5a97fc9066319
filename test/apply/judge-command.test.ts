import { describe, expect, it } from 'vitest';
import { judgeCommand } from '../../src/apply/judge-command.ts';
import { factOf } from '../../src/apply/verdict.ts';
import type { PackageChange } from '../../src/model/plan.ts';
import { fakePackage, fakePackages } from '../support/fake-packages.ts';

const LEAF = fakePackage('leaf', '1');
const REMOVE: PackageChange = { change: 'remove', name: 'leaf', arch: LEAF.arch, from: '1' };

describe('how far a removal came that the database knows nothing of', () => {
  const judge = async (cutOff: boolean, gone: readonly string[], after = [factOf(LEAF)]): Promise<readonly [string, readonly string[]]> => {
    const work = { ...fakePackages([LEAF]).work, lacking: async (_manager: string, packages: readonly { readonly name: string }[]) => (packages.length === 1 && packages[0]!.name === 'leaf' ? gone : ['not asked for']) };
    const { differences, result } = await judgeCommand(work, 'dnf', { changes: [REMOVE] }, [factOf(LEAF)], after, cutOff);
    return [result, differences];
  };
  it('is part of the way where files of it are gone', async () => {
    expect(await judge(true, ['leaf 1 is without /usr/share/leaf'])).toEqual(['part', ['remove leaf 1 did not happen', 'leaf 1 is without /usr/share/leaf']]);
  });
  it('is nothing where they are all there, or where the command ended by itself', async () => {
    expect((await judge(true, []))[0]).toBe('nothing');
    expect((await judge(false, ['never asked']))[0]).toBe('nothing');
  });
  it('is done where the package is gone', async () => {
    expect(await judge(true, ['never asked'], [])).toEqual(['done', []]);
  });
});
