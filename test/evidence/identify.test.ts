// What is said of one file: never a product for its name or for the libraries in it, never a version that is not certain.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { identify, recordedAs } from '../../src/evidence/identify.ts';
import { elf } from '../support/elf.ts';
import { bareFacts, sandbox } from '../sweep/sandbox.ts';
import { goProgram, identityOf, jar, rustProgram, textProgram } from './programs.ts';
import { processorMs } from '../support/processor-time.ts';

const REDIS = ['7.0.15', 'Redis is starting oO0OoO0OoO0Oo', '7.0.151790282056000000000'];

describe('the product', () => {
  it('is not that of the libraries in a program', () => {
    const linked = ['OpenSSL 3.0.15 3 Sep 2024', 'OPENSSLDIR: "/usr/local/ssl"', 'libcurl/8.5.0', 'PostgreSQL 15.14', '10.11.6-MariaDB', 'ssl/ssl_lib.c', 'OpenSSH_9.2p1', 'Apache/2.4.62', 'BusyBox', 'XMRig 6.22.2'];
    expect(identityOf(textProgram(linked), 'elf-executable')).toEqual({ because: [], elf: { machine: 'x86-64', bits: 64, interpreter: '/lib64/ld-linux-x86-64.so.2', static: false } });
  });

  it('is not that of the file name', () => {
    for (const path of ['/usr/local/bin/redis-server', '/opt/nginx/sbin/nginx', '/usr/local/bin/xmrig']) expect(identityOf(textProgram(['hello']), 'elf-executable', { path })?.product).toBeUndefined();
    expect(identityOf('#!/bin/sh\necho tomcat\n', 'script', { path: '/opt/tomcat/bin/catalina.sh' })).toBeUndefined();
  });

  it('is none where two are named', () => {
    const both = identityOf(textProgram([...REDIS, 'nginx version: nginx/1.22.1\n']), 'elf-executable');
    expect([both?.product, both?.version]).toEqual([undefined, undefined]);
  });

  it('is none where a fork or a program built around it says so', () => {
    const node = ['was compiled against a different Node.js version', 'https://nodejs.org/download/release/v20.11.1/node-v20.11.1.tar.gz'];
    expect(identityOf(textProgram(node), 'elf-executable')?.product?.id).toBe('node');
    expect(identityOf(textProgram([...node, 'ELECTRON_RUN_AS_NODE']), 'elf-executable')?.product).toBeUndefined();
    expect(identityOf(textProgram([...node, 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0']), 'elf-executable')?.product?.id).toBe('node');
    expect(identityOf(textProgram([...node, 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1']), 'elf-executable')?.product).toBeUndefined();
  });

  it('of a library is that of a library by its own name', () => {
    const texts = ['OPENSSLDIR: "/usr/lib/ssl"', 'OpenSSL 3.0.15 3 Sep 2024'];
    expect(identityOf(textProgram(texts, { soname: 'libcrypto.so.3' }), 'shared-object')?.version).toBe('3.0.15');
    expect(identityOf(textProgram(texts, { soname: 'libother.so.1' }), 'shared-object')?.product).toBeUndefined();
  });

  it('of a Go program is none for its dependencies, or for a path that only begins alike', () => {
    for (const path of ['example.org/tool', 'github.com/prometheus/prometheus-tool', 'github.com/hashicorp/vaultwarden', 'caddy']) {
      const identity = identityOf(goProgram({ lines: [`path\t${path}`, `mod\t${path}\tv1.0.0\th1:x`, 'dep\tgithub.com/prometheus/prometheus\tv0.45.0\th1:x'] }), 'elf-executable');
      expect([identity?.product, identity?.version, identity?.elf?.go?.module]).toEqual([undefined, undefined, path]);
      expect(identity?.because).toEqual([`Go build information: ${path} v1.0.0`]);
    }
  });

  it('of a jar is none for a manifest that says nothing', () => {
    expect(identityOf(jar({ 'META-INF/MANIFEST.MF': 'Implementation-Title: Mine\r\nImplementation-Version: 9.0.70\r\n' }), 'java-archive')).toBeUndefined();
    for (const damaged of ['', 'PK\x05\x06', jar({ 'META-INF/MANIFEST.MF': 'Implementation-Title: Apache Tomcat\n' }).subarray(0, 60)]) expect(identityOf(damaged, 'java-archive')).toBeUndefined();
  });
});

describe('the version', () => {
  it('is none where two are said', () => {
    const identity = identityOf(textProgram(['nginx version: nginx/1.22.1\n', 'nginx version: nginx/1.24.0\n']), 'elf-executable');
    expect([identity?.product?.id, identity?.version]).toEqual(['nginx', undefined]);
  });

  it('of Redis is none where the host that built it could be part of it', () => {
    // 7.0.1 built on '5host', or 7.0.15 built on 'host'.
    const identity = identityOf(textProgram(['7.0.1', '7.0.15', 'Redis is starting oO0OoO0OoO0Oo', '7.0.15host-1700000000000000000']), 'elf-executable');
    expect([identity?.product?.id, identity?.version]).toEqual(['redis', undefined]);
  });

  it('of a commit without a tag is none', () => {
    const identity = identityOf(goProgram({ lines: ['path\tgithub.com/hashicorp/consul', 'mod\tgithub.com/hashicorp/consul\tv1.17.1-0.20240102030405-0123456789ab\t'] }), 'elf-executable');
    expect([identity?.product?.id, identity?.version]).toEqual(['consul', undefined]);
  });

  it('is none where the variables around it are not those of the product', () => {
    const lines = ['path\tgithub.com/prometheus/prometheus/cmd/prometheus'];
    for (const variables of [['1.2.3', 'x', 'y'], ['go1.22.5', '2.42.0', '1.0.0'], ['2.42.0', 'abcdef0123', 'HEAD', 'root@build', 'today'], ['go1.22.5', 'abcdef0123', '2.42.0', 'x', 'y', 'go1.22.5', 'abcdef0124', '2.43.0']]) {
      expect(identityOf(goProgram({ lines, variables }), 'elf-executable')?.version, variables.join()).toBeUndefined();
    }
  });

  it('is quoted as one printable line', () => {
    const identity = identityOf(textProgram(['memcached 1.6.18\n', 'CLIENT_ERROR bad data chunk']), 'elf-executable');
    expect(identity?.because).toEqual(['its text says "memcached 1.6.18"']);
  });
});

describe('a file', () => {
  it('with the content of a packaged one is a copy of it, whatever it is', () => {
    const content = textProgram(REDIS);
    const identity = identityOf(content, 'elf-executable', {
      path: '/tmp/.x', context: { sameContent: (path) => (path === '/tmp/.x' ? { path: '/usr/bin/redis-server', package: 'redis-server' } : undefined) },
    });
    expect(identity).toMatchObject({ product: { id: 'redis' }, version: '7.0.15', copyOf: { path: '/usr/bin/redis-server', package: 'redis-server' } });
    expect(identity?.because.at(-1)).toBe('same content as /usr/bin/redis-server of redis-server');
    expect(identityOf(content, 'elf-executable', { context: { sameContent: () => undefined } })?.copyOf).toBeUndefined();
  });

  it('that is a hard link is a copy without being read', () => {
    const { host } = sandbox({ '/home/x': 'text' });
    const context = { packageOf: () => 'bash', sameContent: () => { throw new Error('not asked'); } };
    expect(identify(host, { facts: { ...bareFacts(host, '/home/x'), hardLinkOf: '/bin/bash' } }, context)).toEqual({ because: ['hard link to /bin/bash of bash'], copyOf: { path: '/bin/bash', package: 'bash' } });
  });

  it('of another channel has the record of it', () => {
    const record = { channel: 'pip', name: 'ansible', version: '9.1.0', record: '/opt/lib/RECORD' };
    expect(identityOf('#!/usr/bin/python3\n', 'script', { context: { channelOf: () => record } })).toEqual({ because: ['/opt/lib/RECORD lists it as ansible 9.1.0'], channel: record });
    expect(recordedAs({ ...record, intact: false }).because).toEqual(['/opt/lib/RECORD lists it as ansible 9.1.0, with another content']);
    expect(recordedAs({ ...record, intact: true }).because).toEqual(['/opt/lib/RECORD lists it as ansible 9.1.0, with this content']);
  });

  it('with Rust audit data has its crate', () => {
    const identity = identityOf(rustProgram({ packages: [{ name: 'ripgrep', version: '14.1.0', root: true }] }), 'elf-executable');
    expect(identity).toMatchObject({ because: ['Rust audit data: crate ripgrep 14.1.0'], elf: { rust: { crate: 'ripgrep', version: '14.1.0' } } });
  });

  it('that is a link, is not there, or is no program says nothing', () => {
    const { host } = sandbox({ '/a': { link: '/b' }, '/text': 'plain' });
    expect(identify(host, { facts: bareFacts(host, '/a') })).toBeUndefined();
    expect(identify(host, { facts: { ...bareFacts(host, '/text'), path: '/gone', code: 'elf-executable' } })).toBeUndefined();
    expect(identify(host, { facts: { ...bareFacts(host, '/text'), code: 'elf-executable' } })).toBeUndefined();
  });

  it('made of one text over and over is read in a bounded time', () => {
    const started = processorMs();
    for (const text of ['OpenSSH_', 'memcached ', '1.2.3a-', '7.0.15a-17', '\0MySQL 8.']) {
      const content = elf({ type: 'program', machine: 'x86-64', sections: { '.rodata': `Redis is starting oO0OoO0OoO0Oo${text.repeat(400_000)}` } });
      expect(identityOf(content, 'elf-executable')?.version).toBeUndefined();
    }
    expect(processorMs() - started).toBeLessThan(40_000);
  });

  it('has its text found across the pieces in which it is read', () => {
    const mark = 'nginx version: nginx/1.22.1\n\0';
    for (const before of [-30, -20, -8, -1, 0, 1]) {
      const content = elf({ type: 'program', machine: 'x86-64', sections: { '.rodata': '.'.repeat(1024 * 1024 + before) + mark + '.'.repeat(2000) } });
      expect(identityOf(content, 'elf-executable')?.version, String(before)).toBe('1.22.1');
    }
  });
});

describe('programs of this machine', () => {
  const host = localHost('/');
  /** Program, what prints its version, product. */
  const programs: readonly (readonly [string, readonly string[], string])[] = [
    [process.execPath, ['--version'], 'node'], ['/usr/bin/git', ['--version'], 'git'], ['/usr/bin/openssl', ['version'], 'openssl'], ['/usr/bin/curl', ['--version'], 'curl'],
    ['/usr/bin/python3', ['--version'], 'python'], ['/usr/bin/ssh', ['-V'], 'openssh'], ['/usr/sbin/nginx', ['-v'], 'nginx'], ['/usr/sbin/haproxy', ['-v'], 'haproxy'], ['/usr/bin/redis-cli', ['--version'], 'redis'],
  ];

  it.each(programs.filter(([path]) => existsSync(path) && readFileSync(path).readUInt32BE(0) === 0x7f454c46))('%s says of itself what is found by reading', (path, args, id) => {
    const facts = { ...bareFacts(host, realpathSync(path)), code: 'elf-executable' as const };
    const identity = identify(host, { facts });
    expect(identity?.product?.id).toBe(id);
    const printed = execFileSync('/bin/sh', ['-c', '"$0" "$@" 2>&1', path, ...args], { encoding: 'utf8' });
    expect(identity?.version).toBeDefined();
    expect(printed).toContain(identity!.version);
  });
});
