// Ctrl-C, kill and a closed terminal: commands that only look may stop anywhere, and what was written to a manifest is said; scratch files go with the process (signal(7)).
import { changedSoFar } from './changed.ts';
import { EXIT } from './exit-codes.ts';
import { writeStderr } from './streams.ts';

export function stopOnSignals(): void {
  const codes = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hangup } as const;
  for (const [signal, code] of Object.entries(codes)) {
    process.once(signal, () => {
      writeStderr(`\ndrift: stopped by ${signal}\nchanged: ${changedSoFar()}\n`);
      process.exit(code);
    });
  }
}
