// A host whose services hold data is built again from its list and its backup set: nothing differs, and PostgreSQL, Redis and nginx of the rebuilt root start and serve what they had before.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BOOT_NEEDS, bootHost, until, type BootedHost } from '../support/booted-host.ts';
import { debHost, type DebHostSpec } from '../support/deb-host.ts';
import { needs } from '../support/requirements.ts';
import { drift } from '../support/run-cli.ts';
import { run } from '../support/run-command.ts';
import { workDirectory, workingCopy } from '../support/working-copy.ts';

const SERVICES_HOST: DebHostSpec = { name: 'deb-services', variant: 'minbase', packages: ['systemd-sysv', 'dbus', 'libcap2-bin', 'postgresql', 'redis-server', 'nginx-light'], current: true };
const UNITS = ['postgresql@15-main', 'redis-server', 'nginx'];

function sql(host: BootedHost, text: string): string {
  return host.run('setpriv', ['--reuid', 'postgres', '--regid', 'postgres', '--init-groups', 'psql', '-XtAc', text]).trim();
}

/** HTTP/1.0 over the shell's own sockets: the host has no client. */
function page(host: BootedHost, path: string): string {
  return host.run('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/80 && printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`]).split('\r\n\r\n')[1] ?? '';
}

async function serving(host: BootedHost): Promise<void> {
  // No process in a chroot may make a user namespace (user_namespaces(7)); said in memory, which is none of the host's disk.
  host.run('sh', ['-c', "mkdir -p /run/systemd/system/redis-server.service.d && printf '[Service]\\nPrivateUsers=no\\n' >/run/systemd/system/redis-server.service.d/chroot.conf && systemctl daemon-reload && systemctl reset-failed && systemctl restart redis-server"]);
  for (const unit of UNITS) await until(`${unit} runs`, () => host.run('systemctl', ['is-active', unit], [0, 1, 3, 4]).trim() === 'active', () => host.run('systemctl', ['status', ...UNITS], [0, 1, 2, 3, 4]));
  await until('redis has read its data', () => host.run('redis-cli', ['ping'], [0, 1]).trim() === 'PONG');
  await until('postgres takes connections', () => host.run('pg_isready', [], [0, 1, 2]).includes('accepting'));
}

describe.skipIf(!needs('services that a rebuilt host serves with', ...BOOT_NEEDS, 'mmdebstrap', 'apt-sources', 'unshare', 'setpriv', 'tar'))('a host whose services hold data', () => {
  it('is built again without a difference, and its services start and serve the data that they had', async () => {
    const copy = workingCopy(debHost(SERVICES_HOST), 'serves');
    let host = await bootHost(copy.root);
    try {
      await serving(host);
      sql(host, 'create table stock (item text primary key, amount int)');
      sql(host, "insert into stock select 'item ' || n, n from generate_series(1, 5000) n");
      // The log of the old cluster goes on where that of a new one ends.
      for (let each = 0; each < 3; each++) sql(host, 'select pg_switch_wal(); checkpoint');
      host.run('redis-cli', ['set', 'visits', '4711']);
      writeFileSync(join(copy.root, 'var/www/html/stock.html'), '<p>5000 items</p>\n');
      writeFileSync(join(copy.root, 'etc/nginx/conf.d/stock.conf'), 'server_tokens off;\n');
      // As its backup list says it: brought to rest first.
      host.run('systemctl', ['stop', 'postgresql', 'redis-server', 'nginx']);
    } finally {
      host.stop();
    }
    const list = join(workDirectory('list'), 'list');
    const set = join(workDirectory('set'), 'set.tar');
    const made = await drift(['rebuild', 'backup', '--root', copy.root, '--format', 'tar', '--output', list]);
    expect(made.code, made.stderr).toBe(0);
    const command = /^drift: to back up: (.*)$/m.exec(made.stderr)?.[1];
    run('sh', ['-c', command!.replace('BACKUP.tar', set)]);
    const directory = workDirectory('prove');
    const proved = await drift(['rebuild', 'prove', '--json', '--root', copy.root, '--directory', directory, '--backup', set, '--keep-root', join(directory, 'again')], { timeoutMs: 900_000 });
    expect(proved.stderr).toBe('');
    expect(proved.json<{ differences: unknown }>().differences).toEqual([]);
    expect(proved.code).toBe(0);
    host = await bootHost(join(directory, 'again'));
    try {
      await serving(host);
      expect(sql(host, 'select count(*), sum(amount) from stock')).toBe('5000|12502500');
      expect(host.run('redis-cli', ['get', 'visits']).trim()).toBe('4711');
      expect(page(host, '/stock.html')).toBe('<p>5000 items</p>\n');
    } finally {
      host.stop();
      copy.remove();
    }
  }, 1_200_000);
});
