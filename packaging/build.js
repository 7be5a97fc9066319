// `npm run build`: one executable, build/drift, with Node inside (nodejs.org/api/single-executable-applications.html). Needs strip(1) from binutils.
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'rolldown';
import config from '../rolldown.config.js';

const root = dirname(import.meta.dirname);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
process.chdir(root);

const [program, reader] = config;
await build([{ ...program, output: { ...program.output, file: 'build/executable.cjs' } }, reader]);
writeFileSync('build/executable.cjs', `${readFileSync('build/executable.cjs', 'latin1')}\nexports.main(process.argv.slice(2), ${JSON.stringify(version)});\n`);

// Before, never after: an executable that was stripped with the program inside crashes.
execFileSync('strip', ['-R', '.comment', '-o', 'build/node', realpathSync(process.execPath)]);
writeFileSync('build/sea.json', JSON.stringify({
  main: 'build/executable.cjs',
  output: 'build/drift',
  executable: 'build/node',
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  assets: { 'reader.cjs': 'build/reader.cjs' },
  // A root tool must not take options from NODE_OPTIONS or --node-options.
  execArgvExtension: 'none',
}));
// The seed makes the code cache, and with it the executable, the same for the same sources.
execFileSync(process.execPath, ['--random-seed=42', '--build-sea', 'build/sea.json'], { stdio: ['ignore', 'ignore', 'inherit'] });
process.stdout.write('build/drift\n');
