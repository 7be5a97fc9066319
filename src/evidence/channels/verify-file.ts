// Whether a file is as its channel's record says: size first, then its digest, with bounds, because a host may have thousands of strays to ask about.
import type { Host } from '../../host/host.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { RecordedFile } from '../../model/channel-files.ts';
import { typeOfMode } from '../../model/file.ts';

/** One file, and all of a run. */
const MAX_FILE = 4 * 1024 * 1024;
const MAX_TOTAL = 32 * 1024 * 1024;

/** Answers undefined where the record has neither, or the file is too large to be read for this. */
export function fileVerifier(host: Host): (path: BytePath, recorded: RecordedFile) => boolean | undefined {
  let left = MAX_TOTAL;
  return (path, { sha256, size }) => {
    if (sha256 === '' && size === undefined) return undefined;
    const stat = host.lstat(path);
    if (!stat.ok || typeOfMode(stat.value.mode) !== 'file') return false;
    if (size !== undefined && stat.value.size !== size) return false;
    if (sha256 === '') return undefined;
    if (stat.value.size > MAX_FILE || stat.value.size > left) return undefined;
    left -= stat.value.size;
    const digest = host.digest(path, 'sha256');
    if (!digest.ok) return undefined;
    return digest.value === sha256 || Buffer.from(digest.value, 'hex').toString('base64url') === sha256;
  };
}
