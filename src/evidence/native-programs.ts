// The software in C, C++ and Java, and what comes as a tree, that is most often installed by hand: what it is called, which packages carry it, and what in a program's content names it and its version.
import type { ProductRow } from './product-row.ts';

/** Set in programs that carry Node (nodejs.org/api/single-executable-applications.html); drift is one of them, and whoever builds it may find it whole once only. */
const SINGLE_EXECUTABLE = ['NODE', 'SEA', 'FUSE', 'fce680ab2cc467b6e072b8b5df1996b2:1'].join('_');

/** The texts were read from the builds of four Debian releases and of upstream. */
export const NATIVE_PROGRAMS: readonly ProductRow[] = [
  {
    id: 'redis', name: 'Redis', packages: ['redis-server', 'redis', 'redis-tools', 'redis-sentinel', 'redis6', 'redis7'],
    texts: [
      { all: ['Redis is starting oO0OoO0OoO0Oo'], buildIdAfter: '' },
      { all: ['redis-cli %s', '.rediscli_history'], none: ['.valkeycli_history', '.keydbcli_history'], buildIdAfter: '' },
      { all: ['Usage: redis-benchmark [', '__rand_int__'], buildIdAfter: '' },
    ],
  },
  {
    id: 'valkey', name: 'Valkey', packages: ['valkey-server', 'valkey', 'valkey-tools', 'valkey-sentinel'],
    texts: [
      { all: ['Valkey is starting oO0OoO0OoO0Oo'], buildIdAfter: 'valkey' },
      { all: ['valkey-cli %s', '.valkeycli_history'], buildIdAfter: 'valkey' },
      { all: ['Usage: valkey-benchmark [', '__rand_int__'], buildIdAfter: 'valkey' },
    ],
  },
  { id: 'keydb', name: 'KeyDB', packages: ['keydb-server', 'keydb', 'keydb-tools'], texts: [{ all: ['KeyDB is starting oO0OoO0OoO0Oo'] }] },
  {
    id: 'nginx', name: 'nginx', packages: ['nginx', 'nginx-core', 'nginx-light', 'nginx-full', 'nginx-extras', 'nginx-mainline'],
    texts: [{ all: ['nginx version: nginx/'], version: [{ near: 'nginx version: nginx/', pattern: /nginx version: nginx\/(\d{1,3}\.\d{1,3}\.\d{1,3})/ }] }],
  },
  {
    id: 'openresty', name: 'OpenResty', packages: ['openresty'],
    texts: [{ all: ['nginx version: openresty/'], version: [{ near: 'nginx version: openresty/', pattern: /nginx version: openresty\/(\d{1,3}(?:\.\d{1,3}){2,3})/ }] }],
  },
  {
    id: 'apache', name: 'Apache httpd', packages: ['apache2', 'apache2-bin', 'httpd', 'httpd-core'],
    texts: [{
      all: ["Server's Module Magic Number: %u:%"],
      version: [{ near: '\0Apache/', pattern: /\0Apache\/(\d{1,3}\.\d{1,3}\.\d{1,3})(?:-dev)?[\0 ]/ }],
    }],
  },
  {
    id: 'postgresql', name: 'PostgreSQL', packages: ['postgresql', 'postgresql-*', 'postgresql1*'],
    texts: [{
      all: [' (PostgreSQL) '],
      version: [{ near: ' (PostgreSQL) ', pattern: /[a-z_%-]{2,40} \(PostgreSQL\) (\d{1,3}(?:\.\d{1,3}){1,2}|\d{1,3}(?:devel|(?:alpha|beta|rc)\d{1,2}))[\n\0 ]/ }],
    }],
  },
  {
    id: 'mariadb', name: 'MariaDB', packages: ['mariadb-server', 'mariadb-server-*', 'mariadb-server-core*', 'mariadb-client*', 'mariadb', 'MariaDB-server', 'MariaDB-client', 'mariadb1*'],
    texts: [{
      all: ['MariaDB Corporation Ab and others.'],
      version: [{ near: '-MariaDB', pattern: /\0(\d{1,3}\.\d{1,3}\.\d{1,3})(?:-\d{1,3})?-MariaDB(?:-[\w-]{1,40})?\0/ }],
    }],
  },
  {
    id: 'mysql', name: 'MySQL', packages: ['mysql-server', 'mysql-server-*', 'mysql-server-core*', 'mysql-client*', 'mysql-community-server*', 'mysql-community-client*', 'mysql', 'mysql8*', 'mysql5*'],
    texts: [
      {
        all: ['Starts the MySQL database server.'], none: ['MariaDB Corporation Ab', 'Percona Server'],
        version: ['\0MySQL 5.', '\0MySQL 8.', '\0MySQL 9.'].map((near) => ({ near, pattern: /\0MySQL (\d{1,3}\.\d{1,3}\.\d{1,3})\0/ })),
      },
      {
        all: ['Oracle is a registered trademark of Oracle Corporation and/or its\naffiliates.', ' Ver %s for %s on %s (%s)\n'], none: ['MariaDB Corporation Ab', 'Percona Server', 'Starts the MySQL database server.'],
        version: [{
          near: ' Ver %s for %s on %s (%s)\n',
          pattern: /\0(\d{1,3}\.\d{1,3}\.\d{1,3})(?:-log|-debug|-commercial)?\0(?:x86_64|aarch64|i[3-6]86|ppc64le|s390x|riscv64)\0[\w.-]{1,40}\0%s {2}Ver %s for/,
        }],
      },
    ],
  },
  {
    id: 'percona-server', name: 'Percona Server', packages: ['percona-server-server', 'percona-server-server-*'],
    texts: [{ all: ['Starts the MySQL database server.', 'Percona Server'], none: ['MariaDB Corporation Ab'] }],
  },
  {
    // Its version stands by itself among other numbers: not to be told from the content.
    id: 'mongodb', name: 'MongoDB', packages: ['mongodb-org-server', 'mongodb-org', 'mongodb-org-mongos', 'mongodb-server', 'mongodb-server-core', 'mongodb', 'mongodb-enterprise*'],
    texts: [{ all: ['db version v', 'src/mongo/db/'] }, { all: ['mongos version v', 'src/mongo/'] }],
  },
  {
    id: 'node', name: 'Node.js', packages: ['nodejs', 'libnode*', 'node', 'nodejs2*', 'nodejs1*'],
    texts: [{
      all: ['was compiled against a different Node.js version'],
      // Other programs carry Node inside: Electron, and programs built into a copy of it.
      none: ['ELECTRON_RUN_AS_NODE', SINGLE_EXECUTABLE, 'pkg/prelude/bootstrap.js'],
      version: [{
        near: 'https://nodejs.org/download/release/v',
        pattern: /https:\/\/nodejs\.org\/download\/release\/v(\d{1,3}\.\d{1,3}\.\d{1,3})\/node-v\1\.tar\.gz\0/,
      }],
    }],
  },
  {
    id: 'python', name: 'Python', packages: ['python3', 'python3.*', 'python3-minimal', 'libpython3*', 'python3-libs', 'platform-python', 'python2*', 'python3*'],
    texts: [
      { all: ['[-c cmd | -m mod | file | -]', 'PYTHONHASHSEED'], version: pythonVersion() },
      { all: ['PYTHONHASHSEED'], soname: /^libpython[23]\.\d{1,2}/, version: pythonVersion() },
    ],
  },
  {
    id: 'java', name: 'Java', packages: ['openjdk-*', 'java-1*', 'java-2*', 'java-latest-openjdk*', 'temurin-*', 'default-jre*', 'default-jdk*', 'jdk-*', 'jre-*', 'zulu*', 'msopenjdk-*'],
    texts: [
      { all: ['_JAVA_LAUNCHER_DEBUG', 'NOTE: Picked up %s: %s'], version: [{ near: 'NOTE: Picked up %s: %s', pattern: /\0(?:(\d{1,2}(?:\.\d{1,3}){0,4})\+\d{1,3}[\w.+-]{0,80}|(1\.[5-8]\.0_\d{1,3})-[\w.+-]{1,80})\0/ }] },
      { all: ['OpenJDK 64-Bit Server VM ('], soname: /^libjvm\.so/, version: [{ near: 'OpenJDK 64-Bit Server VM (', pattern: /OpenJDK 64-Bit Server VM \((\d{1,2}(?:\.\d{1,3}){0,4})\+/ }] },
    ],
    tree: { files: [{ path: '../release', pattern: /^JAVA_VERSION="(\d{1,2}(?:\.\d{1,3}){0,4}(?:_\d{1,3})?)"$/m }] },
  },
  {
    id: 'php', name: 'PHP', packages: ['php-cli', 'php-fpm', 'php-common', 'php', 'php5*', 'php7*', 'php8*', 'libapache2-mod-php*', 'libphp*'],
    texts: [{
      all: ['X-Powered-By: PHP/', 'PHP_MAJOR_VERSION'],
      version: [{ near: 'X-Powered-By: PHP/', pattern: /X-Powered-By: PHP\/(\d{1,2}\.\d{1,3}\.\d{1,3}(?:(?:alpha|beta|RC)\d{1,2})?)[\0\r+-]/ }],
    }],
  },
  {
    id: 'haproxy', name: 'HAProxy', packages: ['haproxy', 'haproxy2*', 'haproxy3*'],
    texts: [{
      all: ['HAProxy version follows', ', released '],
      version: [{ near: ', released ', pattern: / version (\d{1,2}\.\d{1,3}(?:\.\d{1,3}|-dev\d{1,3})?)[^,\0]{0,60}, released \d{4}\/\d\d\/\d\d\0/ }],
    }],
  },
  {
    id: 'memcached', name: 'Memcached', packages: ['memcached'],
    texts: [{ all: ['memcached ', 'CLIENT_ERROR bad data chunk'], version: [{ near: 'memcached ', pattern: /\0memcached (\d{1,2}\.\d{1,3}\.\d{1,3})\n?\0/ }] }],
  },
  {
    id: 'lighttpd', name: 'lighttpd', packages: ['lighttpd'],
    texts: [{ all: [' - a light and fast webserver'], version: [{ near: ' - a light and fast webserver', pattern: /\0lighttpd\/(\d{1,2}\.\d{1,3}\.\d{1,3})(?: \(ssl\))? - a light and fast webserver/ }] }],
  },
  {
    id: 'squid', name: 'Squid', packages: ['squid', 'squid-openssl', 'squid3'],
    texts: [
      { all: ['Squid Cache: Version %s\n'] },
      { all: ['Squid Cache: Version %s\n'], version: ['\0squid/3.', '\0squid/4.', '\0squid/5.', '\0squid/6.', '\0squid/7.'].map((near) => ({ near, pattern: /\0squid\/(\d{1,2}\.\d{1,3}(?:\.\d{1,3}){0,2})\0/ })) },
    ],
  },
  {
    id: 'varnish', name: 'Varnish', packages: ['varnish'],
    texts: [{ all: ['Usage: varnishd [options]'], version: [{ near: '\0varnish-', pattern: /\0varnish-(\d{1,2}\.\d{1,3}\.\d{1,3}) revision [0-9a-f]{40}\0/ }] }],
  },
  {
    id: 'bind', name: 'BIND', packages: ['bind9', 'bind', 'bind9*'],
    texts: [{ all: ['named version: BIND 9.'], version: [{ near: 'named version: BIND 9.', pattern: /named version: BIND (9\.\d{1,2}\.\d{1,3}(?:-[PS]\d{1,2})?)(?:-[\w.~+-]{1,60})?(?: \([\w ()-]{1,60}\))? </ }] }],
  },
  {
    id: 'unbound', name: 'Unbound', packages: ['unbound'],
    texts: [{ all: ['usage:  unbound [options]'], version: [{ near: '\0unbound 1.', pattern: /\0unbound (\d{1,2}\.\d{1,3}\.\d{1,3})\0/ }] }],
  },
  {
    id: 'dnsmasq', name: 'dnsmasq', packages: ['dnsmasq-base', 'dnsmasq', 'dnsmasq-base-lua'],
    texts: [{ all: ['Dnsmasq version %s  %s\n'], version: [{ near: '\0dnsmasq-2.', pattern: /\0dnsmasq-(2\.\d{1,3}(?:(?:test|rc)\d{1,2})?)\0/ }] }],
  },
  {
    id: 'mosquitto', name: 'Mosquitto', packages: ['mosquitto'],
    texts: [
      { all: ['mosquitto version %s starting'] },
      { all: ['mosquitto version %s starting'], version: [{ near: 'mosquitto version %s\n\n', pattern: /\0(\d{1,2}\.\d{1,3}\.\d{1,3})\0mosquitto version %s\n\n/ }] },
    ],
  },
  {
    id: 'vsftpd', name: 'vsftpd', packages: ['vsftpd'],
    texts: [{ all: ['vsftpd: version '], version: [{ near: 'vsftpd: version ', pattern: /vsftpd: version (\d{1,2}\.\d{1,2}\.\d{1,2})\n\0/ }] }],
  },
  {
    id: 'openssl', name: 'OpenSSL', packages: ['openssl', 'libssl3', 'libssl3t64', 'libssl1*', 'openssl-libs', 'openssl1*', 'openssl3*'],
    texts: [
      { all: ['Seeding source:', '%s (Library: %s)\n'], version: [opensslVersion()] },
      { all: ['OPENSSLDIR: "'], soname: /^libcrypto\.so\.[13]/, version: [opensslVersion()] },
      { all: ['ssl/ssl_lib.c'], soname: /^libssl\.so\.[13]/ },
      { all: ['ssl/ssl_lib.c'], soname: /^libssl\.so\.[13]/, version: [opensslVersion()] },
    ],
  },
  {
    id: 'openssh', name: 'OpenSSH', packages: ['openssh-server', 'openssh-client', 'openssh', 'openssh-clients', 'openssh-sftp-server'],
    texts: [
      { all: ['sshd version %s', 'OpenSSH_'], version: [opensshVersion()] },
      { all: ['Local version string %.100s', 'OpenSSH_'], version: [opensshVersion()] },
    ],
  },
  {
    id: 'busybox', name: 'BusyBox', packages: ['busybox', 'busybox-static'],
    texts: [{ all: ['BusyBox v'], version: [{ near: 'BusyBox v', pattern: /BusyBox v(\d{1,2}\.\d{1,3}\.\d{1,3})(?:\.\w{1,20})? \(/ }] }],
  },
  {
    id: 'curl', name: 'curl', packages: ['curl', 'libcurl4', 'libcurl4t64', 'libcurl3*', 'libcurl', 'curl-minimal', 'libcurl-minimal'],
    texts: [
      { all: ['Release-Date: %s'], version: [{ near: 'Release-Date: %s', pattern: /\0curl (\d{1,2}\.\d{1,3}\.\d{1,3})(?:-DEV)? \([\w.-]{1,60}\) %s\n\0/ }] },
      { all: ['libcurl/'], soname: /^libcurl(-gnutls|-nss)?\.so/, version: [{ near: 'libcurl/', pattern: /libcurl\/(\d{1,2}\.\d{1,3}\.\d{1,3})(?:-DEV)?\0/ }] },
    ],
  },
  {
    id: 'git', name: 'Git', packages: ['git', 'git-core'],
    texts: [{ all: ['git version %s\n', 'GIT_USER_AGENT'], version: [{ near: 'GIT_USER_AGENT', pattern: /git\/(\d{1,2}\.\d{1,3}(?:\.\d{1,3}){0,2}(?:[.-]rc\d{1,2})?)\0/ }] }],
  },
  {
    id: 'xmrig', name: 'XMRig (cryptocurrency miner)', packages: ['xmrig'],
    texts: [{ all: ['donate-level', 'cryptonight'], version: ['\0XMRig 5.', '\0XMRig 6.', '\0XMRig 7.'].map((near) => ({ near, pattern: /\0XMRig (\d{1,2}\.\d{1,3}\.\d{1,3})\0/ })) }],
  },
  {
    id: 'tomcat', name: 'Apache Tomcat', packages: ['tomcat9*', 'tomcat10*', 'tomcat11*', 'tomcat', 'tomcat-*', 'libtomcat*'],
    tree: {
      script: ['CATALINA_HOME', 'org.apache.catalina.startup.Bootstrap'],
      files: [{ path: '../RELEASE-NOTES', pattern: /^ {0,60}Apache Tomcat Version (\d{1,2}\.\d{1,3}\.\d{1,3})\r?$/m }, { path: '../lib/catalina.jar', pattern: /^Implementation-Version: (\d{1,2}\.\d{1,3}\.\d{1,3})\r?$/m }],
    },
    jar: { title: { attribute: 'Implementation-Title', value: 'Apache Tomcat' }, version: 'Implementation-Version' },
  },
  {
    id: 'elasticsearch', name: 'Elasticsearch', packages: ['elasticsearch', 'elasticsearch-oss'],
    tree: {
      script: ['elasticsearch-env', 'ES_PATH_CONF'],
      files: [{ path: '../lib/elasticsearch-*.jar', pattern: /^X-Compile-Elasticsearch-Version: (\d{1,2}\.\d{1,3}\.\d{1,3})\r?$/m }],
    },
    jar: { version: 'X-Compile-Elasticsearch-Version' },
  },
  {
    id: 'opensearch', name: 'OpenSearch', packages: ['opensearch'],
    tree: {
      script: ['opensearch-env', 'OPENSEARCH_PATH_CONF'],
      files: [{ path: '../lib/opensearch-*.jar', pattern: /^X-Compile-OpenSearch-Version: (\d{1,2}\.\d{1,3}\.\d{1,3})\r?$/m }],
    },
    jar: { version: 'X-Compile-OpenSearch-Version' },
  },
  {
    id: 'rabbitmq', name: 'RabbitMQ', packages: ['rabbitmq-server'],
    tree: {
      script: ['RABBITMQ_HOME', 'rabbitmq-env'],
      files: [{ path: '../plugins/rabbit-*/ebin/rabbit.app', pattern: /\{vsn,\s{0,20}"(\d{1,2}\.\d{1,3}\.\d{1,3})"\}/ }, { path: '../ebin/rabbit.app', pattern: /\{vsn,\s{0,20}"(\d{1,2}\.\d{1,3}\.\d{1,3})"\}/ }],
    },
  },
];

function pythonVersion(): NonNullable<NonNullable<ProductRow['texts']>[number]['version']> {
  const pattern = /\0([23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\+?\0/;
  return [{ near: '%.80s (%.80s) %.80s', pattern }, { near: '<prefix>/lib/pythonX.X', pattern }];
}

function opensslVersion(): { readonly near: string; readonly pattern: RegExp } {
  return { near: 'OpenSSL ', pattern: /OpenSSL (\d{1,2}\.\d{1,3}\.\d{1,3}[a-z]{0,2}(?:-(?:alpha|beta|pre)\d{1,2})?)(?:-fips)? {1,2}(?:FIPS )?\d{1,2} [A-Z][a-z]{2} \d{4}/ };
}

function opensshVersion(): { readonly near: string; readonly pattern: RegExp } {
  return { near: 'OpenSSH_', pattern: /OpenSSH_(\d{1,2}\.\d{1,2}(?:\.\d{1,2})?p\d{1,2})[\0 -]/ };
}
