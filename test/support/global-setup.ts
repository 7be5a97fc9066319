// vitest's global set-up: collects what was skipped for want of something on this machine, and prints it as the closing lines of the run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeLeftovers } from './working-copy.ts';

export function setup(): () => void {
  // What the tests write has the modes that they say, whoever runs them: their processes are given this mask.
  process.umask(0o022);
  const directory = mkdtempSync(join(tmpdir(), 'drift-test-'));
  const file = join(directory, 'not-run');
  writeFileSync(file, '');
  process.env['DRIFT_TEST_NOT_RUN'] = file;
  return () => {
    removeLeftovers(process.pid);
    const reasons = [...new Set(readFileSync(file, 'utf8').split('\n').filter((line) => line !== ''))].toSorted();
    rmSync(directory, { recursive: true, force: true });
    if (reasons.length === 0) process.stderr.write('\nNothing was left out: this machine has all that the tests need.\n');
    else process.stderr.write(`\nNot run on this machine:\n${reasons.map((reason) => `  ${reason}\n`).join('')}Set DRIFT_REQUIRE_SYSTEM=1 to make these failures.\n`);
  };
}
