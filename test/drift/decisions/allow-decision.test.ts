// What an entry for a path has to say, from what is known of the file: privileges, use, who can write it, who owns it.
import { describe, expect, it } from 'vitest';
import { allowDecision, type AllowDecisionContext, type AllowSubject } from '../../../src/drift/decisions/allow-decision.ts';
import type { AllowContext } from '../../../src/drift/files/allowed.ts';
import type { FileType } from '../../../src/model/file.ts';
import { compilePattern } from '../../../src/model/pattern.ts';
import { ok } from '../../../src/model/result.ts';
import { anAllow, anUnowned, matcherOf } from '../../support/build.ts';

const DIGEST = 'c'.repeat(64);
const UNOWNED = [
  anUnowned('/opt/x/plain'),
  anUnowned('/opt/x/suid', { stat: { mode: 0o104755 } }),
  anUnowned('/opt/x/started'),
  anUnowned('/opt/x/writable', { stat: { mode: 0o100777 } }),
  anUnowned('/opt/x/theirs', { stat: { uid: 1000 } }),
  anUnowned('/home/a/plain'),
  anUnowned('/etc/unit.service', { code: null, launch: 'systemd-unit' }),
  anUnowned('/opt/proved', { proof: { mechanism: 'alternatives', detail: '', files: [] } }),
];

function context(more: Partial<AllowDecisionContext & AllowContext> = {}): AllowDecisionContext {
  const { entries = [], matchers = [], ...rest } = more;
  return {
    unowned: UNOWNED, stores: [],
    allow: { entries, matchers, rootOnly: (directory) => !directory.startsWith('/home'), today: '2026-01-01', inUse: (path) => (path.endsWith('started') ? 'is started' : path.endsWith('script') ? 'listens' : undefined) },
    owners: (path) => (path === '/usr/bin/x' ? [{ manager: 'apt', name: 'x', arch: 'amd64', version: '1' }] : []),
    digestOf: () => ok(DIGEST),
    isInUse: (path) => path.endsWith('runs'),
    ...rest,
  };
}

function one(path: string, type: FileType | undefined = 'file'): AllowSubject {
  return { kind: 'path', path, shown: path, type };
}

function pattern(text: string): AllowSubject {
  const compiled = compilePattern(text);
  if (!compiled.ok) throw new Error(compiled.error.message);
  return { kind: 'pattern', text, pattern: compiled.value };
}

const ASKED = { reason: 'r', digest: false };

describe('one path', () => {
  it.each([
    ['/opt/x/plain', undefined],
    ['/opt/x/suid', DIGEST],
    ['/opt/x/started', DIGEST],
    ['/opt/x/writable', DIGEST],
    ['/opt/x/theirs', DIGEST],
    ['/home/a/plain', DIGEST],
    ['/etc/unit.service', DIGEST],
    // Data for the sweep, and yet an interpreter runs it, or others can put another one there.
    ['/srv/script', DIGEST],
    ['/home/a/data', DIGEST],
    ['/srv/data', undefined],
    ['/srv/runs', DIGEST],
  ])('%s: digest %s', (path, sha256) => {
    expect(allowDecision(one(path), ASKED, context())).toMatchObject({ ok: true, value: { edit: { kind: 'allow', path, reason: 'r', ...(sha256 === undefined ? {} : { sha256 }) } } });
    const decided = allowDecision(one(path), ASKED, context());
    if (decided.ok && decided.value.edit.kind === 'allow') expect(decided.value.edit.sha256).toBe(sha256);
  });

  it('is refused where a package owns it, or its name is no text', () => {
    expect(allowDecision(one('/usr/bin/x'), ASKED, context())).toMatchObject({ ok: false, error: { reason: 'owned' } });
    expect(allowDecision(one('/opt/caf\u00e9'), ASKED, context())).toMatchObject({ ok: false, error: { reason: 'not-text' } });
  });

  it('has no digest when it is a link', () => {
    expect(allowDecision(one('/opt/l', 'link'), { ...ASKED, digest: true }, context())).toMatchObject({ ok: false, error: { reason: 'no-digest' } });
    expect(allowDecision(one('/opt/l', 'link'), ASKED, context())).toMatchObject({ ok: true, value: { warnings: [expect.stringContaining('needs no entry')] } });
  });
});

