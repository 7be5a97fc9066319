// CommonJS files of everything: what `npm ci` prepares for a checkout and what `npm run build` puts into the executable.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const stub = fileURLToPath(new URL('packaging/stub.cjs', import.meta.url));

/** What oclif could load and drift never lets it: plugin discovery, TypeScript runners, Windows. */
const NEVER_LOADED = ['tinyglobby', 'minimatch', 'wsl-utils', 'lilconfig', 'typescript', 'ts-node', 'tsx'];

/** Builtins that take milliseconds to load and that most runs of drift need late or never; rolldown would load them all in the first line. */
const LOADED_LATE = ['node:child_process', 'node:crypto', 'node:fs/promises', 'node:os', 'node:perf_hooks', 'node:readline', 'node:stream/promises', 'node:string_decoder', 'node:timers/promises', 'node:v8', 'node:zlib'];

function late(expected) {
  let count = 0;
  return {
    name: 'late',
    renderChunk(code) {
      const before = count;
      const out = code.replaceAll(/^(\t*(?:let|const)) (\w+) = require\("(node:[\w/]+)"\);$(?!\n\2 = __toESM)/gm, (line, declared, name, id) => {
        if (!LOADED_LATE.includes(id)) return line;
        count += 1;
        return `${declared} ${name} = __late(() => require("${id}"));`;
      });
      return count === before ? null : { code: `const __late = (load) => new Proxy({}, { get: (_target, key) => load()[key] });\n${out}`, map: null };
    },
    generateBundle() {
      // A bundler that writes these lines in another way would make every start slower, and nothing else would show it.
      if (count < expected) throw new Error(`rolldown.config.js: ${count} builtins are loaded late, expected at least ${expected}`);
    },
  };
}

/** Only bytes below 0x80: V8 then keeps the source in half the memory and finds its code cache sooner. */
const ascii = {
  name: 'ascii',
  renderChunk(code) {
    return { code: code.replaceAll(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`), map: null };
  },
};

/** What the loaders (bin/prepared-bundle.js, packaging/executable.cjs) call. In the file, so that V8 reads it as it lies there: a copy of it costs milliseconds. */
const wrapped = {
  name: 'wrapped',
  renderChunk(code) {
    return { code: `(function (exports, require, module, __filename, __dirname) {${code}\n})`, map: null };
  },
};

const common = {
  cwd: import.meta.dirname,
  platform: 'node',
  resolve: { alias: Object.fromEntries(NEVER_LOADED.map((name) => [name, stub])), conditionNames: ['node', 'require', 'import'] },
  checks: { circularDependency: false, eval: false, ineffectiveDynamicImport: false },
  logLevel: 'warn',
};
const output = { dir: 'build', entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs', format: 'cjs', minify: false, comments: { legal: true, annotation: false, jsdoc: false } };
const whole = { ...output, codeSplitting: false };

/** The checkout may lie in a directory of any name. */
const ours = (pattern) => (id) => pattern.test(relative(import.meta.dirname, id));

/**
 * What starts the process that walks the disk, what every command needs, what reads a manifest, the rest; each with all that it imports and no part before
 * it has. The strict order lets a module run when it is needed, and not with its part.
 */
const parts = {
  ...output,
  strictExecutionOrder: true,
  codeSplitting: {
    groups: [
      { name: 'start', test: ours(/^src\/(?:main|cli\/early-scanners)\.ts$/), priority: 4 },
      { name: 'command-line', test: ours(/^src\/(?:main\.ts|cli\/|commands\/index\.ts)/), priority: 3 },
      { name: 'manifest', test: ours(/^src\/(?:commands\/manifest\/|operations\/manifest\.ts|report\/lint\.ts)/), priority: 2 },
      { name: 'operations', priority: 1 },
    ],
  },
};

/** The program; what its scanner process needs of it, which would else load all of it; the thread that reads ahead, because a thread starts from a file. */
export default [
  { ...common, plugins: [late(5), ascii, wrapped], input: { drift: 'src/main.ts' }, output: parts },
  { ...common, plugins: [late(5), ascii, wrapped], input: { scanner: 'src/operations/scan/entry.ts' }, output: whole },
  { ...common, plugins: [late(1), ascii], input: { reader: 'src/host/reader/entry.ts' }, output: whole },
];
