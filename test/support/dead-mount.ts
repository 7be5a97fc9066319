// A FUSE file system whose program reads no request and answers none (fuse(4)): like a server that went away.
import { spawn, spawnSync } from 'node:child_process';

const PROGRAM = `
import ctypes, os, sys
fd = os.open('/dev/fuse', os.O_RDWR)
data = ('fd=%d,rootmode=40000,user_id=0,group_id=0' % fd).encode()
if ctypes.CDLL(None).mount(b'dead', sys.argv[1].encode(), b'fuse.dead', 0, data) != 0: sys.exit(1)
print('mounted', flush=True)
sys.stdin.read()
`;

/** Answers how to end it. Whoever waits for it then gets an error. */
export async function deadMount(path: string): Promise<() => void> {
  const child = spawn('python3', ['-c', PROGRAM, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', () => reject(new Error(`nothing could be mounted on ${path}`)));
  });
  return () => {
    spawnSync('umount', ['-l', path]);
    child.kill('SIGKILL');
  };
}
