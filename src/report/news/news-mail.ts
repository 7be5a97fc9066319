// A mail about new findings, as sendmail(8) -t reads it (RFC 5322, RFC 3834): plain text, no name of the host in a header but its own, nothing that a mail program obeys.
import { toText } from '../../model/bytes.ts';
import type { CheckReport } from '../../model/report.ts';
import { newsLine, newsLines, type NewsCounts } from './journal-fields.ts';
import { visible, visibleText } from '../visible.ts';

/** RFC 5322 ends a line after 998 bytes, and a character has up to four. */
const MOST_CHARACTERS = 240;

/** `to`: addresses as the manifest's shape lets them through. */
export function newsMail(report: Pick<CheckReport, 'drift' | 'host' | 'startedAt' | 'coverage'>, news: NewsCounts, to: readonly string[]): string {
  const host = toText(report.host.name);
  const unread = report.coverage.filter(({ status }) => status !== 'complete').map(({ source }) => visible(source));
  const body = [
    `${host === '' ? 'this host' : visibleText(host)}, ${new Date(report.startedAt).toISOString()}`, '',
    ...(news.first ? ['This is the first report, so that everything that stands is in it. From now on only what is new is sent.', ''] : []),
    ...newsLines(news),
    ...(unread.length > 0 ? ['', `Not all could be read: ${unread.join(', ')}. What is not told of there may still be.`] : []),
    '', 'On the host: drift check shows all, drift explain ID says why.',
  ];
  const head = [
    `To: ${to.join(',\n ')}`,
    `Subject: ${inHeader(`drift on ${host === '' ? 'a host without a name' : host}: ${newsLine(news)}`)}`,
    // So that nobody's holiday program answers.
    'Auto-Submitted: auto-generated',
    `X-Drift-Version: ${inHeader(report.drift)}`,
    'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit',
  ];
  return `${head.join('\n')}\n\n${body.flatMap(shortLines).join('\n')}\n`;
}

/** ASCII without controls, and short: whatever it holds, it is one line. */
function inHeader(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}

function shortLines(line: string): string[] {
  const characters = [...line];
  const out: string[] = [];
  for (let at = 0; at === 0 || at < characters.length; at += MOST_CHARACTERS) out.push(characters.slice(at, at + MOST_CHARACTERS).join(''));
  return out;
}
