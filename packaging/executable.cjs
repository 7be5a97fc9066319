// The first lines of the executable (nodejs.org/api/single-executable-applications.html): runs one of the bundles in it, with V8's code cache of that one.
'use strict';
const { getAsset, getRawAsset } = require('node:sea');

const argv = process.argv.slice(2);
const { version } = JSON.parse(getAsset('package.json', 'utf8'));

// As main.ts says it: no bundle need be loaded for that.
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) process.stdout.write(`drift ${version}\n`);
// As src/host/scanner-process.ts spells it.
else if (argv[0] === '--serve-scan') load('scanner.cjs');
else load('drift.cjs').main(argv, version);

function load(name) {
  const { compileFunction } = require('node:vm');
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
  compileFunction(getAsset(name, 'latin1'), parameters, { filename: name, cachedData: Buffer.from(getRawAsset(`${name}.cache`)) })(exports, require, module, __filename, __dirname);
  return exports;
}
