// What a scanner process runs when drift runs from source; a bundle starts the same by its hidden argument.
import { serveScanner } from './scanner.ts';

serveScanner();
