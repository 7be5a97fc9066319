import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../src/model/channel.ts';
import { channelNotes } from '../../src/rebuild/channel-notes.ts';

describe('software of other channels', () => {
  it('has a command of its own in every channel, with its version', () => {
    const lines = channelNotes(CHANNELS.map((channel) => ({ channel, name: 'example.org/tool', version: '1.2.3' })));
    expect(lines).toEqual([
      'python3 -m pip install --no-deps example.org/tool==1.2.3', 'npm install --global example.org/tool@1.2.3', 'gem install --ignore-dependencies example.org/tool --version 1.2.3',
      'cargo install --locked example.org/tool --version 1.2.3', 'pipx install example.org/tool==1.2.3', 'conda install --no-deps example.org/tool=1.2.3', 'go install example.org/tool@v1.2.3',
      'composer global require --no-update example.org/tool:1.2.3', 'snap install example.org/tool', 'flatpak install --assumeyes example.org/tool',
    ]);
  });

  it('says where it was, and what a manifest asks of it', () => {
    const placed = ([channel, name, path]: readonly [string, string, string]): string => channelNotes([{ channel, name, version: '9.1', path }])[0]!;
    expect(([
      ['pip', 'ansible', '/opt/venv'], ['pip', 'ansible', '/usr/local/lib/python3.11/dist-packages'], ['pip', 'ansible', '/usr/local/lib/python3.9/site-packages'], ['pip', 'ansible', '/home/alice/.local/lib/python3.9/site-packages'],
      ['npm', 'pm2', '/usr/local'], ['gem', 'rake', '/var/lib/gems/3.1.0'], ['gem', 'rake', '/home/alice/.gem/ruby/3.1.0'],
    ] as const).map(placed)).toEqual([
      '/opt/venv/bin/python3 -m pip install --no-deps ansible==9.1   # in /opt/venv',
      'python3 -m pip install --break-system-packages --no-deps ansible==9.1   # in /usr/local/lib/python3.11/dist-packages',
      'python3 -m pip install --no-deps ansible==9.1   # in /usr/local/lib/python3.9/site-packages',
      'python3 -m pip install --user --no-deps ansible==9.1   # in /home/alice/.local/lib/python3.9/site-packages',
      'npm install --global --prefix /usr/local pm2@9.1   # in /usr/local', 'gem install --ignore-dependencies rake --version 9.1   # in /var/lib/gems/3.1.0',
      'gem install --ignore-dependencies --install-dir /home/alice/.gem/ruby/3.1.0 rake --version 9.1   # in /home/alice/.gem/ruby/3.1.0',
    ]);
    expect(channelNotes([{ channel: 'npm', name: '@scope/pm2', constraint: '^5' }])).toEqual(['npm install --global @scope/pm2   # ^5']);
    expect(channelNotes([{ channel: 'go', name: 'example.org/x', version: '(devel)' }])).toEqual(['go install example.org/x@latest']);
  });

  it('is one line that obeys nobody, whatever its names hold', () => {
    const [line] = channelNotes([{ channel: 'npm', name: "x'; rm -rf / #", version: '1\nrm', path: '/srv/\x1b]0;' }]);
    expect(line).toBe("npm install --global --prefix '/srv/\\x1b]0;' 'x'\\\\''; rm -rf / #@1\\nrm'   # in /srv/\\x1b]0;");
  });
});
