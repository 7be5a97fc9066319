// `npm run build`: one executable, build/drift, with Node inside (nodejs.org/api/single-executable-applications.html). Needs strip(1) from binutils.
import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'rolldown';
import { codeCache } from '../bin/prepared-bundle.js';
import config from '../rolldown.config.js';
import { recordCodeCaches } from './code-caches.js';

const root = dirname(import.meta.dirname);
process.chdir(root);

const directory = 'build/executable';
rmSync(directory, { recursive: true, force: true });
await build(config.map(({ output, ...rest }) => ({ ...rest, output: { ...output, dir: directory } })));
const names = readdirSync(directory).toSorted();
// The seed makes the code caches, and with them the executable, the same for the same sources. V8's first compiler would leave marks on what it has just got to.
const seed = '--random-seed=42';
recordCodeCaches(directory, [seed, '--no-concurrent-sparkplug']);

// Before, never after: an executable that was stripped with the program inside crashes.
execFileSync('strip', ['-R', '.comment', '-o', 'build/node', realpathSync(process.execPath)]);
writeFileSync('build/sea.json', JSON.stringify({
  main: 'packaging/executable.cjs',
  output: 'build/drift',
  executable: 'build/node',
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  assets: {
    'package.json': 'package.json',
    ...Object.fromEntries(names.flatMap((name) => [[name, join(directory, name)], ...(name === 'reader.cjs' ? [] : [[`${name}.cache`, codeCache(directory, name)]])])),
  },
  // The first megabyte, which V8 begins with, would be searched for garbage four times while drift starts; a larger nursery costs pages (src/host/scanner-process.ts).
  execArgv: ['--min-semi-space-size=8', '--max-semi-space-size=8'],
  // A root tool must not take options from NODE_OPTIONS or --node-options.
  execArgvExtension: 'none',
}));
execFileSync(process.execPath, [seed, '--build-sea', 'build/sea.json'], { stdio: ['ignore', 'ignore', 'inherit'] });
process.stdout.write('build/drift\n');
