// Entries for the system's journal (systemd-journald(8)) by logger(1) --journald, which hands fields over as they are: journald's own socket takes datagrams, and Node has none of Unix.
import { runTool } from '../host/run-tool.ts';
import { fail, ok, type Result } from '../model/result.ts';

const TIMEOUT_MS = 5000;

/** How many of them it took, from the first, and what went wrong then. */
export async function tellJournal(entries: readonly string[]): Promise<{ readonly told: number; readonly problem?: string }> {
  for (const [index, entry] of entries.entries()) {
    const taken = await tellOne(entry);
    if (!taken.ok) return { told: index, problem: taken.error.message };
  }
  return { told: entries.length };
}

async function tellOne(entry: string): Promise<Result<void>> {
  const answer = await runTool({ tool: 'logger', args: ['--journald'], input: entry, timeoutMs: TIMEOUT_MS, maxBytes: 65_536 });
  if (!answer.ok) return answer;
  const { exitCode, stderr } = answer.value;
  return exitCode === 0 ? ok(undefined) : fail('logger-failed', `logger --journald ended with ${exitCode}: ${stderr.trim().split('\n', 1)[0]!.slice(0, 200)}`);
}
