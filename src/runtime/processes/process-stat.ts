// Reads the text of /proc/PID/stat (proc_pid_stat(5)).
import type { ByteString } from '../../model/bytes.ts';

export interface ProcessStat {
  readonly comm: ByteString;
  /** 'R', 'S', 'Z', … */
  readonly state: string;
  readonly parent: number;
  readonly kernelThread: boolean;
  readonly threads: number;
  /** Clock ticks since boot. */
  readonly startTicks: string;
}

/** PF_KTHREAD of linux/sched.h: no program can give itself this flag, while anybody can call his process '[kworker/0:1]'. */
const KERNEL_THREAD = 0x00200000;

/** Undefined for a text of another form. A name may hold blanks, newlines and parentheses; what follows the last one is numbers. */
export function parseProcessStat(text: ByteString): ProcessStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const fields = text.slice(close + 2).split(' ', 20);
  if (fields.length < 20) return undefined;
  return {
    comm: text.slice(open + 1, close),
    state: fields[0]!,
    parent: Number(fields[1]),
    kernelThread: (Number(fields[6]) & KERNEL_THREAD) !== 0,
    threads: Number(fields[17]),
    startTicks: fields[19]!.trim(),
  };
}
