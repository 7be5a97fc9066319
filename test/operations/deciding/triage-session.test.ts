import { describe, expect, it } from 'vitest';
import { walkGroups, type TriageSession } from '../../../src/operations/deciding/triage-session.ts';
import { triageGroups } from '../../../src/drift/decisions/triage-groups.ts';
import type { ManifestEdit } from '../../../src/model/manifest-edit.ts';
import { fail, ok } from '../../../src/model/result.ts';
import type { Recorded } from '../../../src/model/recorded.ts';
import type { Dialogue, TriageSummary } from '../../../src/model/triage.ts';
import { anUnowned, observed } from '../../support/build.ts';
import { aListener, aRow } from '../../support/listener-rows.ts';
import { finding, packageSubject, PLAIN_TEXT } from '../../support/sample-report.ts';

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
  readonly back: readonly Recorded[];
}

/** Each answer in turn; then the input ends. '^C' stops. */
async function walk(answers: readonly string[], more: Partial<TriageSession> = {}): Promise<Walked> {
  let shown = '';
  const asked: string[] = [];
  const edits: ManifestEdit[] = [];
  const back: Recorded[] = [];
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
    groups: triageGroups(FINDINGS), dialogue, text: PLAIN_TEXT, by: 'alice', on: '2026-11-22', file: '/etc/drift/manifest.yaml', wrote: () => undefined,
    context: { observed: observed({ unowned: [anUnowned(REDIS)] }), allow: { entries: [], rootOnly: () => true }, rows: [], holdersSeen: true, digestOf: () => ok('d'.repeat(64)) },
    record(wanted) {
      edits.push(...wanted);
      const file = '/etc/drift/manifest.yaml';
      return ok({ file, created: false, patch: `${wanted.length}`, added: wanted.map((edit) => `  ${edit.kind}`), decisions: wanted.map((edit) => ({ edit, state: 'written' as const, file, line: 1 })) });
    },
    takeBack(recorded) {
      back.push(recorded);
      return ok(undefined);
    },
    ...more,
  });
  return { shown, edits, summary, asked, back };
}

