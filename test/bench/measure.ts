// Measures whole processes: paired times of two commands in turn, and the peak memory of a command with all that it starts (proc(5)).
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Command {
  readonly label: string;
  readonly argv: readonly string[];
  /** Exit codes that are fine; default all, since several tools exit 1 or 2 when they find something. */
  readonly accept?: readonly number[];
}

export interface Paired {
  /** Median of a/b over the pairs, and the range. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /** Median milliseconds. */
  readonly a: number;
  readonly b: number;
}

export function timeOf(command: Command): number {
  const [program, ...args] = command.argv;
  const started = process.hrtime.bigint();
  const result = spawnSync(program!, args, { stdio: 'ignore', cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/nonexistent' } });
  const took = Number(process.hrtime.bigint() - started) / 1e6;
  if (result.error !== undefined) throw result.error;
  if (result.status === null || (command.accept !== undefined && !command.accept.includes(result.status))) {
    throw new Error(`${command.label} (${command.argv.join(' ')}) ended with ${result.status ?? result.signal}`);
  }
  return took;
}

/** A B A B …; the first pair warms the caches and is thrown away. */
export function paired(a: Command, b: Command, pairs: number): Paired {
  timeOf(a);
  timeOf(b);
  const times = Array.from({ length: pairs }, () => ({ a: timeOf(a), b: timeOf(b) }));
  const ratios = times.map((each) => each.a / each.b).toSorted((x, y) => x - y);
  return { ratio: median(ratios), lowest: ratios[0]!, highest: ratios.at(-1)!, a: median(times.map((each) => each.a)), b: median(times.map((each) => each.b)) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Memory {
  readonly ms: number;
  /** Peak over time of: anonymous and shared memory of all processes together, plus the largest file-backed part (the same program in each), in MiB. */
  readonly peakMiB: number;
  /** Peak of the plain sum of resident sizes, which counts shared pages once a process. */
  readonly summedMiB: number;
  readonly stdout: string;
}

export function memoryOf(argv: readonly string[]): Promise<Memory> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/nonexistent' } });
    let peak = 0;
    let summed = 0;
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    const timer = setInterval(() => {
      const sizes = family(child.pid!).map(sizesOf);
      peak = Math.max(peak, sizes.reduce((sum, each) => sum + each.own, 0) + Math.max(0, ...sizes.map((each) => each.file)));
      summed = Math.max(summed, sizes.reduce((sum, each) => sum + each.own + each.file, 0));
    }, 10);
    child.once('error', reject);
    child.once('close', () => {
      clearInterval(timer);
      resolve({ ms: Number(process.hrtime.bigint() - started) / 1e6, peakMiB: peak / 1024, summedMiB: summed / 1024, stdout: Buffer.concat(out).toString('utf8') });
    });
  });
}

function family(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter((word) => word !== '').map(Number);
  return [pid, ...children.flatMap(family)];
}

function sizesOf(pid: number): { readonly own: number; readonly file: number } {
  const status = read(`/proc/${pid}/status`);
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return { own: field('RssAnon') + field('RssShmem'), file: field('RssFile') };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
