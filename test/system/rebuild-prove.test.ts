// `drift rebuild prove` on real hosts of both families: a root is built from the list alone, and what differs is named. Nothing is left of it, stopped or not.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { debHost, MINIMAL_DEB_HOST } from '../support/deb-host.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { rpmHost, RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import { drift } from '../support/run-cli.ts';
import { run } from '../support/run-command.ts';
import { PROJECT } from '../support/run-drift.ts';
import { workDirectory, workingCopy } from '../support/working-copy.ts';

interface ProofJson {
  readonly differences: readonly { readonly kind: string; readonly name?: string; readonly path?: string; readonly message: string }[];
  readonly unproved: readonly { readonly path: string }[];
}

async function prove(args: readonly string[]): Promise<{ readonly code: number; readonly proof: ProofJson; readonly text: string }> {
  const result = await drift(['rebuild', 'prove', '--json', ...args], { timeoutMs: 900_000 });
  if (result.stdout === '') throw new Error(`${result.code} ${result.stderr}`);
  expect(schemaErrors(JSON.parse(result.stdout))).toEqual([]);
  return { code: result.code, proof: JSON.parse(result.stdout) as ProofJson, text: result.stdout + result.stderr };
}

function told({ differences }: ProofJson): string[] {
  return differences.map(({ kind, message, name, path }) => `${kind} ${name ?? path ?? ''} ${message}`);
}

function nothingLeft(directory: string): void {
  expect(readdirSync(directory)).toEqual([]);
  expect(run('cat', ['/proc/self/mountinfo'])).not.toContain(directory);
}

describe.skipIf(!needs('an RPM host that is built again', ...RPM_HOST_NEEDS, 'unshare', 'setpriv'))('an RPM host', () => {
  it('is the same again, from a directory of packages and without a network', async () => {
    const root = rpmHost();
    const directory = workDirectory('prove');
    const { code, proof, text } = await prove(['--root', root, '--repository', `${root}/srv/repository`, '--directory', directory]);
    expect(told(proof), text).toEqual([]);
    expect(code).toBe(0);
    nothingLeft(directory);
  });

  it('lacks what the repository lacks, by name', async () => {
    const root = rpmHost();
    const directory = workDirectory('prove');
    const repository = join(workDirectory('repository'), 'r');
    cpSync(`${root}/srv/repository`, repository, { recursive: true });
    for (const name of readdirSync(repository)) if (/^webthing-\d/.test(name)) rmSync(join(repository, name));
    run('createrepo_c', ['-q', repository]);
    const { code, proof, text } = await prove(['--root', root, '--repository', repository, '--directory', directory]);
    expect(code, text).toBe(2);
    expect(told(proof).filter((line) => line.startsWith('package '))).toContainEqual(expect.stringMatching(/^package dnf:webthing:\S+ is not in the rebuilt root: no repository has it$/));
    nothingLeft(directory);
  });

  it('is left as it was when the proof is stopped or killed, and so is the machine', async () => {
    const root = rpmHost();
    const directory = workDirectory('prove');
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const child = spawn(process.execPath, [join(PROJECT, 'bin/dev.js'), 'rebuild', 'prove', '--root', root, '--repository', `${root}/srv/repository`, '--directory', directory], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent' } });
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      await expect.poll(() => readdirSync(directory).length).toBe(1);
      await expect.poll(() => readdirSync(join(directory, readdirSync(directory)[0]!)).includes('root')).toBe(true);
      child.kill(signal);
      const code = await ended;
      if (signal === 'SIGINT') {
        expect(code).toBe(130);
        nothingLeft(directory);
      } else expect(readdirSync(directory).length).toBe(1);
    }
    // What was killed could not clean up; its processes went with it, and the next proof takes the rest away.
    expect(run('cat', ['/proc/self/mountinfo'])).not.toContain(directory);
    await expect.poll(() => run('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " || true']).includes(`${directory}/`)).toBe(false);
    expect((await drift(['rebuild', 'prove', '--root', root, '--directory', directory, '--backup', '/nonexistent'])).code).toBe(1);
    nothingLeft(directory);
  });

  it('refuses a list that is cut off, of a newer drift or of another distribution, before anything is built', async () => {
    const root = rpmHost();
    const directory = workDirectory('prove');
    const lists = workDirectory('lists');
    const whole = (await drift(['rebuild', '--root', root, '--json'])).stdout;
    const written: readonly (readonly [name: string, text: string, words: string])[] = [
      ['cut.json', whole.slice(0, 2000), 'is not JSON'], ['newer.json', whole.replace('drift.rebuild/1', 'drift.rebuild/9'), 'drift.rebuild/9'], ['other.json', whole.replace('"id": "example"', '"id": "debian"'), 'is of debian'],
    ];
    for (const [name, text, words] of written) {
      writeFileSync(join(lists, name), text, { mode: 0o600 });
      const refused = await drift(['rebuild', 'prove', join(lists, name), '--root', root, '--directory', directory]);
      expect(refused.code, name).toBe(1);
      expect(refused.stderr, name).toContain(words);
      nothingLeft(directory);
    }
  });

  it('stays where it is asked to be kept, with what differs named; a place that is taken or on another disk is refused first', async () => {
    const directory = workDirectory('prove');
    const place = join(directory, 'again');
    const repository = `${rpmHost()}/srv/repository`;
    const { code, text } = await prove(['--root', rpmHost(), '--repository', repository, '--directory', directory, '--keep-root', place]);
    expect(code, text).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ builtRoot: place });
    expect(readdirSync(directory)).toEqual(['again']);
    expect(readdirSync(place)).toContain('usr');
    for (const [path, words] of [[place, 'it is there already'], ['/proc/again', 'it lies on another file system'], [`${directory}/none/again`, 'does not exist'], ['again', 'has to begin with /']] as const) {
      const refused = await drift(['rebuild', 'prove', '--json', '--root', rpmHost(), '--repository', repository, '--directory', directory, '--keep-root', path]);
      expect(refused.json<{ error: object }>().error, path).toMatchObject({ code: 'keep-refused', message: expect.stringContaining(words) as string, changed: 'nothing' });
      expect(readdirSync(directory)).toEqual(['again']);
    }
  });

  it('refuses a backup set whose names lead out of it, before anything is built', async () => {
    const directory = workDirectory('prove');
    const outside = workDirectory('set');
    mkdirSync(join(outside, 'in'));
    writeFileSync(join(outside, 'x'), 'x');
    run('sh', ['-c', `cd ${outside}/in && tar -P -cf ${outside}/up.tar ../x && tar -P -cf ${outside}/absolute.tar ${outside}/x && head -c 700 ${outside}/up.tar >${outside}/cut.tar`]);
    for (const [name, words] of [['up.tar', 'leads out of it'], ['absolute.tar', 'leads out of it'], ['cut.tar', 'no whole tar archive'], ['none.tar', 'none.tar']]) {
      const refused = await drift(['rebuild', 'prove', '--root', rpmHost(), '--directory', directory, '--backup', join(outside, name!)]);
      expect(refused.code, name).toBe(1);
      expect(refused.stderr, name).toContain(words);
      nothingLeft(directory);
    }
  });
});

