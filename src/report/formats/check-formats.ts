// The forms of `drift check`'s report. Each is loaded when it is asked for.
import type { CheckReport } from '../../model/report.ts';
import { never } from '../../model/result.ts';
import { oneStep, type Steps } from '../../model/steps.ts';
import type { TextOptions } from '../text-options.ts';
import type { Verdict } from '../check/verdict.ts';

export const CHECK_FORMATS = ['text', 'json', 'nagios', 'prometheus', 'junit', 'sarif', 'html'] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

/** Ends in a newline. */
export async function checkAs(format: CheckFormat, report: CheckReport, verdict: Verdict, options: TextOptions): Promise<Steps<string>> {
  switch (format) {
    case 'text': return (await import('../check/text.ts')).checkText(report, options);
    case 'json': return (await import('../check/json.ts')).checkJson(report);
    case 'nagios': {
      const { checkNagios } = await import('./nagios.ts');
      return oneStep(() => checkNagios(report, verdict));
    }
    case 'prometheus': {
      const { checkPrometheus } = await import('./prometheus.ts');
      return oneStep(() => checkPrometheus(report, verdict));
    }
    case 'junit': return (await import('./junit.ts')).checkJunit(report, verdict);
    case 'sarif': return (await import('./sarif.ts')).checkSarif(report, verdict);
    case 'html': {
      const { checkHtml } = await import('./html.ts');
      return oneStep(() => checkHtml(report));
    }
    default: return never(format);
  }
}
