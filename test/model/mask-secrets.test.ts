// What must not be seen in a report, and what must.
import { describe, expect, it } from 'vitest';
import { maskSecrets, maskWords } from '../../src/model/mask-secrets.ts';
import { processorMs } from '../support/processor-time.ts';

const SECRET = 'S3cr-t_Hunter2';

describe('secrets in command lines', () => {
  it.each([
    `wget https://bob:${SECRET}@example.org/redis.tar.gz`, `git clone https://${SECRET}@git.example.org/x.git`, `curl -H 'Authorization: Bearer ${SECRET}' https://example.org`, `curl -H "X-Api-Key: ${SECRET}" x`,
    `curl -u bob:${SECRET} https://example.org`, `curl --user "bob:${SECRET}" x`, `curl 'https://example.org/x?access_token=${SECRET}&v=1'`, `export DB_PASSWORD=${SECRET}`, `PGPASSWORD="${SECRET} two" psql`,
    `mysql -u root -p${SECRET} db`, `mysqldump -p12345678 db`.replace('12345678', SECRET), `sshpass -p ${SECRET} ssh x`, `redis-cli -a ${SECRET} ping`, `redis-server --requirepass ${SECRET}`, `x --password ${SECRET}`, `x --db-password=${SECRET}`,
    `x --token '${SECRET} two'`, `vault login token=${SECRET}`, `echo '{"client_secret": "${SECRET}"}'`, `docker login -u bob -p ${SECRET}`.replace('-p ', '-p'), `htpasswd -bc /etc/x bob ${SECRET}`,
    `cookie: session=${SECRET}; other=1`, `AWS_SECRET_ACCESS_KEY=${SECRET} aws s3 ls`, `app secret-key ${SECRET}`.replace('secret-key ', '--secret-key '),
    `docker login -u bob -p ${SECRET}`, `mongo -u a -p '${SECRET}'`, `zip -P ${SECRET} a b`, `ldapsearch -w ${SECRET} -D cn`, `openssl enc -k ${SECRET}`, `x --pw ${SECRET}`, `curl 'https://example.org/?key=${SECRET}'`, `ansible-playbook -e "pw=${SECRET}"`,
    `kubectl create secret generic x --from-literal=a=${SECRET}`, `smbclient //h/x -U bob%${SECRET}`, `lftp -u bob,${SECRET} h`, `rabbitmqctl add_user bob ${SECRET}`, `nmcli dev wifi connect x password ${SECRET}`, `vault login ${SECRET}`,
    `echo ${SECRET} | sudo -S ls`, `echo "root:${SECRET}" | chpasswd`, `printf '%s' ${SECRET} > /root/.pgpass`, `chpasswd <<< "root:${SECRET}"`, `wg set wg0 private-key <(echo ${SECRET})`, `expect -c 'send "${SECRET}\\r"'`, `useradd -p '$6$abc$${SECRET}' bob`,
  ])('%s', (line) => {
    expect(maskSecrets(line)).not.toContain(SECRET);
    expect(maskSecrets(line)).toContain('***');
  });

  it.each([
    `ghp_${'a1'.repeat(18)}`, `glpat-${'x1'.repeat(10)}`, `AKIA${'A1'.repeat(8)}`, `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk`, `sk_live_${'a1'.repeat(12)}`, 'a1b2'.repeat(16), `npm_${'a1'.repeat(18)}`,
  ])('a key by its form: %s', (key) => {
    expect(maskSecrets(`tool ${key} more`)).toBe('tool *** more');
  });

  it('leaves what tells how a program came', () => {
    for (const line of [
      'wget https://download.example.org/releases/redis-7.2.4.tar.gz', 'tar xf redis-7.2.4.tar.gz && cd redis-7.2.4 && make && make install PREFIX=/usr/local', 'mkdir -p /opt/x', 'find / -name x -print', 'find . -path ./a -prune',
      'ssh -p 2222 host', 'docker run -p 80:80 nginx', 'git clone git@github.com:a/b.git', 'npm install -g @acme/cli@3.1.4', 'cp target/release/node_exporter /usr/local/bin/node_exporter', 'pip install ansible==9.1.0', 'curl -k https://example.org/x -o /opt/x', 'cp -a redis-7 /opt/redis', 'sort -k 2 x', 'echo done', './configure --prefix=/opt/nginx --with-http_ssl_module',
    ]) expect(maskSecrets(line)).toBe(line);
  });

  it('is short and has no control characters, whatever comes', () => {
    expect(maskSecrets('a\x1b[31mb\nc\0')).toBe('a [31mb c ');
    for (const hostile of ['password='.repeat(1000), ' -p'.repeat(2000), `mysql ${' -'.repeat(5000)}`, 'x-'.repeat(5000), 'a'.repeat(1_000_000), `${'token '.repeat(2000)}=`, '://'.repeat(3000), `x-api-${'key-'.repeat(3000)}`, 'echo '.repeat(400), ' -p '.repeat(500), 'add_user a '.repeat(200), '<<<'.repeat(700), '$6$'.repeat(700)]) {
      const before = processorMs();
      expect(maskSecrets(hostile).length).toBeLessThan(20_000);
      expect(processorMs() - before).toBeLessThan(10_000);
    }
  });
});

it('of a process\'s words masks those that are secrets, and leaves the others as they are', () => {
  expect(maskWords(['mysqldump', '--password=hunter2', '-h', 'db', 'two words'])).toEqual(['mysqldump', '--password=***', '-h', 'db', 'two words']);
  expect(maskWords(['app', '--token', 'abc def', '--port', '80'])).toEqual(['app', '--token', '***', '--port', '80']);
  const plain = ['app', '', 'line\nbreak', '\xe2\x80\x9c'];
  expect(maskWords(plain)).toBe(plain);
});