describe.skipIf(!needs('a Debian host that is built again', 'root', 'mount', 'mmdebstrap', 'apt-sources', 'unshare', 'setpriv', 'tar'))('a Debian host', () => {
  it('is the same again with its backup set; a package in no repository and a file that the set has otherwise are named', async () => {
    const copy = workingCopy(debHost(MINIMAL_DEB_HOST), 'prove');
    try {
      mkdirSync(`${copy.root}/srv/data`, { recursive: true });
      writeFileSync(`${copy.root}/srv/data/table`, 'rows\n');
      writeFileSync(`${copy.root}/etc/site.conf`, 'site\n');
      writeFileSync(`${copy.root}/etc/issue`, 'edited\n');
      const list = join(workDirectory('list'), 'list');
      const set = join(workDirectory('set'), 'set.tar');
      const made = await drift(['rebuild', 'backup', '--root', copy.root, '--format', 'tar', '--output', list]);
      expect(made.code).toBe(0);
      run('tar', ['--create', '--file', set, '--anchored', '--no-wildcards', '--directory', copy.root, '--null', '--no-verbatim-files-from', '--files-from', list]);
      run('sh', ['-c', `mkdir -p ${copy.root}/var/lib/dpkg/info && printf 'Package: nowhere\\nStatus: install ok installed\\nMaintainer: Test <test@example.invalid>\\nArchitecture: all\\nVersion: 1\\nDescription: a test\\n\\n' >>${copy.root}/var/lib/dpkg/status && printf '/.\\n' >${copy.root}/var/lib/dpkg/info/nowhere.list`]);
      // As it was before the set was made, so that the set is what is wrong.
      run('touch', ['-d', '2020-01-01', `${copy.root}/srv/data/table`]);
      run('sh', ['-c', `cd ${workDirectory('edit')} && mkdir -p srv/data && printf 'rows?' >srv/data/table && tar --append --file ${set} ./srv/data/table && touch -d 'now + 1 day' ${set}`]);
      const directory = workDirectory('prove');
      const { code, proof, text } = await prove(['--root', copy.root, '--directory', directory, '--backup', set, '--as-is']);
      expect(told(proof), text).toEqual(['package apt:nowhere:all is not in the rebuilt root: no repository has it', 'backup /srv/data/table has other content']);
      expect(code).toBe(2);
      nothingLeft(directory);
    } finally {
      copy.remove();
    }
  }, 900_000);
});
