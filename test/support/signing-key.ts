// A key that signs packages and repositories of the tests: made by gpg(1) in a home of its own.
import { mkdirSync } from 'node:fs';
import { run } from './run-command.ts';

const SIGNER = 'packages@example.invalid';

/** Its public half, armored. The agent has a socket in the home, whose path may not be long. */
export function makeKey(gpgHome: string): string {
  mkdirSync(gpgHome, { recursive: true, mode: 0o700 });
  const env = { GNUPGHOME: gpgHome };
  run('gpg', ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', '--quick-generate-key', `Example packages <${SIGNER}>`, 'rsa2048', 'sign', 'never'], { env });
  return run('gpg', ['--batch', '--armor', '--export', SIGNER], { env });
}

export function clearSign(gpgHome: string, text: string): string {
  return run('gpg', ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', '--digest-algo', 'SHA256', '--local-user', SIGNER, '--clearsign'], { env: { GNUPGHOME: gpgHome }, input: text });
}

export function stopAgent(gpgHome: string): void {
  run('gpgconf', ['--kill', 'all'], { env: { GNUPGHOME: gpgHome }, accept: [0, 1, 2] });
}
