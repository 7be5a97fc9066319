// Candidates with their proofs, hints, shadows and hard links; and trees that have to be walked again.
import { linkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inodeKey, judge, treesToReopen, withHardLinks } from '../../src/sweep/judge.ts';
import { genericProofs } from '../../src/sweep/proofs/generic-proofs.ts';
import { claims, contextOf, elf, sandbox, sweep } from './sandbox.ts';

describe('judge', () => {
  it('says of each candidate what is known', () => {
    const program = { content: elf(2), mode: 0o755 };
    const box = sandbox({ '/usr/bin/git': program, '/usr/bin/less': program, '/usr/local/bin/git': program, '/usr/local/bin/pager': { link: '/usr/bin/less' }, '/opt/x/run': program });
    linkSync(`${box.root}/usr/bin/less`, `${box.root}/opt/x/hard`);
    const index = claims('/usr/bin/git', '/usr/bin/less');
    const context = contextOf(box.host, index);
    const result = sweep(box.host, [index]);
    const less = box.host.lstat('/usr/bin/less');
    const key = less.ok ? inodeKey(less.value) : '';
    const files = judge({ ...context, proofs: genericProofs(context, []), hints: [] }, withHardLinks(result.candidates, new Map([[key, '/usr/bin/less']])));
    expect(files.map((file) => [file.facts.path, file.proof?.mechanism, file.tree, file.shadows, file.facts.hardLinkOf, file.resolved?.owned])).toEqual([
      ['/opt/x/hard', undefined, '/opt/x', undefined, '/usr/bin/less', undefined],
      ['/opt/x/run', undefined, '/opt/x', undefined, undefined, undefined],
      ['/usr/local/bin/git', undefined, undefined, '/usr/bin/git', undefined, undefined],
      ['/usr/local/bin/pager', 'owned-link', undefined, undefined, undefined, true],
    ]);
  });
});

describe('treesToReopen', () => {
  it('names trees whose code files turned out to be no strays, so that nothing hides behind them', () => {
    const script = { content: '#!/bin/sh\n', mode: 0o755 };
    const box = sandbox({ '/opt/a/1': script, '/opt/a/2': script, '/opt/a/3': script, '/opt/a/4': script, '/opt/a/5': script, '/opt/a/sub/x.png': elf(2) });
    const index = claims('/opt/owned');
    const context = contextOf(box.host, index);
    const result = sweep(box.host, [index]);
    const files = judge({ ...context, proofs: [], hints: [] }, result.candidates);
    expect(treesToReopen(result, files, () => true)).toEqual([]);
    const tasks = treesToReopen(result, files, (file) => file.facts.path !== '/opt/a/5');
    expect(tasks).toEqual([{ path: '/opt/a', tree: '/opt/a' }]);
    const again = sweep(box.host, [index], { tasks, openEverything: true });
    expect(again.candidates.map((each) => each.facts.path)).toContain('/opt/a/sub/x.png');
  });
});
