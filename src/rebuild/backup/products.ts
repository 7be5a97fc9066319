// Where database servers and the like keep their data (file-hierarchy(7), their packages' defaults), and how to get a copy of it that holds together.
import type { BytePath } from '../../model/bytes.ts';

export interface Product {
  readonly name: string;
  readonly directories: readonly BytePath[];
  readonly quiesce: string;
}

/** Names are those of the products; what is written while it is copied is worth nothing. */
export const PRODUCTS_WITH_DATA: readonly Product[] = [
  { name: 'PostgreSQL', directories: ['/var/lib/postgresql', '/var/lib/pgsql'], quiesce: 'pg_dumpall or pg_basebackup; or stop it' },
  { name: 'MySQL or MariaDB', directories: ['/var/lib/mysql', '/var/lib/mariadb'], quiesce: 'mysqldump --all-databases --single-transaction, or mariadb-backup; or stop it' },
  { name: 'Redis', directories: ['/var/lib/redis'], quiesce: 'redis-cli save' },
  { name: 'Valkey', directories: ['/var/lib/valkey'], quiesce: 'valkey-cli save' },
  { name: 'MongoDB', directories: ['/var/lib/mongodb', '/var/lib/mongo'], quiesce: 'mongodump; or stop it' },
  { name: 'OpenLDAP', directories: ['/var/lib/ldap', '/etc/ldap/slapd.d', '/etc/openldap/slapd.d'], quiesce: 'slapcat; or stop it' },
  { name: '389 Directory Server', directories: ['/var/lib/dirsrv'], quiesce: 'dsctl INSTANCE db2bak' },
  { name: 'InfluxDB', directories: ['/var/lib/influxdb', '/var/lib/influxdb2'], quiesce: 'influx backup; or stop it' },
  { name: 'etcd', directories: ['/var/lib/etcd'], quiesce: 'etcdctl snapshot save' },
  { name: 'Elasticsearch', directories: ['/var/lib/elasticsearch'], quiesce: 'its snapshot interface; or stop it' },
  { name: 'OpenSearch', directories: ['/var/lib/opensearch'], quiesce: 'its snapshot interface; or stop it' },
  { name: 'RabbitMQ', directories: ['/var/lib/rabbitmq'], quiesce: 'stop it; rabbitmqctl export_definitions gives the settings alone' },
  { name: 'CouchDB', directories: ['/var/lib/couchdb'], quiesce: 'stop it' },
  { name: 'Cassandra', directories: ['/var/lib/cassandra'], quiesce: 'nodetool snapshot' },
  { name: 'ClickHouse', directories: ['/var/lib/clickhouse'], quiesce: 'BACKUP in SQL; or stop it' },
  { name: 'Neo4j', directories: ['/var/lib/neo4j'], quiesce: 'neo4j-admin database dump' },
  { name: 'Prometheus', directories: ['/var/lib/prometheus'], quiesce: 'its snapshot interface; or stop it' },
  { name: 'Grafana', directories: ['/var/lib/grafana'], quiesce: 'stop it' },
  { name: 'Jenkins', directories: ['/var/lib/jenkins'], quiesce: 'stop it' },
  { name: 'Gitea', directories: ['/var/lib/gitea'], quiesce: 'gitea dump; or stop it' },
  { name: 'Forgejo', directories: ['/var/lib/forgejo'], quiesce: 'forgejo dump; or stop it' },
  { name: 'Samba', directories: ['/var/lib/samba'], quiesce: 'tdbbackup; or stop it' },
  { name: 'Kerberos', directories: ['/var/lib/krb5kdc', '/var/kerberos/krb5kdc'], quiesce: 'kdb5_util dump' },
  { name: 'BIND', directories: ['/var/lib/bind', '/var/named'], quiesce: 'rndc sync' },
  { name: 'libvirt', directories: ['/var/lib/libvirt/images'], quiesce: 'shut the machines down, or virsh backup-begin' },
  { name: 'Cyrus IMAP', directories: ['/var/lib/cyrus', '/var/spool/cyrus'], quiesce: 'stop it' },
  { name: 'Zabbix', directories: ['/var/lib/zabbix'], quiesce: 'stop it' },
];
