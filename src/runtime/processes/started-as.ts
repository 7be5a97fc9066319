// Finds the link by which a program was started, where it has several names (Debian's redis-server is a link to redis-check-rdb): by what the process calls itself (proc_pid_cmdline(5), proc_pid_comm(5)).
import type { Host } from '../../host/host.ts';
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import { typeOfMode } from '../../model/file.ts';
import type { RunningFile } from '../../model/runtime.ts';

const MAX_NAME = 4096;

/**
 * A process may call itself what it likes: only a link that really leads to what it runs counts, so that it can choose among the names of its own program
 * and no others. Undefined where it was started by its own name, or nothing shows another.
 */
export function startedAs(host: Pick<Host, 'lstat' | 'realpath'>, program: RunningFile, argv: readonly ByteString[], comm: ByteString): BytePath | undefined {
  if (program.state !== 'present') return undefined;
  // A program that writes over its arguments begins with its name: '/usr/bin/redis-server 127.0.0.1:6379'.
  const [called = ''] = (argv[0] ?? '').split(' ', 1);
  const beside = comm === '' || comm.includes('/') ? [] : [joinPath(parentOf(program.path), comm)];
  for (const candidate of [...(called.startsWith('/') && called.length <= MAX_NAME ? [called] : []), ...beside]) {
    if (baseOf(candidate) === baseOf(program.path)) continue;
    const directory = host.realpath(parentOf(candidate));
    if (!directory.ok) continue;
    const link = joinPath(directory.value, baseOf(candidate));
    const stat = host.lstat(link);
    if (!stat.ok || typeOfMode(stat.value.mode) !== 'link') continue;
    const real = host.realpath(link);
    if (real.ok && real.value === program.path) return link;
  }
  return undefined;
}
