// Runs after `npm ci`: bundles the sources, so that bin/run.js need not strip types at every start. Optional: without it drift runs from source.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stateOf } from '../bin/prepared-bundle.js';
import { recordCodeCaches, removeCodeCaches } from './code-caches.js';

// No import.meta.dirname: where the pinned Node is missing, the machine's own, older one reads this.
const root = dirname(dirname(fileURLToPath(import.meta.url)));

const build = `${root}/build`;
mkdirSync(build, { recursive: true });
rmSync(`${build}/sources.txt`, { force: true });
removeCodeCaches(build);
const before = stateOf(root);
try {
  const [rolldown, { default: config }] = await Promise.all([import('rolldown'), import('../rolldown.config.js')]);
  await rolldown.build(config);
  try {
    recordCodeCaches(build);
  } catch (error) {
    removeCodeCaches(build);
    process.stderr.write(`drift: the bundle was not compiled beforehand (${error.message.split('\n')[0]}); drift will start slower\n`);
  }
  if (before === stateOf(root)) writeFileSync(`${build}/sources.txt`, before);
} catch (error) {
  // An installation without development dependencies has no bundler; drift then starts slower, and works.
  process.stderr.write(`drift: no bundle was made (${error.message.split('\n')[0]}); drift will run from its sources\n`);
}
