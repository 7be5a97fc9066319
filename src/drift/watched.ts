// Files and accounts that decide who is root, against what distributions ship (passwd(5), shadow(5), sudoers(5)) → watch-changed.
import { toText } from '../model/bytes.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { ObservedState, WatchedSetting } from '../model/observed.ts';
import type { FindingMaker } from './finding-id.ts';

export function compareWatched(observed: ObservedState, make: FindingMaker): Finding[] {
  return observed.watched.map((setting) => make({
    kind: 'watch-changed', severity: severityOf(setting), remedy: 'manual',
    subject: setting.account === undefined ? { type: 'watch', path: setting.path } : { type: 'account', name: setting.account },
    message: setting.problem,
    evidence: [{ source: toText(setting.path), detail: `is ${setting.actual}, expected ${setting.expected}` }],
    facts: { expected: setting.expected, actual: setting.actual },
  }));
}

function severityOf(setting: WatchedSetting): Severity {
  if (setting.account !== undefined) return 'critical';
  const mode = /(?:^|[^0-9])0?([0-7]{3,4})(?![0-9])/.exec(setting.actual)?.[1];
  // Whoever can write to one of these files can become root.
  return mode !== undefined && (Number.parseInt(mode, 8) & 0o002) !== 0 ? 'critical' : 'high';
}
