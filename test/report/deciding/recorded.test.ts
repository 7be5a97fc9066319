// What a command that writes decisions prints: new lines as they stand, of a renewed entry what it said before too, and JSON as its schema has it.
import { describe, expect, it } from 'vitest';
import type { Recorded } from '../../../src/model/recorded.ts';
import { recordedJson, recordedText } from '../../../src/report/deciding/recorded.ts';
import { schemaErrors } from '../../support/report-schema.ts';

const ALLOW = { kind: 'allow', path: '/opt/a', reason: 'x' } as const;
const NEW: Recorded = {
  file: '/etc/drift/manifest.yaml', created: false, decisions: [{ edit: ALLOW, state: 'written', file: '/etc/drift/manifest.yaml', line: 3 }], added: ['  - path: /opt/a', '    reason: x\u202e'],
  patch: '--- a/etc/drift/manifest.yaml\n+++ b/etc/drift/manifest.yaml\n@@ -1,1 +1,3 @@\n drift: 1\n+  - path: /opt/a\n+    reason: x\u202e\n',
};
const RENEWED: Recorded = {
  ...NEW, decisions: [{ edit: { ...ALLOW, replaces: { file: '/etc/drift/manifest.yaml', line: 2, column: 5 } }, state: 'written', file: '/etc/drift/manifest.yaml', line: 2 }], added: ['    until: 2027-01-01'],
  patch: '--- a/m\n+++ b/m\n@@ -2,3 +2,3 @@\n   - path: /opt/a\n-    until: 2026-01-01\r\n+    until: 2027-01-01\r\n     reason: x\n@@ -20,1 +20,2 @@\n   - path: /b\n+    sha256: z\n\\ No newline at end of file\n',
};

describe('what was recorded', () => {
  it('is the new lines, escaped for a terminal', () => {
    expect(recordedText(NEW, false)).toBe('written: /etc/drift/manifest.yaml\n    - path: /opt/a\n      reason: x\\u{202e}\n');
  });

  it('is of a renewed entry what it said and what it says now', () => {
    expect(recordedText(RENEWED, false)).toBe('written: /etc/drift/manifest.yaml\n     - path: /opt/a\n  -    until: 2026-01-01\n  +    until: 2027-01-01\n       reason: x\n  …\n     - path: /b\n  +    sha256: z\n');
  });

  it('is written in JSON too where lines only went away', () => {
    const removed = { ...RENEWED, added: [], patch: '--- a/m\n+++ b/m\n@@ -2,2 +2,1 @@\n   - path: /opt/a\n-    until: 2026-01-01\n' };
    const printed = JSON.parse(recordedJson(removed, false)) as object;
    expect(schemaErrors(printed)).toEqual([]);
    expect(printed).toMatchObject({ written: true, decisions: [{ entry: { replaces: { line: 2, column: 5 } } }] });
    expect(recordedText(removed, false)).toContain('-    until: 2026-01-01');
  });
});
