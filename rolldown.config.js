// One CommonJS file of everything: what `npm ci` prepares for a checkout and what `npm run build` puts into the executable.
import { fileURLToPath } from 'node:url';

const stub = fileURLToPath(new URL('scripts/stub.cjs', import.meta.url));

/** What oclif could load and drift never lets it: plugin discovery, TypeScript runners, Windows. */
const NEVER_LOADED = ['tinyglobby', 'minimatch', 'wsl-utils', 'lilconfig', 'typescript', 'ts-node', 'tsx'];

/** Only bytes below 0x80: V8 then keeps the source in half the memory and finds its code cache sooner. */
const ascii = {
  name: 'ascii',
  renderChunk(code) {
    return { code: code.replaceAll(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`), map: null };
  },
};

export default {
  input: 'src/main.ts',
  cwd: import.meta.dirname,
  platform: 'node',
  resolve: { alias: Object.fromEntries(NEVER_LOADED.map((name) => [name, stub])), conditionNames: ['node', 'require', 'import'] },
  plugins: [ascii],
  output: { file: 'build/drift.cjs', format: 'cjs', codeSplitting: false, minify: false, comments: { legal: true, annotation: false, jsdoc: false } },
  checks: { circularDependency: false, eval: false },
  logLevel: 'warn',
};
