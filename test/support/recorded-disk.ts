// A disk that remembers each write and each flush in their order, so that what a power cut leaves can be had for any instant: a FUSE file (fuse(4)) below a loop device (loop(4)).
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run-command.ts';
import { workDirectory } from './working-copy.ts';

const SERVER = `
import ctypes, os, struct, sys
directory, image, log = sys.argv[1:4]
disk, log = os.open(image, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
size = os.fstat(disk).st_size
fd = os.open('/dev/fuse', os.O_RDWR)
data = ('fd=%d,rootmode=40000,user_id=0,group_id=0' % fd).encode()
if ctypes.CDLL(None).mount(b'recorded', directory.encode(), b'fuse.recorded', 0, data) != 0: sys.exit(1)
print('mounted', flush=True)
FILE, ROOT = (2, 0o100600, size), (1, 0o40755, 4096)
def attributes(inode, mode, size): return struct.pack('<QQQQQQIIIIIIIIII', inode, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)
while True:
    try: request = os.read(fd, 1 << 20)
    except OSError: break
    _, call, unique, node = struct.unpack_from('<IIQQ', request)
    def answer(body, error=0): os.write(fd, struct.pack('<IiQ', 16 + len(body), error, unique) + body)
    if call == 26: answer(struct.pack('<IIIIHHIIHHI', 7, 31, 131072, 1 << 5 | 1 << 22, 12, 10, 131072, 1, 32, 0, 0) + bytes(28))
    elif call == 1: answer(struct.pack('<QQQQII', 2, 0, 3600, 0, 0, 0) + attributes(*FILE))
    elif call in (3, 4): answer(struct.pack('<QII', 3600, 0, 0) + attributes(*(ROOT if node == 1 else FILE)))
    elif call in (14, 27): answer(struct.pack('<QII', 1, 1, 0))
    elif call == 15:
        offset, length = struct.unpack_from('<Q', request, 48)[0], struct.unpack_from('<I', request, 56)[0]
        answer(os.pread(disk, length, offset))
    elif call == 16:
        offset, length = struct.unpack_from('<Q', request, 48)[0], struct.unpack_from('<I', request, 56)[0]
        written = request[80:80 + length]
        os.pwrite(disk, written, offset)
        os.write(log, struct.pack('<cQI', b'W', offset, length) + written)
        answer(struct.pack('<II', length, 0))
    elif call == 20:
        os.write(log, struct.pack('<cQI', b'F', 0, 0))
        answer(b'')
    elif call in (18, 25): answer(b'')
    elif call not in (2, 36, 42): answer(b'', -95 if call == 43 else -38)
`;

/** A write, or with no data a flush: what was written before it is on the disk. */
interface Recorded {
  readonly at: number;
  readonly offset: number;
  readonly data: Buffer | undefined;
}

export interface RecordedDisk {
  /** Where it is mounted. */
  readonly root: string;
  /** How much was written so far: an instant that `states` can be asked for. */
  position(): number;
  /** Unmounts it; the record is then whole. */
  end(): void;
}

export interface DiskImages {
  /** A new disk of that file system, mounted, with what `fill` puts there on it for good. */
  record(fill: (root: string) => void): Promise<RecordedDisk>;
  /**
   * What is on the disk when the power goes at `position`: all that was flushed, and of what was written since the writes that `keep` takes. Mounted for `look`, under
   * another device number.
   */
  after(position: number, keep: (write: number) => boolean, look: (root: string) => Promise<void>): Promise<void>;
}

export type FileSystem = 'ext4' | 'xfs';
const MAKE: Readonly<Record<FileSystem, readonly string[]>> = { ext4: ['mkfs.ext4', '-q', '-F', '-J', 'size=4'], xfs: ['mkfs.xfs', '-q', '-f'] };
const SIZE: Readonly<Record<FileSystem, string>> = { ext4: '24M', xfs: '300M' };
// ext4 would keep everything by itself every 5 seconds: what a power cut loses is not to depend on how long a run takes.
const OPTIONS: Readonly<Record<FileSystem, string>> = { ext4: 'loop,commit=300', xfs: 'loop,nouuid' };

export function diskImages(kind: FileSystem): DiskImages {
  const base = workDirectory(`disk-${kind}`);
  let images = 0;
  // A new name for each: another mount namespace that was made meanwhile may keep the last one mounted, and mount(8) would take its loop device again.
  const fresh = (): string => join(base, `image-${images++}`);
  const [log, shown, mounted] = ['log', 'shown', 'mounted'].map((name) => join(base, name)) as [string, string, string];
  for (const path of [shown, mounted]) mkdirSync(path);
  let pristine = '';
  let recorded: readonly Recorded[] | undefined;
  return {
    async record(fill) {
      const image = fresh();
      pristine = fresh();
      run('rm', ['-f', log]);
      run('truncate', ['-s', SIZE[kind], pristine]);
      const [make, ...args] = MAKE[kind];
      run(make!, [...args, pristine]);
      run('mount', ['-o', OPTIONS[kind], pristine, mounted]);
      fill(mounted);
      run('umount', [mounted]);
      run('cp', ['--sparse=always', pristine, image]);
      recorded = undefined;
      const server = spawn('python3', ['-c', SERVER, shown, image, log], { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((resolve, reject) => {
        server.stdout.once('data', resolve);
        server.once('exit', () => reject(new Error(`nothing could be mounted on ${shown}`)));
      });
      run('mount', ['-o', OPTIONS[kind], join(shown, 'disk'), mounted]);
      return {
        root: mounted,
        position: () => statSync(log).size,
        end() {
          run('umount', [mounted]);
          // Another mount namespace that was made meanwhile may keep the loop device: what it writes from now on is no part of the record.
          run('umount', ['-l', shown]);
          server.kill('SIGKILL');
        },
      };
    },
    async after(position, keep, look) {
      const image = fresh();
      recorded ??= readLog(readFileSync(log));
      const flushed = recorded.findLastIndex(({ at, data }) => at < position && data === undefined);
      run('cp', ['--sparse=always', pristine, image]);
      const fd = openSync(image, 'r+');
      for (const [write, { at, data, offset }] of recorded.entries()) {
        if (at >= position) break;
        if (data !== undefined && (write < flushed || keep(write))) writeSync(fd, data, 0, data.length, offset);
      }
      closeSync(fd);
      run('mount', ['-o', OPTIONS[kind], image, mounted]);
      try {
        await look(mounted);
      } finally {
        run('umount', [mounted]);
        rmSync(image);
      }
    },
  };
}

function readLog(log: Buffer): readonly Recorded[] {
  const out: Recorded[] = [];
  for (let at = 0; at < log.length;) {
    const [offset, length] = [Number(log.readBigUInt64LE(at + 1)), log.readUInt32LE(at + 9)];
    out.push({ at, offset, data: log[at] === 0x46 ? undefined : log.subarray(at + 13, at + 13 + length) });
    at += 13 + length;
  }
  return out;
}
