// The command line as a user meets it: help, mistakes, streams that break, signals. No host is looked at.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { exitCodeRows } from '../../src/cli/exit-code-help.ts';
import { SCANNER_ARGUMENT } from '../../src/host/scanner-process.ts';
import { PROJECT, runDrift } from '../support/run-drift.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'drift-cli-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('help', () => {
  it('lists every command and every exit code', () => {
    const { code, stdout } = runDrift(['--help']);
    expect(code).toBe(0);
    for (const [id, { summary }] of Object.entries(COMMANDS)) if (!id.includes(':')) expect(stdout).toContain(summary);
    for (const [exit, meaning] of exitCodeRows()) expect(stdout).toMatch(new RegExp(`^  ${exit} +${meaning}`, 'm'));
  });

  it('is the same for no arguments, help and -h', () => {
    const { stdout } = runDrift(['--help']);
    expect(runDrift([]).stdout).toBe(stdout);
    expect(runDrift(['help']).stdout).toBe(stdout);
    expect(runDrift(['-h']).stdout).toBe(stdout);
  });

  it.each(Object.keys(COMMANDS))('describes %s with flags, examples or usage, and exit codes', async (id) => {
    const { code, stdout, stderr } = runDrift([...id.split(':'), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const command = await COMMANDS[id]!.load();
    expect(command.summary).toBe(COMMANDS[id]!.summary);
    expect(stdout).toContain(command.summary!.split(' ').slice(0, 5).join(' '));
    for (const flag of Object.keys({ ...command.flags, ...command.baseFlags })) expect(stdout).toContain(`--${flag}`);
    expect(stdout.slice(stdout.indexOf('EXIT CODES\n'))).toBe(`EXIT CODES\n${exitCodeRows(id).map(([exit, meaning]) => `  ${exit.padEnd(Math.max(...exitCodeRows(id).map(([each]) => each.length)))}  ${meaning}\n`).join('')}`);
  });

  it('prints the version', () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
    expect(runDrift(['--version']).stdout).toBe(`drift ${version}\n`);
    expect(runDrift(['-V']).stdout).toBe(`drift ${version}\n`);
  });
});

describe('mistakes', () => {
  it.each([
    [['chekc'], 'there is no command chekc', 'did you mean "drift check"?'],
    [['manifest', 'lnt'], 'there is no command manifest lnt', 'did you mean "drift manifest lint"?'],
    [['rebuild', 'prov'], 'drift rebuild takes no such argument: prov', 'did you mean "drift rebuild prove"? drift rebuild --help'],
    [['check', '--nope'], 'there is no flag --nope', 'drift check --help has all of them'],
    [['check', '--jsno'], 'there is no flag --jsno', 'did you mean "--json"?'],
    [['check', 'extra'], 'drift check takes no such argument: extra', 'drift check --help'],
    [['check', '--fail-on', 'awful'], '--fail-on takes one of: info, low, medium, high, critical; not awful', 'drift check --help'],
    [['check', '--only', 'file-stra'], '--only takes one of: package-missing, ', 'did you mean "file-stray"? drift check --help'],
    [['check', '--format', 'xml'], '--format takes one of: text, json', 'drift check --help'],
    [['check', '--root'], '--root needs a value', 'drift check --help'],
    [['explain'], 'SUBJECT is missing: a path, a package name', 'drift explain --help'],
    [['history', 'prune'], '--older-than is missing', 'drift history prune --help'],
    [['rebuild', '--as-is', '--from-manifest'], '--from-manifest and --as-is contradict each other', 'drift rebuild --help'],
  ])('%j is exit code 1 with one line that says what, and what was meant', (args, message, hint) => {
    const { code, stderr, stdout } = runDrift(args);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`drift: error: ${message}`);
    expect(stderr).toContain(`\nhint: ${hint}`);
    expect(stderr).toMatch(/\nhint: .*\nchanged: nothing\n$/);
  });

  it('are JSON on stdout where JSON was asked for', () => {
    const { code, stderr, stdout } = runDrift(['check', '--json', '--nope\x1b']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'usage', message: 'there is no flag --nope\x1b', hint: expect.any(String), changed: 'nothing' } });
    expect(stdout).not.toContain('\x1b');
  });

  it('survive an argument of 120 KiB', () => {
    expect(runDrift(['check', 'x'.repeat(120 * 1024)]).code).toBe(1);
  });
});

