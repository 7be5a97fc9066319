// Who decides: the person behind sudo(8), else the one who runs drift, as passwd(5) has them.
import { userInfo } from 'node:os';

/** `environment` may say anything: what is no plausible name is not taken. */
export function decidingPerson(environment: Readonly<Record<string, string | undefined>>): string {
  const behind = environment['SUDO_USER'] ?? '';
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/.test(behind) && behind !== 'root') return behind;
  try {
    return userInfo().username;
  } catch {
    // No entry for this user.
    return `uid ${process.geteuid!()}`;
  }
}