describe('walking through groups', () => {
  it('shows each, and writes what is decided at once', async () => {
    const { edits, shown, summary } = await walk(['a', 'OPS-12', '2027-01-01', 'allow', 'vendor', '', 'd']);
    expect(edits).toEqual([
      { kind: 'allow', path: REDIS, reason: 'OPS-12', owner: 'alice', until: '2027-01-01' }, { kind: 'allow', path: '/opt/x/**', reason: 'vendor', owner: 'alice' },
      { kind: 'package', name: 'htop' }, { kind: 'package', name: 'mc' },
    ]);
    expect(shown).toContain('\n1/3  CRITICAL  Redis\n');
    expect(shown).toContain('Redis 7.0.15, which no package owns');
    expect(shown).toContain('[a]llow [l]eave [s]kip [m]ore [b]ack [q]uit [h]elp > ');
    expect(shown).toContain('[b]ack [u]ndo [q]uit [h]elp > ');
    expect(shown).toMatch(/^3 questions, the worst first\. .*\/etc\/drift\/manifest\.yaml/s);
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
    expect(shown).toContain('decided already; u takes the last decision back\n[s]kip [m]ore [b]ack [u]ndo [q]uit [h]elp > ');
    expect(summary).toMatchObject({ decided: 1, open: 2 });
  });

  it('takes the last decision back, one after the other, and asks again', async () => {
    const { back, edits, shown, summary } = await walk(['u', 'a', 'one', '', 'a', 'two', '', 'u', 'u', 'a', 'three', '', 'q']);
    expect(edits.map((edit) => (edit.kind === 'allow' ? [edit.path, edit.reason] : []))).toEqual([[REDIS, 'one'], ['/opt/x/**', 'two'], [REDIS, 'three']]);
    expect(back.map(({ decisions }) => decisions[0]?.edit)).toEqual([edits[1], edits[0]]);
    expect(shown.match(/taken back/g)).toHaveLength(2);
    expect(summary).toEqual({ groups: 3, decided: 1, left: 0, open: 2, written: new Map([['/etc/drift/manifest.yaml', 1]]), ended: 'quit' });
    const noted: number[] = [];
    await walk(['a', 'one', '', 'u', 'q'], { wrote: (written) => void noted.push(written.size) });
    expect(noted).toEqual([1, 0]);
  });

  it('says why a decision cannot be taken back, and goes on', async () => {
    const { shown, summary } = await walk(['a', 'one', '', 'u', 'q'], { takeBack: () => fail('manifest-changed', 'it was changed', 'by hand') });
    expect(shown).toContain('not taken back: it was changed\nhint: by hand\n');
    expect(summary).toMatchObject({ decided: 1, written: new Map([['/etc/drift/manifest.yaml', 1]]) });
  });

  it('says what can be typed for what is none of it, and on h', async () => {
    const { shown } = await walk(['x', 'h', 'q']);
    expect(shown.match(/ {2}\[l\]eave {5}it should go: nothing is written/g)).toHaveLength(2);
    expect(shown.match(/that is none of these:\n/g)).toHaveLength(1);
  });

  it('takes a group apart, asks for the version of one package, and shows details', async () => {
    const { edits, shown, summary } = await walk(['s', 's', 'e', 'm', 'd', '>= 3', 'skip']);
    expect(edits).toEqual([{ kind: 'package', name: 'htop', constraint: '>= 3' }]);
    expect(shown).toContain('3/4  LOW\n');
    expect(shown).toContain('package-extra; finding ');
    expect(summary).toMatchObject({ groups: 4, decided: 1, open: 3 });
  });

  it('shows why an entry is refused, and stays', async () => {
    const { edits, shown, summary } = await walk(['a', 'OPS-12', '2027-02-30', '2026-11-21', '2027-01-31', 'q'], { record: () => fail('edit-refused', 'until is no date\x1b[2J', 'write it as 2027-01-31') });
    expect(edits).toEqual([]);
    expect(shown.match(/that is no day from today on/g)).toHaveLength(2);
    expect(shown).toContain('not written: until is no date\\x1b[2J\nhint: write it as 2027-01-31\n');
    expect(summary).toMatchObject({ decided: 0, open: 3, ended: 'quit' });
  });

  it('asks for no reason where nothing could be written', async () => {
    const { asked, shown } = await walk(['a', 'q'], { context: { observed: observed(), allow: { entries: [], rootOnly: () => true }, rows: [], holdersSeen: true, digestOf: () => ok('') } });
    expect(shown).toContain('not written: /usr/local/bin/redis-server is not a file');
    expect(asked).toHaveLength(2);
  });

  it('asks about files again after the package that brings them was declared', async () => {
    const identity = { product: { id: 'redis', name: 'Redis', packages: ['redis-server'] }, because: [] };
    const state = observed({ unowned: [anUnowned(REDIS)], identities: new Map([[REDIS, identity]]), available: [{ manager: 'apt', name: 'redis-server', arch: 'amd64', version: '7', match: 'product' }] });
    const context = { observed: state, allow: { entries: [], rootOnly: () => true }, rows: [], holdersSeen: true, digestOf: () => ok('d'.repeat(64)) };
    const { asked, edits, summary } = await walk(['d', '', 'l', 'q'], { context });
    expect(asked[0]).toContain('[d]eclare redis-server instead [a]llow');
    expect(asked[2]).toMatch(/^\[a\]llow \[l\]eave/);
    expect(edits).toEqual([{ kind: 'package', name: 'redis-server', constraint: 'any' }]);
    expect(summary).toMatchObject({ decided: 0, left: 1 });
  });

  it('asks whether a large group is allowed one by one or as a whole, and takes Enter for neither', async () => {
    const paths = Array.from({ length: 30 }, (_, at) => `/usr/lib/node_modules/npm/lib/${at % 5}/${at}.js`);
    const groups = triageGroups(paths.map((path) => finding('file-stray', 'low', { type: 'path', path })));
    const context = { observed: observed({ unowned: paths.map((path) => anUnowned(path)) }), allow: { entries: [], rootOnly: () => true }, rows: [], holdersSeen: true, digestOf: () => ok('d'.repeat(64)) };
    expect(groups).toHaveLength(1);
    const whole = await walk(['a', '', 'a', 'w', 'npm', ''], { groups, context });
    expect(whole.edits).toEqual([{ kind: 'allow', path: '/usr/lib/node_modules/npm/lib/**', reason: 'npm', owner: 'alice' }]);
    expect(whole.asked.filter((question) => question.startsWith('30 entries, one for [e]ach; or one for the [w]hole /usr/lib/node_modules/npm/lib/**'))).toHaveLength(2);
    const each = await walk(['a', 'e', 'npm', ''], { groups, context });
    expect(each.edits).toHaveLength(30);
    expect(each.shown).toContain('  … and 16 more lines\n');
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
