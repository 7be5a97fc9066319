// Records of other channels on a root: what is found, what is listed, and which package a file belongs to.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findRecords } from '../../../src/evidence/channels/find-records.ts';
import { readChannels } from '../../../src/evidence/channels/read-channels.ts';
import { fromText } from '../../../src/model/bytes.ts';
import { typeOfMode, type FileType } from '../../../src/model/file.ts';
import type { ChannelRecord } from '../../../src/model/identity.ts';
import { finish } from '../../../src/model/steps.ts';
import { needs } from '../../support/requirements.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { sandbox, type Entry, type Sandbox } from '../../sweep/sandbox.ts';

type Entries = Readonly<Record<string, string | Entry>>;

function read(box: Sandbox, strays: readonly string[] = []) {
  const found = finish(findRecords(box.host, strays));
  const channels = finish(readChannels(box.host, found.value));
  return {
    found: found.value, coverage: [found.coverage, channels.coverage],
    words: channels.value.packages.map((each) => `${each.channel} ${each.name} ${each.version} ${each.requested ?? '-'} ${each.prefix}`),
    words1: (path: string) => words(channels.value.lookup({ path, type: typeAt(box, path) })), lookup: (path: string) => channels.value.lookup({ path, type: typeAt(box, path) }),
  };
}

function typeAt({ host }: Sandbox, path: string): FileType {
  const stat = host.lstat(path);
  return stat.ok ? typeOfMode(stat.value.mode) : 'file';
}

function words(record: ChannelRecord | undefined): string | undefined {
  return record === undefined ? undefined : `${record.channel} ${record.name} ${record.version}${record.intact === undefined ? '' : record.intact ? ' intact' : ' changed'}`;
}

function sha(content: string): string {
  return createHash('sha256').update(content).digest('base64url');
}

