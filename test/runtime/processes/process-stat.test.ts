// Reads nothing: texts as proc_pid_stat(5) prints them.
import { expect, it } from 'vitest';
import { parseProcessStat } from '../../../src/runtime/processes/process-stat.ts';
import { statText } from '../../support/fake-proc.ts';

it('takes the name from the first parenthesis to the last', () => {
  const stat = parseProcessStat(statText({ pid: 9, comm: 'a) R 1 (b\n)', parent: 4, startTicks: 123456 }));
  expect(stat).toEqual({ comm: 'a) R 1 (b\n)', state: 'S', parent: 4, kernelThread: false, threads: 1, startTicks: '123456' });
});

it('goes by the flag of kernel threads, not by a name', () => {
  expect(parseProcessStat(statText({ pid: 9, comm: 'kworker/0:1', parent: 2 }))?.kernelThread).toBe(false);
  expect(parseProcessStat(statText({ pid: 9, comm: 'innocent', parent: 2, flags: 0x04208040 }))?.kernelThread).toBe(true);
});

it('leaves out what has another form', () => {
  expect(parseProcessStat('')).toBeUndefined();
  expect(parseProcessStat('1 (x) S 1 2')).toBeUndefined();
  expect(parseProcessStat(')(')).toBeUndefined();
});
