#!/usr/bin/env node
// Starts drift from a checkout: on Node 26, whatever Node was called (npm ci brings one), from the bundle that `npm ci` prepared while it
// matches the sources, else from the sources. Old syntax on purpose: this file is read by the machine's own Node.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (Number(process.versions.node.split('.')[0]) < 26) restart();
else await start();

async function start() {
  const { preparedBundle, runScanner } = await import('./prepared-bundle.js');
  // As src/host/scanner-process.ts spells it.
  if (process.argv[2] === '--serve-scan') return runScanner(root);
  const { main } = preparedBundle(root) ?? await import('../src/main.ts');
  await main(process.argv.slice(2), JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
}

/** The same command on the Node of node_modules; signals of the terminal reach both, and the answer of the child is ours. */
function restart() {
  const node = join(root, 'node_modules', 'node-linux-' + process.arch, 'bin', 'node');
  if (!existsSync(node)) {
    process.stderr.write(
      'drift: error: this is Node ' + process.versions.node + ', and drift needs Node 26\n'
      + 'hint: run npm ci in ' + root + ', which brings it\nchanged: nothing\n',
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, function pass() { child.kill(signal); });
  child.on('error', function failed(error) {
    process.stderr.write('drift: error: cannot start ' + node + ': ' + error.message + '\nchanged: nothing\n');
    process.exitCode = 1;
  });
  child.on('exit', function ended(code, signal) {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
