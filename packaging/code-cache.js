// V8's code cache of the bundles in build/executable, for packaging/executable.cjs. A process of its own, because it is started with a seed.
import { readFileSync, writeFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';

for (const name of process.argv.slice(2)) {
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
  const { cachedData } = compileFunction(readFileSync(name, 'latin1'), parameters, { filename: name.replace(/^.*\//, ''), produceCachedData: true });
  writeFileSync(`${name}.cache`, cachedData);
}
