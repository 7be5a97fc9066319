// `npm run package`: a .deb and an .rpm of build/drift, in build/packages. On Debian, with dpkg-deb and rpmbuild (package rpm); no root needed.
// Flags: --fast compresses little, for tests; --output DIR.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDeb } from './deb.js';
import { makeRpm } from './rpm.js';
import { preparedFiles } from './stage.js';

const root = dirname(import.meta.dirname);
const { values } = parseArgs({ options: { fast: { type: 'boolean', default: false }, output: { type: 'string', default: join(root, 'build/packages') } } });
const output = resolve(values.output);
const about = { version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version, epoch: timeOfSources(), fast: values.fast };
process.umask(0o022);

execFileSync(process.execPath, [join(import.meta.dirname, 'build.js')], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
mkdirSync(output, { recursive: true });
const { fill, licences } = await preparedFiles(about);
const made = [];
for (const [kind, make] of [['deb', makeDeb], ['rpm', makeRpm]]) {
  const stage = join(output, `.${kind}`);
  fill(stage, kind);
  made.push(make(stage, output, { ...about, licences }));
  rmSync(stage, { recursive: true });
}
for (const path of made) process.stdout.write(`${path} (${(statSync(path).size / 1e6).toFixed(1)} MB)\n`);

/** Seconds since 1970, for every time in the packages (reproducible-builds.org): of $SOURCE_DATE_EPOCH, else of the last commit. */
function timeOfSources() {
  const given = process.env.SOURCE_DATE_EPOCH ?? spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).stdout?.trim();
  if (!/^\d{1,12}$/.test(given ?? '')) throw new Error('the time of the sources is not known: set SOURCE_DATE_EPOCH, or run in a git checkout');
  return Number(given);
}
