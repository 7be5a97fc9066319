// Compares the file capabilities (capabilities(7)) that one program read of all suspects with what the package database records.
import { compareBytes, type BytePath } from '../model/bytes.ts';
import type { OwnedChange } from '../model/observed.ts';
import { sameCapabilities } from './capability-text.ts';
import type { CapabilityCheck } from './verifier.ts';

/** `changes` with what capabilities add to them: one change a path, sorted. `actual`: only files that have some. */
export function judgeCapabilities(
  changes: readonly OwnedChange[], checks: readonly CapabilityCheck[], actual: ReadonlyMap<BytePath, string>,
): readonly OwnedChange[] {
  const byPath = new Map(changes.map((change) => [change.path, change]));
  for (const { path, owners, record, facts } of checks) {
    const expected = record.capabilities ?? '';
    const have = actual.get(path) ?? '';
    if (sameCapabilities(expected, have)) continue;
    const before = byPath.get(path);
    if (before?.issues.some(({ issue }) => issue === 'capabilities')) continue;
    const issue = { issue: 'capabilities' as const, expected: expected === '' ? 'none' : expected, actual: have === '' ? 'none' : have };
    byPath.set(path, {
      ...(before ?? { path, owners, record, conffile: record.config === true }),
      issues: [...(before?.issues ?? []), issue],
      facts: have === '' ? facts : { ...facts, capabilities: have },
    });
  }
  return [...byPath.values()].sort((a, b) => compareBytes(a.path, b.path));
}
