// Runs the bundle in the directory of the name that this file was started by, and records V8's code cache of each of its files with the functions that the
// run used. The scanner that the run starts is started by the same name.
import childProcess from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname } from 'node:path';
import v8 from 'node:v8';
import { codeCache, loadBundle, scriptOf } from '../bin/prepared-bundle.js';

const directory = dirname(process.argv[1]);
const scripts = new Map();

function record() {
  for (const [file, script] of scripts) writeFileSync(codeCache(directory, file), script.createCachedData());
}

// What a run does must depend neither on how fast this machine is nor on who builds where (root reads no manifest below /tmp): the same sources give the same caches.
process.getuid = process.geteuid = () => 65534;
performance.now = () => 0;
globalThis.setInterval = () => undefined;
os.availableParallelism = () => 1;
const { spawn } = childProcess;
childProcess.spawn = (file, args, options) => spawn(file, file === process.execPath ? [...process.execArgv, ...args] : args, options);
// V8 takes a cache only with the flags that it was made with, and drift sets some when everything is loaded.
v8.setFlagsFromString = () => undefined;

const load = (name) => loadBundle(directory, name, (_directory, file) => {
  // The name is in the cache, and the checkout may lie anywhere.
  const script = scriptOf(directory, file, file);
  scripts.set(file, script);
  return script;
});

if (process.argv[2] === '--serve-scan') {
  const send = process.send.bind(process);
  process.send = (message, ...rest) => {
    // It is killed when its parent has the result.
    if (message.kind === 'result') record();
    return send(message, ...rest);
  };
  load('scanner.cjs');
} else {
  process.on('exit', record);
  await load('drift.cjs').main(process.argv.slice(2), '0.0.0');
}
