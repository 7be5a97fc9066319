import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { failed } from '../../../src/model/coverage.ts';
import { LISTENER_STATES, listenersJson } from '../../../src/report/listeners/listeners-json.ts';
import { listenersText } from '../../../src/report/listeners/listeners-text.ts';
import { aListener, aListenerReport, anEntry, aRow, sshdRow } from '../../support/listener-rows.ts';
import { PLAIN_TEXT } from '../../support/sample-report.ts';

const redis = aRow(aListener('0.0.0.0', 6379));
const changed = sshdRow(aListener('10.1.2.3', 443), { state: 'changed', why: 'it runs as root, confirmed for www-data', program: '/usr/sbin/nginx', unit: 'nginx.service', entry: anEntry(443) });
const report = aListenerReport([redis, changed, sshdRow()], { hidden: { loopback: 3, unix: 41 } });

describe('the table of listeners', () => {
  it('fits into 80 columns, says the rest below, and counts what is not shown', () => {
    expect(listenersText(report, PLAIN_TEXT)).toBe(`web-1; manifest web.yaml

PORT      ADDRESS   PROGRAM                      OWNER           CONFIRMED
6379/tcp  0.0.0.0   /usr/local/bin/redis-server  UNOWNED         unconfirmed
    redis.service, as root, since 2026-11-02
443/tcp   10.1.2.3  /usr/sbin/nginx              openssh-server  changed
    nginx.service, as root, since 2026-11-02, it runs as root, confirmed for
    www-data (web.yaml:12)
22/tcp    0.0.0.0   /usr/sbin/sshd               openssh-server  alice
    ssh.service, as root, since 2026-11-02, on 2026-11-01 (web.yaml:12)

What now
  drift listeners confirm 6379/tcp  say in the manifest that it belongs here
  drift explain 6379/tcp            what it is, and how it came here

3 sockets: 1 unconfirmed, 1 changed, 1 confirmed
not shown: 3 on loopback, 41 unix sockets (drift listeners --all)
`);
  });

  it('says by which link a program was started', () => {
    const owners = ['redis-server', 'redis-tools'].map((name) => ({ manager: 'apt' as const, name, arch: 'amd64', version: '5:7.0.15-1' }));
    const started = aListenerReport([aRow(aListener('0.0.0.0', 6379), { program: '/usr/bin/redis-check-rdb', startedAs: '/usr/bin/redis-server', owners })]);
    expect(listenersText(started, PLAIN_TEXT)).toContain(`PORT      ADDRESS  PROGRAM                   OWNER                 CONFIRMED
6379/tcp  0.0.0.0  /usr/bin/redis-check-rdb  redis-server, redis-tools
    unconfirmed, redis.service, as root, since 2026-11-02, started as
    /usr/bin/redis-server
`);
    expect((JSON.parse(listenersJson(started)) as { readonly listeners: readonly object[] }).listeners[0]).toMatchObject({ program: '/usr/bin/redis-check-rdb', startedAs: '/usr/bin/redis-server' });
  });

  it('tells how to confirm again what no longer holds', () => {
    expect(listenersText(aListenerReport([changed, sshdRow()]), PLAIN_TEXT)).toContain('  drift listeners confirm 443/tcp --renew  confirm it as it is now\n');
  });

  it('is one line a socket where the terminal is wide', () => {
    const wide = listenersText(aListenerReport([redis]), { ...PLAIN_TEXT, width: 120 });
    expect(wide).toContain('PORT      ADDRESS  PROGRAM                      OWNER    CONFIRMED    UNIT           USER  SINCE\n6379/tcp  0.0.0.0  /usr/local/bin/redis-server  UNOWNED  unconfirmed  redis.service  root  2026-11-02\n');
  });

  it.each([60, 80, 100, 120])('keeps to %d columns, whatever is in it', (width) => {
    const rows = [redis, changed, sshdRow(aListener('fe80::5054:ff:fe12:3456%enp0s31f6', 22)), aRow(aListener('::', 8125, { protocol: 'udp', dualStack: true, device: 'wg0' }), { program: '/opt/vendor/agents/monitoring/current/bin/collector' })];
    for (const line of listenersText(aListenerReport(rows), { ...PLAIN_TEXT, width }).split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
  });

  it('says which columns a colour is in without counting it', () => {
    const coloured = listenersText(report, { ...PLAIN_TEXT, paint: (style, text) => `<${style}>${text}</>` });
    expect(coloured.replaceAll(/<[a-z]+>|<\/>/g, '')).toBe(listenersText(report, PLAIN_TEXT));
    expect(coloured).toContain('<high>UNOWNED</>');
  });

  it('shows nothing that a terminal obeys, and no line break of a name', () => {
    const hostile = aRow(aListener('0.0.0.0', 1), { program: '/tmp/a\x1b[2J\nb\xff', unit: 'a\nb.service', user: 'r\x1boot', why: 'x\x1b[1m' });
    const text = listenersText(aListenerReport([hostile]), PLAIN_TEXT);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\xff]/);
    expect(text).toContain('/tmp/a\\x1b[2J\\nb\\xff');
    expect(text).toContain('a\\nb.service');
  });

  it('gives other network namespaces a section of their own', () => {
    const text = listenersText(aListenerReport([sshdRow(), aRow(aListener('0.0.0.0', 80, { namespace: { inode: 7, name: 'blue' } })), aRow(aListener('0.0.0.0', 81, { namespace: { inode: 8 } }))]), PLAIN_TEXT);
    expect(text).toMatch(/22\/tcp.*\n.*\n\nnetwork namespace blue\nPORT.*\n80\/tcp/);
    expect(text).toContain('network namespace 8, which has no name\n');
  });

  it('folds the sockets of one program on one port, and says when nobody is seen to hold one', () => {
    const shared = [aRow(aListener('0.0.0.0', 53, { protocol: 'udp' })), aRow(aListener('0.0.0.0', 53, { protocol: 'udp' }))];
    expect(listenersText(aListenerReport(shared), PLAIN_TEXT)).toContain('2 sockets');
    const { listener } = aRow(aListener('0.0.0.0', 9, { pids: [], uid: 1000 }));
    expect(listenersText(aListenerReport([{ listener, state: 'unconfirmed' }]), PLAIN_TEXT)).toContain('holder not known, socket of uid 1000');
  });

  it('says that nothing can be confirmed without the section, and what could not be read', () => {
    expect(listenersText(aListenerReport([], { compared: false }), PLAIN_TEXT)).toContain('web.yaml has no listeners section: nothing is confirmed');
    expect(listenersText(aListenerReport([], { manifest: [], compared: false }), PLAIN_TEXT)).toContain('no manifest: nothing is confirmed\n\nnothing listens\n');
    expect(listenersText(aListenerReport([], { coverage: [failed('runtime/processes', 'gone')] }), PLAIN_TEXT)).not.toContain('nothing listens');
    expect(listenersText(aListenerReport([redis], { coverage: [failed('listeners', 'permission denied', '/proc/1/fd')] }), PLAIN_TEXT)).toContain('NOT READ (1)');
  });
});

