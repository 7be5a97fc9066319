// Tells V8 to optimise later (node --v8-options): most hosts are read before that has paid, and its threads take the processor from the reader.
import { setFlagsFromString } from 'node:v8';

/** In calls of one function. Large hosts still get there. */
const OPTIMISE_AFTER = ['--invocation-count-for-maglev=20000', '--invocation-count-for-maglev-osr=5000', '--invocation-count-for-turbofan=200000'];

/** Only when the program is loaded: from then on V8 takes no code cache that was made without these flags, of drift or of Node's own modules. */
export function optimiseLater(): void {
  for (const flag of OPTIMISE_AFTER) setFlagsFromString(flag);
}
