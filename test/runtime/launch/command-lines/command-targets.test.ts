// What command lines would run, through wrappers, shells and interpreters.
import { beforeAll, describe, expect, it } from 'vitest';
import { readAccounts } from '../../../../src/host/accounts.ts';
import { argumentTargets, shellTargets, variableTargets, type CommandPlace } from '../../../../src/runtime/launch/command-lines/command-targets.ts';
import { LaunchContext } from '../../../../src/runtime/launch/launch-context.ts';
import type { Sandbox } from '../../../sweep/sandbox.ts';
import { hostWith } from '../launched.ts';
import { processorMs } from '../../../support/processor-time.ts';

const PLACE: CommandPlace = { via: 'x', search: '/usr/sbin:/usr/bin', directory: '/srv' };
const PROGRAMS = ['env', 'nice', 'ionice', 'timeout', 'flock', 'nohup', 'sudo', 'su', 'runuser', 'bash', 'python3', 'perl', 'node', 'java', 'run-parts', 'find', 'xargs', 'start-stop-daemon', 'busybox', 'setsid', 'ip', 'systemd-run', 'chroot', 'script', 'awk'];

let box: Sandbox;
let context: LaunchContext;
beforeAll(() => {
  box = hostWith({
    ...Object.fromEntries(PROGRAMS.map((name) => [`/usr/bin/${name}`, { content: '', mode: 0o755 }])),
    '/srv/app.py': '', '/srv/x.jar': '', '/opt/a': { content: '', mode: 0o755 }, '/opt/b': '', '/opt/jobs/one': { content: '', mode: 0o755 }, '/opt/jobs/two': { content: '', mode: 0o755 }, '/opt/jobs/data.txt': '', '/opt/jobs/plain': '',
    '/etc/cron.daily/x': { content: '', mode: 0o755 },
  });
  context = new LaunchContext(box.host, readAccounts(box.host));
});

/** Without the wrappers themselves. */
function run(text: string): readonly string[] {
  return shellTargets(context, text, PLACE).map(({ path }) => path).filter((path) => !path.startsWith('/usr/bin/'));
}

