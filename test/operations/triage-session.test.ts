import { describe, expect, it } from 'vitest';
import { walkGroups, type TriageSession } from '../../src/operations/triage-session.ts';
import { triageGroups } from '../../src/drift/triage-groups.ts';
import type { ManifestEdit } from '../../src/model/manifest-edit.ts';
import { fail, ok } from '../../src/model/result.ts';
import type { Dialogue, TriageSummary } from '../../src/model/triage.ts';
import { anUnowned, observed } from '../support/build.ts';
import { aListener, aRow } from '../support/listener-rows.ts';
import { finding, packageSubject, PLAIN_TEXT } from '../support/sample-report.ts';

const REDIS = '/usr/local/bin/redis-server';
const FINDINGS = [
  finding('file-stray', 'critical', { type: 'path', path: REDIS }, { message: 'Redis 7.0.15, which no package owns', facts: { product: { id: 'redis', name: 'Redis' } } }),
  finding('tree-stray', 'high', { type: 'tree', path: '/opt/x' }, { message: '214 unowned files that could run' }),
  finding('package-extra', 'low', packageSubject('htop')), finding('package-extra', 'low', packageSubject('mc')),
];

interface Walked {
  readonly shown: string;
  readonly edits: readonly ManifestEdit[];
  readonly summary: TriageSummary;
  readonly asked: readonly string[];
}

/** Each answer in turn; then the input ends. '^C' stops. */
async function walk(answers: readonly string[], more: Partial<TriageSession> = {}): Promise<Walked> {
  let shown = '';
  const asked: string[] = [];
  const edits: ManifestEdit[] = [];
  const left = [...answers];
  const dialogue: Dialogue = {
    show: (text) => void (shown += text),
    async ask(question) {
      shown += question;
      asked.push(question);
      const text = left.shift();
      if (text === '^C') return { kind: 'stopped' };
      return text === undefined ? { kind: 'ended' } : { kind: 'answer', text };
    },
  };
  const summary = await walkGroups({
    groups: triageGroups(FINDINGS), dialogue, text: PLAIN_TEXT, by: 'alice', on: '2026-11-22', wrote: () => undefined,
    context: { observed: observed({ unowned: [anUnowned(REDIS)] }), allow: { entries: [], rootOnly: () => true }, rows: [], holdersSeen: true, digestOf: () => ok('d'.repeat(64)) },
    record(wanted) {
      edits.push(...wanted);
      const file = '/etc/drift/manifest.yaml';
      return ok({ file, created: false, patch: '', added: wanted.map((edit) => `  ${edit.kind}`), decisions: wanted.map((edit) => ({ edit, state: 'written' as const, file, line: 1 })) });
    },
    ...more,
  });
  return { shown, edits, summary, asked };
}

describe('walking through groups', () => {
  it('shows each, and writes what is decided at once', async () => {
    const { edits, shown, summary } = await walk(['a', 'OPS-12', '2027-01-01', 'allow', 'vendor', '', 'd']);
    expect(edits).toEqual([
      { kind: 'allow', path: REDIS, reason: 'OPS-12', until: '2027-01-01' }, { kind: 'allow', path: '/opt/x/**', reason: 'vendor' },
      { kind: 'package', name: 'htop' }, { kind: 'package', name: 'mc' },
    ]);
    expect(shown).toContain('\n1/3  CRITICAL  Redis\n');
    expect(shown).toContain('Redis 7.0.15, which no package owns');
    expect(shown).toContain('[a]llow [l]eave for reconcile [s]kip [m]ore [b]ack [q]uit > ');
    expect(shown).toContain('written: /etc/drift/manifest.yaml\n    allow\n');
    expect(summary).toEqual({ groups: 3, decided: 3, left: 0, open: 0, written: new Map([['/etc/drift/manifest.yaml', 4]]), ended: 'done' });
  });

  it('takes Enter for no answer, and an empty reason for no decision', async () => {
    const { asked, edits, summary } = await walk(['', 'nonsense', 'a', '', 's', 'l', 's']);
    expect(edits).toEqual([]);
    expect(asked[0]).toBe(asked[1]);
    expect(summary).toMatchObject({ decided: 0, left: 1, open: 2, ended: 'done' });
  });

  it('can be left at every question, and says what was written until then', async () => {
    expect((await walk(['q'])).summary).toMatchObject({ ended: 'quit', open: 3 });
    expect((await walk([])).summary).toMatchObject({ ended: 'ended', open: 3 });
    expect((await walk(['a', '^C'])).summary).toMatchObject({ ended: 'stopped', open: 3 });
    expect((await walk(['a', 'OPS-12', '', 'a', '^C'])).summary).toMatchObject({ ended: 'stopped', decided: 1, open: 2, written: new Map([['/etc/drift/manifest.yaml', 1]]) });
  });

  it('goes back, and does not ask a decided one again', async () => {
    const { shown, summary } = await walk(['a', 'OPS-12', '', 'b', 'a', 's', 's', 's']);
    expect(shown).toContain('decided already; to take it back, take its lines out of the manifest\n[s]kip [m]ore [b]ack [q]uit > ');
    expect(summary).toMatchObject({ decided: 1, open: 2 });
  });

  it('takes a group apart, asks for the version of one package, and shows details', async () => {
    const { edits, shown, summary } = await walk(['s', 's', 'o', 'm', 'd', '>= 3', 'skip']);
    expect(edits).toEqual([{ kind: 'package', name: 'htop', constraint: '>= 3' }]);
    expect(shown).toContain('3/4  LOW  1 package');
    expect(shown).toContain('package-extra; finding ');
    expect(summary).toMatchObject({ groups: 4, decided: 1, open: 3 });
  });

  it('shows why an entry is refused, and stays', async () => {
    const { edits, shown, summary } = await walk(['a', 'OPS-12', 'soon', 'q'], { record: () => fail('edit-refused', 'until is no date\x1b[2J', 'write it as 2027-01-31') });
    expect(edits).toEqual([]);
    expect(shown).toContain('not written: until is no date\\x1b[2J\nhint: write it as 2027-01-31\n');
    expect(summary).toMatchObject({ decided: 0, open: 3, ended: 'quit' });
  });

  it('asks whether what is allowed may listen, and takes only yes for yes', async () => {
    const context = { observed: observed({ unowned: [anUnowned(REDIS)] }), allow: { entries: [], rootOnly: () => true }, rows: [aRow(aListener('0.0.0.0', 6379))], holdersSeen: true, digestOf: () => ok('d'.repeat(64)) };
    const yes = await walk(['a', 'OPS-12', '', 'y', 'OPS-13', '', 'q'], { context });
    expect(yes.shown).toContain('it listens on 6379/tcp: confirm that too? [y/N] > ');
    expect(yes.edits[1]).toMatchObject({ kind: 'listener', port: '6379/tcp', confirmed: { by: 'alice', on: '2026-11-22', reason: 'OPS-13' } });
    expect(yes.summary.written).toEqual(new Map([['/etc/drift/manifest.yaml', 2]]));
    expect((await walk(['a', 'OPS-12', '', '', 'q'], { context })).edits).toHaveLength(1);
    expect((await walk(['a', 'OPS-12', '', '^C'], { context })).summary).toMatchObject({ ended: 'stopped', decided: 1, written: new Map([['/etc/drift/manifest.yaml', 1]]) });
  });
});
