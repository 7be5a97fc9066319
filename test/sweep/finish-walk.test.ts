// Owned directories that the walk never listed.
import { describe, expect, it } from 'vitest';
import { claims, elf, paths, sandbox, sweep } from './sandbox.ts';

function recorder(): { present: (path: string, type: string) => void; absent: (path: string) => void; readonly seen: string[]; readonly gone: string[] } {
  const seen: string[] = [];
  const gone: string[] = [];
  return { seen, gone, present: (path, type) => void seen.push(`${type} ${path}`), absent: (path) => void gone.push(path) };
}

describe('finishWalk', () => {
  it('visits names of a directory that is reached through a link where they are, and takes them out of the candidates', () => {
    const box = sandbox({ '/data/www/tool': elf(2), '/data/www/stray': elf(2), '/var/www': { link: '/data/www' } });
    const visitor = recorder();
    const result = sweep(box.host, [claims('/var/www/tool', '/var/www/gone')], { visitor });
    expect(paths(result)).toEqual(['/data/www/stray']);
    expect(result.aliases).toEqual([{ from: '/var/www', to: '/data/www' }]);
    expect(visitor.seen).toContain('file /data/www/tool');
    expect(visitor.gone).toEqual(['/data/www/gone']);
    // /data and /data/www, and the stray.
    expect(result.counts.unowned).toBe(3);
  });

  it('calls names of a directory that a file replaced absent', () => {
    const box = sandbox({ '/usr/lib/x': 'a file now' });
    const visitor = recorder();
    sweep(box.host, [claims('/usr/lib/x/sub/file')], { visitor });
    expect(visitor.gone.sort()).toEqual(['/usr/lib/x/sub', '/usr/lib/x/sub/file']);
  });

  it('reports a loop of links and says nothing of what should lie behind it', () => {
    const box = sandbox({ '/var/a': { link: 'b' }, '/var/b': { link: 'a' } });
    const visitor = recorder();
    const result = sweep(box.host, [claims('/var/a/file')], { visitor });
    expect(visitor.gone).toEqual([]);
    expect(result.problems.map((each) => each.path)).toEqual(['/var/a']);
  });

  it('still visits owned names in a store that the walk did not enter', () => {
    const box = sandbox({ '/var/lib/snapd/state.json': '{"data":{"snaps":{"hello":{}}}}', '/var/lib/snapd/owned': 'x', '/var/lib/snapd/snaps/tool': elf(2) });
    const visitor = recorder();
    const result = sweep(box.host, [claims('/var/lib/snapd/owned', '/var/lib/snapd/gone')], { visitor });
    expect(result.stores).toEqual([{ path: '/var/lib/snapd', runtime: 'snap', members: ['hello'] }]);
    expect(paths(result)).toEqual([]);
    expect(visitor.seen).toContain('file /var/lib/snapd/owned');
    expect(visitor.gone).toEqual(['/var/lib/snapd/gone']);
  });
});