describe('a pattern', () => {
  it('is refused over each of what needs a digest', () => {
    for (const name of ['suid', 'started', 'writable', 'theirs']) {
      const decided = allowDecision(pattern(`/opt/*/${name}*`), ASKED, context());
      expect(decided, name).toMatchObject({ ok: false, error: { reason: 'needs-digest', message: expect.stringContaining(`/opt/x/${name}`) } });
    }
    expect(allowDecision(pattern('/home/**'), ASKED, context())).toMatchObject({ ok: false, error: { reason: 'needs-digest' } });
    expect(allowDecision(pattern('/opt/x/**'), ASKED, context())).toMatchObject({ ok: false, error: { message: expect.stringContaining('4 files') } });
  });

  it('says how: each by name, or where they are many all of them by a list of digests', () => {
    expect(allowDecision(pattern('/opt/x/**'), ASKED, context())).toMatchObject({ error: { hint: 'allow them by name first: drift allow /opt/x/suid /opt/x/started /opt/x/writable /opt/x/theirs --reason …' } });
    const many = context({ unowned: Array.from({ length: 9 }, (_, at) => anUnowned(`/home/a/.my tools/${at}`)) });
    expect(allowDecision(pattern('/home/a/.my tools/**'), ASKED, many)).toMatchObject({ error: { hint: "for all of it as it is now, beside the manifest: find '/home/a/.my tools' -type f -exec sha256sum {} + > my-tools.sha256; then below allow: - { path: \"/home/a/.my tools/**\", sums: my-tools.sha256, reason: \"…\" }" } });
    expect(allowDecision(pattern('/home/*/.my tools/**'), ASKED, many)).toMatchObject({ error: { hint: expect.stringContaining('by name first') } });
  });

  it('is an entry where each of those has its own', () => {
    const entry = anAllow('/opt/x/suid', { sha256: DIGEST });
    const covered = context({ entries: [entry], matchers: [matcherOf(entry)], unowned: [anUnowned('/opt/x/suid', { stat: { mode: 0o104755 }, sha256: DIGEST }), anUnowned('/opt/x/plain')] });
    expect(allowDecision(pattern('/opt/x/**'), ASKED, covered)).toMatchObject({ ok: true, value: { edit: { path: '/opt/x/**' }, warnings: [] } });
  });

  it('says when it matches nothing, and knows whole stores', () => {
    expect(allowDecision(pattern('/opt/none/*'), ASKED, context())).toMatchObject({ ok: true, value: { warnings: [expect.stringContaining('matches nothing')] } });
    expect(allowDecision(pattern('/opt/proved*'), ASKED, context())).toMatchObject({ ok: true, value: { warnings: [expect.stringContaining('matches nothing')] } });
    expect(allowDecision(pattern('/var/lib/docker/**'), ASKED, context({ stores: [{ path: '/var/lib/docker', runtime: 'docker', members: [] }] }))).toMatchObject({ ok: true, value: { warnings: [] } });
  });
});

