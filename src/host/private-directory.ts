// A private directory for scratch files, outside the host that is looked at: 0700, made by mkdtemp(3), removed at exit. Nothing else is writable.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';

export interface PrivateDirectory {
  readonly path: string;
  /** Copies `source` (a path of this machine) in under `name`; follows links only where the caller resolved them. */
  copyIn(source: string | Buffer, name: string): void;
  write(name: string, content: Buffer | string): string;
}

/** Where scratch goes: a memory file system that only root writes to where there is one, else /tmp. */
export function privateDirectory(parent = '/tmp'): PrivateDirectory {
  const path = mkdtempSync(join(parent, 'drift-'));
  chmodSync(path, 0o700);
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    path,
    copyIn(source, name) {
      copyFileSync(source, join(path, name));
    },
    write(name, content) {
      const file = join(path, name);
      writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
      return file;
    },
  };
}
