// `npm run test:release`: the definitions for Nagios and Icinga, read by Nagios and by Icinga, with a host that they are for.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineAptSources } from '../support/apt-sources.ts';
import { cached, checkoutDirectory } from '../support/build-cache.ts';
import { needs } from '../support/requirements.ts';
import { run } from '../support/run-command.ts';
import { workingCopy, type WorkingCopy } from '../support/working-copy.ts';

const DEFINITIONS = join(checkoutDirectory(), 'packaging/files/monitoring');

function monitoringRoot(): string {
  const { lines, release } = machineAptSources()!;
  return cached('release-monitoring', [1, lines], (building) => {
    run('mmdebstrap', ['--mode=root', '--variant=minbase', '--quiet', '--include=nagios4-core,nagios-nrpe-plugin,monitoring-plugins-basic,icinga2-bin,icinga2-common', '--aptopt=Acquire::Check-Valid-Until "false"', release, join(building, 'root'), ...lines], { timeoutMs: 1_200_000 });
  }) + '/root';
}

describe.skipIf(!needs('definitions for Nagios and Icinga', 'root', 'overlay', 'mmdebstrap', 'apt-sources'))('definitions for monitoring', () => {
  let copy: WorkingCopy;
  const put = (path: string, text: string): void => {
    mkdirSync(join(copy.root, path, '..'), { recursive: true });
    writeFileSync(join(copy.root, path), text);
  };
  const on = (script: string): string => run('unshare', ['-m', '-p', '-f', '-n', '--propagation', 'private', 'sh', '-euc', `mount -t proc proc "$1/proc"; mount -t tmpfs tmpfs "$1/run"; exec chroot "$1" /bin/sh -euc "$2"`, 'sh', copy.root, script], { accept: [0, 1] });

  beforeAll(() => {
    copy = workingCopy(monitoringRoot(), 'monitoring');
  }, 1_800_000);
  afterAll(() => copy?.remove());

  it('are what Nagios takes, without a warning', () => {
    copyFileSync(join(DEFINITIONS, 'nagios.cfg'), join(copy.root, 'etc/nagios4/conf.d/drift.cfg'));
    put('etc/nagios4/conf.d/hosts.cfg', 'define hostgroup {\n  hostgroup_name drift\n  members web-1\n}\ndefine host {\n  use linux-server\n  host_name web-1\n  address 192.0.2.1\n}\n');
    const said = on('nagios4 -v /etc/nagios4/nagios.cfg');
    expect(said).toMatch(/^Total Warnings: 0$/m);
    expect(said).toMatch(/^Total Errors: +0$/m);
    rmSync(join(copy.root, 'etc/nagios4/conf.d/drift.cfg'));
    // Without them there is one service less, so that they were read.
    const services = (text: string): number => Number(/Checked (\d+) services/.exec(text)![1]);
    expect(services(on('nagios4 -v /etc/nagios4/nagios.cfg'))).toBe(services(said) - 1);
  });

  it('are what Icinga takes, for a host with an agent', () => {
    const constants = join(copy.root, 'etc/icinga2/constants.conf');
    writeFileSync(constants, `${readFileSync(constants, 'utf8').replaceAll(/^(?:\/\/)?const (?:NodeName|ZoneName).*$/gm, '')}\nconst NodeName = "master1"\nconst ZoneName = "master"\n`);
    put('etc/icinga2/zones.conf', 'object Endpoint "master1" {\n}\nobject Zone "master" {\n  endpoints = [ "master1" ]\n}\nobject Endpoint "web-1" {\n  host = "192.0.2.1"\n}\nobject Zone "web-1" {\n  endpoints = [ "web-1" ]\n  parent = "master"\n}\n');
    put('etc/icinga2/zones.d/master/web.conf', 'object Host "web-1" {\n  import "generic-host"\n  address = "192.0.2.1"\n  vars.agent_endpoint = name\n  vars.drift = true\n  vars.drift_fail_on = "high"\n}\n');
    put('etc/icinga2/zones.d/master/drift.conf', readFileSync(join(DEFINITIONS, 'icinga2.conf'), 'utf8'));
    const said = on('install -d -o nagios -g nagios /run/icinga2; icinga2 daemon -C && icinga2 object list --type Service --name "web-1!drift"');
    expect(said).toContain('Finished validating the configuration file(s).');
    for (const set of ['check_command = "drift"', 'command_endpoint = "web-1"', 'check_interval = 21600', 'zone = "master"']) expect(said).toContain(set);
  });
});