describe('streams', () => {
  it('a reader that goes away does not change the exit code', () => {
    const script = `node=$1; entry=$2; { "$node" "$entry" --help; echo "code $?" >&2; } | true`;
    for (let round = 0; round < 3; round += 1) {
      const { stderr } = JSON.parse(execFileSync('sh', ['-c', `out=$(bash -c '${script}' x "$0" "$1" 2>&1 >/dev/null); printf '{"stderr":"%s"}' "$out"`, process.execPath, join(PROJECT, 'bin/run.js')], { encoding: 'utf8' })) as { stderr: string };
      expect(stderr).toBe('code 0');
    }
  });

  it('a full disk is an error, not a result', () => {
    const answer = execFileSync('sh', ['-c', '"$0" "$1" manifest schema >/dev/full 2>"$2/err"; echo $?', process.execPath, join(PROJECT, 'bin/run.js'), scratch], { encoding: 'utf8' });
    expect(answer).toBe('1\n');
    expect(readFileSync(join(scratch, 'err'), 'utf8')).toBe('drift: error: cannot write to standard output: no space left on it (ENOSPC)\nchanged: nothing\n');
  });

  it('the end waits for a reader that is slow', () => {
    const script = `import { leave } from ${JSON.stringify(join(PROJECT, 'src/cli/streams.ts'))}; process.stdout.write('x'.repeat(1e6)); process.exitCode = 2; await leave();`;
    const answer = execFileSync('sh', ['-c', '{ "$0" --input-type=module -e "$1"; echo "code $?" >&2; } 2>"$2/code" | { sleep 1; wc -c; }', process.execPath, script, scratch], { encoding: 'utf8' });
    expect(answer).toBe('1000000\n');
    expect(readFileSync(join(scratch, 'code'), 'utf8')).toBe('code 2\n');
  });

  it('closed standard streams do no harm', () => {
    const answer = execFileSync('sh', ['-c', '"$0" "$1" manifest schema <&- >&- 2>&-; echo $?', process.execPath, join(PROJECT, 'bin/run.js')], { encoding: 'utf8' });
    expect(answer).toBe('0\n');
  });

  it('--output holds what stdout would', () => {
    const file = join(scratch, 'schema.json');
    expect(runDrift(['manifest', 'schema', '--output', file])).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toBe(runDrift(['manifest', 'schema']).stdout);
  });
});

