// Programs that start another one which they are given as arguments, and how many of their own words come first (sudo(8), env(1), timeout(1), flock(1), …).

export interface Wrapper {
  /** Short options that take a value, in one string. */
  readonly values?: string;
  /** Long options that take the next word as value when they have no '='. */
  readonly long?: readonly string[];
  /** Words between the options and the program: a time limit, a lock file, a CPU mask. */
  readonly operands?: number;
  /** NAME=value words may come before the program. */
  readonly assignments?: boolean;
  /** The word after `-c` is a command line for a shell: in place of a program, or the only way. */
  readonly commandLine?: 'also' | 'only';
  /** Everything before this word is its own. */
  readonly until?: string;
}

const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ['env', { values: 'uC', long: ['unset', 'chdir'], assignments: true }],
  ['sudo', { values: 'ughpCrtTUDRa', long: ['user', 'group', 'host', 'prompt', 'chdir', 'chroot', 'role', 'type', 'close-from', 'other-user', 'command-timeout'], assignments: true }],
  ['doas', { values: 'uC' }],
  ['su', { values: 'gGswT', long: ['group', 'supp-group', 'shell', 'whitelist-environment'], operands: 1, commandLine: 'only' }],
  ['runuser', { values: 'gGsw', long: ['group', 'supp-group', 'shell'], operands: 1, commandLine: 'only' }],
  ['nice', { values: 'n', long: ['adjustment'] }],
  ['ionice', { values: 'cnpPu', long: ['class', 'classdata', 'pid', 'pgid', 'uid'] }],
  ['chrt', { values: 'pTPD', operands: 1 }],
  ['taskset', { operands: 1 }],
  ['numactl', { values: 'NmpiPCl' }],
  ['timeout', { values: 'ks', long: ['kill-after', 'signal'], operands: 1 }],
  ['time', { values: 'fo', long: ['format', 'output'] }],
  ['nohup', {}], ['setsid', {}], ['exec', { values: 'a' }], ['builtin', {}], ['chronic', {}], ['cronic', {}], ['cronlock', { operands: 1 }], ['eatmydata', {}], ['fakeroot', {}], ['unbuffer', {}],
  ['setarch', { operands: 1 }], ['catchsegv', {}], ['choom', { values: 'np', long: ['adjust', 'pid'] }], ['prlimit', { values: 'p', long: ['pid'] }],
  ['stdbuf', { values: 'ioe', long: ['input', 'output', 'error'] }],
  ['flock', { values: 'wE', long: ['wait', 'timeout', 'conflict-exit-code'], operands: 1, commandLine: 'also' }],
  ['lckdo', { values: 'WE', operands: 1 }], ['setlock', { operands: 1 }], ['with-lock-ex', { operands: 1 }],
  ['logsave', { operands: 1 }], ['script', { values: 'EIOTBmo', operands: 1, commandLine: 'only' }],
  ['xargs', { values: 'aEILnPsd', long: ['arg-file', 'delimiter', 'max-lines', 'max-args', 'max-procs', 'max-chars', 'replace'] }],
  ['watch', { values: 'n', long: ['interval'] }], ['strace', { values: 'abeEIoOpPsSuX' }],
  ['chroot', { operands: 1 }], ['unshare', { values: 'SGRw', long: ['root', 'wd', 'setuid', 'setgid', 'propagation'] }],
  ['nsenter', { values: 'tSG', long: ['target', 'setuid', 'setgid'] }],
  ['setpriv', { long: ['reuid', 'regid', 'groups', 'inh-caps', 'ambient-caps', 'bounding-set', 'securebits', 'pdeathsig', 'selinux-label', 'apparmor-profile'] }],
  ['systemd-run', { values: 'uMHpdE', long: ['unit', 'slice', 'property', 'description', 'service-type', 'uid', 'gid', 'nice', 'working-directory', 'setenv', 'machine', 'host', 'on-active', 'on-boot', 'on-startup', 'on-unit-active', 'on-unit-inactive', 'on-calendar', 'timer-property', 'path-property', 'socket-property'] }],
  ['systemd-cat', { values: 'tp', long: ['identifier', 'priority', 'stderr-priority', 'level-prefix'] }],
  ['systemd-inhibit', {}], ['dbus-run-session', {}], ['dbus-launch', {}], ['xvfb-run', { values: 'efnpsw' }],
  ['cgexec', { values: 'g' }], ['chpst', { values: 'uUbe/nlLmdopfcrt' }], ['setuidgid', { operands: 1 }], ['s6-setuidgid', { operands: 1 }], ['envdir', { operands: 1 }], ['envuidgid', { operands: 1 }],
  ['softlimit', { values: 'acdflmnoprst' }], ['gosu', { operands: 1 }], ['su-exec', { operands: 1 }], ['daemonize', { values: 'Ecpeoula' }],
  ['tini', { values: 'ep' }], ['dumb-init', { values: 'r' }], ['capsh', { until: '--' }], ['screen', { values: 'ScehpsTt' }],
  ['tcpd', {}], ['stunnel', {}], ['rlwrap', {}], ['faketime', { operands: 1 }], ['firejail', {}], ['bwrap', { until: '--' }], ['annotate-output', {}],
]);

