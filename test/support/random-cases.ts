// Property tests: the cases are random and the same in every run, so that none of them fails on a day of its own. DRIFT_FAULTS=all takes others each time.
import fc from 'fast-check';
import { ALL } from './fault-cases.ts';

if (!ALL) fc.configureGlobal({ seed: 20_261_122 });

export { fc };
