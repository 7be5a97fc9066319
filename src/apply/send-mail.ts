// Hands a mail to the host's own sendmail(8). From a process that may gain no privileges, as drift's service is, the unit drift-mail.service does it: most mailers are setgid, change
// their user or talk to the network, and what looks at everything should be allowed none of that.
import { runTool } from '../host/run-tool.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { inNotified, replaceFile } from './keep-notified.ts';

const TIMEOUT_MS = 60_000;
/** The unit's own limit is a minute. */
const UNIT_TIMEOUT_MS = 90_000;
const UNIT = 'drift-mail.service';
/** What the unit reads. */
const MAIL_NAME = 'mail';

/** `confined`: sendmail would be what this process is. */
export async function sendMail(mail: string, confined: boolean): Promise<Result<void>> {
  if (confined) return sendByUnit(mail);
  // Whom it goes to is in the mail: nothing of it is in the arguments. -i: a dot alone on its line ends nothing.
  const sent = await runTool({ tool: 'sendmail', args: ['-i', '-t'], input: mail, timeoutMs: TIMEOUT_MS, maxBytes: 65_536 });
  if (!sent.ok) return sent;
  const { exitCode, stderr } = sent.value;
  return exitCode === 0 ? ok(undefined) : fail('sendmail-failed', `sendmail ended with ${exitCode}: ${stderr.trim().split('\n', 1)[0]!.slice(0, 200)}`);
}

async function sendByUnit(mail: string): Promise<Result<void>> {
  const written = inNotified((directory) => replaceFile(directory, MAIL_NAME, Buffer.from(mail, 'utf8')));
  if (!written.ok) return written;
  try {
    const started = await runTool({ tool: 'systemctl', args: ['start', UNIT], timeoutMs: UNIT_TIMEOUT_MS, maxBytes: 65_536 });
    if (!started.ok) return started;
    const { exitCode, stderr } = started.value;
    return exitCode === 0 ? ok(undefined) : fail('sendmail-failed', `systemctl start ${UNIT} ended with ${exitCode}: ${stderr.trim().split('\n', 1)[0]!.slice(0, 200)}`);
  } finally {
    inNotified((directory) => directory.unlink(MAIL_NAME));
  }
}
