// What drift says after a transaction: the script on its own, and dnf's plugin as it reads drift's line.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutDirectory } from '../support/build-cache.ts';
import { needs } from '../support/requirements.ts';
import { rpmHost, RPM_HOST_NEEDS } from '../support/rpm-host.ts';
import { rpmOn, writeRpmHome } from '../support/rpm-build.ts';
import { run } from '../support/run-command.ts';
import { workDirectory, workingCopy } from '../support/working-copy.ts';

const PLUGIN = '/usr/lib/python3/dist-packages/dnf-plugins/post-transaction-actions.py';
const HOOKS = join(checkoutDirectory(), 'packaging/files/hooks');

/** With another drift, which says `output` and ends with `code`. */
function after(output: string, code: number, baseline = '/nonexistent'): string {
  const directory = workDirectory('hook');
  writeFileSync(join(directory, 'drift'), `#!/bin/sh\nprintf '%s\\n' '${output}' 'and more' >&1\necho noise >&2\nexit ${code}\n`, { mode: 0o755 });
  const script = readFileSync(join(HOOKS, 'after-transaction'), 'utf8').replace(/^PATH=.*$/m, `PATH=${directory}:/usr/bin:/bin`).replace(/^baseline=.*$/m, `baseline=${baseline}`);
  return run('sh', ['-c', script]);
}

describe('after a transaction', () => {
  it('is one line where something counts, and nothing else', () => {
    expect(after('DRIFT CRITICAL - 3 findings: 1 high, 2 low; /x | high=1', 2)).toBe('drift: 3 findings, see drift check\n');
    expect(after('DRIFT WARNING - 1 finding: 1 low; /x - 7 findings: | low=1', 1)).toBe('drift: 1 finding, see drift check\n');
    expect(after('DRIFT WARNING - 1,204 findings: 1,204 low; /x | low=1204', 1, '/etc/passwd')).toBe('drift: 1,204 new findings, see drift check --baseline /etc/passwd\n');
    expect(after('DRIFT OK - no findings that count | low=0', 0)).toBe('');
    expect(after('DRIFT UNKNOWN - 1 source could not be read | low=0', 3)).toBe('');
    expect(after('Segmentation fault', 139)).toBe('');
    expect(after('not a line of a plugin', 2)).toBe('');
  });

  it('is off as it is shipped', () => {
    expect(readFileSync(join(HOOKS, '90drift'), 'utf8')).toMatch(/^(?:\/\/.*\n)+$/);
    expect(readFileSync(join(HOOKS, 'drift.action'), 'utf8')).toMatch(/^(?:#.*\n)+$/);
  });

  it.skipIf(!needs("the action of dnf's plugin", ...RPM_HOST_NEEDS))('is run once by dnf when its line is on, and not when it is off', () => {
    const { remove, root } = workingCopy(rpmHost(), 'action');
    const directory = workDirectory('plugins');
    const home = writeRpmHome(join(directory, 'home'));
    const mark = join(directory, 'mark');
    for (const name of ['actions', 'plugin']) mkdirSync(join(directory, name));
    // Others of this machine would do their own. Debian 12's libdnf lacks what fills in a command's variables; drift's has none.
    writeFileSync(join(directory, 'plugin/post-transaction-actions.py'), readFileSync(PLUGIN, 'utf8').replace('libdnf.conf.ConfigParser_substitute(command, vardict)', 'command'));
    writeFileSync(join(directory, 'post-transaction-actions.conf'), `[main]\nenabled = 1\nactiondir = ${directory}/actions/\n`);
    const action = readFileSync(join(HOOKS, 'drift.action'), 'utf8');
    expect(action).toContain('/usr/lib/drift/after-transaction');
    const remove1 = (name: string): string => run('dnf', ['-q', '-y', `--installroot=${root}`, '--releasever=9', '--setopt=reposdir=/nonexistent', `--setopt=pluginpath=${directory}/plugin`, `--setopt=pluginconfpath=${directory}`, '--setopt=clean_requirements_on_remove=False', 'remove', name], { env: { HOME: home } });
    for (const [name, text, runs] of [['privtools', action, ''], ['vendor-agent', action.replace(/^#(?=\*:)/m, '').replace('/usr/lib/drift/after-transaction', `echo ran >> ${mark}`), 'ran\n']] as const) {
      writeFileSync(join(directory, 'actions/drift.action'), text);
      writeFileSync(mark, '');
      remove1(name);
      expect(rpmOn(root, ['-q', name], [1])).toContain('not installed');
      expect(readFileSync(mark, 'utf8')).toBe(runs);
    }
    remove();
  });
});