/** Shells that read a command line after `-c` and a script without it. */
const SHELL = /^(?:r?bash|sh|dash|ash|zsh|ksh(?:93)?|mksh|pdksh|yash|posh|busybox-sh|fish)(?:-?[0-9.]{1,8})?$/;

export interface Interpreter {
  /** Short options whose word is code: no script follows. */
  readonly code: string;
  readonly values: string;
  /** Long options with a value in the next word. */
  readonly long?: readonly string[];
  /** Options whose value is a file that is run or loaded. */
  readonly files?: readonly string[];
}

const PYTHON: Interpreter = { code: 'cm', values: 'WX' };
const NODE: Interpreter = { code: 'ep', values: 'C', long: ['--eval', '--print'], files: ['-r', '--require', '--import', '--loader'] };
const INTERPRETERS: readonly { readonly name: RegExp; readonly interpreter: Interpreter }[] = [
  { name: /^(?:python|pypy)[0-9.]{0,8}$/, interpreter: PYTHON },
  { name: /^perl[0-9.]{0,8}$/, interpreter: { code: 'eE', values: 'I' } },
  { name: /^ruby[0-9.]{0,8}$/, interpreter: { code: 'e', values: 'rI' } },
  { name: /^node(?:js)?$/, interpreter: NODE },
  { name: /^php[0-9.]{0,8}$/, interpreter: { code: 'rBRE', values: 'cdzSt', files: ['-f', '-F'] } },
  { name: /^(?:tclsh|wish|expect)[0-9.]{0,8}$/, interpreter: { code: 'c', values: '', files: ['-f'] } },
  { name: /^lua(?:jit)?[0-9.]{0,8}$/, interpreter: { code: 'e', values: 'l' } },
  { name: /^(?:mono|guile|Rscript|deno|bun)[0-9.]{0,8}$/, interpreter: { code: 'ec', values: '' } },
  { name: /^java$/, interpreter: { code: '', values: '', long: ['-cp', '-classpath', '--class-path', '-p', '--module-path', '-m', '--module'], files: ['-jar'] } },
  // The program loader itself (ld.so(8)).
  { name: /^ld(?:-linux[A-Za-z0-9_-]{0,20}|-musl-[a-z0-9_]{1,20}|64)?\.so\.[0-9]$/, interpreter: { code: '', values: '', long: ['--library-path', '--inhibit-rpath', '--audit', '--argv0'], files: ['--preload'] } },
];

/** By the last component of the program's path. */
export function wrapperOf(name: string): Wrapper | undefined {
  return WRAPPERS.get(name);
}

export function isShell(name: string): boolean {
  return SHELL.test(name);
}

export function interpreterOf(name: string): Interpreter | undefined {
  return INTERPRETERS.find((each) => each.name.test(name))?.interpreter;
}

/** Commands of the shell itself, which start no file. */
export const BUILTINS: ReadonlySet<string> = new Set([
  '.', ':', '[', '[[', 'alias', 'bg', 'bind', 'break', 'caller', 'cd', 'command', 'compgen', 'complete', 'compopt', 'continue', 'declare', 'dirs', 'disown', 'echo', 'enable', 'eval', 'exit', 'export',
  'false', 'fc', 'fg', 'getopts', 'hash', 'help', 'history', 'jobs', 'kill', 'let', 'local', 'logout', 'mapfile', 'popd', 'printf', 'pushd', 'pwd', 'read', 'readarray', 'readonly', 'return', 'set',
  'setopt', 'shift', 'shopt', 'source', 'suspend', 'test', 'times', 'trap', 'true', 'type', 'typeset', 'ulimit', 'umask', 'unalias', 'unset', 'unsetopt', 'wait', 'autoload', 'zstyle', 'bindkey', 'builtin', 'exec',
]);
