// Lock lists of other channels in the script: what it takes of them, and that the real npm carries its own out, from a registry of this test, and has nothing to do the second time.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { channelLines, isScripted } from '../../../src/rebuild/shell/channels.ts';
import { CHANNELS_LIBRARY } from '../../../src/rebuild/shell/channels-library.ts';
import { LIBRARY } from '../../../src/rebuild/shell/library.ts';
import { needs } from '../../support/requirements.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('the lock lists of a script', () => {
  it('are one for each place, with names as their program has them', () => {
    expect(channelLines([
      { channel: 'pip', name: 'Greet.Tool', version: '1.0', path: '/usr/local/lib/python3.11/dist-packages' }, { channel: 'pip', name: 'six', version: '1.16', path: '/usr/local/lib/python3.11/dist-packages' },
      { channel: 'pip', name: 'six', version: '1.16', path: '/opt/app' }, { channel: 'npm', name: '@scope/tool', version: '2.0.0', path: '/usr/local' }, { channel: 'gem', name: 'hi', version: '1.0', path: '/var/lib/gems/3.1.0' },
    ])).toEqual([
      "pip_packages '/usr/local/lib/python3.11/dist-packages' 'python3.11' '' <<'DRIFT_LOCK'", 'greet-tool==1.0', 'six==1.16', 'DRIFT_LOCK',
      "pip_packages '/opt/app' '/opt/app/bin/python3' '/opt/app' <<'DRIFT_LOCK'", 'six==1.16', 'DRIFT_LOCK',
      "npm_packages '/usr/local' '/usr/local' <<'DRIFT_LOCK'", '@scope/tool@2.0.0', 'DRIFT_LOCK', "gem_packages '/var/lib/gems/3.1.0' '/var/lib/gems/3.1.0' <<'DRIFT_LOCK'", 'hi 1.0', 'DRIFT_LOCK',
      "[ -n \"$channels\" ] || warn 'software of other channels (5) was not looked at: --channels installs it'", '',
    ]);
  });

  it.each([
    { channel: 'npm', name: '--registry=x', version: '1' }, { channel: 'pip', name: 'a b', version: '1' }, { channel: 'pip', name: 'a;id', version: '1' }, { channel: 'npm', name: 'a', version: '$(id)' }, { channel: 'npm', name: '../x', version: '1' },
    { channel: 'gem', name: 'a', version: '1\nDRIFT_LOCK\nid' }, { channel: 'npm', name: 'https://example.org/a', version: '1' }, { channel: 'cargo', name: 'a', version: '1' }, { channel: 'constructor', name: 'a', version: '1' }, { channel: 'pip', name: 'a' },
    { channel: 'pip', name: 'a', version: '1', path: '/home/alice/.local/lib/python3.11/site-packages' }, { channel: 'pip', name: 'a', version: '1', path: '/opt/a\nb' },
  ])('leave $name $version to a person', (each) => expect(isScripted({ path: '/usr/local', ...each })).toBe(false));
});

/** npm(1) is where `npm test` came from, and need not be where the script looks. */
function npmDirectory(): string | undefined {
  try {
    return dirname(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim());
  } catch {
    return undefined;
  }
}

const NPM = npmDirectory();

describe.skipIf(!needs('npm as a script of a rebuild list calls it', 'root', ...(NPM === undefined ? ['npm'] : [])))('npm', () => {
  it('installs what is listed, and is not asked again', async () => {
    const directory = realpathSync(temporaryDirectory());
    mkdirSync(`${directory}/package`);
    writeFileSync(`${directory}/package/package.json`, JSON.stringify({ name: '@scope/tool', version: '2.0.0' }));
    execFileSync('tar', ['-czf', `${directory}/tool.tgz`, '-C', directory, 'package']);
    const archive = readFileSync(`${directory}/tool.tgz`);
    const asked: string[] = [];
    const registry = createServer((request, answer) => {
      asked.push(request.url!);
      const dist = { tarball: `http://${request.headers.host!}/tool.tgz`, integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}` };
      answer.end(request.url === '/tool.tgz' ? archive : JSON.stringify({ name: '@scope/tool', 'dist-tags': { latest: '2.0.0' }, versions: { '2.0.0': { name: '@scope/tool', version: '2.0.0', dist } } }));
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    const lines = channelLines([{ channel: 'npm', name: '@scope/tool', version: '2.0.0', path: '/opt/node' }]).join('\n').replaceAll('/opt/node', `${directory}/node`);
    const script = `${LIBRARY.replace('PATH=/usr/sbin:', `PATH=${NPM!}:/usr/sbin:`)}${CHANNELS_LIBRARY}${lines}\nfinish\n`;
    const env = { HOME: directory, PATH: '/usr/bin:/bin', npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/` };
    const play = (...args: readonly string[]): Promise<string> => new Promise((resolve) => {
      const child = spawn('sh', ['-s', '--', ...args], { cwd: directory, env, stdio: ['pipe', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (part: Buffer) => { said += part.toString(); });
      child.on('close', () => resolve(said));
      child.stdin.end(script);
    });
    try {
      expect(await play('--channels')).toContain('would install by npm into');
      expect(asked).toEqual([]);
      expect(await play('--apply', '--channels')).toMatch(/1 steps done\n$/);
      expect(JSON.parse(readFileSync(`${directory}/node/lib/node_modules/@scope/tool/package.json`, 'utf8'))).toMatchObject({ version: '2.0.0' });
      const before = asked.length;
      expect(await play('--apply', '--channels')).toBe('nothing to do: this system is as the list says\n');
      expect(asked.length).toBe(before);
    } finally {
      registry.close();
    }
  }, 300_000);
});
