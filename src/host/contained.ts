// Runs one program where it can reach nothing but a root that was built for it: mount, pid, ipc and uts namespaces of its own, a network only where one is asked for
// (unshare(1), setpriv(1)). All of it ends with drift, however that ends.
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { fail, ok, type Result } from '../model/result.ts';
import { TOOLS, type Tool } from './tools.ts';

export interface ContainedRun {
  /** A program of the fixed list; with `root`, an absolute path in that root. */
  readonly program: { readonly tool: Tool } | { readonly inside: string };
  readonly args: readonly string[];
  /** Directory of this machine that is '/' to it. */
  readonly root?: string;
  readonly network: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** File of this machine that it reads from its standard input. */
  readonly inputFile?: string;
  readonly timeoutMs: number;
  /** Asked a few times a second; true ends it. */
  readonly stopAsked: () => boolean;
}

export interface ContainedEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/root', TZ: 'UTC', DEBIAN_FRONTEND: 'noninteractive', DEBCONF_NONINTERACTIVE_SEEN: 'true' };
const LOOK_MS = 100;
const MAX_OUTPUT = 64 * 1024 * 1024;

/** 'tool-missing', 'timed-out', 'stopped'; an exit status is no failure. */
export async function runContained(run: ContainedRun): Promise<Result<ContainedEnd>> {
  const program = 'tool' in run.program ? toolPath(run.program.tool) : ok(run.program.inside);
  const unshare = toolPath('unshare');
  const setpriv = toolPath('setpriv');
  for (const each of [program, unshare, setpriv]) if (!each.ok) return each;
  if (!program.ok || !unshare.ok || !setpriv.ok) throw new Error('looked at above');
  const namespaces = ['--mount', '--pid', '--ipc', '--uts', ...(run.network ? [] : ['--net']), '--fork', '--kill-child=KILL', '--propagation', 'private'];
  // In a root of its own nothing is mounted for it but what it finds there.
  const place = run.root === undefined ? ['--mount-proc'] : [`--root=${run.root}`, '--wd=/'];
  const running = execa(setpriv.value, ['--pdeathsig', 'KILL', unshare.value, ...namespaces, ...place, '--', program.value, ...run.args], {
    cwd: '/', env: { ...ENVIRONMENT, ...run.env }, extendEnv: false, shell: false, preferLocal: false, reject: false, stripFinalNewline: false,
    // Ctrl-C at a terminal goes to the whole group; drift ends this itself, and then cleans up.
    detached: true, timeout: run.timeoutMs, forceKillAfterDelay: 1000, maxBuffer: MAX_OUTPUT,
    ...(run.inputFile === undefined ? run.input === undefined ? { stdin: 'ignore' as const } : { input: run.input } : { inputFile: run.inputFile }),
  });
  let stopped = false;
  const looking = setInterval(() => {
    if (stopped || !run.stopAsked()) return;
    stopped = true;
    running.kill('SIGKILL');
  }, LOOK_MS);
  const result = await running.finally(() => clearInterval(looking));
  if (stopped || run.stopAsked()) return fail('stopped', 'it was stopped');
  if (result.timedOut) return fail('timed-out', `${program.value} did not end within ${Math.round(run.timeoutMs / 60_000)} minutes`);
  if (result.exitCode === undefined) return fail('tool-failed', `${program.value} did not finish: ${result.signalDescription ?? result.shortMessage}`);
  return ok({ exitCode: result.exitCode, stdout: String(result.stdout ?? ''), stderr: String(result.stderr ?? '') });
}

function toolPath(tool: Tool): Result<string> {
  const candidates: readonly string[] = TOOLS[tool];
  const path = candidates.find((candidate) => existsSync(candidate));
  return path === undefined ? fail('tool-missing', `${tool} is not installed (looked for ${candidates.join(', ')})`, `install the package that brings ${tool}`) : ok(path);
}