describe('drift.listeners/1', () => {
  const schema = JSON.parse(readFileSync(new URL('../../../docs/reference/listeners.schema.json', import.meta.url), 'utf8'));
  const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true }).compile(schema);
  const full = aListenerReport([
    redis, changed, sshdRow(), aRow(aListener('@\xfe', 0, { protocol: 'unix', reach: 'local', socketUnit: 'x.socket' })),
    aRow(aListener('::', 80, { namespace: { inode: 7, name: 'bl\xff' }, device: 'eth0', dualStack: true }), { program: '/srv/\xff', sha256: 'b'.repeat(64) }),
    { listener: aListener('0.0.0.0', 9, { pids: [] }), state: 'unconfirmed' },
  ], { coverage: [failed('listeners', 'permission denied', '/proc/1/fd')] });

  it('is what its schema says', () => {
    expect(validate(JSON.parse(listenersJson(full))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(JSON.parse(listenersJson(aListenerReport([]))))).toBe(true);
  });

  it('has a schema that refuses what is not in it, with the states of the model', () => {
    const value = JSON.parse(listenersJson(full));
    expect(validate({ ...value, extra: 1 })).toBe(false);
    expect(validate({ ...value, listeners: [{ ...value.listeners[0], state: 'fine' }] })).toBe(false);
    expect(validate({ ...value, listeners: [{ ...value.listeners[0], owners: ['redis'] }] })).toBe(false);
    expect(schema.$defs.state.enum).toEqual([...LISTENER_STATES]);
  });

  it('has every fact of the text, and the exact bytes of names', () => {
    const { listeners, summary } = JSON.parse(listenersJson({ ...full, hidden: { loopback: 3, unix: 41 } }));
    expect(summary).toEqual({ listeners: 6, byState: { unconfirmed: 3, changed: 1, expired: 0, confirmed: 1, 'not-asked': 1 }, hidden: { loopback: 3, unix: 41 } });
    expect(listeners[0]).toMatchObject({ port: 6379, program: '/usr/local/bin/redis-server', owners: [], unit: 'redis.service', user: 'root', since: '2026-11-02T09:14:00.000Z', state: 'unconfirmed', entry: null });
    expect(listeners[1].why).toBe('it runs as root, confirmed for www-data');
    expect(listeners[2].entry).toMatchObject({ by: 'alice', on: '2026-11-01', declaredAt: { file: 'web.yaml', line: 12 } });
    expect(listeners[4]).toMatchObject({ programBase64: Buffer.from('/srv/\xff', 'latin1').toString('base64'), device: 'eth0', dualStack: true });
    expect(listeners[5]).toMatchObject({ program: null, owners: null });
  });
});
