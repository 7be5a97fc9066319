// The topmost unowned directory, and what is never one.
import { describe, expect, it } from 'vitest';
import { treeRule } from '../../src/sweep/trees.ts';
import { claims, sandbox, sweep } from './sandbox.ts';

describe('treeRule', () => {
  it('gives each stray the topmost directory that no package owns', () => {
    const script = { content: '#!/bin/sh\n', mode: 0o755 };
    const box = sandbox({
      '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/data/alice:/bin/sh\nredis:x:100:100::/var/lib/redis:/bin/sh\n',
      '/data/alice/bin/a': script, '/home/bob/bin/b': script, '/opt/agent/lib/deep/c': script, '/usr/local/bin/d': script, '/usr/local/lib/python3.11/x/e': script,
      '/usr/lib/owned/f': script, '/usr/lib/mixed/sub/g': script, '/var/lib/redis/h': script, '/tmp/.x/i': script, '/srv/j': script,
    });
    const index = claims('/usr/lib/owned', '/usr/lib/mixed/other/file', '/var/lib', '/data');
    const trees = new Map(sweep(box.host, [index]).candidates.map((each) => [each.facts.path, each.tree]));
    expect(Object.fromEntries(trees)).toEqual({
      '/data/alice/bin/a': '/data/alice/bin', '/home/bob/bin/b': '/home/bob/bin', '/opt/agent/lib/deep/c': '/opt/agent', '/usr/local/bin/d': undefined,
      '/usr/local/lib/python3.11/x/e': '/usr/local/lib/python3.11', '/usr/lib/owned/f': undefined, '/usr/lib/mixed/sub/g': '/usr/lib/mixed/sub',
      '/var/lib/redis/h': '/var/lib/redis', '/tmp/.x/i': '/tmp/.x', '/srv/j': undefined,
    });
  });

  it('takes no directory that holds an owned file at any depth', () => {
    const rule = treeRule([claims('/opt/vendor/lib/deep/file')], []);
    expect(rule.treeOf('/opt', '/opt/vendor', undefined, false)).toBeUndefined();
    expect(rule.treeOf('/opt/vendor', '/opt/vendor/new', undefined, false)).toBe('/opt/vendor/new');
  });
});
