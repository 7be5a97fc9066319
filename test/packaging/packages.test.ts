// What `npm run package` makes: the same bytes wherever it is made, what Debian's and rpm's own checkers ask for, manual pages and completions of every command.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FINDING_KINDS } from '../../src/model/finding.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { cacheDirectory, checkoutDirectory } from '../support/build-cache.ts';
import { builtPackages, MADE_ON, PACKAGE_NEEDS, packagesFrom, type Packages } from '../support/packages.ts';
import { needs } from '../support/requirements.ts';
import { run, sh } from '../support/run-command.ts';
import { runDrift } from '../support/run-drift.ts';
import { workDirectory } from '../support/working-copy.ts';

const COMMAND_NAMES = Object.keys(COMMANDS).map((id) => id.replaceAll(':', ' '));

describe.skipIf(!needs('packages', ...PACKAGE_NEEDS))('the packages', () => {
  let packages: Packages & { readonly sources: string };
  let tree: string;
  const doc = (name: string): string => readFileSync(join(tree, 'usr/share/doc/drift', name), 'utf8');
  beforeAll(() => {
    packages = builtPackages();
    tree = workDirectory('tree');
    run('dpkg-deb', ['-x', packages.deb, tree]);
  });

  it('are the same bytes when they are made again elsewhere, at another time', () => {
    const again = workDirectory('again');
    const others = packagesFrom(packages.sources, join(again, 'a longer path/checkout'), join(again, 'made there'));
    for (const kind of ['deb', 'rpm'] as const) expect(run('cmp', [packages[kind], others[kind]], { accept: [0, 1] }), kind).toBe('');
  });

  it('say nothing of the machine that made them', () => {
    // They were made below that directory.
    for (const name of [cacheDirectory(), MADE_ON]) expect(run('grep', ['-rlaF', name, tree], { accept: [0, 1] })).toBe('');
    expect(run('rpm', ['-qp', '--qf', '%{BUILDHOST} %{VENDOR}', packages.rpm])).toBe('reproducible ');
  });

  it.skipIf(!needs('lintian', 'lintian'))('have nothing that lintian warns of, but for what has its reason in packaging/deb', () => {
    expect(run('lintian', ['--fail-on', 'error,warning', '--allow-root', packages.deb])).toBe('');
  });

  it.skipIf(!needs('rpmlint', 'rpmlint'))('have nothing that rpmlint warns of, but for what has its reason in packaging/rpm', () => {
    expect(run('rpmlint', ['-c', join(checkoutDirectory(), 'packaging/rpm/rpmlint.toml'), packages.rpm])).toContain('0 errors, 0 warnings');
  });

  it('have the same files, each in its place', () => {
    const files = (root: string): string[] => run('find', [root, '-type', 'f', '-printf', '%P\n']).trim().split('\n').toSorted();
    const other = workDirectory('rpm-tree');
    sh(`cd '${other}' && rpm2cpio '${packages.rpm}' | cpio -idm --quiet`);
    const moved = (path: string): string => path.replace('site-functions', 'vendor-completions');
    const own = /^usr\/share\/(?:licenses|lintian)\/|^etc\/apt\/|^etc\/dnf\/|stamp-drift-|^usr\/share\/doc\/drift\/(?:copyright|NOTICES\.gz|changelog\.Debian\.gz)$/;
    expect(files(other).map(moved).filter((path) => !own.test(path))).toEqual(files(tree).filter((path) => !own.test(path)));
  });

  it('have a manual page for each command, with each of its flags, as --help has them', async () => {
    const pages = readdirSync(join(tree, 'usr/share/man/man1'));
    expect(pages.toSorted()).toEqual(['drift.1.gz', ...COMMAND_NAMES.map((words) => `drift-${words.replaceAll(' ', '-')}.1.gz`)].toSorted());
    for (const [id, { load, summary }] of Object.entries(COMMANDS)) {
      const page = gunzipSync(readFileSync(join(tree, `usr/share/man/man1/drift-${id.replaceAll(':', '-')}.1.gz`))).toString('utf8').replaceAll('\\-', '-');
      expect(page).toContain(summary.replace(/\.$/, ''));
      const { baseFlags, flags } = await load();
      for (const [name, flag] of Object.entries({ ...baseFlags, ...flags })) {
        expect(page, id).toContain(`--${name}`);
        expect(page.replaceAll(/\\f[BR]/g, '`'), id).toContain(flag.summary!.replaceAll('\n', ' '));
      }
    }
  });

  it.skipIf(!needs('manual pages as mandoc reads them', 'mandoc'))('have manual pages that mandoc finds nothing wrong with', () => {
    const directory = join(tree, 'usr/share/man/man1');
    for (const name of readdirSync(directory)) expect(run('mandoc', ['-T', 'lint', '-W', 'warning'], { input: gunzipSync(readFileSync(join(directory, name))) }), name).toBe('');
  });

  it('name everything that is inside the executable, with its licence', () => {
    const bill = JSON.parse(doc('sbom.cdx.json')) as { readonly bomFormat: string; readonly components: readonly { readonly name: string; readonly version: string; readonly hashes?: unknown; readonly purl?: string }[] };
    const names = bill.components.map(({ name }) => name);
    const { dependencies } = JSON.parse(readFileSync(join(checkoutDirectory(), 'package.json'), 'utf8')) as { readonly dependencies: Readonly<Record<string, string>> };
    expect(names).toEqual(expect.arrayContaining([...Object.keys(dependencies), 'Node.js', 'openssl', 'v8']));
    for (const { hashes, name, purl, version } of bill.components.filter((each) => each.purl !== undefined)) {
      expect(hashes, name).toBeDefined();
      expect(purl).toContain(version);
    }
    const notices = gunzipSync(readFileSync(join(tree, 'usr/share/doc/drift/NOTICES.gz'))).toString('utf8');
    for (const { name, purl, version } of bill.components) if (purl !== undefined) expect(notices).toContain(`${name} ${version}`);
    // What only tests and builds use is not in it.
    for (const name of ['vitest', 'ajv', 'rolldown']) expect(names).not.toContain(name);
  });

  it('have an example of a manifest that is one', () => {
    const example = join(tree, 'etc/drift/manifest.yaml.example');
    const text = readFileSync(example, 'utf8');
    expect(runDrift(['manifest', 'lint', example])).toMatchObject({ code: 0 });
    // And all of it, once somebody takes the marks away.
    const whole = join(workDirectory('example'), 'manifest.yaml');
    writeFileSync(whole, text.replaceAll(/^# (?=[a-z]+:|  )/gm, ''), { mode: 0o600 });
    expect(readFileSync(whole, 'utf8')).toMatch(/^packages:\n  openssh-server: any$/m);
    expect(runDrift(['manifest', 'lint', whole])).toMatchObject({ code: 0 });
  });

  it.skipIf(!needs('completions of bash', 'bash'))('complete in bash', () => {
    const complete = (...words: readonly string[]): readonly string[] => run('bash', ['-c', 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _drift; printf "%s\\n" "${COMPREPLY[@]}"', join(tree, 'usr/share/bash-completion/completions/drift'), ...words]).split('\n').filter((word) => word !== '');
    expect(complete('drift', 'che')).toEqual(['check']);
    expect(complete('drift', '').toSorted()).toEqual([...new Set(COMMAND_NAMES.map((words) => words.split(' ')[0]!))].toSorted());
    expect(complete('drift', 'manifest', '')).toEqual(['lint', 'schema', 'show']);
    expect(complete('drift', 'listeners', 'confirm', '--na')).toEqual(['--namespace']);
    expect(complete('drift', 'check', '--fail-on', '')).toEqual(['info', 'low', 'medium', 'high', 'critical']);
    expect(complete('drift', 'check', '--only', '')).toEqual([...FINDING_KINDS]);
    expect(complete('drift', 'check', '--only', 'file-stray,tree')).toEqual(['file-stray,tree-stray']);
    expect(complete('drift', 'check', '--format', '=', 'sa')).toEqual(['sarif']);
    expect(complete('drift', 'check', '--output', '/etc/passw')).toContain('/etc/passwd');
    expect(complete('drift', 'explain', 'coreut')).toContain('coreutils');
    // A name that somebody chose is compared, and never expanded.
    const there = workDirectory('names');
    mkdirSync(join(there, 'a$(touch evil)'));
    run('bash', ['-c', 'cd "$1"; source "$0"; COMP_WORDS=(drift explain ./a); COMP_CWORD=2; _drift; [[ ${COMPREPLY[0]} == "./a\\$(touch evil)" ]]', join(tree, 'usr/share/bash-completion/completions/drift'), there]);
    expect(existsSync(join(there, 'evil'))).toBe(false);
  });

  it.skipIf(!needs('completions of fish', 'fish'))('complete in fish', () => {
    const complete = (line: string): readonly string[] => run('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', join(tree, 'usr/share/fish/vendor_completions.d/drift.fish'), line], { env: { HOME: workDirectory('home') } }).split('\n').filter((each) => each !== '').map((each) => each.split('\t')[0]!);
    expect(complete('drift che')).toEqual(['check']);
    expect(complete('drift manifest ')).toEqual(['lint', 'schema', 'show']);
    expect(complete('drift check --fail-on h')).toEqual(['high']);
    expect(complete('drift check --only file-s')).toEqual(['file-shadowed', 'file-stray']);
    expect(complete('drift listeners --al')).toEqual(['--all']);
    expect(complete('drift listeners confirm --nam')).toEqual(['--namespace']);
    expect(complete('drift explain coreut')).toContain('coreutils');
  });

  it.skipIf(!needs('completions of zsh', 'zsh'))('complete in zsh', () => {
    // compadd stands for the screen.
    const script = `
fpath=("$1" $fpath); autoload -Uz compinit; compinit -u -D
zmodload zsh/zpty; zpty shell zsh -f -i
zpty -w shell "PROMPT=; fpath=($1 \\$fpath); autoload -Uz compinit; compinit -u -D; setopt no_list_beep; bindkey '^I' complete-word; print READY"
zpty -r -m shell seen '*READY*READY*'
zpty -w -n shell "$2"$'\\t\\t'
sleep 1
zpty -w -n shell $'\\C-a: \\C-e\\n'
zpty -w shell 'print DONE'
zpty -r -m shell seen '*DONE*DONE*'
print -r -- "$seen"`;
    const complete = (line: string): string => run('zsh', ['-f', '-c', script, 'zsh', join(tree, 'usr/share/zsh/vendor-completions'), line], { env: { HOME: workDirectory('home'), TERM: 'dumb' }, timeoutMs: 60_000 });
    expect(complete('drift manif')).toContain('drift manifest');
    expect(complete('drift check --fail-on cri')).toContain('--fail-on critical');
    expect(complete('drift listeners conf')).toContain('listeners confirm');
    expect(complete('drift check --only file-priv')).toContain('file-privileged');
  });
});
