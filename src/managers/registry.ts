// Every package manager that drift knows, in the order in which a host is asked. Adding one is one folder and one line here (README.md).
import { apt } from './apt/index.ts';
import { dnf } from './dnf/index.ts';
import type { PackageManager } from './manager.ts';

export const MANAGERS: readonly PackageManager[] = [apt, dnf];

export function managerCalled(name: string): PackageManager {
  const found = MANAGERS.find((manager) => manager.name === name);
  if (found === undefined) throw new Error(`no package manager is called ${name}`);
  return found;
}
