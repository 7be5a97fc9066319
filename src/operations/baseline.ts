// The story of `drift baseline`: everything that `check` would say today, with what makes each finding the same one tomorrow. Nothing is changed.
import { baselineEntry, isRecorded } from '../drift/baseline.ts';
import type { Progress } from '../model/progress.ts';
import { ok, type Result } from '../model/result.ts';
import { baselineJson } from '../report/check/baseline-json.ts';
import { subjectText } from '../report/subject.ts';
import { compareHost } from './check.ts';
import { fileLook } from './file-look.ts';
import { mapInTurns } from './in-turns.ts';
import type { BaselineOptions, BaselineResult } from './options.ts';
import { VERSION } from './version.ts';

export async function runBaseline(options: BaselineOptions, progress: Progress): Promise<Result<BaselineResult>> {
  const compared = await compareHost(options, { verify: options.verify, sweep: true }, progress);
  if (!compared.ok) return compared;
  const { facts, findings, host, observed } = compared.value;
  progress.step('reading what is accepted');
  const look = fileLook(host);
  const accepted = findings.filter(isRecorded);
  const text = baselineJson({
    drift: VERSION, host: { name: facts.name, root: facts.root }, recordedAt: Date.now(),
    findings: await mapInTurns(accepted, (finding) => baselineEntry(finding, `${subjectText(finding.subject)}: ${finding.message}`, look)),
  });
  return ok({ text, findings: accepted, coverage: observed.state.coverage });
}
