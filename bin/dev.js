#!/usr/bin/env node
// Starts drift from its sources, always: for work on drift itself. Needs Node 26 (npm exec puts the right one first in PATH).
import { readFileSync } from 'node:fs';
import { main } from '../src/main.ts';

await main(process.argv.slice(2), JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version);
