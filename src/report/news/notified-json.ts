// drift.notified/1: what drift remembers to have told, for itself and for whoever wonders why it is silent.
import { NOTIFIED_SCHEMA, type Notified } from '../../model/notified.ts';
import { baselineEntryValue } from '../check/baseline-json.ts';
import { jsonText } from '../check/json.ts';

export function notifiedJson({ asked, drift, findings, lost, machineId, mail, owedToJournal, toldAt, unread }: Notified): string {
  return jsonText({
    schema: NOTIFIED_SCHEMA,
    drift,
    ...(machineId === undefined ? {} : { machineId }),
    toldAt: new Date(toldAt).toISOString(),
    asked,
    unread,
    owedToJournal,
    ...(mail === undefined ? {} : { mail }),
    findings: findings.map(baselineEntryValue),
    lost: lost.map(({ entry, lostAt }) => ({ lostAt: new Date(lostAt).toISOString(), entry: baselineEntryValue(entry) })),
  });
}
