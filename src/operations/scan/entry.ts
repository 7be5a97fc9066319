// What a scanner process runs; where drift is bundled it is a bundle of its own.
import { serveScanner } from './scanner.ts';

serveScanner();
