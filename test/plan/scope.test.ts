import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../src/model/manifest.ts';
import { outOfScope } from '../../src/plan/scope.ts';
import { anUnowned, observed } from '../support/build.ts';
import { finding, packageSubject } from '../support/sample-report.ts';
import { NOTHING_NAMED } from '../support/plan-input.ts';

describe('what a plan does not speak of', () => {
  const stray = finding('file-stray', 'critical', { type: 'path', path: '/opt/x' });
  const changed = finding('file-modified', 'high', { type: 'path', path: '/usr/bin/w' });
  const process = finding('process-stray', 'critical', { type: 'process', path: '/opt/app.py', pid: 5, startedAt: 0 });
  const account = finding('watch-changed', 'critical', { type: 'account', name: 'toor' });
  const brought = finding('package-missing', 'medium', packageSubject('redis-server'));
  const told = (findings: Parameters<typeof outOfScope>[0]['findings'], options = {}): readonly string[] => outOfScope({ findings, isStray: () => true, observed: observed({ unowned: [anUnowned('/srv/root/usr/bin/su', { tree: '/srv/root' })] }), options: { skip: NOTHING_NAMED, allowDowngrade: false, ...options }, policy: DEFAULT_POLICY }, new Set([brought.id]));

  it('is counted by weight, with its kinds and the way to them', () => {
    expect(told([stray, changed, process, account, brought])).toEqual(['3 other findings (2 critical, 1 high) of kinds that policy.reconcile does not list: file-modified, process-stray, watch-changed; drift check shows them, drift plan --only KIND what could be done']);
    expect(told([changed])[0]).toMatch(/^1 other finding \(1 high\) /);
  });

  it('is not what only informs, what is folded into a stray, what was skipped, and nothing where --only was said', () => {
    const folded = { ...process, facts: { alsoKinds: ['file-stray' as const] } };
    expect(told([stray, folded, finding('file-modified', 'info', { type: 'path', path: '/etc/x' }), finding('source-unreadable', 'high', { type: 'source', source: 'apt/inventory' })])).toEqual([]);
    expect(told([changed], { skip: { ...NOTHING_NAMED, paths: ['/usr/bin'] } })).toEqual([]);
    expect(told([changed], { only: { ...NOTHING_NAMED, kinds: ['file-stray'] } })).toEqual([]);
  });

  it('is a path that nothing was found at', () => {
    expect(told([stray], { only: { ...NOTHING_NAMED, paths: ['/opt', '/otp/x'] } })).toEqual(['no finding is about /otp/x, nor about anything below it']);
    expect(told([stray], { only: { ...NOTHING_NAMED, paths: ['/opt/x'] } })).toEqual([]);
    const tree = finding('tree-stray', 'critical', { type: 'tree', path: '/srv/root' });
    expect(told([tree], { only: { ...NOTHING_NAMED, paths: ['/srv/root/usr/bin/su', '/srv/root/usr/bin/us'] } })).toEqual(['no finding is about /srv/root/usr/bin/us, nor about anything below it']);
  });
});
