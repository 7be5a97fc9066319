// The import rules of .oxlintrc.json: each bad import below must be refused, and the tree as it is must pass.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

interface Diagnostic {
  readonly code: string;
  readonly message: string;
  readonly filename: string;
  readonly help?: string;
}

async function lint(cwd: string, ...paths: string[]): Promise<readonly Diagnostic[]> {
  const args = [join(root, 'node_modules/oxlint/bin/oxlint'), '--format', 'json', ...paths];
  const { stdout } = await run(process.execPath, args, { cwd, maxBuffer: 1 << 26 }).catch((error: { stdout: string }) => error);
  return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
}

const BAD: readonly (readonly [file: string, imported: string])[] = [
  ['src/model/planted.ts', '../host/host.ts'],
  ['src/model/planted.ts', 'node:path'],
  ['src/model/planted.ts', 'node:fs/promises'],
  ['src/host/planted.ts', '../sweep/walk.ts'],
  ['src/host/planted.ts', 'yaml'],
  ['src/manifest/planted.ts', 'node:fs'],
  ['src/manifest/planted.ts', '../host/local-host.ts'],
  ['src/drift/planted.ts', '../manifest/load-manifest.ts'],
  ['src/drift/planted.ts', 'node:crypto'],
  ['src/drift/packages/planted.ts', '../../manifest/load.ts'],
  ['src/drift/running/planted.ts', '../../host/proc.ts'],
  ['src/report/planted.ts', 'node:util'],
  ['src/report/planted.ts', '../drift/compare.ts'],
  ['src/managers/apt/planted.ts', '../../sweep/walk.ts'],
  ['src/managers/apt/planted.ts', 'node:fs'],
  ['src/sweep/planted.ts', '../managers/apt/index.ts'],
  ['src/sweep/planted.ts', 'fs'],
  ['src/sweep/planted.ts', 'fast-glob'],
  ['src/sweep/proofs/planted.ts', '../../operations/check.ts'],
  ['src/verify/planted.ts', 'node:child_process'],
  ['src/verify/planted.ts', '../sweep/walk.ts'],
  ['src/operations/planted.ts', 'execa'],
  ['src/operations/planted.ts', 'node:fs/promises'],
  ['src/operations/scan/planted.ts', '../../cli/fault.ts'],
  ['src/operations/observe/planted.ts', '../../cli/fault.ts'],
  ['src/cli/planted.ts', '../operations/check.ts'],
  ['src/cli/planted.ts', 'node:fs'],
  ['src/commands/planted.ts', '../host/local-host.ts'],
  ['src/commands/manifest/planted.ts', '../../manifest/load-manifest.ts'],
  ['src/commands/planted.ts', 'node:fs'],
];

const GOOD: readonly (readonly [file: string, imported: string])[] = [
  ['src/host/allowed.ts', 'node:fs'],
  ['src/host/allowed.ts', 'execa'],
  ['src/sweep/allowed.ts', '../host/host.ts'],
  ['src/sweep/allowed.ts', 'node:crypto'],
  ['src/operations/allowed.ts', '../sweep/walk.ts'],
  ['src/commands/manifest/allowed.ts', '../../operations/manifest.ts'],
  ['src/manifest/allowed.ts', 'yaml'],
];

describe('the import rules', () => {
  let copy: string;
  let found: readonly Diagnostic[];

  function place(file: string, index: number): string {
    return file.replace('.ts', `-${index}.ts`);
  }

  beforeAll(async () => {
    copy = mkdtempSync(join(tmpdir(), 'drift-lint-'));
    cpSync(join(root, '.oxlintrc.json'), join(copy, '.oxlintrc.json'));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [index, [file, imported]] of [...BAD, ...GOOD].entries()) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, place(file, index)), `import * as planted from '${imported}';\nexport const used = planted;\n`);
    }
    writeFileSync(join(copy, 'src/model/one.ts'), "import { two } from './two.ts';\nexport const one = (): unknown => two;\n");
    writeFileSync(join(copy, 'src/model/two.ts'), "import { one } from './one.ts';\nexport const two = (): unknown => one;\n");
    found = await lint(copy, 'src');
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it.each(BAD.map(([file, imported], index) => [file, imported, index] as const))('%s must not import %s', (file, _imported, index) => {
    const refused = found.filter((item) => item.filename === place(file, index) && item.code.includes('no-restricted-imports'));
    expect(refused).toHaveLength(1);
    // The message says why, not only that.
    expect(`${refused[0]!.message} ${refused[0]!.help ?? ''}`.length).toBeGreaterThan(80);
  });

  it.each(GOOD.map(([file, imported], index) => [file, imported, index + BAD.length] as const))('%s may import %s', (file, _imported, index) => {
    expect(found.filter((item) => item.filename === place(file, index))).toEqual([]);
  });

  it('refuse a cycle', () => {
    expect(found.filter((item) => item.code.includes('no-cycle')).map((item) => item.filename)).toEqual(expect.arrayContaining(['src/model/one.ts', 'src/model/two.ts']));
  });

  it('hold for the tree as it is', async () => {
    const rules = ['no-restricted-imports', 'no-cycle'];
    expect((await lint(root, 'src')).filter((item) => rules.some((rule) => item.code.includes(rule)))).toEqual([]);
  });
});
