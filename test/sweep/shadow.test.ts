// Programs earlier in PATH than a packaged one of the same name, and where links on PATH end.
import { describe, expect, it } from 'vitest';
import { resolvedLink, shadowedBy } from '../../src/sweep/shadow.ts';
import { bareFacts, claims, contextOf, elf, sandbox } from './sandbox.ts';

const program = { content: elf(2), mode: 0o755 };
const box = sandbox({
  '/usr/local/sbin/': '', '/usr/local/bin/git': program, '/usr/local/bin/notes': 'text', '/usr/local/bin/only': program, '/usr/local/bin/less': { link: '/home/a/less' },
  '/usr/local/bin/more': { link: '/usr/bin/more' }, '/usr/local/bin/dangling': { link: '../../gone' }, '/usr/bin/git': program, '/usr/bin/notes': program,
  '/usr/bin/less': program, '/usr/bin/more': program, '/home/a/less': program, '/bin': { link: 'usr/bin' }, '/usr/bin/cat': program,
});
const context = contextOf(box.host, claims('/usr/bin/git', '/usr/bin/notes', '/usr/bin/less', '/usr/bin/more', '/usr/bin/gone'));

describe('shadowedBy', () => {
  it('names the packaged program that is hidden', () => {
    expect(shadowedBy(context, '/usr/local/bin/git')).toBe('/usr/bin/git');
    expect(shadowedBy(context, '/usr/local/bin/less')).toBe('/usr/bin/less');
  });

  it('finds nothing hidden by a file that does not run, by a link to that very program, or off PATH', () => {
    expect(shadowedBy(context, '/usr/local/bin/notes')).toBeUndefined();
    expect(shadowedBy(context, '/usr/local/bin/more')).toBeUndefined();
    expect(shadowedBy(context, '/usr/local/bin/only')).toBeUndefined();
    expect(shadowedBy(context, '/home/a/less')).toBeUndefined();
    expect(shadowedBy(context, '/usr/bin/cat')).toBeUndefined();
  });
});

describe('resolvedLink', () => {
  it('says where a link on PATH ends', () => {
    expect(resolvedLink(context, bareFacts(box.host, '/usr/local/bin/less'))).toEqual({ path: '/home/a/less', owned: false, exists: true });
    expect(resolvedLink(context, bareFacts(box.host, '/usr/local/bin/more'))).toEqual({ path: '/usr/bin/more', owned: true, exists: true });
    expect(resolvedLink(context, bareFacts(box.host, '/usr/local/bin/dangling'))).toEqual({ path: '/usr/gone', owned: false, exists: false });
    expect(resolvedLink(context, bareFacts(box.host, '/usr/local/bin/git'))).toBeUndefined();
  });
});
