// A report with one of everything that the renderers must cope with, and small makers for tests.
import type { Finding, FindingKind, Severity, Subject } from '../../src/model/finding.ts';
import type { CheckReport } from '../../src/model/report.ts';
import type { TextOptions } from '../../src/report/text-options.ts';

export const PLAIN_TEXT: TextOptions = { paint: (_style, text) => text, width: 80, full: false, asRoot: false };

let made = 0;

export function finding(kind: FindingKind, severity: Severity, subject: Subject, more: Partial<Finding> = {}): Finding {
  made += 1;
  return { id: made.toString(16).padStart(12, '0'), kind, severity, subject, message: 'no package owns it', evidence: [], facts: {}, remedy: 'manual', ...more };
}

export function packageSubject(name: string): Subject {
  return { type: 'package', manager: 'apt', name, arch: 'amd64', version: '1.0-1' };
}

export function report(more: Partial<CheckReport> = {}): CheckReport {
  return {
    drift: '0.1.0',
    host: { name: 'web-1', os: { id: 'debian', idLike: [], versionId: '12' }, arch: 'amd64', root: '/', managers: ['apt'] },
    startedAt: Date.UTC(2026, 10, 21, 3, 0, 0), durationMs: 412.4, manifest: [], coverage: [], findings: [],
    ...more,
  };
}

/** Every subject, and names that are no UTF-8. */
export function fullReport(): CheckReport {
  return report({
    manifest: [{ path: '/etc/drift/manifest.yaml', sha256: 'a'.repeat(64) }],
    coverage: [
      { source: 'apt/inventory', status: 'complete', problems: [], skipped: [] },
      { source: 'sweep', status: 'partial', problems: [{ message: 'permission denied', path: '/root/\xff' }], skipped: [{ what: '/srv/media', reason: 'excluded by the manifest' }] },
    ],
    swept: { entries: 75_112, unowned: 812, expected: 810 },
    findings: [
      finding('file-stray', 'critical', { type: 'path', path: '/usr/local/bin/redis-server' }, {
        message: 'Redis 7.0.15, which no package owns, runs as root',
        evidence: [{ source: 'dpkg.log', detail: 'redis-server was removed on 2026-10-03' }],
        facts: { alsoKinds: ['file-privileged'], related: ['0123456789ab'], unit: { path: '/etc/systemd/system/r\xe9dis.service' } },
      }),
      finding('tree-stray', 'high', { type: 'tree', path: '/opt/caf\xc3\xa9' }),
      finding('launch-stray', 'high', { type: 'launch', path: '/etc/cron.d/\xfe', target: '/tmp/\xfe' }),
      finding('package-extra', 'low', packageSubject('htop'), { message: 'installed by choice and not declared' }),
      finding('repository-extra', 'medium', { type: 'repository', manager: 'apt', name: 'http://example.org/debian stable', uri: 'http://example.org/debian' }),
      finding('repository-extra', 'medium', { type: 'key', fingerprint: 'ABCDEF0123', file: '/etc/apt/trusted.gpg.d/x.gpg' }),
      finding('watch-changed', 'critical', { type: 'account', name: 'toor' }),
      finding('watch-changed', 'high', { type: 'watch', path: '/etc/shadow' }),
      finding('waiver-unused', 'info', { type: 'waiver', name: '/opt/vendör/**' }, { declaredAt: { file: '/etc/drift/manifest.yaml', line: 12, column: 3 } }),
      finding('source-unreadable', 'medium', { type: 'source', source: 'sweep' }),
    ],
  });
}
