// Runs after `npm ci`: bundles the sources, so that bin/run.js need not strip types at every start. Optional: without it drift runs from source.
import { rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stateOf } from '../bin/prepared-bundle.js';
import { recordCodeCaches } from './code-caches.js';

// No import.meta.dirname: where the pinned Node is missing, the machine's own, older one reads this.
const root = dirname(dirname(fileURLToPath(import.meta.url)));

rmSync(`${root}/build/sources.txt`, { force: true });
const before = stateOf(root);
try {
  const [{ build }, { default: config }] = await Promise.all([import('rolldown'), import('../rolldown.config.js')]);
  await build(config);
  recordCodeCaches(`${root}/build`);
  if (before === stateOf(root)) writeFileSync(`${root}/build/sources.txt`, before);
} catch (error) {
  // An installation without development dependencies has no bundler; drift then starts slower, and works.
  process.stderr.write(`drift: no bundle was made (${error.message.split('\n')[0]}); drift will run from its sources\n`);
}
