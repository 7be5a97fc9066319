// What services of RPM hosts keep, and where theirs differ from Debian's: each path by what it is, from its place and its name alone.
import { describe, expect, it } from 'vitest';
import type { BackupClass } from '../../../src/model/backup.ts';
import { baseOf, parentOf } from '../../../src/model/bytes.ts';
import { backupPlaces } from '../../../src/rebuild/backup/places.ts';
import { quiesceHint } from '../../../src/rebuild/backup/quiesce.ts';

const KEY = '-----BEGIN PRIVATE KEY-----\n';
const place = backupPlaces({ homes: [{ path: '/root', user: 'root' }, { path: '/var/lib/pgsql', user: 'postgres' }], services: [{ path: '/var/lib/nginx', kind: 'state', unit: 'nginx.service' }] });

function classOf(path: string, mode = 0o644, head = ''): BackupClass {
  const { named, placed } = place(parentOf(path));
  return (named({ name: baseOf(path), type: 'file', mode, head: () => head }) ?? placed).class;
}

describe('a path of a service', () => {
  it.each<[path: string, of: BackupClass]>([
    ['/var/lib/pgsql/data/base/1/112', 'data'], ['/var/lib/pgsql/15/data/postgresql.conf', 'data'], ['/var/lib/pgsql/backups/all.sql', 'data'], ['/var/lib/pgsql/.pgpass', 'secret'],
    ['/var/lib/redis/dump.rdb', 'data'], ['/var/lib/valkey/dump.rdb', 'data'], ['/var/lib/mysql/ibdata1', 'data'], ['/var/lib/mysql-files/out.csv', 'data'], ['/var/lib/mysql-keyring/component_keyring_file', 'secret'], ['/root/.mysql_secret', 'secret'],
    ['/etc/my.cnf.d/own.cnf', 'config-added'], ['/etc/nginx/default.d/own.conf', 'config-added'], ['/usr/share/nginx/html/page.html', 'data'], ['/var/www/html/page.html', 'data'],
    ['/var/lib/nginx/tmp/client_body/0000000001', 'derived'], ['/var/lib/nginx/body/0000000001', 'derived'], ['/var/log/nginx/access.log', 'log'],
    ['/etc/httpd/conf.d/own.conf', 'config-added'], ['/etc/httpd/conf.d/.htpasswd', 'secret'], ['/etc/pki/tls/certs/localhost.crt', 'config-added'], ['/etc/pki/ca-trust/source/anchors/own.pem', 'config-added'], ['/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', 'derived'],
    ['/var/named/dynamic/example.db', 'data'], ['/var/lib/dhcpd/dhcpd.leases', 'data'], ['/var/lib/dhcp/dhcpd.leases', 'data'], ['/var/lib/dhcp/dhclient.eth0.leases', 'derived'], ['/var/lib/rabbitmq/.erlang.cookie', 'secret'],
    ['/etc/sysconfig/own', 'config-added'], ['/etc/firewalld/zones/public.xml', 'config-added'], ['/var/spool/cron/alice', 'config-runs'], ['/etc/krb5.keytab', 'secret'], ['/var/lib/ipsec/nss/key4.db', 'secret'], ['/root/anaconda-ks.cfg', 'secret'],
    ['/var/lib/NetworkManager/secret_key', 'identity'], ['/var/lib/selinux/targeted/active/policy.linked', 'derived'], ['/var/lib/selinux/targeted/active/modules/200/container/cil', 'derived'],
    ['/var/lib/selinux/targeted/active/booleans.local', 'config-added'], ['/var/lib/selinux/targeted/active/file_contexts.local', 'config-added'], ['/var/lib/selinux/targeted/active/modules/400/own/cil', 'config-added'], ['/var/lib/selinux/targeted/active/modules/disabled/telnet', 'config-added'],
    ['/var/lib/rpm/rpmdb.sqlite', 'derived'], ['/usr/lib/sysimage/rpm/rpmdb.sqlite', 'derived'], ['/var/lib/dnf/history.sqlite', 'derived'], ['/etc/yum.repos.d/own.repo', 'derived'],
  ])('%s is %s', (path, of) => expect(classOf(path)).toBe(of));

  it('is a secret where it holds a key, or nobody else may read it', () => {
    expect(classOf('/var/lib/pgsql/data/server.key', 0o600, KEY)).toBe('secret');
    expect(classOf('/var/lib/mysql/server-key.pem', 0o600, KEY)).toBe('secret');
    expect(classOf('/etc/redis/users.acl', 0o640)).toBe('secret');
    expect(classOf('/etc/sssd/sssd.conf', 0o600)).toBe('secret');
  });

  it('says how to bring to rest what writes there', () => {
    expect(['/var/lib/pgsql', '/var/lib/redis', '/var/lib/mysql', '/var/named'].map((path) => quiesceHint({ path, class: 'data' }))).toEqual([
      'pg_dumpall or pg_basebackup; or stop it', 'redis-cli save', 'mysqldump --all-databases --single-transaction, or mariadb-backup; or stop it', 'rndc sync',
    ]);
  });
});
