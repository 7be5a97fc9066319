// A FUSE file system of one program (fuse(4)) that runs from it, until its server falls silent and the mount is taken away (umount2(2), MNT_DETACH).
import { spawn, spawnSync } from 'node:child_process';

const SERVER = `
import ctypes, os, struct, sys, threading
content = open(sys.argv[2], 'rb').read()
fd = os.open('/dev/fuse', os.O_RDWR)
data = ('fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other' % fd).encode()
if ctypes.CDLL(None).mount(b'gone', sys.argv[1].encode(), b'fuse.gone', 0, data) != 0: sys.exit(1)
silent = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), silent.set(), print('silent', flush=True)), daemon=True).start()
print('mounted', flush=True)
FILE, ROOT = (2, 0o100755, len(content)), (1, 0o40755, 4096)
def attributes(inode, mode, size): return struct.pack('<QQQQQQIIIIIIIIII', inode, size, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)
while True:
    request = os.read(fd, 1 << 20)
    if silent.is_set(): continue
    _, call, unique, node = struct.unpack_from('<IIQQ', request)
    def answer(body, error=0): os.write(fd, struct.pack('<IiQ', 16 + len(body), error, unique) + body)
    if call == 26: answer(struct.pack('<IIIIHHIIHHI', 7, 31, 65536, 0, 12, 10, 4096, 1, 0, 0, 0) + bytes(28))
    elif call == 1: answer(struct.pack('<QQQQII', 2, 0, 3600, 0, 0, 0) + attributes(*FILE))
    elif call == 3: answer(struct.pack('<QII', 0, 0, 0) + attributes(*(ROOT if node == 1 else FILE)))
    elif call in (14, 27): answer(struct.pack('<QII', 1, 0, 0))
    elif call == 15:
        offset, size = struct.unpack_from('<Q', request, 48)[0], struct.unpack_from('<I', request, 56)[0]
        answer(content[offset:offset + size])
    elif call in (18, 25): answer(b'')
    elif call != 2: answer(b'', -38)
`;

export interface FuseProgram {
  /** From now on nobody who asks about the program hears anything, and no path leads to it. */
  lose(): Promise<void>;
  end(): void;
}

/** `directory` shows `program` under every name. */
export async function fuseProgram(directory: string, program: string): Promise<FuseProgram> {
  const server = spawn('python3', ['-c', SERVER, directory, program], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    server.stdout.once('data', resolve);
    server.once('exit', () => reject(new Error(`nothing could be mounted on ${directory}`)));
  });
  return {
    async lose() {
      const silent = new Promise((resolve) => server.stdout.once('data', resolve));
      server.stdin.write('\n');
      await silent;
      spawnSync('umount', ['-l', directory]);
    },
    end() {
      spawnSync('umount', ['-l', directory]);
      server.kill('SIGKILL');
    },
  };
}
