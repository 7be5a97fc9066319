// Attackers swap directories and names while files are moved, and while they are put back: nothing outside is ever taken, replaced or added to. The same by path takes some.
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createJournal, type Journal } from '../../src/apply/journal.ts';
import { quarantineFile, restoreItem, type Mover } from '../../src/apply/move.ts';
import { quarantinePlaces } from '../../src/apply/quarantine-place.ts';
import { openState } from '../../src/apply/state-directory.ts';
import { writableHost } from '../../src/host/writable-host.ts';
import { JOURNAL_SCHEMA } from '../../src/model/journal.ts';
import type { FileIdentity } from '../../src/model/plan.ts';
import { must } from '../support/apply-host.ts';
import { rounds, tell } from '../support/fault-cases.ts';
import { needs } from '../support/requirements.ts';
import { tmpfs } from '../support/working-copy.ts';

/** open(2); node:fs does not name it. */
const O_PATH = 0o10000000;
const ROUNDS = rounds(20_000, 2_000);
/** Moves that came to their end under attack: without any, nothing would be shown. */
const ENOUGH = ROUNDS / 100;

/** Swaps `base/dir` for a link that leads outside, and back, as fast as it can. */
const PARENTS = `
import { renameSync } from 'node:fs';
const [base] = process.argv.slice(1);
process.stdout.write('ready');
for (;;) {
  try { renameSync(base + '/dir', base + '/away'); renameSync(base + '/link', base + '/dir'); } catch {}
  try { renameSync(base + '/dir', base + '/link'); renameSync(base + '/away', base + '/dir'); } catch {}
}`;

/** Puts other files, and links, in the place of what lies in the directory, whatever its name is at the moment. */
const NAMES = `
import { openSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
const [base] = process.argv.slice(1);
const dir = '/proc/self/fd/' + openSync(base + '/dir', 0o10000000);
process.stdout.write('ready');
for (let turn = 0;; turn++) {
  try {
    for (const name of readdirSync(dir)) {
      if (!name.startsWith('tool')) continue;
      if (turn % 2 === 0) writeFileSync(dir + '/spare', 'decoy');
      else symlinkSync('../victims/' + name, dir + '/spare');
      renameSync(dir + '/spare', dir + '/' + name);
    }
  } catch {}
}`;

interface Attack {
  readonly root: string;
  /** Attackers are at it from here on, until `end`. `outside`: where the link leads. */
  begin(outside: string): Promise<void>;
  end(): void;
  /** The directory itself, whatever its name is. */
  readonly held: string;
}

