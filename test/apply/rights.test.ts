// Mode, owner and capabilities of packaged files: set as they are recorded, on the inode that was planned, and set back as they were.
import { chmodSync, chownSync, linkSync, lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJournal } from '../../src/apply/journal.ts';
import { settleRights } from '../../src/apply/rights.ts';
import { openState } from '../../src/apply/state-directory.ts';
import { writableHost } from '../../src/host/writable-host.ts';
import { JOURNAL_SCHEMA } from '../../src/model/journal.ts';
import type { RestoreModeAction } from '../../src/model/plan.ts';
import { apply, applyRoot, identityOf, must, planOf, undoLast } from '../support/apply-host.ts';
import { planter } from '../support/planter.ts';
import { needs } from '../support/requirements.ts';
import { run } from '../support/run-command.ts';

const ACCOUNTS = { user: (name: string) => ({ root: 0, daemon: 1 })[name], group: (name: string) => ({ root: 0, daemon: 1 })[name] };
const TOOL = '/usr/bin/tool';

function action(root: string, to: RestoreModeAction['to']): RestoreModeAction {
  return { kind: 'restore-mode', id: 'a1', because: ['f'], risk: 'low', undo: 'u', file: identityOf(root, TOOL), to };
}

function made(label: string, mode = 0o755): { readonly root: string; readonly path: string } {
  const root = applyRoot(label);
  planter(root).put(TOOL, '#!/bin/sh\n', mode);
  return { root, path: join(root, TOOL) };
}

function rights(path: string): string {
  const { gid, mode, uid } = lstatSync(path);
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
}

async function set(root: string, restore: RestoreModeAction): Promise<string> {
  const { record } = must(await apply(root, planOf([restore]), { accounts: ACCOUNTS }));
  const { message, reason, result } = record.results.get('a1')!;
  return result === 'done' ? 'done' : `${reason}: ${message}`;
}

describe.skipIf(!needs('the rights of files', 'root'))('recorded rights', () => {
  it('are set, and an undo sets them back', async () => {
    const { path, root } = made('rights', 0o4777);
    chownSync(path, 1, 0);
    chmodSync(path, 0o4777);
    expect(await set(root, action(root, { mode: 0o755, user: 'root', group: 'daemon' }))).toBe('done');
    expect(rights(path)).toBe('755 0:1');
    expect(must(await undoLast(root)).record.settings).toMatchObject([{ state: 'unset' }]);
    expect(rights(path)).toBe('4777 1:0');
    expect(must(await undoLast(root)).record.settings).toMatchObject([{ state: 'unset' }]);
  });

  it('that name the owner alone leave the mode, which chown(2) does not', async () => {
    const { path, root } = made('owner', 0o4755);
    chmodSync(path, 0o4755);
    expect(await set(root, action(root, { user: 'daemon' }))).toBe('done');
    expect(rights(path)).toBe('4755 1:0');
  });

  it('are not set on what is another file now, has other rights now, or has a name elsewhere that would run as its owner', async () => {
    const { path, root } = made('moved', 0o777);
    const planned = action(root, { mode: 0o755 });
    chmodSync(path, 0o700);
    expect(await set(root, planned)).toBe(`moved: ${TOOL} is not what it was when the plan was made: its owner or mode`);
    chmodSync(path, 0o777);
    writeFileSync(`${path}.new`, '#!/bin/sh\n');
    renameSync(`${path}.new`, path);
    expect(await set(root, planned)).toContain('another file has its name');
    linkSync(path, `${root}/usr/bin/again`);
    expect(await set(root, action(root, { mode: 0o4755 }))).toBe(`hard-link: ${TOOL} has 2 names, and each of them would run as its owner`);
    expect(await set(root, action(root, { user: 'nobody-here' }))).toBe(`no-account: ${TOOL}: this host has no user nobody-here`);
    rmSync(path);
    expect(await set(root, planned)).toContain('ENOENT');
  });

  it('that somebody changed since stay, and so does the file that came since', async () => {
    const { path, root } = made('since', 0o777);
    expect(await set(root, action(root, { mode: 0o755 }))).toBe('done');
    chmodSync(path, 0o711);
    expect(must(await undoLast(root)).notes).toEqual([`${TOOL} was given other rights since: they stay`]);
    expect(rights(path)).toBe('711 0:0');
    chmodSync(path, 0o755);
    writeFileSync(path, '#!/bin/sh\necho other\n');
    expect(must(await undoLast(root)).record.settings).toMatchObject([{ state: 'kept', message: `${TOOL} is another file now, or was written since: its rights stay as they are` }]);
    expect(rights(path)).toBe('755 0:0');
  });

  it.skipIf(!needs('capabilities of files', 'setcap', 'getcap'))('capabilities come and go with them', async () => {
    const { path, root } = made('capabilities');
    const caps = (): string => run('getcap', [path]).trim().slice(path.length + 1);
    expect(await set(root, action(root, { capabilities: 'cap_net_raw=ep' }))).toBe('done');
    expect(caps()).toBe('cap_net_raw=ep');
    // chown(2) takes them away.
    expect(await set(root, action(root, { user: 'daemon' }))).toBe('done');
    expect(caps()).toBe('cap_net_raw=ep');
    expect(await set(root, action(root, { capabilities: '' }))).toBe('done');
    expect(caps()).toBe('');
    must(await undoLast(root));
    expect(caps()).toBe('cap_net_raw=ep');
  });

  it('capabilities are not given to a file that others could exchange', async () => {
    const { root } = made('open-directory');
    chmodSync(`${root}/usr/bin`, 0o777);
    expect(await set(root, action(root, { capabilities: 'cap_net_raw=ep' }))).toContain('unsafe-directory');
  });

  it.each([['not begun', 0o777, 'had not been changed'], ['done', 0o755, 'had been set']])('of a run that was cut off are written down as they are, also after the host was started anew: %s', async (_, mode, words) => {
    const { path, root } = made('cut', 0o777);
    const host = must(writableHost(root));
    const state = must(openState(host));
    const { directory, name } = must(state.createRun('aaaaaa'));
    try {
      const journal = must(createJournal(directory, { type: 'begin', schema: JOURNAL_SCHEMA, run: name, drift: '0', host: 'h', startedAt: 1, planSha256: 'x', actions: 1 }));
      // A device may have another number then.
      const inode = { ...must(must(host.directory('/usr/bin')).look('tool')), dev: '65535' };
      must(journal.append({ type: 'set-intent', action: 'a1', path: TOOL, inode, was: { mode: 0o777, uid: 0, gid: 0 }, to: { mode: 0o755, uid: 0, gid: 0 } }));
      chmodSync(path, mode);
      expect(await settleRights({ host, journal }, journal.read().settings[0]!)).toMatchObject({ kind: 'left', message: `the rights of ${TOOL}: it ${words}` });
      expect(journal.read().settings).toMatchObject([{ state: 'set', now: { mode } }]);
      expect(await settleRights({ host, journal }, journal.read().settings[0]!)).toEqual({ kind: 'done' });
      must(journal.append({ type: 'set-done', action: 'a1', now: { mode, uid: 0, gid: 0 }, after: { ...inode, mode } }));
      must(journal.append({ type: 'end', at: 1, outcome: 'cut-off' }));
      journal.close();
    } finally {
      directory.close();
      state.close();
    }
    expect(must(await undoLast(root)).record.settings).toMatchObject([{ state: 'unset' }]);
    expect(rights(path)).toBe('777 0:0');
  });
});
