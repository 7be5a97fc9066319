// The power goes at any instant of a run and of its undo, and takes with it what the disk had not been told to keep: nothing is lost, and the journal knows where everything is.
import fs, { readdirSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JOURNAL_NAME } from '../../src/apply/journal.ts';
import { unfinishedRuns } from '../../src/operations/observe/unfinished-runs.ts';
import { localHost } from '../../src/host/local-host.ts';
import { apply, must, planToMove, recoverAll, runsOf, undoLast } from '../support/apply-host.ts';
import { ALL, chosen, tell } from '../support/fault-cases.ts';
import { withFault } from '../support/fault-points.ts';
import { keptFiles, type KeptFiles } from '../support/kept-files.ts';
import { planter } from '../support/planter.ts';
import { diskImages, type DiskImages, type FileSystem } from '../support/recorded-disk.ts';
import { needs } from '../support/requirements.ts';

const PATHS = ['/opt/a/tool', '/opt/b/other tool', '/usr/local/bin/x', '/etc/cron.d/job', '/srv/\xff\n', '/opt/link'];

function plant(root: string): void {
  const planted = planter(root);
  planted.put('/var/lib/data', 'data', 0o600);
  for (const path of PATHS.slice(0, -1)) planted.put(path, path.repeat(3000), 0o4755);
  planted.link('/opt/link', '/etc/passwd');
}

interface Mark {
  readonly position: number;
  /** Lines of the journal that the run was told are on the disk. */
  readonly lines: number;
}

interface Recording {
  readonly before: KeptFiles;
  readonly marks: readonly Mark[];
}

/** A whole run and its undo. */
async function recordRun(images: DiskImages): Promise<Recording> {
  const disk = await images.record(plant);
  const { root } = disk;
  const before = keptFiles(root);
  const plan = planToMove(root, PATHS);
  const marks: Mark[] = [];
  const seen = (name: string): void => {
    // Each line is flushed before anything else is done: only the call that does it finds one more.
    if (name === 'fdatasyncSync') marks.push({ position: disk.position(), lines: marks.at(-1)?.lines ?? 0 });
    else marks.push({ position: disk.position(), lines: linesOf(root) });
  };
  await withFault({ at: -1, what: '', seen }, async () => {
    expect(await apply(root, plan)).toMatchObject({ ok: true, value: { record: { outcome: 'complete' } } });
    expect(await undoLast(root)).toMatchObject({ ok: true, value: { record: { outcome: 'complete' } } });
  });
  disk.end();
  return { before, marks };
}

function linesOf(root: string): number {
  try {
    const runs = join(root, 'var/lib/drift/runs');
    return readdirSync(runs).map((run) => readFileSync(join(runs, run, JOURNAL_NAME), 'latin1').split('\n').length - 1).reduce((sum, lines) => sum + lines, 0);
  } catch {
    return 0;
  }
}

/** Device numbers are others after every start. */
function withoutDevices({ inodes, tree }: KeptFiles): { readonly inodes: ReadonlyMap<string, string>; readonly tree: string } {
  return {
    inodes: new Map([...inodes].map(([inode, facts]) => [inode.slice(inode.indexOf(':')), facts])),
    tree: [...tree].map(([path, facts]) => `${JSON.stringify(path)} ${facts.replace(/ \d+(:\d+ \d+)$/, '$1')}`).toSorted().join('\n'),
  };
}

async function problemsAt(root: string, { before }: Recording, lines: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  const was = withoutDevices(before);
  const found = keptFiles(root);
  for (const [inode, facts] of was.inodes) if (withoutDevices(found).inodes.get(inode) !== facts) wrong.push(`lost: ${facts}`);
  if (linesOf(root) < lines) wrong.push(`${lines} lines of the journal were on the disk, and ${linesOf(root)} are`);
  const told = unfinishedRuns(localHost(root));
  if (told.coverage.length > 0) wrong.push('check cannot read its runs');
  const recovered = await recoverAll(root);
  if (!recovered.ok) return [...wrong, `recover failed: ${recovered.error.message}`];
  if ((recovered.value.length > 0) !== (told.runs.length > 0)) wrong.push('check and recover do not say the same');
  const [run] = must(runsOf(root));
  const stay = run?.items.filter(({ state }) => state === 'quarantined' || state === 'kept').length ?? 0;
  const { quarantined } = keptFiles(root);
  if (stay !== quarantined.length) wrong.push(`the journal tells of ${stay} files in quarantine, and ${quarantined.length} are there`);
  if (run?.items.some(({ message = '' }) => message.includes('exchanged')) === true) wrong.push('a file was taken for another');
  if (run !== undefined && run.phase !== 'undone') {
    const undone = await undoLast(root);
    if (!undone.ok || undone.value.failure !== undefined) wrong.push(`undo failed: ${JSON.stringify(undone)}`);
  }
  if (withoutDevices(keptFiles(root)).tree !== was.tree) wrong.push('after the undo it is not as it was');
  return wrong;
}

type Loss = 'nothing' | 'all that was not flushed' | 'some of it';
const LOSSES: readonly Loss[] = ['all that was not flushed', 'some of it', 'nothing'];

function keeps(loss: Loss, seed: number): (write: number) => boolean {
  switch (loss) {
    case 'nothing': return () => true;
    case 'all that was not flushed': return () => false;
    // The same in every run, another for every case.
    case 'some of it': return (write) => ((Math.imul(write + 1, 2_654_435_761) ^ Math.imul(seed + 1, 40_503)) >>> 13) % 2 === 0;
  }
}

async function cutAll(images: DiskImages, recording: Recording, sample: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  const cases = chosen(recording.marks.flatMap((mark, at) => LOSSES.map((loss) => ({ at, loss, mark }))), sample);
  for (const { at, loss, mark } of cases) {
    await images.after(mark.position, keeps(loss, at), async (root) => {
      const problems = await problemsAt(root, recording, mark.lines).catch((error: unknown) => [String(error)]);
      wrong.push(...problems.map((problem) => `call ${at} of ${recording.marks.length}, losing ${loss}: ${problem}`));
    });
  }
  return wrong;
}

const FLUSH = fs.fdatasyncSync;

describe.skipIf(!needs('power cuts', 'root', 'mount', 'python3', 'mkfs.ext4', 'getcap'))('a power cut', () => {
  const KINDS: readonly FileSystem[] = needs('power cuts on XFS', 'root', 'mount', 'xfs') ? ['ext4', 'xfs'] : ['ext4'];

  it.each(KINDS)('on %s loses nothing', async (kind) => {
    const since = Date.now();
    const images = diskImages(kind);
    const recording = await recordRun(images);
    expect(recording.marks.length).toBeGreaterThan(80);
    expect(await cutAll(images, recording, kind === 'ext4' ? 30 : 12)).toEqual([]);
    tell(`power cuts on ${kind}`, chosen(recording.marks.flatMap(() => LOSSES), 0).length, since);
  }, 3_600_000);

  it('does lose, where a line of the journal is not flushed before the act', async () => {
    const images = diskImages('ext4');
    fs.fdatasyncSync = () => {};
    syncBuiltinESMExports();
    let recording: Recording;
    try {
      recording = await recordRun(images);
    } finally {
      fs.fdatasyncSync = FLUSH;
      syncBuiltinESMExports();
    }
    const wrong = await cutAll(images, { ...recording, marks: recording.marks.map(({ position }) => ({ position, lines: 0 })) }, ALL ? 60 : 30);
    expect(wrong.join('\n')).toMatch(/the journal tells of|after the undo/);
  }, 3_600_000);
});
