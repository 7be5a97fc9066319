// Tells V8 to compile later (node --v8-options): most hosts are read before that has paid, and its threads take the processor from the reader.
import { setFlagsFromString } from 'node:v8';

/** In calls of one function. Large hosts still get there. */
const COMPILE_AFTER = ['--invocation-count-for-maglev=20000', '--invocation-count-for-maglev-osr=5000', '--invocation-count-for-turbofan=200000'];

export function compileLater(): void {
  for (const flag of COMPILE_AFTER) setFlagsFromString(flag);
}