describe('the environment', () => {
  it.skipIf(process.getuid!() !== 0)('of another user is refused to root', () => {
    const { code, stdout } = runDrift(['check', '--json'], { env: { SUDO_UID: '1000', NODE_OPTIONS: '--no-warnings' } });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).error.code).toBe('hostile-environment');
  });

  it('brings no plugin, no theme and no home', () => {
    const data = join(scratch, 'data');
    const plugin = join(data, 'node_modules/evil');
    mkdirSync(plugin, { recursive: true });
    writeFileSync(join(data, 'package.json'), JSON.stringify({ oclif: { plugins: [{ name: 'evil', type: 'link', root: plugin }] } }));
    writeFileSync(join(plugin, 'package.json'), JSON.stringify({ name: 'evil', version: '1.0.0', oclif: { hooks: { init: './hook.js' } } }));
    writeFileSync(join(plugin, 'hook.js'), `require('fs').writeFileSync(${JSON.stringify(join(scratch, 'hooked'))}, 'x'); module.exports = () => {};`);
    const { code, stderr } = runDrift(['manifest', 'schema'], { env: { DRIFT_DATA_DIR: data, XDG_DATA_HOME: scratch, HOME: '', SHELL: '', DEBUG: '*', NODE_ENV: 'development' } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(() => readFileSync(join(scratch, 'hooked'))).toThrow();
  });

  it('of a hostile current directory is ignored', () => {
    for (const name of ['package.json', 'tsconfig.json', 'oclif.manifest.json', '.npmrc']) writeFileSync(join(scratch, name), '{ broken');
    expect(runDrift(['manifest', 'schema'], { cwd: scratch })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('signals', () => {
  it.each([['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const)('%s stops with %i and says that nothing was changed', async (signal, expected) => {
    // Waits for a signal inside drift's own handlers: a command that never ends stands for a long one.
    const script = `import { stopOnSignals } from ${JSON.stringify(join(PROJECT, 'src/cli/signals.ts'))}; stopOnSignals(); setInterval(() => {}, 1000); console.log('ready');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (data) => { stderr += data; });
    await new Promise((resolve) => { child.stdout.once('data', resolve); });
    child.kill(signal);
    const code = await new Promise((resolve) => { child.on('close', resolve); });
    expect(code).toBe(expected);
    expect(stderr).toContain(`stopped by ${signal}\nchanged: nothing`);
  });
});

function checkout(name: string): string {
  const copy = join(scratch, name);
  mkdirSync(copy);
  for (const each of ['bin', 'packaging', 'src', 'package.json', 'package-lock.json', 'rolldown.config.js', 'tsconfig.json']) cpSync(join(PROJECT, each), join(copy, each), { recursive: true, verbatimSymlinks: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

describe('the entries', () => {
  it('bin/run.js, bin/dev.js and bin/drift start the same program', () => {
    expect(runDrift(['--version'], { entry: 'bin/dev.js' }).stdout).toBe(runDrift(['--version']).stdout);
    expect(execFileSync(join(PROJECT, 'bin/drift'), ['--version'], { encoding: 'utf8', env: {} })).toBe(runDrift(['--version']).stdout);
  });

  it('bin/run.js runs the sources when the bundle is not made from them', () => {
    const copy = checkout('unprepared');
    mkdirSync(join(copy, 'build'));
    writeFileSync(join(copy, 'build/drift.cjs'), "(function (exports) { exports.main = () => process.stdout.write('bundle\\n'); })");
    const start = (): string => execFileSync(process.execPath, [join(copy, 'bin/run.js'), '--version'], { encoding: 'utf8' });
    expect(start()).toContain('drift ');
    const state = execFileSync(process.execPath, ['-e', "import('./bin/prepared-bundle.js').then((it) => process.stdout.write(it.stateOf(process.cwd())))"], { cwd: copy });
    writeFileSync(join(copy, 'build/sources.txt'), state);
    expect(start()).toBe('bundle\n');
    writeFileSync(join(copy, 'src/new.ts'), '');
    expect(start()).toContain('drift ');
  });

  it('V8 takes every code cache that is prepared, whatever flags drift sets on the way', () => {
    const copy = checkout('prepared');
    execFileSync(process.execPath, ['packaging/prepare.js'], { cwd: copy });
    // V8 tells how many bytes it unpacks of each cache that it takes.
    const taken = (...args: string[]): readonly number[] => {
      const { stdout } = spawnSync(process.execPath, ['--profile-deserialization', join(copy, 'bin/run.js'), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      return [...stdout.matchAll(/Deserializing from (\d+) bytes/g)].map(([, bytes]) => Number(bytes));
    };
    const sizes = (...parts: string[]): readonly number[] => parts.map((part) => statSync(join(copy, `build/${part}.cjs.${process.version}.cache`)).size);
    expect(taken('check', '--root', join(copy, 'packaging/rehearsal/host'))).toEqual(expect.arrayContaining([...sizes('start', 'command-line', 'operations', 'manifest')]));
    expect(taken(SCANNER_ARGUMENT)).toEqual(expect.arrayContaining([...sizes('scanner')]));
  });

  it('a text of the same length is prepared anew, although V8 would take the code cache of the old one', () => {
    const copy = checkout('anew');
    const help = (): string => execFileSync(process.execPath, [join(copy, 'bin/run.js'), '--help'], { encoding: 'utf8' });
    execFileSync(process.execPath, ['packaging/prepare.js'], { cwd: copy });
    expect(help()).toContain('EXIT CODES');
    const file = join(copy, 'src/cli/command-line.ts');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('EXIT CODES');
    writeFileSync(file, text.replaceAll('EXIT CODES', 'EXIT WORDS'));
    execFileSync(process.execPath, ['packaging/prepare.js'], { cwd: copy });
    expect(existsSync(join(copy, 'build/sources.txt'))).toBe(true);
    expect(help()).toContain('EXIT WORDS');
    expect(readdirSync(join(copy, 'build'))).not.toContain('rehearse.js');
  });

  it('bin/run.js goes over to the Node of node_modules when an older one starts it, and says when there is none', () => {
    const copy = join(scratch, 'older');
    const pinned = join(copy, `node_modules/node-linux-${process.arch}/bin`);
    cpSync(join(PROJECT, 'bin'), join(copy, 'bin'), { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
    const older = (...args: string[]): ReturnType<typeof runDrift> => {
      const entry = join(copy, 'bin/run.js');
      const script = `Object.defineProperty(process.versions, 'node', { value: '18.20.4' }); process.argv = [process.execPath, ${JSON.stringify(entry)}, ...${JSON.stringify(args)}]; await import(${JSON.stringify(entry)});`;
      return spawnNode(script);
    };
    expect(older('check')).toMatchObject({ code: 1, stdout: '', stderr: `drift: error: this is Node 18.20.4, and drift needs Node 26\nhint: run npm ci in ${copy}, which brings it\nchanged: nothing\n` });
    mkdirSync(pinned, { recursive: true });
    writeFileSync(join(pinned, 'node'), '#!/bin/sh\necho "$@"\nexit 3\n');
    chmodSync(join(pinned, 'node'), 0o755);
    expect(older('check', 'a b')).toMatchObject({ code: 3, stdout: `${join(copy, 'bin/run.js')} check a b\n` });
    writeFileSync(join(pinned, 'node'), '#!/bin/sh\nkill -TERM $$\n');
    expect(older('check').signal).toBe('SIGTERM');
  });

  it('know the argument that scanner processes are started with', () => {
    for (const entry of ['bin/run.js', 'packaging/executable.cjs']) expect(readFileSync(join(PROJECT, entry), 'utf8')).toContain(`'${SCANNER_ARGUMENT}'`);
  });
});

function spawnNode(script: string): ReturnType<typeof runDrift> {
  const file = join(scratch, 'script.mjs');
  writeFileSync(file, script);
  return runDrift([], { entry: relative(PROJECT, file) });
}
