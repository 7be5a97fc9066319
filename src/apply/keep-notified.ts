// Writes down what was told, in /var/lib/drift/notified, where only root can. By rename: a file is whole, or what it was.
import { writeDurable } from '../host/durable-log.ts';
import type { DirectoryHandle } from '../host/directory-handle.ts';
import { openOwn, writableHost } from '../host/writable-host.ts';
import { NOTIFIED_NAME, type Notified } from '../model/notified.ts';
import { STATE_DIRECTORY } from '../model/run-places.ts';
import type { Result } from '../model/result.ts';
import { notifiedJson } from '../report/news/notified-json.ts';

/** `name`: of the file. 'state-untrusted', 'not-root', errno names. */
export function keepNotified(notified: Notified, name: string): Result<void> {
  return inNotified((directory) => replaceFile(directory, name, Buffer.from(notifiedJson(notified), 'utf8')));
}

/** The directories are made where they are missing. */
export function inNotified<T>(use: (directory: DirectoryHandle) => Result<T>): Result<T> {
  const host = writableHost('/');
  if (!host.ok) return host;
  const state = host.value.ownDirectory(STATE_DIRECTORY);
  if (!state.ok) return state;
  try {
    const directory = openOwn(state.value, NOTIFIED_NAME);
    if (!directory.ok) return directory;
    try {
      return use(directory.value);
    } finally {
      directory.value.close();
    }
  } finally {
    state.value.close();
  }
}

export function replaceFile(directory: DirectoryHandle, name: string, content: Buffer): Result<void> {
  const fresh = `.${name}.${process.pid}`;
  // Of a process of the same number that was killed in between.
  directory.unlink(fresh);
  const written = writeDurable(directory, fresh, content);
  if (!written.ok) return written;
  const moved = directory.move(fresh, directory, name);
  if (moved.ok) return directory.sync();
  directory.unlink(fresh);
  return moved;
}
