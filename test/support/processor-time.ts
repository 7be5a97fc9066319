// How long this thread computed (getrusage(2)), for "takes no long time": what else runs on the machine is no fault of what is tested.

/** In ms, since the thread began. */
export function processorMs(): number {
  const { system, user } = process.threadCpuUsage();
  return (system + user) / 1000;
}
