// Records of other channels give words, with the outcome of their hashes.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { channelHints } from '../../src/sweep/hints.ts';
import { bareFacts, sandbox } from './sandbox.ts';

const SITE = '/usr/local/lib/python3.11/dist-packages';
const script = '#!/usr/bin/python3\nmain()\n';
const hash = createHash('sha256').update(script).digest('base64url');
const box = sandbox({
  '/usr/local/bin/tool': { content: script, mode: 0o755 }, '/usr/local/bin/changed': { content: `${script}evil()\n`, mode: 0o755 }, '/usr/local/bin/plain': script, '/usr/local/bin/none': script,
  [`${SITE}/tool-9.1.dist-info/RECORD`]: `tool/a.py,,\n../../../bin/tool,sha256=${hash},27\n../../../bin/changed,sha256=${hash},27\n"../../../bin/plain",,\n`,
  [`${SITE}/tool-9.1.dist-info/INSTALLER`]: 'pip\x1b[31m\n', [`${SITE}/tool/a.so`]: 'x', [`${SITE}/tool/a.py`]: 'x', [`${SITE}/broken-1.dist-info/RECORD`]: '"unclosed\n,,\n',
  '/usr/local/lib/node_modules/@s/cli/package.json': '{"name":"@s/cli","version":"2.0.0"}', '/usr/local/lib/node_modules/@s/cli/bin/x.js': '#!/usr/bin/env node\n', '/usr/local/bin/cli': { link: '../lib/node_modules/@s/cli/bin/x.js' },
  '/usr/local/lib/node_modules/bad/package.json': '[]', '/usr/local/lib/node_modules/bad/x.js': '#!/usr/bin/env node\n',
  '/var/lib/gems/3.1.0/specifications/stray-0.1.gemspec': 'x', '/var/lib/gems/3.1.0/gems/stray-0.1/bin/stray': '#!/usr/bin/env ruby\n', '/var/lib/gems/3.1.0/gems/other-0.1/bin/x': '#!/usr/bin/env ruby\n',
  '/usr/local/bin/stray': "#!/usr/bin/ruby3.1\nload Gem.activate_bin_path('stray', 'stray', version)\n",
});
const rules = channelHints(box.host);

function words(path: string, interpreter?: string): string | undefined {
  const facts = { ...bareFacts(box.host, path), ...(interpreter === undefined ? {} : { code: 'script' as const, interpreter }) };
  return rules.map((rule) => rule.hint(facts)).filter((hint) => hint !== undefined).map((hint) => `${hint.source}: ${hint.detail}`).join('; ') || undefined;
}

describe('channelHints', () => {
  it('names the distribution, its installer and whether the hash holds', () => {
    expect(words('/usr/local/bin/tool')).toBe('pip: console script of tool 9.1 (INSTALLER pip?[31m), as recorded');
    expect(words('/usr/local/bin/changed')).toBe('pip: console script of tool 9.1 (INSTALLER pip?[31m), but its content differs from RECORD');
    expect(words('/usr/local/bin/plain')).toBe('pip: console script of tool 9.1 (INSTALLER pip?[31m), no hash recorded');
    expect(words(`${SITE}/tool/a.py`)).toBe('pip: file of tool 9.1 (INSTALLER pip?[31m), no hash recorded');
  });

  it('says nothing of files that no record names', () => {
    expect(words('/usr/local/bin/none')).toBeUndefined();
    expect(words(`${SITE}/tool/a.so`)).toBeUndefined();
    expect(words('/usr/local/lib/node_modules/bad/x.js')).toBeUndefined();
    expect(words('/var/lib/gems/3.1.0/gems/other-0.1/bin/x', '/usr/bin/env ruby')).toBeUndefined();
  });

  it('knows npm packages, through links as well, and gems', () => {
    expect(words('/usr/local/bin/cli')).toBe('npm: of npm package @s/cli 2.0.0');
    expect(words('/var/lib/gems/3.1.0/gems/stray-0.1/bin/stray')).toBe('gem: of gem stray 0.1');
    expect(words('/usr/local/bin/stray', '/usr/bin/ruby3.1')).toBe('gem: program of gem stray');
  });

  it('never marks a hint strong: a record that anybody can write proves nothing', () => {
    expect(rules.map((rule) => rule.hint(bareFacts(box.host, '/usr/local/bin/tool'))?.strong)).toEqual([undefined, undefined, undefined]);
  });
});
