// The private directory that package managers copy databases into, for a test file: gone when the file ends. vitest ends its processes without their
// exit handlers, so that what private-directory.ts removes at exit would stay.
import { rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { privateDirectory, type PrivateDirectory } from '../../src/host/private-directory.ts';

const made: PrivateDirectory[] = [];
afterAll(() => {
  for (const each of made.splice(0)) rmSync(each.path, { recursive: true, force: true });
});

/** What `ManagerContext.scratch` is: one directory, made when it is first asked for. */
export function scratchDirectory(): () => PrivateDirectory {
  let directory: PrivateDirectory | undefined;
  return () => {
    if (directory === undefined) made.push((directory = privateDirectory()));
    return directory;
  };
}
