// The table of products: each row is sound by itself, and each is produced by a program that holds what such programs hold.
import { describe, expect, it } from 'vitest';
import { exporterRow } from '../../src/evidence/go-programs.ts';
import { PRODUCTS } from '../../src/evidence/products.ts';
import { MIN_NEEDLE } from '../../src/evidence/needles.ts';
import { LARGE, OFTEN } from '../support/hand-installed.ts';
import { goProgram, identityOf, jar, textProgram } from './programs.ts';

/** Id, version (undefined: known to have none there) and the texts, as real builds have them. */
const PROGRAMS: readonly (readonly [string, string | undefined, readonly string[], { readonly soname?: string; readonly data?: readonly string[] }?])[] = [
  ['redis', '7.0.15', ['7.0.15', '3.2.0', 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo', '7.0.151790282056000000000']],
  ['redis', '7.2.4', ['7.2.4', 'Redis is starting oO0OoO0OoO0Oo', '7.2.44fab12cd0123-170000000012a1b2c3d4']],
  ['redis', '6.2.14', ['6.2.14', 'redis-cli %s\n', '.rediscli_history', '6.2.14web1.example.org-1700000000000000000']],
  ['redis', undefined, ['Redis is starting oO0OoO0OoO0Oo', '7.0.15']],
  ['valkey', '8.1.1', ['8.1.1', 'Valkey is starting oO0OoO0OoO0Oo', 'redis_version:%s', 'valkey8.1.11774773269000000000']],
  ['keydb', undefined, ['KeyDB is starting oO0OoO0OoO0Oo', 'redis_version:%s']],
  ['nginx', '1.22.1', ['nginx version: nginx/1.22.1\n', 'OpenSSL 3.0.22 25 Aug 2026']],
  ['openresty', '1.25.3.1', ['nginx version: openresty/1.25.3.1\n']],
  ['apache', '2.4.62', ["Server's Module Magic Number: %u:%d\n", 'Apache', 'Apache/2.4', 'Apache/2.4.62', 'Apache/2.4.62 (Debian)']],
  ['postgresql', '15.14', ['postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n', 'upgrading to PostgreSQL 9.1.', 'PostgreSQL 15.14 on x86_64-pc-linux-gnu']],
  ['mariadb', '10.11.6', ['Copyright (c) 2000, 2018, Oracle, MariaDB Corporation Ab and others.\n', '10.11.6-MariaDB', 'for example 10.1.1-MariaDB-mariadb1precise-log.', 'MySQL 5.7.44']],
  ['mysql', '8.0.36', ['Starts the MySQL database server.\n', 'MySQL 8.0.36', '5.7.9-enterprise-commercial']],
  ['mysql', '8.0.36', ['Oracle is a registered trademark of Oracle Corporation and/or its\naffiliates. Other names', '8.0.36', 'x86_64', 'Linux', '%s  Ver %s for %s on %s (%s)\n']],
  ['percona-server', undefined, ['Starts the MySQL database server.\n', 'Percona Server (GPL)', 'MySQL 8.0.36']],
  ['mongodb', undefined, ['db version v', 'src/mongo/db/mongod_main.cpp', '7.0.5', 'OpenSSL 3.0.13 30 Jan 2024']],
  ['node', '20.11.1', ["was compiled against a different Node.js version using", 'https://nodejs.org/download/release/v20.11.1/node-v20.11.1.tar.gz', 'https://nodejs.org/download/release/v20.11.1/node-v20.11.1-headers.tar.gz']],
  ['python', '3.11.2', ['usage: %ls [option] ... [-c cmd | -m mod | file | -] [arg] ...\n', 'PYTHONHASHSEED', '3.11.2', '%.80s (%.80s) %.80s']],
  ['python', '3.12.1', ['PYTHONHASHSEED', '3.12.1', '%.80s (%.80s) %.80s'], { soname: 'libpython3.12.so.1.0' }],
  ['java', '17.0.9', ['_JAVA_LAUNCHER_DEBUG', 'NOTE: Picked up %s: %s', 'openjdk', 'java', '0.0', '17.0.9+9-LTS']],
  ['java', '1.8.0_392', ['_JAVA_LAUNCHER_DEBUG', 'NOTE: Picked up %s: %s', 'openjdk', 'java', '1.8', '1.8.0_392-b08']],
  ['php', '8.2.29', ['X-Powered-By: PHP/8.2.29', 'PHP_MAJOR_VERSION']],
  ['haproxy', '2.6.12', [], { data: ['HAProxy version follows', ' version 2.6.12-1+deb12u4, released 2026/10/17'] }],
  ['memcached', '1.6.18', ['memcached 1.6.18', 'memcached 1.6.18\n', 'CLIENT_ERROR bad data chunk']],
  ['lighttpd', '1.4.69', ['lighttpd/1.4.69', 'lighttpd/1.4.69 (ssl) - a light and fast webserver\n', 'server started (lighttpd/1.4.69)']],
  ['lighttpd', '1.4.76', ['lighttpd/1.4.76 - a light and fast webserver\n']],
  ['squid', '6.13', ['Squid Cache: Version %s\n', 'Service Name: %.*s\n', '/1.0) in \'', 'squid/6.13']],
  ['squid', undefined, ['Squid Cache: Version %s\n', 'squid/mime.conf']],
  ['varnish', '7.1.1', ['Usage: varnishd [options]', '(varnish-7.1.1 revision 7cee1c581bead20e88d101ab3d72afb29f14d87a)', 'varnish-7.1.1 revision 7cee1c581bead20e88d101ab3d72afb29f14d87a']],
  ['bind', '9.18.49', ['named version: BIND 9.18.49-1~deb12u3-Debian <>', 'BIND 9 is maintained by Internet Sys']],
  ['bind', '9.16.50', ['named version: BIND 9.16.50-Debian (Extended Support Version) <acf2ba4>']],
  ['bind', '9.11.4-P2', ['named version: BIND 9.11.4-P2-RedHat-9.11.4-26.P2.el7 (Extended Support Version) <id:7107deb>']],
  ['unbound', '1.17.1', ['usage:  unbound [options]', 'unbound 1.17.1', 'libevent 2.1.12-stable']],
  ['dnsmasq', '2.90', ['Dnsmasq version %s  %s\n', '/etc/dnsmasq.conf', 'dnsmasq-2.90', 'version.bind']],
  ['mosquitto', '2.0.11', ['2.0.11', 'mosquitto version %s\n\n', 'mosquitto version %s starting']],
  ['mosquitto', undefined, ['2.0.11', 'mosquitto version %s starting']],
  ['vsftpd', '3.0.5', ['vsftpd: version 3.0.5\n', '(vsFTPd 3.0.5)']],
  ['openssl', '3.0.15', ['%s (Library: %s)\n', 'Seeding source: %s\n', 'OpenSSL 3.0.15 3 Sep 2024']],
  ['openssl', '1.1.1w', ['OPENSSLDIR: "/usr/lib/ssl"', 'OpenSSL 1.1.1w  11 Sep 2023'], { soname: 'libcrypto.so.1.1' }],
  ['openssl', undefined, ['../ssl/ssl_lib.c'], { soname: 'libssl.so.3' }],
  ['openssh', '9.2p1', ['sshd version %s, %s', 'OpenSSH_9.2', 'OpenSSH_9.2p1 Debian-2', 'OpenSSH_7.0*,OpenSSH_7.1*']],
  ['busybox', '1.35.0', ['BusyBox v1.35.0 (Debian 1:1.35.0-4)', 'syslogd started: BusyBox v1.35.0']],
  ['curl', '8.5.0', ['curl 8.5.0 (x86_64-pc-linux-gnu) %s\n', '', 'Release-Date: %s\n', 'OpenSSL 3.0.13 30 Jan 2024']],
  ['curl', '8.5.0', ['libcurl/8.5.0', 'zlib/%s'], { soname: 'libcurl.so.4' }],
  ['git', '2.39.5', ['git version %s\n', 'git/2.39.5', 'GIT_USER_AGENT', '8.14.1', 'libcurl: %s\n']],
  ['xmrig', '6.22.2', ['XMRig 6.22.2', 'donate-level', 'cryptonight']],
];

/** Id, version, and what the linker of Go left. */
const GO_PROGRAMS: readonly (readonly [string, string | undefined, Parameters<typeof goProgram>[0]])[] = [
  ['go', '1.22.5', { lines: ['path\tcmd/go'] }],
  ['docker', '24.0.5', { lines: ['path\tgithub.com/docker/docker/cmd/dockerd', 'build\t-ldflags="-X \\"github.com/docker/docker/dockerversion.Version=24.0.5\\""'] }],
  ['docker', '26.1.5', { lines: ['path\tgithub.com/docker/cli/cmd/docker'], variables: ['1.7.24+unknown', '26.1.5+dfsg1', 'a72d7cd', '2026-08-13T05:35:47Z'] }],
  ['docker-compose', '2.24.0', { lines: ['path\tgithub.com/docker/compose/v2/cmd', 'build\t-ldflags="-X github.com/docker/compose/v2/internal.Version=v2.24.0"'] }],
  ['containerd', '1.7.11', { lines: ['path\tgithub.com/containerd/containerd/cmd/containerd'], variables: ['github.com/containerd/containerd', '64b8a811b07ba6288238eefc14d898ee0b5b99ba', 'v1.7.11', '0.3.0', '0.3.1'] }],
  ['runc', '1.1.12', { lines: ['path\tgithub.com/opencontainers/runc'], variables: ['0.9.0', 'v1.1.12-0-g51d5e946', '1.1.12', '/etc/hosts', '2.0.0'] }],
  // Prometheus's module has the version v0.45.0 for Prometheus 2.45.0.
  ['prometheus', '2.45.0', { lines: ['path\tgithub.com/prometheus/prometheus/cmd/prometheus', 'mod\tgithub.com/prometheus/prometheus\tv0.45.0\th1:', 'build\t-ldflags="-X github.com/prometheus/common/version.Version=2.45.0"'] }],
  ['prometheus', undefined, { lines: ['path\tgithub.com/prometheus/prometheus/cmd/prometheus', 'mod\tgithub.com/prometheus/prometheus\tv0.45.0\th1:'] }],
  ['prometheus', '2.42.0', { lines: ['path\tgithub.com/prometheus/prometheus/cmd/prometheus'], variables: ['linux', 'go1.22.5', '2.42.0+ds-5', '2.42.0+ds', '127.0.0.1'] }],
  ['prometheus', '3.5.3', { lines: ['path\tgithub.com/prometheus/prometheus/cmd/prometheus'], variables: ['3.5.3', 'abcdef0123', 'HEAD', 'root@build', '20260929-11:59:39'] }],
  ['alertmanager', '0.27.0', { lines: ['path\tgithub.com/prometheus/alertmanager/cmd/alertmanager', 'mod\tgithub.com/prometheus/alertmanager\tv0.27.0\th1:'] }],
  ['pushgateway', '1.6.2', { lines: ['path\tgithub.com/prometheus/pushgateway', 'build\t-ldflags="-X github.com/prometheus/common/version.Version=1.6.2"'] }],
  ['prometheus-node-exporter', '1.7.0', { lines: ['path\tgithub.com/prometheus/node_exporter', 'build\t-ldflags="-X github.com/prometheus/common/version.Version=1.7.0"'] }],
  ['grafana', '10.2.3', { lines: ['path\tgithub.com/grafana/grafana/pkg/cmd/grafana', 'mod\tgithub.com/grafana/grafana\tv0.0.0-20240102030405-0123456789ab\t', 'build\t-ldflags="-X main.version=10.2.3"'] }],
  ['consul', '1.17.0', { lines: ['path\tgithub.com/hashicorp/consul', 'mod\tgithub.com/hashicorp/consul\tv1.17.0\th1:'] }],
  ['consul', undefined, { lines: ['path\tgithub.com/hashicorp/consul', 'mod\tgithub.com/hashicorp/consul\t(devel)\t'], variables: ['1.8.7', '', '1.14.5', '1.13.6'] }],
  ['vault', '1.15.4', { lines: ['path\tgithub.com/hashicorp/vault', 'build\t-ldflags="-X github.com/hashicorp/vault/version.Version=1.15.4"'] }],
  ['nomad', '1.7.2', { lines: ['path\tgithub.com/hashicorp/nomad', 'mod\tgithub.com/hashicorp/nomad\tv1.7.2\t'] }],
  ['terraform', '1.11.4', { lines: ['path\tgithub.com/hashicorp/terraform', 'mod\tgithub.com/hashicorp/terraform\t(devel)\t'], variables: ['0.13.0', '1.11.4\n', 'no'] }],
  ['kubectl', '1.29.14', { lines: ['path\tk8s.io/kubernetes/cmd/kubectl', 'mod\tk8s.io/kubernetes\t(devel)\t'], variables: ['1', '29', 'v1.29.14', '4cb5f0764b8d5f425645c6f433394fede34a8a26', 'clean'] }],
  ['kubelet', '1.28.2', { lines: ['path\tk8s.io/kubernetes/cmd/kubelet', 'build\t-ldflags="-X \'k8s.io/kubernetes/vendor/k8s.io/component-base/version.gitVersion=v1.28.2\'"'] }],
  ['kubernetes', '1.28.2', { lines: ['path\tk8s.io/kubernetes/cmd/kubeadm', 'mod\tk8s.io/kubernetes\tv1.28.2\t'] }],
  ['k3s', '1.28.4+k3s2', { lines: ['path\tgithub.com/k3s-io/k3s/cmd/server', 'build\t-ldflags="-X github.com/k3s-io/k3s/pkg/version.Version=v1.28.4+k3s2"'] }],
  ['etcd', '3.5.12', { lines: ['path\tgo.etcd.io/etcd/server/v3'], variables: ['3.0.0', '3.5.12', 'unknown', 'e7b3bb6cc'] }],
  ['etcd', '3.4.23', { lines: ['path\tgo.etcd.io/etcd/etcdctl'], variables: ['info', 'stderr', 'unknown', '3.4.23'] }],
  ['restic', '0.18.0', { lines: ['path\tgithub.com/restic/restic/cmd/restic', 'build\t-ldflags="-s -w -X main.version=0.18.0"'] }],
  ['restic', undefined, { lines: ['path\tgithub.com/restic/restic/cmd/restic'], variables: ['0.18.0'] }],
  ['rclone', '1.68.2', { lines: ['path\tgithub.com/rclone/rclone', 'mod\tgithub.com/rclone/rclone\t(devel)\t', 'build\t-ldflags="-s -X github.com/rclone/rclone/fs.Version=v1.68.2"'] }],
  ['rclone', '1.60.1', { lines: ['path\tgithub.com/rclone/rclone'], variables: ['provider', 'DEV', 'v1.60.1', 'rclone_'] }],
  ['minio', 'RELEASE.2024-01-16T16-07-38Z', { lines: ['path\tgithub.com/minio/minio', 'mod\tgithub.com/minio/minio\tv0.0.0-20240116160738-0123456789ab\t', 'build\t-ldflags="-X github.com/minio/minio/cmd.ReleaseTag=RELEASE.2024-01-16T16-07-38Z"'] }],
  ['caddy', '2.7.6', { lines: ['path\tcaddy', 'mod\tcaddy\t(devel)\t', 'dep\tgithub.com/caddyserver/caddy/v2\tv2.7.6\th1:'] }],
  ['traefik', '3.0.0', { lines: ['path\tgithub.com/traefik/traefik/v3/cmd/traefik', 'build\t-ldflags="-X github.com/traefik/traefik/v3/pkg/version.Version=3.0.0"'] }],
  ['ngrok', undefined, { lines: ['path\tgo.ngrok.com/cmd/ngrok'] }],
  ['frp', undefined, { lines: ['path\tgithub.com/fatedier/frp/cmd/frps', 'mod\tgithub.com/fatedier/frp\t(devel)\t'] }],
  ['chisel', '1.9.1', { lines: ['path\tgithub.com/jpillora/chisel', 'build\t-ldflags="-X github.com/jpillora/chisel/share.BuildVersion=1.9.1"'] }],
  ['cloudflared', '2024.2.1', { lines: ['path\tgithub.com/cloudflare/cloudflared/cmd/cloudflared', 'build\t-ldflags="-X \\"main.Version=2024.2.1\\""'] }],
  ['gost', '2.11.5', { lines: ['path\tgithub.com/ginuerzh/gost/cmd/gost', 'mod\tgithub.com/ginuerzh/gost\tv2.11.5+incompatible\t'] }],
];

/** Id, version, path, content and what stands beside it. */
const TREES: readonly (readonly [string, string | undefined, string, string | Buffer, Readonly<Record<string, string | Buffer>>?])[] = [
  ['tomcat', '9.0.70', '/opt/tomcat/bin/catalina.sh', '#!/bin/sh\n# CATALINA_HOME\nexec java org.apache.catalina.startup.Bootstrap start\n', { '/opt/tomcat/RELEASE-NOTES': '\n                     Apache Tomcat Version 9.0.70\n                            Release Notes\n' }],
  ['tomcat', '10.1.7', '/opt/t/bin/catalina.sh', '#!/bin/sh\n# CATALINA_HOME\nexec java org.apache.catalina.startup.Bootstrap start\n', { '/opt/t/lib/catalina.jar': jar({ 'META-INF/MANIFEST.MF': 'Implementation-Version: 10.1.7\r\n' }) }],
  ['tomcat', '9.0.70', '/opt/tomcat/lib/catalina.jar', jar({ 'META-INF/': '', 'META-INF/MANIFEST.MF': 'Implementation-Title: Apache Tomcat\r\nImplementation-Version: 9.0.70\r\n\r\n' })],
  ['elasticsearch', '8.11.1', '/opt/es/bin/elasticsearch', '#!/bin/bash\nsource "`dirname "$0"`"/elasticsearch-env\nES_PATH_CONF=x\n', {
    '/opt/es/lib/elasticsearch-8.11.1.jar': jar({ 'META-INF/MANIFEST.MF': 'X-Compile-Elasticsearch-Version: 8.11.1\r\n' }), '/opt/es/lib/elasticsearch-core-8.11.1.jar': 'not this one',
  }],
  ['elasticsearch', '8.11.1', '/opt/es/lib/elasticsearch-8.11.1.jar', jar({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\r\nX-Compile-Elasticsearch-Version: 8.1\r\n 1.1\r\n' }, true)],
  ['opensearch', '2.11.0', '/opt/os/bin/opensearch', '#!/bin/bash\n. opensearch-env\nOPENSEARCH_PATH_CONF=x\n', { '/opt/os/lib/opensearch-2.11.0.jar': jar({ 'META-INF/MANIFEST.MF': 'X-Compile-OpenSearch-Version: 2.11.0\r\n' }) }],
  ['rabbitmq', '3.12.1', '/opt/rabbitmq/sbin/rabbitmq-server', '#!/bin/sh\n. rabbitmq-env\nRABBITMQ_HOME=/opt\n', { '/opt/rabbitmq/plugins/rabbit-3.12.1/ebin/rabbit.app': '{application, rabbit, [{vsn, "3.12.1"}]}.' }],
  ['java', '21.0.2', '/opt/jdk/bin/java', textProgram(['_JAVA_LAUNCHER_DEBUG', 'NOTE: Picked up %s: %s', '21.0.2+13-58']), { '/opt/jdk/release': 'JAVA_VERSION="21.0.2"\n' }],
];

describe('the table', () => {
  it('has each product once, with texts that can be looked for', () => {
    expect(new Set(PRODUCTS.map(({ id }) => id)).size).toBe(PRODUCTS.length);
    for (const { texts = [] } of PRODUCTS) for (const rule of texts) for (const text of [...rule.all, ...(rule.none ?? []), ...(rule.version ?? []).map(({ near }) => near)]) expect(text.length, text).toBeGreaterThanOrEqual(MIN_NEEDLE);
  });

  it('names packages with a star at the end only', () => {
    for (const { id, packages } of PRODUCTS) for (const name of packages) expect(name, id).toMatch(/^[A-Za-z0-9][A-Za-z0-9.+_-]*\*?$/);
  });

  it('has no pattern without a bound', () => {
    const patterns = PRODUCTS.flatMap(({ texts = [], tree }) => [...texts.flatMap(({ version = [] }) => version.map(({ pattern }) => pattern)), ...(tree?.files ?? []).map(({ pattern }) => pattern)]);
    for (const { source } of patterns) expect(source.replaceAll(/\\.|\[(?:\\.|[^\]])*\]/g, 'x'), source).not.toMatch(/[*+]|\{\d+,\}/);
  });

  it('is told apart in full by the programs below', () => {
    const told = new Set([...PROGRAMS, ...GO_PROGRAMS, ...TREES].map(([id]) => id));
    expect(PRODUCTS.map(({ id }) => id).filter((id) => !told.has(id))).toEqual([]);
  });

  it('has some that only files made from their texts show, and no real package', () => {
    const real = new Set([...OFTEN, ...LARGE].filter(({ optional }) => optional !== true).map(({ product }) => product));
    const made = PRODUCTS.map(({ id }) => id).filter((id) => !real.has(id)).toSorted();
    expect(made).toEqual([
      'chisel', 'cloudflared', 'consul', 'docker-compose', 'elasticsearch', 'frp', 'gost', 'grafana', 'k3s', 'keydb', 'kubelet', 'kubernetes', 'minio', 'mongodb', 'mysql', 'ngrok', 'nomad', 'openresty', 'opensearch',
      'percona-server', 'rabbitmq', 'terraform', 'traefik', 'valkey', 'vault', 'xmrig',
    ]);
    const versioned = new Set([...PROGRAMS, ...GO_PROGRAMS, ...TREES].flatMap(([id, version]) => (version === undefined ? [] : [id])));
    expect(made.filter((id) => !versioned.has(id))).toEqual(['frp', 'keydb', 'mongodb', 'ngrok', 'percona-server']);
  });
});

describe('a program is named by its own texts', () => {
  it.each(PROGRAMS.map(([id, version, texts, more]) => ({ id, version, texts, more })))('$id $version', ({ id, version, texts, more }) => {
    const identity = identityOf(textProgram(texts, more), more?.soname === undefined ? 'elf-executable' : 'shared-object');
    expect([identity?.product?.id, identity?.version]).toEqual([id, version]);
    expect(identity?.because[0]).toMatch(/^its text says "/);
  });
});

describe('a Go program is named by its main package', () => {
  it.each(GO_PROGRAMS.map(([id, version, spec]) => ({ id, version, spec })))('$id $version', ({ id, version, spec }) => {
    const identity = identityOf(goProgram(spec), 'elf-executable');
    expect([identity?.product?.id, identity?.version]).toEqual([id, version]);
    expect(identity?.because[0]).toMatch(/^Go build information: main package /);
  });

  it('and an exporter by the name that they all have', () => {
    expect(exporterRow('github.com/oliver006/redis_exporter')?.id).toBe('prometheus-redis-exporter');
    expect(exporterRow('github.com/prometheus-community/postgres_exporter/cmd/postgres_exporter')?.id).toBe('prometheus-postgres-exporter');
    expect(exporterRow('github.com/nginxinc/nginx-prometheus-exporter')?.id).toBe('prometheus-nginx-exporter');
    expect(exporterRow('example.org/thing')).toBeUndefined();
    const told = (spec: Parameters<typeof goProgram>[0]): (string | undefined)[] => { const { product, version } = identityOf(goProgram(spec), 'elf-executable') ?? {}; return [product?.id, version]; };
    expect(told({ lines: ['path\tgithub.com/oliver006/redis_exporter', 'build\t-ldflags="-X main.BuildVersion=v1.58.0"'] })).toEqual(['prometheus-redis-exporter', '1.58.0']);
    expect(told({ lines: ['path\tgithub.com/oliver006/redis_exporter'], variables: ['debian/sid', '20230409-10:15:07', '1.45.0'] })).toEqual(['prometheus-redis-exporter', '1.45.0']);
    expect(told({ lines: ['path\tgithub.com/oliver006/redis_exporter'], variables: ['debian/sid', 'today', '1.45.0'] })).toEqual(['prometheus-redis-exporter', undefined]);
  });
});

describe('a script, jar or tree is named by its content and what stands beside it', () => {
  it.each(TREES.map(([id, version, path, content, beside]) => ({ id, version, path, content, beside })))('$id $version at $path', ({ id, version, path, content, beside }) => {
    const code = path.endsWith('.jar') ? 'java-archive' : Buffer.isBuffer(content) ? 'elf-executable' : 'script';
    const identity = identityOf(content, code, { path, ...(beside === undefined ? {} : { beside }) });
    expect([identity?.product?.id, identity?.version]).toEqual([id, version]);
  });
});