function wheel(site: string, name: string, version: string, files: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}): Entries {
  const info = `${site}/${name}-${version}.dist-info`;
  const record = Object.entries(files).map(([path, content]) => `${path},sha256=${sha(content)},${content.length}\n`).join('');
  return {
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nName: other\n`, [`${info}/RECORD`]: record, [`${info}/INSTALLER`]: 'pip\n',
    ...Object.fromEntries(Object.entries(files).map(([path, content]) => [path.startsWith('..') ? `${site}/../../../${path.slice(9)}` : `${site}/${path}`, content])),
    ...Object.fromEntries(Object.entries(more).map(([path, content]) => [`${info}/${path}`, content])),
  };
}

const LOCAL = '/usr/local/lib/python3.11/dist-packages';

describe('pip', () => {
  it('tells distributions, who asked, and whether a file is as recorded', () => {
    const box = sandbox({
      ...wheel(LOCAL, 'tool', '2.0', { '../../../bin/tool': '#!/usr/bin/python3\n', 'tool/a.py': 'a', 'tool/size.py': 'bb' }, { REQUESTED: '' }), ...wheel(LOCAL, 'dep', '1', { 'dep.py': 'x' }),
      [`${LOCAL}/tool/size.py`]: 'other', [`${LOCAL}/old-3.egg-info`]: 'Metadata-Version: 1.0\nName: old\nVersion: 3\n', [`${LOCAL}/~ip-1.dist-info/METADATA`]: 'Name: pip\nVersion: 1\n',
    });
    const result = read(box);
    expect(result.words).toEqual([`pip dep 1 false ${LOCAL}`, `pip old 3 false ${LOCAL}`, `pip tool 2.0 true ${LOCAL}`]);
    expect(['/usr/local/bin/tool', `${LOCAL}/tool/a.py`, `${LOCAL}/tool/size.py`, `${LOCAL}/none.py`, '/usr/local/bin/none'].map(result.words1)).toEqual(['pip tool 2.0 intact', 'pip tool 2.0 intact', 'pip tool 2.0 changed', undefined, undefined]);
    box.put({ '/usr/local/bin/tool': '#!/usr/bin/python2\n' });
    expect(read(box).lookup('/usr/local/bin/tool')).toEqual({ channel: 'pip', name: 'tool', version: '2.0', record: `${LOCAL}/tool-2.0.dist-info/RECORD`, intact: false });
    expect(result.coverage.map(({ status }) => status)).toEqual(['complete', 'complete']);
  });

  it('finds environments that unowned files lie in, wherever they are', () => {
    const entries = { '/srv/app/env3/pyvenv.cfg': 'home = /usr/bin\n', ...wheel('/srv/app/env3/lib/python3.11/site-packages', 'tool', '2.0', { '../../../bin/tool': 'x' }), ...wheel('/data/libs/site-packages', 'flat', '1', { 'flat.so': 'x' }) };
    expect(read(sandbox(entries)).words).toEqual([]);
    const result = read(sandbox(entries), ['/srv/app/env3/bin/tool', '/data/libs/site-packages/flat.so', '/usr/bin/x', '/']);
    expect(result.words).toEqual(['pip flat 1 - /data/libs/site-packages', 'pip tool 2.0 - /srv/app/env3']);
    expect(result.words1('/srv/app/env3/bin/tool')).toBe('pip tool 2.0 intact');
  });

  it('counts an application of pipx as asked for, and what belongs to conda as its own', () => {
    const site = '/home/al/.local/share/pipx/venvs/black/lib/python3.11/site-packages';
    const result = read(sandbox({
      ...wheel(site, 'black', '24.1', {}), ...wheel(site, 'click', '8', {}), ...wheel(site, 'Extra.Lib', '1', {}), ...wheel(site, 'pip', '23', {}, { REQUESTED: '' }),
      '/home/al/.local/share/pipx/venvs/black/pipx_metadata.json': '{"main_package":{"package":"black"},"injected_packages":{"extra-lib":{}}}',
      ...wheel('/opt/conda/lib/python3.11/site-packages', 'numpy', '1.26', {}), '/opt/conda/lib/python3.11/site-packages/numpy-1.26.dist-info/INSTALLER': 'conda\n',
      '/opt/conda/conda-meta/numpy-1.26-py311_0.json': '{}',
    }));
    const prefix = '/home/al/.local/share/pipx/venvs/black';
    expect(result.words).toEqual(['conda numpy 1.26 - /opt/conda', `pipx Extra.Lib 1 true ${prefix}`, `pipx black 24.1 true ${prefix}`, `pipx click 8 false ${prefix}`, `pipx pip 23 false ${prefix}`]);
  });

  it('keeps calm about records that lead elsewhere or are none', () => {
    const box = sandbox({
      [`${LOCAL}/evil-1.dist-info/METADATA`]: 'Name: evil\nVersion: 1\x1b[31m\n', [`${LOCAL}/evil-1.dist-info/RECORD`]: '/usr/bin/passwd,,\n../../../../../etc/cron.d/x,,\n../../../../bin/ls,,\n../../../bin/evil,,\n',
      [`${LOCAL}/noname-x.dist-info/METADATA`]: '\0\0\0', [`${LOCAL}/dangling-1.dist-info`]: { link: '/etc' }, '/etc/METADATA': 'Name: link\nVersion: 1\n', [`${LOCAL}/left-1.dist-info/RECORD`]: 'x,,\n', [`${LOCAL}/fifo-1.dist-info/METADATA`]: { link: '/dev/zero' },
      [`${LOCAL}/big-1.dist-info/METADATA`]: `Name: big\nVersion: 1\n${'x'.repeat(1_000_000)}`,
      '/usr/bin/passwd': 'x', '/etc/cron.d/x': 'x', '/usr/local/bin/evil': 'x',
    });
    const result = read(box);
    expect(result.words).toEqual([`pip big 1 - ${LOCAL}`, `pip evil 1?[31m - ${LOCAL}`, `pip noname x - ${LOCAL}`]);
    expect(['/usr/bin/passwd', '/etc/cron.d/x', '/usr/bin/ls', '/usr/local/bin/evil'].map(result.words1)).toEqual([undefined, undefined, undefined, 'pip evil 1?[31m']);
  });
});

describe('npm', () => {
  it('lists global trees, and names the package that somebody installed', () => {
    const tree = '/usr/local/lib/node_modules';
    const nvm = '/home/al/.nvm/versions/node/v22.1.0';
    const yarn = '/root/.config/yarn/global';
    const result = read(sandbox({
      [`${tree}/@s/cli/package.json`]: '{"name":"@s/cli","version":"2.0.0"}', [`${tree}/@s/cli/bin/cli.js`]: 'x', [`${tree}/@s/cli/node_modules/dep/package.json`]: '{"name":"dep","version":"9.0.0"}', [`${tree}/@s/cli/node_modules/dep/x.js`]: 'x',
      '/usr/local/bin/cli': { link: '../lib/node_modules/@s/cli/bin/cli.js' }, [`${tree}/npm/package.json`]: '{"name":"npm","version":"10.0.0"}', [`${tree}/.bin/x`]: 'x', [`${tree}/bad/package.json`]: '[', [`${tree}/nameless/package.json`]: '{"version":1}',
      '/srv/linked/package.json': '{"name":"linked","version":"0.0.1"}', '/srv/linked/bin/l.js': 'x', [`${tree}/linked`]: { link: '/srv/linked' }, [`${tree}/out`]: { link: '../../../../../../../../../../etc' },
      [`${nvm}/lib/node_modules/pm2/package.json`]: '{"name":"pm2","version":"5.3.0"}', [`${yarn}/package.json`]: '{"dependencies":{"serve":"^1"}}',
      [`${yarn}/node_modules/serve/package.json`]: '{"name":"serve","version":"1.0.0"}', [`${yarn}/node_modules/ajv/package.json`]: '{"name":"ajv","version":"8.0.0"}',
      '/srv/app/node_modules/local/package.json': '{"name":"local","version":"1.1.1"}', '/srv/app/node_modules/local/x.js': 'x',
    }));
    expect(result.words).toEqual(['npm @s/cli 2.0.0 true /usr/local', `npm ajv 8.0.0 false ${yarn}`, 'npm linked 0.0.1 true /usr/local', 'npm npm 10.0.0 false /usr/local', `npm pm2 5.3.0 true ${nvm}`, `npm serve 1.0.0 true ${yarn}`]);
    expect(['/usr/local/bin/cli', `${tree}/@s/cli/node_modules/dep/x.js`, '/srv/linked/bin/l.js', '/srv/app/node_modules/local/x.js', '/srv/app/x.js'].map(result.words1)).toEqual(['npm @s/cli 2.0.0', 'npm @s/cli 2.0.0', 'npm linked 0.0.1', 'npm local 1.1.1', undefined]);
    expect(result.coverage[1]!.skipped.map(({ what }) => what)).toEqual([`${tree}/bad/package.json`, `${tree}/nameless/package.json`]);
  });
});

describe('gem, cargo, conda, composer', () => {
  it('gem: specifications are read and not run', () => {
    const home = '/var/lib/gems/3.1.0';
    const result = read(sandbox({
      [`${home}/specifications/stray-0.1.gemspec`]: '# stub: stray 0.1 ruby lib\n', [`${home}/specifications/stray-0.2.gemspec`]: 'system("touch /pwned")\n', [`${home}/specifications/default/json-2.gemspec`]: 'x',
      [`${home}/gems/stray-0.1/bin/stray`]: '#!/usr/bin/env ruby\n', '/usr/local/bin/stray': "#!/usr/bin/ruby3.1\nload Gem.activate_bin_path('stray', 'stray', version)\n", '/usr/local/bin/other': '#!/usr/bin/ruby3.1\n',
      '/home/al/.gem/ruby/3.1.0/specifications/stray-0.1.gemspec': '# stub: stray 0.1 ruby lib\n', '/home/al/.gem/ruby/3.1.0/bin/stray': "#!/usr/bin/ruby3.1\nload Gem.bin_path('stray', 'stray', version)\n",
    }));
    expect(result.words).toEqual(['gem stray 0.1 - /home/al/.gem/ruby/3.1.0', `gem stray 0.1 - ${home}`, `gem stray 0.2 - ${home}`]);
    expect([`${home}/gems/stray-0.1/bin/stray`, '/usr/local/bin/stray', '/usr/local/bin/other'].map(result.words1)).toEqual(['gem stray 0.1', 'gem stray 0.2', undefined]);
    expect(result.lookup('/home/al/.gem/ruby/3.1.0/bin/stray')!.record).toBe('/home/al/.gem/ruby/3.1.0/specifications/stray-0.1.gemspec');
  });

  it('cargo: both forms of its record', () => {
    const result = read(sandbox({
      '/root/.cargo/.crates2.json': '{"installs":{"ripgrep 13.0.0 (registry+https://example.org)":{"bins":["rg"]},"bad":{}}}', '/root/.cargo/.crates.toml': '[v1]\n"stale 1.0.0 (x)" = ["stale"]\n', '/root/.cargo/bin/rg': 'x', '/root/.cargo/bin/rustup': 'x',
      '/usr/local/.crates.toml': '[v1]\n"bat 0.24.0 (registry+x)" = [\n    "bat",\n    "../../../etc/passwd",\n]\n', '/usr/local/bin/bat': 'x', '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
    }));
    expect(result.words).toEqual(['cargo bat 0.24.0 true /usr/local', 'cargo ripgrep 13.0.0 true /root/.cargo']);
    expect(['/root/.cargo/bin/rg', '/root/.cargo/bin/rustup', '/usr/local/bin/bat', '/etc/passwd'].map(result.words1)).toEqual(['cargo ripgrep 13.0.0', undefined, 'cargo bat 0.24.0', undefined]);
  });

  it('conda: packages, what was asked for, digests of files', () => {
    const hex = createHash('sha256').update('lib').digest('hex');
    const result = read(sandbox({
      '/opt/conda/conda-meta/history': "==> 2026-01-01 <==\n# update specs: ['numpy=1', \"conda-forge::scipy >=1\", 'gone']\n# remove specs: ['gone']\n",
      '/opt/conda/conda-meta/numpy-1.26.0-py311_0.json': JSON.stringify({ files: ['lib/a.so', '../../etc/passwd'], paths_data: { paths: [{ _path: 'lib/a.so', sha256: hex, size_in_bytes: 3 }, { _path: 'bin/f2py', sha256: '0'.repeat(64), sha256_in_prefix: hex, size_in_bytes: 99 }] } }),
      '/opt/conda/conda-meta/zlib-1.2-h1_1.json': '{', '/opt/conda/lib/a.so': 'lib', '/opt/conda/bin/f2py': 'lib', '/opt/conda/bin/none': 'x',
      '/data/env/conda-meta/scipy-1.0-0.json': '{"files":["bin/s"]}', '/data/env/bin/s': 'x',
    }), ['/data/env/bin/s']);
    expect(result.words).toEqual(['conda numpy 1.26.0 true /opt/conda', 'conda scipy 1.0 - /data/env', 'conda zlib 1.2 false /opt/conda']);
    expect(['/opt/conda/lib/a.so', '/opt/conda/bin/f2py', '/opt/conda/bin/none', '/data/env/bin/s', '/etc/passwd'].map(result.words1)).toEqual(['conda numpy 1.26.0 intact', 'conda numpy 1.26.0 intact', undefined, 'conda scipy 1.0', undefined]);
  });

  it('composer: what is installed globally', () => {
    const result = read(sandbox({
      '/root/.config/composer/composer.json': '{"require":{"laravel/installer":"^5"}}', '/root/.config/composer/vendor/composer/installed.json': '{"packages":[{"name":"laravel/installer","version":"v5.1.0"},{"name":"symfony/console","version":"v6.0.3"},{"name":3}]}',
      '/root/.config/composer/vendor/laravel/installer/bin/laravel': 'x', '/root/.config/composer/vendor/bin/laravel': { link: '../laravel/installer/bin/laravel' },
    }));
    expect(result.words).toEqual(['composer laravel/installer 5.1.0 true /root/.config/composer', 'composer symfony/console 6.0.3 false /root/.config/composer']);
    expect(result.words1('/root/.config/composer/vendor/bin/laravel')).toBe('composer laravel/installer 5.1.0');
  });
});

describe('applications', () => {
  it('snap and flatpak: what is installed, with the version that the application says', () => {
    const result = read(sandbox({
      '/var/lib/snapd/state.json': '{"data":{"snaps":{"core22":{"current":"100"},"hello":{"current":"29"},"../x":{"current":"1"}}}}', '/snap/hello/29/meta/snap.yaml': "name: hello\nversion: '2.10'\n", '/snap/hello/29/bin/hello': 'x',
      '/var/lib/flatpak/app/org.example.App/x86_64/stable/abc/files/share/metainfo/org.example.App.metainfo.xml': '<component><releases><release date="2026-01-01" version="3.2"/><release version="3.1"/></releases></component>',
      '/var/lib/flatpak/app/org.example.App/x86_64/stable/active': { link: 'abc' }, '/var/lib/flatpak/app/org.example.App/current': { link: 'x86_64/stable' }, '/var/lib/flatpak/app/org.example.App/x86_64/stable/abc/files/bin/app': 'x',
      '/home/al/.local/share/flatpak/app/org.example.None/current': { link: 'x86_64/beta' }, '/home/al/.local/share/flatpak/app/org.example.None/x86_64/beta/x': '',
    }));
    expect(result.words).toEqual(['flatpak org.example.App 3.2 true /var/lib/flatpak', 'flatpak org.example.None beta true /home/al/.local/share/flatpak', 'snap core22 revision 100 false /snap/core22', 'snap hello 2.10 true /snap/hello']);
    expect(['/snap/hello/29/bin/hello', '/var/lib/flatpak/app/org.example.App/x86_64/stable/abc/files/bin/app'].map(result.words1)).toEqual(['snap hello 2.10', 'flatpak org.example.App 3.2']);
  });
});

describe('homes', () => {
  it('are those of accounts and those that lie in /home, each once', () => {
    const result = read(sandbox({
      '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nci:x:100:100::/var/lib/ci:/bin/sh\nal:x:1000:1000::/home/al:/bin/sh\nbad:x:1:1::relative:/bin/sh\ntop:x:2:2::/:/bin/sh\n',
      '/var/lib/ci/.cargo/.crates.toml': '"a 1.0.0 (x)" = []\n', '/home/al/.cargo/.crates.toml': '"b 1.0.0 (x)" = []\n', '/srv/homes/bo/.cargo/.crates.toml': '"c 1.0.0 (x)" = []\n', '/home/bo': { link: '/srv/homes/bo' },
    }));
    expect(result.words).toEqual(['cargo a 1.0.0 true /var/lib/ci/.cargo', 'cargo b 1.0.0 true /home/al/.cargo', 'cargo c 1.0.0 true /srv/homes/bo/.cargo']);
  });
});

describe.skipIf(!needs('npm install -g of a local package', 'npm'))('a real npm install', () => {
  it('is found', () => {
    const box = sandbox({ '/usr/local/': '' });
    const source = temporaryDirectory();
    mkdirSync(`${source}/bin`);
    writeFileSync(`${source}/package.json`, '{"name":"@acme/cli","version":"3.1.4","bin":{"acme":"bin/acme.js"}}');
    writeFileSync(`${source}/bin/acme.js`, '#!/usr/bin/env node\n', { mode: 0o755 });
    const env = { ...process.env, npm_config_cache: temporaryDirectory(), npm_config_update_notifier: 'false' };
    execFileSync('npm', ['pack', '--silent', '--offline'], { cwd: source, env });
    execFileSync('npm', ['install', '-g', '--silent', '--offline', '--prefix', `${box.root}/usr/local`, `${source}/acme-cli-3.1.4.tgz`], { cwd: source, env });
    const result = read(box);
    expect(result.words).toEqual(['npm @acme/cli 3.1.4 true /usr/local']);
    expect(result.words1('/usr/local/bin/acme')).toBe('npm @acme/cli 3.1.4');
  });
});

describe('names that are no ASCII', () => {
  it('stay bytes in paths', () => {
    const path = fromText(`${LOCAL}/pkg/naïve.py`);
    const box = sandbox({ [`${LOCAL}/pkg-1.dist-info/METADATA`]: 'Name: pkg\nVersion: 1\n', [`${LOCAL}/pkg-1.dist-info/RECORD`]: `pkg/naïve.py,sha256=${sha('x')},1\n`, [path]: 'x' });
    expect(read(box).words1(path)).toBe('pip pkg 1 intact');
  });
});