describe('an entry that is there', () => {
  const asked = (more: object): Parameters<typeof allowDecision>[1] => ({ digest: false, ...more });
  const started = anAllow('/opt/x/started', { sha256: 'a'.repeat(64), owner: 'ops' });
  const ended = anAllow('/opt/x/**', { until: '2025-12-31' });
  const plain = anAllow('/opt/x/plain', { owner: 'ops', until: '2026-12-31' });
  const having = (...entries: readonly ReturnType<typeof anAllow>[]): AllowDecisionContext => context({ entries, matchers: entries.map(matcherOf) });

  it('is there where it says the same, whoever asks', () => {
    expect(allowDecision(one('/opt/x/plain'), asked({ reason: plain.reason, until: '2026-12-31', person: 'bob' }), having(plain))).toMatchObject({ ok: true, value: { edit: { owner: 'ops' } } });
    expect(allowDecision(one('/opt/x/plain'), asked({ reason: 'x', person: 'bob' }), having())).toMatchObject({ ok: true, value: { edit: { owner: 'bob' } } });
  });

  it.each([
    ['its content changed', '/opt/x/started', started, { reason: started.reason }, '/opt/x/started was allowed with another content than it has now (manifest.yaml:3)', '--renew'],
    ['it says something else', '/opt/x/plain', plain, { reason: 'other' }, '/opt/x/plain is allowed in another way (manifest.yaml:3)', '--renew'],
  ] as const)('is in the way where %s', (_, path, entry, more, message, hint) => {
    expect(allowDecision(one(path), asked(more), having(entry))).toMatchObject({ ok: false, error: { reason: 'manifest-conflict', message, hint: expect.stringContaining(`drift allow ${path} ${hint}`) } });
  });

  it('is in the way where its day has come', () => {
    const matching = context({ entries: [ended], matchers: [matcherOf(ended)], unowned: [] });
    expect(allowDecision(pattern('/opt/x/**'), asked({ reason: ended.reason }), matching)).toMatchObject({ ok: false, error: { message: '/opt/x/** was allowed until 2025-12-31 (manifest.yaml:3)', hint: expect.stringContaining("drift allow '/opt/x/**' --renew --until") } });
  });

  it('is renewed: the digest of now, everything else as it was unless it is named', () => {
    expect(allowDecision(one('/opt/x/started'), asked({ renew: true }), having(started))).toMatchObject({ ok: true, value: { edit: { path: '/opt/x/started', reason: started.reason, owner: 'ops', sha256: DIGEST, replaces: started.declaredAt } } });
    expect(allowDecision(one('/opt/x/plain'), asked({ renew: true, reason: 'new', owner: 'web', until: '2027-01-01' }), having(plain))).toMatchObject({ ok: true, value: { edit: { reason: 'new', owner: 'web', until: '2027-01-01', replaces: plain.declaredAt } } });
    expect(allowDecision(one('/opt/x/plain'), asked({ renew: true }), having(plain))).toMatchObject({ ok: true, value: { edit: { until: '2026-12-31' } } });
    // It had one without need: it keeps one.
    expect(allowDecision(one('/opt/x/plain'), asked({ renew: true }), having({ ...plain, sha256: 'a'.repeat(64) }))).toMatchObject({ ok: true, value: { edit: { sha256: DIGEST } } });
  });

  it('is not renewed where that would take an end away, where its digests stand elsewhere, or where it is not', () => {
    const matching = context({ entries: [ended], matchers: [matcherOf(ended)], unowned: [] });
    expect(allowDecision(pattern('/opt/x/**'), asked({ renew: true }), matching)).toMatchObject({ ok: false, error: { reason: 'bad-until' } });
    expect(allowDecision(pattern('/opt/x/**'), asked({ renew: true, until: '2027-01-01' }), matching)).toMatchObject({ ok: true, value: { edit: { until: '2027-01-01', replaces: ended.declaredAt } } });
    expect(allowDecision(one('/opt/x/plain'), asked({ renew: true }), having({ ...plain, sums: new Map(), sumsFile: 'x.sums' }))).toMatchObject({ ok: false, error: { reason: 'edit-refused', message: expect.stringContaining('x.sums') } });
    expect(allowDecision(one('/opt/x/plain'), asked({ renew: true }), having())).toMatchObject({ ok: false, error: { reason: 'no-entry' } });
    expect(allowDecision(one('/opt/x/plain'), asked({}), having())).toMatchObject({ ok: false, error: { reason: 'usage' } });
  });
});
