// Patterns over a root: bytes, links, bounds.
import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { globHost } from '../../src/host/glob.ts';
import { localHost } from '../../src/host/local-host.ts';
import { sandbox } from '../sweep/sandbox.ts';

describe('patterns over a root', () => {
  it('find files and directories, sorted, hidden ones too', () => {
    const box = sandbox({ '/opt/b/lib/x.txt': '', '/opt/a/lib/x.txt': '', '/opt/.c/lib/x.txt': '', '/opt/a/lib/deep/x.txt': '', '/usr/y': '' });
    expect(globHost(box.host, '/', ['opt/*/lib/x.txt', 'usr/y', 'no/*']).paths).toEqual(['/opt/.c/lib/x.txt', '/opt/a/lib/x.txt', '/opt/b/lib/x.txt', '/usr/y']);
    expect(globHost(box.host, '/opt', ['*/lib/*'], { only: 'directories' }).paths).toEqual(['/opt/a/lib/deep']);
    expect(globHost(box.host, '/opt', ['{a,b}/lib/x.txt'], { only: 'files' }).paths).toEqual(['/opt/a/lib/x.txt', '/opt/b/lib/x.txt']);
    expect(globHost(box.host, '/none', ['*'])).toEqual({ paths: [], problems: [], truncated: false });
  });

  it('keep every byte of a name', () => {
    const box = sandbox({ '/opt/caf\xe9\xff/x': '', '/opt/a\nb/x': '', '/opt/[z]*/x': '' });
    expect(globHost(box.host, '/', ['opt/*/x']).paths).toEqual(['/opt/[z]*/x', '/opt/a\nb/x', '/opt/caf\xe9\xff/x']);
    expect(globHost(box.host, '/opt/caf\xe9\xff', ['x']).paths).toEqual(['/opt/caf\xe9\xff/x']);
  });

  it('follow no link, also where the pattern names it', () => {
    const box = sandbox({ '/real/x': '', '/opt/': '', '/opt/link': { link: '/real' }, '/opt/out': { link: '../../../../../../../../etc' }, '/home': { link: '/real' }, '/opt/file': { link: '/real/x' } });
    expect(globHost(box.host, '/', ['opt/*/*', 'opt/link/*', 'opt/link/x', 'opt/out/*', 'opt/out/passwd']).paths).toEqual([]);
    // The last component is named, whatever it leads to; a link that is the base is followed inside the root.
    expect(globHost(box.host, '/opt', ['f*']).paths).toEqual(['/opt/file']);
    expect(globHost(box.host, '/home', ['*']).paths).toEqual(['/real/x']);
  });

  it('stay out of mounts that may never answer', () => {
    const box = sandbox({ '/opt/a/x': '', '/opt/nfs/x': '' });
    expect(globHost(localHost(box.root, new Set(['/opt/nfs'])), '/', ['opt/*/x']).paths).toEqual(['/opt/a/x']);
  });

  it('say where they stop', () => {
    const box = sandbox({ '/d/a/x': '', '/d/b/x': '', '/d/c/x': '' });
    const few = globHost(box.host, '/d', ['*/x'], { maxDirectories: 2 });
    expect(few.paths).toHaveLength(1);
    expect(few.truncated).toBe(true);
    expect(globHost(box.host, '/d', ['*/x'], { without: ['b'] })).toEqual({ paths: ['/d/a/x', '/d/c/x'], problems: [], truncated: false });
  });

  it('say what they may not look into', () => {
    const box = sandbox({ '/d/open/x': '' });
    mkdirSync(`${box.root}/d/shut`);
    const host = new Proxy(box.host, {
      get(target, key) {
        if (key === 'list') return (dir: string) => (dir === '/d/shut' ? { ok: false, error: { reason: 'EACCES', message: '/d/shut: permission denied' } } : target.list(dir));
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    expect(globHost(host, '/', ['d/*/x'])).toEqual({ paths: ['/d/open/x'], problems: [{ message: '/d/shut: permission denied', path: '/d/shut' }], truncated: false });
  });
});
