// Holds or kills a package manager of a root at the call that it is told, of all that change its files: a library that the root's loader preloads (ld.so(8)), counting in a file that the test sees.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './build-cache.ts';
import { run } from './run-command.ts';

const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
struct shared { int target, holds, count, reached, go; };
static struct shared *shared;
/* dpkg at its work, or dnf: simulations and downloads are not counted. */
static int counts(void) {
  char line[65536];
  int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
  if (fd >= 0) close(fd);
  if (length <= 0) return 0;
  for (ssize_t at = 0; at < length; at++) if (line[at] == 0) line[at] = ' ';
  line[length] = 0;
  if (strcmp(program_invocation_short_name, "dpkg") == 0) return strstr(line, "--status-fd") != NULL;
  return strncmp(program_invocation_short_name, "python3", 7) == 0 && strstr(line, "/usr/bin/dnf ") != NULL && strstr(line, "--assumeno") == NULL && strstr(line, "--downloadonly") == NULL && strstr(line, " -- ") != NULL;
}
__attribute__((constructor)) static void begin(void) {
  if (!counts()) return;
  int fd = open("/mnt/kill/state", O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (map != MAP_FAILED) shared = map;
}
static void counted(void) {
  if (shared == NULL || __sync_fetch_and_add(&shared->count, 1) != shared->target) return;
  shared->reached = getpid();
  if (!shared->holds) kill(getpid(), SIGKILL);
  while (!*(volatile int *)&shared->go) usleep(2000);
}
#define WRAP(name, types, names) int name types { static int (*real) types; if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name); counted(); return real names; }
WRAP(rename, (const char *a, const char *b), (a, b))
WRAP(link, (const char *a, const char *b), (a, b))
WRAP(symlink, (const char *a, const char *b), (a, b))
WRAP(unlink, (const char *a), (a))
WRAP(unlinkat, (int d, const char *a, int f), (d, a, f))
WRAP(renameat, (int d, const char *a, int e, const char *b), (d, a, e, b))
WRAP(rmdir, (const char *a), (a))
WRAP(mkdir, (const char *a, mode_t m), (a, m))
WRAP(chmod, (const char *a, mode_t m), (a, m))
WRAP(fchmod, (int a, mode_t m), (a, m))
WRAP(chown, (const char *a, uid_t u, gid_t g), (a, u, g))
WRAP(lchown, (const char *a, uid_t u, gid_t g), (a, u, g))
WRAP(fchown, (int a, uid_t u, gid_t g), (a, u, g))
WRAP(fsync, (int a), (a))
WRAP(fdatasync, (int a), (a))
WRAP(ftruncate, (int a, off_t l), (a, l))
WRAP(ftruncate64, (int a, off64_t l), (a, l))
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) { static ssize_t (*real)(int, const void *, size_t, off64_t); if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "pwrite64"); counted(); return real(f, b, n, o); }
`;

export interface KillPoint {
  /** How many calls there were. */
  calls(): number;
  /** Its process, as the root numbers them; 0: the call was not come to yet. */
  reached(): number;
  /** One that is held goes on. */
  letGo(): void;
}

/** In the package manager of `root`; `at` from 0, -1: at none. `holds`: it waits there until it is let go, or killed from outside. */
export function killPoint(root: string, at: number, holds: boolean): KillPoint {
  const directory = cached('kill-library', SOURCE, (building) => {
    writeFileSync(join(building, 'kill.c'), SOURCE);
    run('gcc', ['-O1', '-shared', '-fPIC', '-o', join(building, 'kill.so'), join(building, 'kill.c'), '-ldl']);
  });
  mkdirSync(join(root, 'mnt/kill'), { recursive: true });
  run('cp', [join(directory, 'kill.so'), join(root, 'mnt/kill/kill.so')]);
  writeFileSync(join(root, 'etc/ld.so.preload'), '/mnt/kill/kill.so\n');
  const state = join(root, 'mnt/kill/state');
  const numbers = Int32Array.of(at, holds ? 1 : 0, 0, 0, 0);
  writeFileSync(state, new Uint8Array(numbers.buffer));
  const field = (index: number): number => readFileSync(state).readInt32LE(index * 4);
  return {
    calls: () => field(2),
    reached: () => field(3),
    letGo() {
      run('sh', ['-c', 'printf "\\001" | dd of="$1" bs=1 seek=16 conv=notrunc status=none', 'sh', state]);
    },
  };
}