function attack(): Attack {
  // Of memory, so that no disk decides how fast the rounds are.
  const { root } = tmpfs('race', 'size=512m,mode=755');
  const base = join(root, 'base');
  mkdirSync(join(root, 'var/lib'), { recursive: true });
  mkdirSync(join(base, 'dir'), { recursive: true });
  mkdirSync(join(base, 'victims'));
  mkdirSync(join(base, 'empty'));
  for (let at = 0; at < ROUNDS; at++) writeFileSync(join(base, 'victims', `tool${at}`), 'precious');
  const directory = openSync(join(base, 'dir'), O_PATH);
  onTestFinished(() => closeSync(directory));
  const attackers: ReturnType<typeof spawn>[] = [];
  return {
    root,
    held: `/proc/self/fd/${directory}`,
    async begin(outside) {
      symlinkSync(outside, join(base, 'link'));
      for (const program of [NAMES, PARENTS]) {
        const child = spawn(process.execPath, ['--input-type=module', '-e', program, base], { stdio: ['ignore', 'pipe', 'ignore'] });
        attackers.push(child);
        await new Promise((resolve) => child.stdout!.once('data', resolve));
      }
    },
    end() {
      for (const each of attackers.splice(0)) {
        each.kill('SIGKILL');
        // Its last rename may still be going on.
        for (;;) {
          try {
            process.kill(each.pid!, 0);
            if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${each.pid}/status`, 'latin1'))) break;
          } catch {
            break;
          }
        }
      }
      // A link that was not put in its place yet: whoever writes to that name next would write where it leads.
      rmSync(`/proc/self/fd/${directory}/spare`, { force: true });
      // The directory has its name again.
      const names = readdirSync(base);
      if (!names.includes('dir') || lstatSync(join(base, 'dir')).isSymbolicLink()) {
        rmSync(join(base, 'dir'), { force: true });
        renameSync(join(base, 'away'), join(base, 'dir'));
      }
      rmSync(join(base, 'link'), { force: true });
    },
  };
}

/** As a plan has it: what the attacker puts there does not stand still to be planned for. */
function plannedFile(held: string, at: number): FileIdentity {
  writeFileSync(`${held}/tool${at}`, 'stray');
  const { dev, ino, gid, mode, mtimeMs, nlink, size, uid } = lstatSync(`${held}/tool${at}`);
  return { path: `/base/dir/tool${at}`, type: 'file', dev, ino, size, mtimeMs, mode: mode & 0o7777, uid, gid, nlink };
}

async function withMover<T>(root: string, act: (mover: Mover, journal: Journal, quarantine: string) => Promise<T>): Promise<T> {
  const host = must(writableHost(root));
  const state = must(openState(host));
  const created = must(state.createRun('000000'));
  const journal = must(createJournal(created.directory, { type: 'begin', schema: JOURNAL_SCHEMA, run: created.name, drift: '0', host: 'x', startedAt: 0, planSha256: '', actions: 1 }));
  const places = quarantinePlaces(host, state, created.name);
  try {
    return await act({ host, journal, places }, journal, join(root, 'var/lib/drift/quarantine', created.name));
  } finally {
    journal.close();
    places.close();
    state.close();
  }
}

function precious(root: string): number {
  const victims = join(root, 'base/victims');
  return readdirSync(victims).filter((name) => lstatSync(join(victims, name)).isFile() && readFileSync(join(victims, name), 'latin1') === 'precious').length;
}

describe.skipIf(!needs('attackers that swap directories', 'root', 'mount'))('under attack', () => {
  it(`moves nothing but what it means in ${ROUNDS} rounds, and puts nothing anywhere else`, async () => {
    const since = Date.now();
    const { begin, end, held, root } = attack();
    await begin('victims');
    try {
      const { exchanged, moved, restored } = await withMover(root, async (mover, journal, quarantine) => {
        let moves = 0;
        let swaps = 0;
        // How often the attackers come in between is the scheduler's.
        for (let round = 0; round < ROUNDS || (moves <= ENOUGH && round < 50 * ROUNDS); round++) {
          const at = round % ROUNDS;
          const outcome = quarantineFile(mover, 'a1', round + 1, plannedFile(held, at));
          rmSync(`${held}/tool${at}`, { force: true });
          if (outcome.kind === 'done' && outcome.note === undefined) moves++;
          if (outcome.kind === 'left' && outcome.message.includes('exchanged')) swaps++;
        }
        end();
        const { items } = journal.read();
        const taken = items.filter(({ state }) => state === 'quarantined');
        // What lies there is what the journal says, and no victim.
        expect(readdirSync(quarantine).toSorted()).toEqual(taken.map(({ moved: { item } }) => String(item)).toSorted());
        expect(taken.filter(({ moved: { inode, item } }) => String(lstatSync(join(quarantine, String(item)), { bigint: true }).ino) !== inode.ino)).toEqual([]);
        expect(precious(root)).toBe(ROUNDS);
        await begin('empty');
        let back = 0;
        let waiting = taken;
        for (let turn = 0; turn < 200 && back === 0; turn++) {
          waiting = waiting.filter((item) => restoreItem(mover, item).kind !== 'done');
          back = taken.length - waiting.length;
        }
        end();
        return { moved: moves, exchanged: swaps, restored: back };
      });
      expect(precious(root)).toBe(ROUNDS);
      expect(readdirSync(join(root, 'base/empty'))).toEqual([]);
      expect(moved).toBeGreaterThan(ENOUGH);
      expect(restored).toBeGreaterThan(0);
      tell(`race: ${moved} moved, ${exchanged} exchanged meanwhile, ${restored} put back`, ROUNDS, since);
    } finally {
      end();
    }
  });

  it('by path, some are lost: the attack is one', async () => {
    const { begin, end, held, root } = attack();
    await begin('victims');
    try {
      const away = join(root, 'taken');
      mkdirSync(away);
      for (let round = 0; round < 50 * ROUNDS && (round % 500 !== 0 || precious(root) === ROUNDS); round++) {
        const at = round % ROUNDS;
        plannedFile(held, at);
        const path = join(root, 'base/dir', `tool${at}`);
        try {
          if (lstatSync(join(root, 'base/dir')).isDirectory() && lstatSync(path).size === 5) renameSync(path, join(away, String(round)));
        } catch {
          // It looked at the wrong instant.
        }
        rmSync(`${held}/tool${at}`, { force: true });
      }
      end();
      expect(precious(root)).toBeLessThan(ROUNDS);
    } finally {
      end();
    }
  });
});
