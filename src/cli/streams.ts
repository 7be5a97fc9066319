// Standard output and error: a reader that went away changes nothing, a disk that is full is an error.
import { fail, ok, type Result } from '../model/result.ts';

/**
 * Without a listener a closed pipe ends the process with a stack trace; oclif adds one that throws what is not EPIPE. Called once, after oclif
 * was loaded.
 */
export function guardStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => {});
  }
}

/** Waits until the kernel has all of it. EPIPE is no failure: whoever closed the pipe has read what they wanted. */
export function writeStdout(text: string): Promise<Result<void>> {
  return new Promise((resolve) => {
    process.stdout.write(text, (error) => {
      const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
      if (code === undefined || code === 'EPIPE' || code === 'EOF') resolve(ok(undefined));
      else resolve(fail('output-failed', `cannot write to standard output: ${code === 'ENOSPC' ? 'no space left on it (ENOSPC)' : String(error?.message)}`));
    });
  });
}

export function writeStderr(text: string): void {
  process.stderr.write(text);
}

/**
 * Ends the process when the kernel has all that was written: a pipe that is full takes the rest later. Left to end by itself, V8 takes its heap apart piece
 * by piece, which is a tenth of the time of a short command.
 */
export async function leave(): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  })));
  process.exit();
}
