// What every command that walks the disk does first: starts the process for it, which is ready when the command line is.
import { readyScanners } from '../host/scanner-process.ts';

const WALKING: ReadonlySet<string | undefined> = new Set(['allow', 'baseline', 'check', 'explain', 'init', 'reconcile', 'triage']);
const NOT_WALKING: ReadonlySet<string> = new Set(['--help', '-h', '--no-sweep']);

/** A guess from the arguments alone; a wrong one costs a process that ends with this one. */
export function startScannersFor(argv: readonly string[]): void {
  if (!WALKING.has(argv[0]) || argv.some((argument) => NOT_WALKING.has(argument))) return;
  readyScanners(new URL('../operations/scan/entry.ts', import.meta.url), 1);
}
