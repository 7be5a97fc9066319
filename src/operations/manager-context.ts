// What package managers are given for one run: scratch is made when the first of them asks for it, and is gone at the end of the process.
import type { Host } from '../host/host.ts';
import { privateDirectory, type PrivateDirectory } from '../host/private-directory.ts';
import type { ManagerContext } from '../managers/manager.ts';
import type { HostFacts } from '../model/observed.ts';

export function managerContext(host: Host, { kernel }: HostFacts): ManagerContext {
  let made: PrivateDirectory | undefined;
  return { host, scratch: () => (made ??= privateDirectory()), ...(kernel === undefined ? {} : { kernel }) };
}
