// How the files that findings stand on are now, for a baseline: lstat(2), and content where it is asked for.
import type { FileLook } from '../drift/baseline.ts';
import type { Host } from '../host/host.ts';
import type { FileMark } from '../model/baseline.ts';
import type { BytePath } from '../model/bytes.ts';
import { octal, typeOfMode } from '../model/file.ts';

/** A larger file is known by its size and times alone. */
const MAX_DIGESTED = 256 * 1024 * 1024;

export function fileLook(host: Host): FileLook {
  const marks = new Map<BytePath, FileMark | undefined>();
  function look(path: BytePath): FileMark | undefined {
    const real = host.realParent(path);
    const found = real.ok ? host.lstat(real.value) : real;
    if (!real.ok || !found.ok) return undefined;
    const { ctimeMs, gid, mode, mtimeMs, size, uid } = found.value;
    const type = typeOfMode(mode);
    const target = type === 'link' ? host.readlink(real.value) : undefined;
    return { path, type, mode: octal(mode), uid, gid, size, modifiedAt: mtimeMs, changedAt: ctimeMs, ...(target?.ok === true ? { target: target.value } : {}) };
  }
  return {
    mark(path) {
      if (!marks.has(path)) marks.set(path, look(path));
      return marks.get(path);
    },
    digest(path) {
      const real = host.realParent(path);
      const stat = real.ok ? host.lstat(real.value) : real;
      if (!real.ok || !stat.ok || stat.value.size > MAX_DIGESTED) return undefined;
      const digest = host.digest(real.value, 'sha256');
      return digest.ok ? digest.value : undefined;
    },
  };
}