describe('shellTargets', () => {
  it.each<[string, readonly string[]]>([
    ['nice -n 10 ionice -c3 /opt/a x', ['/opt/a']], ['nice -10 /opt/a', ['/opt/a']], ['timeout -k 5 --signal=KILL 10m /opt/a', ['/opt/a']], ['flock -n /run/l /opt/a', ['/opt/a']],
    ["flock -w 5 /run/l -c '/opt/a; /opt/b'", ['/opt/a', '/opt/b']], ["sudo -u www -n -- /opt/a", ['/opt/a']], ['sudo -u www X=1 /opt/a', ['/opt/a']], ["su - alice -s /bin/bash -c '/opt/a arg'", ['/opt/a']],
    ["su -c '/opt/a' alice", ['/opt/a']], ['runuser -u alice -- /opt/a', ['/opt/a']], ["runuser -l alice -c '/opt/a'", ['/opt/a']], ["bash -lc 'cd /opt && ./a'", ['/opt/a']], ["sh -ec '/opt/a' name", ['/opt/a']],
    ['bash -x -o pipefail /opt/b', ['/opt/b']], ['env -i PATH=/x FOO=1 /opt/a', ['/opt/a']], ["env -S '/opt/a -v'", ['/opt/a']], ['nohup setsid /opt/a &', ['/opt/a']], ['python3 -u app.py', ['/srv/app.py']],
    ['python3 -m http.server', []], ["python3 -c 'import x' /opt/b", []], ['python3 -W ignore /opt/b', ['/opt/b']], ['perl -w -I /lib /opt/b', ['/opt/b']], ["perl -e 'x' /opt/b", []],
    ['java -Xmx1g -cp /x/y -jar x.jar', ['/srv/x.jar']], ['java -cp /x Main', []], ['node --require /opt/b /opt/a', ['/opt/b', '/opt/a']], ['run-parts --report /opt/jobs', ['/opt/jobs/one', '/opt/jobs/two']],
    ['run-parts /etc/cron.daily', []], ["find /x -name '*.y' -exec /opt/a {} \\; -exec /opt/b {} +", ['/opt/a', '/opt/b']], ['echo x | xargs -n 1 -I {} /opt/a {}', ['/opt/a']],
    ['start-stop-daemon --start --quiet --exec /opt/a -- -x', ['/opt/a']], ['start-stop-daemon -S --startas=/opt/b', ['/opt/b']], ['start-stop-daemon --stop --exec /opt/a', []], ["busybox sh -c '/opt/a'", ['/opt/a']],
    ['busybox nohup /opt/a', ['/opt/a']], ['ip netns exec blue /opt/a', ['/opt/a']], ['systemd-run --unit x --property=Y=1 /opt/a', ['/opt/a']], ["script -qec '/opt/a' /dev/null", ['/opt/a']],
    ['exec /opt/a', ['/opt/a']], ['command -v /opt/a', []], ['eval "/opt/a x"', ['/opt/a']], ["trap '/opt/a' EXIT", ['/opt/a']], ["alias ls='/opt/a -l'", ['/opt/a']], ['. /opt/b', ['/opt/b']],
    ['[ -x /opt/a ] || exit 0; /opt/b', ['/opt/b']], ['sh <<X\n/opt/a\nX', ['/opt/a']], ['${SHELL:-/bin/sh} <<X\n/opt/a\nX', ['/opt/a']], ['LD_PRELOAD=/opt/b:/opt/a ls', ['/opt/b', '/opt/a']],
    ['cat() { :; }; cat /opt/a', []], ['/opt /opt/a', []], ['PATH=/opt; a', ['/opt/a']], ['./app.py', ['/srv/app.py']], ['awk -f /opt/b', []], ['chroot /jail /opt/a', ['/opt/a']],
    ['bash --rcfile /opt/b', ['/opt/b']], ["PROMPT_COMMAND='sh /opt/a'", ['/opt/a']], ['export LESSOPEN="||/opt/b %s" NODE_OPTIONS="-r /opt/a"', ['/opt/b', '/opt/a']], ['sudo sudo sudo nice sh -c "sudo sh -c /opt/a"', ['/opt/a']],
  ])('%s', (text, expected) => {
    expect(run(text)).toEqual(expected);
  });

  it('says what is not there, and as it is written', () => {
    expect(shellTargets(context, '/opt/../opt/gone x', PLACE)).toEqual([{ path: '/opt/gone', written: '/opt/../opt/gone', via: 'x', exists: false }]);
    expect(shellTargets(context, 'cat x', PLACE)).toEqual([{ path: '/usr/bin/cat', written: 'cat', via: 'x', exists: true }]);
    expect(shellTargets(context, 'no-such-program', PLACE)).toEqual([]);
  });

  it('leaves bare names of start files out', () => {
    expect(shellTargets(context, 'cat /x; /opt/a', { ...PLACE, pathsOnly: true }).map(({ path }) => path)).toEqual(['/opt/a']);
  });

  it('stays within another root directory', () => {
    expect(argumentTargets(context, [{ text: '/opt/a', known: true }], { ...PLACE, root: '/jail' })).toEqual([{ path: '/jail/opt/a', written: '/opt/a', via: 'x', exists: false }]);
  });

  it.each([
    ['wrappers', 'sudo '.repeat(200_000)], ['shells in shells', `sh -c '${'sh -c "'.repeat(50_000)}'`], ['finds', `find / ${'-exec a '.repeat(100_000)}`], ['options', `nice ${'-x '.repeat(300_000)}`],
    ['evals', 'eval eval '.repeat(100_000)], ['prompts', `${'PROMPT_COMMAND='.repeat(60_000)}/opt/a`], ['options of interpreters', `NODE_OPTIONS='${'-r '.repeat(300_000)}' ls`], ['programs', '/opt/a;'.repeat(150_000)], ['names', Array.from({ length: 60_000 }, (_, at) => `p${at};`).join('')],
  ])('takes no long time for many %s', (_, text) => {
    const began = processorMs();
    shellTargets(context, text, PLACE);
    expect(processorMs() - began).toBeLessThan(30_000);
  });
});

describe('variableTargets', () => {
  it('tells files and directories of variables that load code', () => {
    const paths = (name: string, value: string): readonly string[] => variableTargets(context, name, value).map((target) => `${target.path}${target.directory === true ? '/' : ''}`);
    expect(paths('LD_PRELOAD', '/opt/a /opt/b:libc.so')).toEqual(['/opt/a', '/opt/b']);
    expect(paths('LD_LIBRARY_PATH', '/opt::/srv')).toEqual(['/opt/', '/srv/']);
    expect(paths('PATH', '/opt')).toEqual([]);
    expect(paths('PROMPT_COMMAND', 'history -a; . /opt/a')).toEqual(['/opt/a']);
    expect(paths('PAGER', '/opt/b -R')).toEqual(['/opt/b']);
    for (const options of ['-javaagent:/opt/a=x', '-Xmx1g -agentpath:/opt/a', '--require=/opt/a', '-w -r/opt/a', '--import "/opt/a"']) expect(paths('NODE_OPTIONS', options)).toEqual(['/opt/a']);
    expect(paths('JAVA_TOOL_OPTIONS', '-Xloggc:/opt/a -Djava.io.tmpdir=/opt/b --log=/opt/a')).toEqual([]);
    expect(paths('constructor', '/opt')).toEqual([]);
  });
});
