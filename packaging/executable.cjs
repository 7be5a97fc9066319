// The first lines of the executable (nodejs.org/api/single-executable-applications.html): runs one of the bundles in it, part by part, with V8's code cache of each.
'use strict';
const { getAsset, getRawAsset } = require('node:sea');

const argv = process.argv.slice(2);
const { version } = JSON.parse(getAsset('package.json', 'utf8'));

const parts = new Map();

// As main.ts says it: no bundle need be loaded for that.
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) process.stdout.write(`drift ${version}\n`);
// As src/host/scanner-process.ts spells it.
else if (argv[0] === '--serve-scan') load('./scanner.cjs');
else load('./drift.cjs').main(argv, version);

/** `id`: as the parts of a bundle name each other, or a builtin. */
function load(id) {
  if (!id.startsWith('./')) return require(id);
  const part = parts.get(id);
  if (part !== undefined) return part.exports;
  const { Script } = require('node:vm');
  const module = { exports: {} };
  parts.set(id, module);
  const filename = id.slice(2);
  const script = new Script(getAsset(filename, 'latin1'), { filename, cachedData: Buffer.from(getRawAsset(`${filename}.cache`)) });
  script.runInThisContext()(module.exports, load, module, __filename, __dirname);
  return module.exports;
}
