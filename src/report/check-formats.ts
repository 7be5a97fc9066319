// The forms of `drift check`'s report. Each is loaded when it is asked for.
import type { Finding } from '../model/finding.ts';
import type { CheckReport } from '../model/report.ts';
import { never } from '../model/result.ts';
import type { TextOptions } from './text-options.ts';

export const CHECK_FORMATS = ['text', 'json', 'nagios', 'prometheus', 'junit', 'sarif', 'html'] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

/** What became of the check: the report itself does not know what `--fail-on` asked for. */
export interface Verdict {
  /** As in docs/reference/exit-codes.md, whatever the format. */
  readonly exitCode: number;
  /** Whether the code is 2 because of it. */
  counts(finding: Finding): boolean;
}

/** Ends in a newline. */
export async function checkAs(format: CheckFormat, report: CheckReport, verdict: Verdict, options: TextOptions): Promise<string> {
  switch (format) {
    case 'text': return (await import('./text.ts')).checkText(report, options);
    case 'json': return (await import('./json.ts')).checkJson(report);
    case 'nagios': return (await import('./nagios.ts')).checkNagios(report, verdict);
    case 'prometheus': return (await import('./prometheus.ts')).checkPrometheus(report, verdict);
    case 'junit': return (await import('./junit.ts')).checkJunit(report, verdict);
    case 'sarif': return (await import('./sarif.ts')).checkSarif(report, verdict);
    case 'html': return (await import('./html.ts')).checkHtml(report);
    default: return never(format);
  }
}
