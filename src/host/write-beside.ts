// A new file beside the one that it is for, with all of its content on the disk, before it takes the name (open(2), fsync(2)): what is there is never half written.
import { closeSync, constants, fchmodSync, fchownSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

export interface BesideOptions {
  readonly mode: number;
  /** Without it: whoever runs drift. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Gives the written file its name; true where `temporary` is gone by that (rename), false where it is a second name still (link). May throw. */
  place(temporary: string): boolean;
}

/** `target` is absolute. Throws what the system says; nothing of the new file is left then. */
export function writeBeside(target: string, content: Buffer, options: BesideOptions): void {
  const temporary = join(dirname(target), `.${basename(target).slice(0, 200)}.${randomBytes(6).toString('hex')}`);
  let descriptor: number | undefined;
  let made = false;
  try {
    descriptor = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    made = true;
    writeAll(descriptor, content);
    // Before the mode: chown(2) takes bits of it away.
    if (options.owner !== undefined) fchownSync(descriptor, options.owner.uid, options.owner.gid);
    fchmodSync(descriptor, options.mode);
    fsyncSync(descriptor);
    closeSync(descriptor);
    descriptor = undefined;
    made = !options.place(temporary);
    if (made) unlinkSync(temporary);
    made = false;
    syncDirectory(dirname(target));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
    if (made) unlinkSync(temporary);
  }
}

/** write(2) may write less than asked when the disk fills; the next call then says why. */
function writeAll(descriptor: number, content: Buffer): void {
  for (let at = 0; at < content.length;) at += writeSync(descriptor, content, at);
}

/** So that the new name survives a power cut. The file itself is safe and has its name by now: what fails here is no failure. */
function syncDirectory(path: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    fsyncSync(descriptor);
  } catch {
    // File systems that cannot do it say EINVAL; a directory may be writable and not readable.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
