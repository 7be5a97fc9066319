// A real reader thread over a real directory tree: with it a walk finds what it finds alone.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { startReader, type ReaderThread } from '../../src/host/reader/reader-thread.ts';
import { compilePattern } from '../../src/model/pattern.ts';
import { finishWalk } from '../../src/sweep/finish-walk.ts';
import { readAhead } from '../../src/sweep/read-ahead.ts';
import { createWalk, type WalkOptions } from '../../src/sweep/walk.ts';
import type { WalkResult } from '../../src/sweep/walk-result.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { claims } from './sandbox.ts';

const root = temporaryDirectory();
const index = claims('/usr/lib/0/owned', '/usr/lib/1/owned', '/usr/lib/2/gone');

function make(path: string, content = '#!/bin/sh\n'): void {
  const full = join(root, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, content);
  chmodSync(full, 0o755);
}
for (let i = 0; i < 300; i++) make(`/opt/${i % 7}/${i % 30}/${i}`);
for (let i = 0; i < 60; i++) make(`/usr/lib/${i}/owned`);
make('/usr/lib/1/b\xe9ta');
make('/srv/media/film/run.sh');
make('/mnt/share/tool');
make('/var/lib/docker/other/tool');
mkdirSync(join(root, '/usr/lib/2'), { recursive: true });
symlinkSync('0', join(root, '/usr/lib/link'));

const skips = new Set(['/mnt/share', '/srv/media']);
const pattern = compilePattern('/srv/media/**');
if (!pattern.ok) throw new Error(pattern.error.message);
const options: WalkOptions = {
  host: localHost(root), indexes: [index], mounts: [{ path: '/mnt/share', fsType: 'nfs', reason: 'network' }], exclude: [pattern.value], allow: [], tasks: [{ path: '/' }],
};

function walked(reader?: ReaderThread, limit = Infinity): WalkResult {
  reader?.send({ kind: 'start', root, skips, skipNames: new Set(['docker']) });
  const ahead = reader === undefined ? undefined : readAhead(reader, { skips, skipNames: new Set(['docker']) });
  const walk = createWalk({ ...options, ...(ahead === undefined ? {} : { reader: ahead }) });
  for (let steps = 0; ; steps++) {
    const state = walk.step(2);
    if (state === 'done') break;
    if (steps > limit) throw new Error('the walk does not end');
    if (state === 'waiting') reader!.wait();
  }
  const result = finishWalk(options, walk.result());
  return { ...result, walkedOwned: [...result.walkedOwned].sort() };
}

it('finds with a reader what it finds alone', () => {
  const alone = walked();
  expect(alone.candidates.map(({ facts }) => facts.path)).toContain('/var/lib/docker/other/tool');
  expect(alone.candidates.length).toBeGreaterThan(300);
  for (let i = 0; i < 3; i++) expect(walked(startReader(), 100_000)).toEqual(alone);
});

it('asks nothing about what is barred, and does not go where the manifest says', () => {
  const reader = startReader();
  reader.send({ kind: 'start', root, skips, skipNames: new Set() });
  reader.send({ kind: 'read', dirs: ['/'] });
  const seen: string[] = [];
  for (let ended = false; !ended;) {
    const answer = reader.take();
    if (answer === undefined) reader.wait();
    else if (answer.kind === 'empty') ended = true;
    else if (answer.kind === 'listed') {
      seen.push(...answer.dirs);
      reader.release(answer.names.split('\0').length);
    }
  }
  expect(seen).toContain('/opt/1');
  expect(seen.filter((dir) => dir.startsWith('/mnt/share') || dir.startsWith('/srv/media'))).toEqual([]);
});
