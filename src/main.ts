// The program, whatever started it: bin/run.js, bin/dev.js, or the built executable. Reads argv and the environment.
import { hostileEnvironment, settleEnvironment } from './cli/environment.ts';
import { stopOnSignals } from './cli/signals.ts';

/** `version`: of package.json. Never throws, and ends the process. */
export async function main(argv: readonly string[], version: string): Promise<void> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`drift ${version}\n`);
    return;
  }
  const hostile = hostileEnvironment(process.env, { uid: process.getuid!(), euid: process.geteuid!() });
  settleEnvironment(process.env);
  stopOnSignals();
  if (hostile === undefined) (await import('./cli/early-scanners.ts')).startScannersFor(argv);
  const { runCommandLine, refuseToStart } = await import('./cli/command-line.ts');
  if (hostile !== undefined) await refuseToStart(hostile, argv);
  else {
    const { COMMANDS } = await import('./commands/index.ts');
    await runCommandLine(argv, version, COMMANDS);
  }
  const { leave } = await import('./cli/streams.ts');
  await leave();
}
