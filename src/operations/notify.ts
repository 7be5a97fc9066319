// The story of `drift check --notify`: the check, then what of it was not told before goes into the journal, and by mail where the manifest asks for that. Of the host itself nothing is changed.
import { createHash } from 'node:crypto';
import { keepNotified } from '../apply/keep-notified.ts';
import { sendMail } from '../apply/send-mail.ts';
import { tellJournal } from '../apply/tell-journal.ts';
import { baselineEntry } from '../drift/baseline.ts';
import { newsOf, rememberingLook } from '../drift/news.ts';
import type { Host } from '../host/host.ts';
import type { Coverage } from '../model/coverage.ts';
import type { Finding } from '../model/finding.ts';
import type { Notified, NotifyQuestion } from '../model/notified.ts';
import type { Progress } from '../model/progress.ts';
import type { CheckReport } from '../model/report.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { journalEntries, newsLines } from '../report/news/journal-fields.ts';
import { newsMail } from '../report/news/news-mail.ts';
import { subjectText } from '../report/subject.ts';
import { checkHost } from './check.ts';
import { fileLook } from './file-look.ts';
import { mapInTurns } from './in-turns.ts';
import { machineIdOf } from './machine-id.ts';
import type { CheckOptions, NotifyOptions } from './options.ts';
import { notifiedName, readNotified } from './reading/read-notified.ts';
import { VERSION } from './version.ts';

/** What journald listens on; without it there is no journal to tell. */
const JOURNAL_SOCKET = '/run/systemd/journal/socket';
const MOST_UNREAD = 1000;

/** 'not-root': only root can remember. What could not be told or remembered is in the report. */
export async function runNotifyingCheck(options: CheckOptions, { counts, failOn }: NotifyOptions, progress: Progress): Promise<Result<CheckReport>> {
  if (process.geteuid!() !== 0) return fail('not-root', 'only root can write down what was told', 'run drift as root, or leave out --notify');
  const checked = await checkHost(options, progress);
  if (!checked.ok) return checked;
  const { compared: { desired, host }, report } = checked.value;
  const { baseline, gate, history, manifestFiles, verify } = options;
  const asked: NotifyQuestion = { manifest: manifestFiles, verify, history, gate, failOn, ...(baseline === undefined ? {} : { baseline }) };
  // That something cannot be seen any more is news too, though no finding that counts.
  const standing = report.findings.filter((finding) => counts(finding) || finding.kind === 'source-unreadable');
  const notified = await tell({ host, report, standing, asked, mailTo: desired?.policy.notify?.mail ?? [] }, progress);
  return ok({ ...report, notified });
}

interface Telling {
  readonly host: Host;
  readonly report: CheckReport;
  readonly standing: readonly Finding[];
  readonly asked: NotifyQuestion;
  readonly mailTo: readonly string[];
}

async function tell({ asked, host, mailTo, report, standing }: Telling, progress: Progress): Promise<NonNullable<CheckReport['notified']>> {
  progress.step('telling what is new');
  const problems: string[] = [];
  const machineId = machineIdOf(host);
  const read = readNotified(host, asked);
  if (!read.ok) problems.push(`what was told before is not known, so that all of it is told again: ${read.error.message}`);
  const remembered = read.ok ? read.value : undefined;
  const before = remembered?.machineId === machineId ? remembered : undefined;
  const unread = unreadMarks(report.coverage);
  const sawLess = before !== undefined && unread.some((mark) => !before.unread.includes(mark));
  const look = rememberingLook(fileLook(host), before?.findings ?? []);
  const news = newsOf(standing, before ?? { findings: [], lost: [] }, look, sawLess, Date.now());
  const owed = (ids: readonly string[] | undefined): readonly Finding[] => {
    const untold = new Set([...news.fresh.map(({ id }) => id), ...ids ?? []]);
    return ids === undefined ? standing : standing.filter(({ id }) => untold.has(id));
  };
  const first = before === undefined;

  const forJournal = owed(before?.owedToJournal);
  const journal = await intoJournal(host, { fresh: forJournal, standing: standing.length, first }, progress);
  if (journal.problem !== undefined) problems.push(`the journal: ${journal.problem}`);
  const sameReaders = before?.mail !== undefined && before.mail.to.join() === mailTo.join();
  const forMail = mailTo.length === 0 ? [] : owed(sameReaders ? before.mail.owed : undefined);
  let unsent: readonly Finding[] = [];
  if (forMail.length > 0) {
    const sent = await sendMail(newsMail(report, { fresh: forMail, standing: standing.length, first: !sameReaders }, mailTo), isConfined(host));
    if (!sent.ok) {
      problems.push(`mail: ${sent.error.message}`);
      unsent = forMail;
    }
  }

  const kept = keepNotified({
    drift: VERSION, toldAt: Date.now(), asked, lost: news.lost,
    ...(machineId === undefined ? {} : { machineId }),
    unread: news.lost.length > 0 ? before?.unread ?? unread : unread,
    findings: await mapInTurns(standing, (finding) => baselineEntry(finding, `${subjectText(finding.subject)}: ${finding.message}`, look)),
    owedToJournal: journal.untold.map(({ id }) => id),
    ...(mailTo.length === 0 ? {} : { mail: { to: mailTo, owed: unsent.map(({ id }) => id) } }),
  } satisfies Notified, notifiedName(asked));
  if (!kept.ok) problems.push(`what was told could not be written down, and will be told again: ${kept.error.message}`);
  for (const problem of problems) progress.tell(problem);
  return { first, new: news.fresh.length, problems };
}

/** Where nothing keeps a journal, stderr: whoever started drift reads it, or gets it as mail from cron. */
async function intoJournal(host: Host, news: Parameters<typeof journalEntries>[0], progress: Progress): Promise<{ readonly untold: readonly Finding[]; readonly problem?: string }> {
  if (news.fresh.length === 0 && !news.first) return { untold: [] };
  if (!host.exists(JOURNAL_SOCKET)) {
    for (const line of newsLines(news)) progress.tell(line);
    return { untold: [] };
  }
  const { problem, told } = await tellJournal(journalEntries(news, process.pid));
  // The first entry is the count. What has no entry of its own is told by it.
  return problem === undefined ? { untold: [] } : { untold: news.fresh.slice(Math.max(0, told - 1)), problem };
}

/** Whoever has no way to new privileges cannot lend them to a mailer (PR_SET_NO_NEW_PRIVS(2const)). */
function isConfined(host: Host): boolean {
  const status = host.readBytes('/proc/self/status');
  return status.ok && /^NoNewPrivs:\t1$/m.test(status.value);
}

function unreadMarks(coverage: readonly Coverage[]): string[] {
  const marks = coverage.flatMap(({ problems, source }) => problems.map(({ message, path }) => createHash('sha256').update(JSON.stringify([source, message, path ?? ''])).digest('hex').slice(0, 16)));
  return marks.slice(0, MOST_UNREAD);
}
