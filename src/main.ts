// The program, whatever started it: bin/run.js, bin/dev.js, or the built executable. Reads argv and the environment.
import { hostileEnvironment, settleEnvironment } from './cli/environment.ts';
import { stopOnSignals } from './cli/signals.ts';

/** First argument of the processes that drift starts of itself; never typed by a person. */
export const SCANNER_ARGUMENT = '--drift-scanner';

/** `version`: of package.json. Sets process.exitCode; never throws. */
export async function main(argv: readonly string[], version: string): Promise<void> {
  if (argv[0] === SCANNER_ARGUMENT) {
    const { scannerMain } = await import('./operations/scan/scanner-main.ts');
    return scannerMain(argv.slice(1));
  }
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`drift ${version}\n`);
    return;
  }
  const hostile = hostileEnvironment(process.env, { uid: process.getuid!(), euid: process.geteuid!() });
  settleEnvironment(process.env);
  stopOnSignals();
  const { runCommandLine, refuseToStart } = await import('./cli/command-line.ts');
  if (hostile !== undefined) return refuseToStart(hostile, argv);
  const { COMMANDS } = await import('./commands/index.ts');
  await runCommandLine(argv, version, COMMANDS);
}
