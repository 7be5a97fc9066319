// Reads nothing: command lines as people and init systems write them.
import { expect, it } from 'vitest';
import { scriptArgument } from '../../../src/runtime/processes/interpreters.ts';

it.each([
  ['python3.11', 'python3 /usr/bin/app --port 80', '/usr/bin/app'],
  ['python3.11', 'python3 -W ignore -Xdev -u app.py', 'app.py'],
  ['python3', '/usr/bin/python3 -Es /usr/sbin/tool', '/usr/sbin/tool'],
  ['python3.13', 'python3 -c print(1) x.py', undefined],
  ['python3.13', 'python3 -Im http.server', 'http/server.py'],
  ['python3.13', 'python3 -uimapp x', 'app.py'],
  ['python3.13', 'python3 -m ../x', undefined],
  ['python3.13', 'python3 - x', undefined],
  ['python3.13', 'python3', undefined],
  ['perl', 'perl -w /usr/bin/tool', '/usr/bin/tool'],
  ['perl5.36-x86_64-linux-gnu', 'perl -I lib -Mstrict -T x.pl y', 'x.pl'],
  ['perl', 'perl -lne print file', undefined],
  ['perl', 'perl -0777 -pi.bak x.pl', 'x.pl'],
  ['ruby3.1', 'ruby -r json -Ilib x.rb', 'x.rb'],
  ['node', 'node --max-old-space-size=4096 --require ./hook.js server.js', 'server.js'],
  ['node', 'node -pe 1+1 x.js', undefined],
  ['nodejs', 'node inspect x.js', 'x.js'],
  ['php8.2', 'php -d a=b -f /srv/x.php', '/srv/x.php'],
  ['php8.2', 'php -S 0.0.0.0:80 -t /srv router.php', 'router.php'],
  ['php8.2', 'php -r echo(1);', undefined],
  ['java', 'java -Xmx1g -cp /a:/b -jar /opt/app.jar --x', '/opt/app.jar'],
  ['java', 'java -cp /opt/conf:/opt/lib/boot.jar org.example.Main', '/opt/lib/boot.jar'],
  ['java', 'java -cp /opt/conf org.example.Main', undefined],
  ['java', 'java --source 21 Main.java', 'Main.java'],
  ['bash', 'bash -eu -o pipefail /opt/run.sh', '/opt/run.sh'],
  ['bash', 'bash -xeo pipefail +O extglob run.sh', 'run.sh'],
  ['bash', '-bash', undefined],
  ['bash', 'bash -lc /opt/run.sh', undefined],
  ['dash', '/bin/sh -e /etc/init.d/x start', '/etc/init.d/x'],
  ['dash', 'sh -- run.sh', 'run.sh'],
  ['busybox', 'busybox sh /x.sh', '/x.sh'],
  ['busybox', 'sh /x.sh', '/x.sh'],
  ['busybox', 'httpd -f -h /srv', undefined],
  ['gawk', 'awk -F : -f /x.awk', '/x.awk'],
  ['gawk', 'awk {print} /etc/passwd', undefined],
  ['ld-linux-x86-64.so.2', '/lib64/ld-linux-x86-64.so.2 --library-path /x /tmp/evil arg', '/tmp/evil'],
  ['ld-2.31.so', 'ld.so /tmp/evil', '/tmp/evil'],
  ['qemu-aarch64-static', '/usr/bin/qemu-aarch64-static /opt/arm/prog', '/opt/arm/prog'],
  ['qemu-system-x86_64', 'qemu-system-x86_64 disk.img', undefined],
  ['dotnet', 'dotnet exec app.dll', 'app.dll'],
  ['deno', 'deno run -c x.json main.ts', 'main.ts'],
  ['nginx', 'python3 x.py', undefined],
  ['evil', 'bash x.sh', undefined],
])('%s: %s', (program, line, expected) => {
  expect(scriptArgument(program, line.split(' '))?.candidates[0]).toBe(expected);
});

it.each([
  ['python3', 'python3 - x', 0], ['python3', 'python3', 0], ['dash', 'sh', 0], ['dash', 'sh -s x', 0], ['bash', '-bash', 0], ['perl', 'perl -w', 0], ['node', 'node -', 0], ['bash', 'bash /dev/fd/63', 63], ['dash', 'sh /dev/stdin', 0],
  ['python3', 'python3 /proc/self/fd/3', 3], ['bash', 'bash x.sh', 255], ['dash', 'sh x.sh', 10], ['python3', 'python3 -c x', undefined], ['bash', 'bash -c x', undefined], ['gawk', 'awk', undefined], ['ld.so', 'ld.so', undefined], ['python3', 'python3 x.py', undefined],
])('%s: %s is open as %s', (program, line, descriptor) => {
  expect(scriptArgument(program, line.split(' '))?.descriptor).toBe(descriptor);
});

it('tries what the interpreters themselves append', () => {
  expect(scriptArgument('node', ['node', 'app'])?.candidates).toContain('app/index.js');
  expect(scriptArgument('python3', ['python3', 'app'])?.candidates).toContain('app/__main__.py');
});

it('bears hostile arguments', () => {
  expect(scriptArgument('busybox', ['busybox', 'busybox', 'sh'])).toBeUndefined();
  expect(scriptArgument('python3', [])).toEqual({ candidates: [], descriptor: 0 });
  expect(scriptArgument('python3', ['python3', '-m'])).toBeUndefined();
  expect(scriptArgument('bash', ['bash', '--'])?.candidates[0]).toBeUndefined();
  expect(scriptArgument('java', ['java', '-jar'])).toBeUndefined();
  expect(scriptArgument(`python${'3'.repeat(100_000)}x`, ['a', 'b'])).toBeUndefined();
});
