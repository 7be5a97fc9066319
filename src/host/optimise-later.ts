// Tells V8 to optimise later (node --v8-options): most hosts are read before that has paid, and its threads take the processor from the reader.
import { setFlagsFromString } from 'node:v8';

/** In calls of one function. Large hosts still get there. */
const OPTIMISE_AFTER = ['--invocation-count-for-maglev=20000', '--invocation-count-for-maglev-osr=5000', '--invocation-count-for-turbofan=200000'];

/** Builtins that every look at a host comes to need. */
const NEEDED = ['node:crypto', 'node:timers/promises'];

/**
 * Only when the program is loaded: from then on V8 takes no code cache that was made without these flags, neither of drift nor of Node's own modules. What
 * is needed later all the same is loaded first.
 */
export function optimiseLater(): void {
  for (const name of NEEDED) process.getBuiltinModule(name);
  for (const flag of OPTIMISE_AFTER) setFlagsFromString(flag);
}
