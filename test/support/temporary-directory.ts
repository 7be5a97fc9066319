// Directories that are gone when the test file ends (remove-temporary-directories.ts).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateDirectory, type PrivateDirectory } from '../../src/host/private-directory.ts';

const made: string[] = [];

export function removeTemporaryDirectories(): void {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
}

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'drift-test-'));
  made.push(path);
  return path;
}

/** What `ManagerContext.scratch` is: one directory, made when it is first asked for. */
export function scratchDirectory(): () => PrivateDirectory {
  let directory: PrivateDirectory | undefined;
  return () => (directory ??= privateDirectory(temporaryDirectory()));
}
