// Attackers swap directories and names while files are moved: nothing outside is ever taken. The same by path takes some.
import { renameSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quarantineFile } from '../../src/apply/move.ts';
import { createJournal } from '../../src/apply/journal.ts';
import { quarantinePlaces } from '../../src/apply/quarantine-place.ts';
import { openState } from '../../src/apply/state-directory.ts';
import { writableHost } from '../../src/host/writable-host.ts';
import { JOURNAL_SCHEMA } from '../../src/model/journal.ts';
import { identityOf, must } from '../support/apply-host.ts';
import { needs } from '../support/requirements.ts';
import { tmpfs } from '../support/working-copy.ts';

const ROUNDS = process.env['DRIFT_FAULTS'] === 'all' ? 20_000 : 2_000;

/** Swaps `base/dir` for a link to `base/victims` and back, and the file in it for another, as fast as it can. */
const ATTACKER = `
import { renameSync, symlinkSync, mkdirSync, writeFileSync, rmSync } from 'node:fs';
const base = process.argv[1];
process.stdout.write('ready');
for (;;) {
  try { renameSync(base + '/dir', base + '/away'); renameSync(base + '/link', base + '/dir'); } catch {}
  try { renameSync(base + '/dir', base + '/link'); renameSync(base + '/away', base + '/dir'); } catch {}
  try { renameSync(base + '/dir/spare', base + '/dir/tool'); } catch {}
}`;

async function attacked<T>(act: (root: string) => Promise<T>): Promise<{ readonly value: T; readonly victims: number }> {
  // Of memory, so that no disk decides how fast the rounds are.
  const root = tmpfs('race', 'size=256m,mode=755').root;
  mkdirSync(join(root, 'var/lib'), { recursive: true });
  mkdirSync(join(root, 'base/dir'), { recursive: true });
  mkdirSync(join(root, 'base/victims'));
  symlinkSync('victims', join(root, 'base/link'));
  for (let at = 0; at < ROUNDS; at++) writeFileSync(join(root, 'base/victims', `tool${at}`), 'precious');
  const attackers = [0, 1].map(() => spawn(process.execPath, ['--input-type=module', '-e', ATTACKER, join(root, 'base')], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    await Promise.all(attackers.map((each) => new Promise((resolve) => each.stdout.once('data', resolve))));
    const value = await act(root);
    for (const each of attackers) each.kill('SIGKILL');
    return { value, victims: ROUNDS - readdirSync(join(root, 'base/victims')).length };
  } finally {
    for (const each of attackers) each.kill('SIGKILL');
  }
}

/** A file to be moved, whose directory is a directory at this instant. */
function plantRound(root: string, at: number): string {
  const file = join(root, 'base/dir', `tool${at}`);
  for (;;) {
    try {
      writeFileSync(file, 'stray', { flag: 'wx' });
      return `/base/dir/tool${at}`;
    } catch {
      // The link is there now.
    }
  }
}

describe.skipIf(!needs('attackers that swap directories', 'root', 'mount'))('under attack', () => {
  it(`moves nothing but what it means in ${ROUNDS} rounds`, async () => {
    const { value, victims } = await attacked(async (root) => {
      const host = must(writableHost(root));
      const state = must(openState(host));
      const created = must(state.createRun('000000'));
      const journal = must(createJournal(created.directory, { type: 'begin', schema: JOURNAL_SCHEMA, run: created.name, drift: '0', host: 'x', startedAt: 0, planSha256: '', actions: 1 }));
      const places = quarantinePlaces(host, state, created.name);
      let moved = 0;
      for (let at = 0; at < ROUNDS; at++) {
        const path = plantRound(root, at);
        let file;
        try {
          file = identityOf(root, path);
        } catch {
          continue;
        }
        // The look went through the link: then it is the victim that the plan would name, and no plan has a path with a link in it.
        if (file.size !== 5) continue;
        if (quarantineFile({ host, journal, places }, 'a1', at + 1, file).kind === 'done') moved++;
      }
      const kept = readdirSync(join(root, 'var/lib/drift/quarantine', created.name)).filter((name) => lstatSync(join(root, 'var/lib/drift/quarantine', created.name, name)).size !== 5);
      journal.close();
      places.close();
      state.close();
      return { moved, kept };
    });
    expect(victims).toBe(0);
    expect(value.kept).toEqual([]);
    expect(value.moved).toBeGreaterThan(ROUNDS / 100);
  }, 300_000);

  it('by path, some are lost: the attack is one', async () => {
    const { victims } = await attacked(async (root) => {
      const away = join(root, 'taken');
      mkdirSync(away);
      for (let at = 0; at < ROUNDS; at++) {
        plantRound(root, at);
        const path = join(root, 'base/dir', `tool${at}`);
        try {
          if (lstatSync(join(root, 'base/dir')).isDirectory() && lstatSync(path).size === 5) renameSync(path, join(away, String(at)));
        } catch {
          // It looked at the wrong instant.
        }
      }
      rmSync(away, { recursive: true });
      return existsSync(root);
    });
    expect(victims).toBeGreaterThan(0);
  }, 300_000);
});
