// Where the packages of products that keep data expect it, and read their configuration: what a person has to look at when a package takes the place of a stray.
import type { SuccessorPlaces } from '../model/plan.ts';

const NONE: SuccessorPlaces = { data: [], configuration: [] };

function places(data: readonly string[], configuration: readonly string[]): SuccessorPlaces {
  return { data, configuration };
}

/* By product and manager, as the packages of the distributions are built. */
const PLACES: Readonly<Record<string, Readonly<Record<string, SuccessorPlaces>>>> = {
  redis: { apt: places(['/var/lib/redis'], ['/etc/redis/redis.conf']), dnf: places(['/var/lib/redis'], ['/etc/redis/redis.conf', '/etc/redis.conf']) },
  valkey: { apt: places(['/var/lib/valkey'], ['/etc/valkey/valkey.conf']), dnf: places(['/var/lib/valkey'], ['/etc/valkey/valkey.conf']) },
  postgresql: { apt: places(['/var/lib/postgresql'], ['/etc/postgresql']), dnf: places(['/var/lib/pgsql/data'], ['/var/lib/pgsql/data/postgresql.conf']) },
  mariadb: { apt: places(['/var/lib/mysql'], ['/etc/mysql']), dnf: places(['/var/lib/mysql'], ['/etc/my.cnf', '/etc/my.cnf.d']) },
  mysql: { apt: places(['/var/lib/mysql'], ['/etc/mysql']), dnf: places(['/var/lib/mysql'], ['/etc/my.cnf', '/etc/my.cnf.d']) },
  mongodb: { apt: places(['/var/lib/mongodb'], ['/etc/mongod.conf']), dnf: places(['/var/lib/mongo'], ['/etc/mongod.conf']) },
  nginx: { apt: places(['/var/www/html'], ['/etc/nginx']), dnf: places(['/usr/share/nginx/html'], ['/etc/nginx']) },
  apache: { apt: places(['/var/www/html'], ['/etc/apache2']), dnf: places(['/var/www/html'], ['/etc/httpd']) },
  haproxy: { apt: places([], ['/etc/haproxy/haproxy.cfg']), dnf: places([], ['/etc/haproxy/haproxy.cfg']) },
  memcached: { apt: places([], ['/etc/memcached.conf']), dnf: places([], ['/etc/sysconfig/memcached']) },
  lighttpd: { apt: places(['/var/www/html'], ['/etc/lighttpd']), dnf: places(['/var/www/lighttpd'], ['/etc/lighttpd']) },
  squid: { apt: places(['/var/spool/squid'], ['/etc/squid']), dnf: places(['/var/spool/squid'], ['/etc/squid']) },
  varnish: { apt: places(['/var/lib/varnish'], ['/etc/varnish']), dnf: places(['/var/lib/varnish'], ['/etc/varnish']) },
  bind: { apt: places(['/var/cache/bind'], ['/etc/bind']), dnf: places(['/var/named'], ['/etc/named.conf']) },
  unbound: { apt: places(['/var/lib/unbound'], ['/etc/unbound']), dnf: places(['/var/lib/unbound'], ['/etc/unbound']) },
  dnsmasq: { apt: places(['/var/lib/misc'], ['/etc/dnsmasq.conf', '/etc/dnsmasq.d']), dnf: places(['/var/lib/dnsmasq'], ['/etc/dnsmasq.conf', '/etc/dnsmasq.d']) },
  mosquitto: { apt: places(['/var/lib/mosquitto'], ['/etc/mosquitto']), dnf: places(['/var/lib/mosquitto'], ['/etc/mosquitto']) },
  vsftpd: { apt: places(['/srv/ftp'], ['/etc/vsftpd.conf']), dnf: places(['/var/ftp'], ['/etc/vsftpd']) },
  rabbitmq: { apt: places(['/var/lib/rabbitmq'], ['/etc/rabbitmq']), dnf: places(['/var/lib/rabbitmq'], ['/etc/rabbitmq']) },
  elasticsearch: { apt: places(['/var/lib/elasticsearch'], ['/etc/elasticsearch']), dnf: places(['/var/lib/elasticsearch'], ['/etc/elasticsearch']) },
  prometheus: { apt: places(['/var/lib/prometheus'], ['/etc/prometheus/prometheus.yml']) },
  grafana: { apt: places(['/var/lib/grafana'], ['/etc/grafana/grafana.ini']), dnf: places(['/var/lib/grafana'], ['/etc/grafana/grafana.ini']) },
  etcd: { apt: places(['/var/lib/etcd'], ['/etc/default/etcd']), dnf: places(['/var/lib/etcd'], ['/etc/etcd/etcd.conf']) },
};

/** Empty where it is not known here. */
export function packagedPlaces(product: string, manager: string): SuccessorPlaces {
  return Object.hasOwn(PLACES, product) ? PLACES[product]![manager] ?? NONE : NONE;
}
