// Reads nothing: Listen…= values of systemd.socket(5).
import { expect, it } from 'vitest';
import type { Listener } from '../../../src/model/runtime.ts';
import { parseListen, withSocketUnits, type SocketUnitLine } from '../../../src/runtime/sockets/socket-units.ts';

it.each([
  ['22', { kind: 'inet', port: 22 }],
  ['10.1.2.3:22', { kind: 'inet', address: '10.1.2.3', port: 22 }],
  ['0.0.0.0:22', { kind: 'inet', address: '0.0.0.0', port: 22 }],
  ['[::]:22', { kind: 'inet', address: '::', port: 22 }],
  ['[2001:db8:0:0::1]:80', { kind: 'inet', address: '2001:db8::1', port: 80 }],
  ['[fe80::1]:80%eth0', { kind: 'inet', address: 'fe80::1', port: 80, device: 'eth0' }],
  ['/run/x.sock', { kind: 'unix', name: '/run/x.sock' }],
  ['%t/x-%i.sock', { kind: 'unix', name: '/run/x-one.sock' }],
  ['@abstract', { kind: 'unix', name: '@abstract' }],
])('%s', (value, expected) => {
  expect(parseListen(value, 'foo@one.socket')).toEqual(expected);
});

it.each(['', '0', '65536', 'ssh', '1.2.3:22', '::1:22', '[1.2.3.4]:22', '22%eth0', '%m/x', '%', '/run/%', '-1', '22 23', 'vsock:2:1234', 'vsock::22', `/${'x'.repeat(5000)}`, '%__proto__'])('knows nothing of %j', (value) => {
  expect(parseListen(value, 'foo.socket')).toBeUndefined();
});

function listener(over: Partial<Listener>): Listener {
  return { protocol: 'tcp', address: '::', port: 22, reach: 'any', pids: [1], uid: 0, inode: 5, ...over };
}

function unitOf(over: Partial<Listener>, ...lines: readonly SocketUnitLine[]): string | undefined {
  return withSocketUnits([listener(over)], lines)[0]!.socketUnit;
}

const SSH: SocketUnitLine = { unit: 'ssh.socket', directive: 'ListenStream', value: '22' };

it('names the unit of a socket that the first process holds', () => {
  expect(unitOf({}, SSH)).toBe('ssh.socket');
  expect(unitOf({ address: '0.0.0.0', pids: [1, 700] }, SSH)).toBe('ssh.socket');
});

it('names none for another port, protocol, address, namespace or holder', () => {
  expect(unitOf({ port: 23 }, SSH)).toBeUndefined();
  expect(unitOf({ protocol: 'udp' }, SSH)).toBeUndefined();
  expect(unitOf({ address: '10.0.0.1' }, SSH)).toBeUndefined();
  expect(unitOf({ pids: [700] }, SSH)).toBeUndefined();
  expect(unitOf({ pids: [] }, SSH)).toBeUndefined();
  expect(unitOf({ namespace: { inode: 4 } }, SSH)).toBeUndefined();
});

it('knows datagrams, zones, paths of old and abstract names', () => {
  expect(unitOf({ protocol: 'udp', port: 69 }, { unit: 'tftp.socket', directive: 'ListenDatagram', value: '69' })).toBe('tftp.socket');
  expect(unitOf({ address: 'fe80::1%eth0', device: 'eth0' }, { ...SSH, value: '[fe80::1]:22%eth0' })).toBe('ssh.socket');
  expect(unitOf({ protocol: 'unix', port: 0, address: '/run/x' }, { ...SSH, value: '/var/run/x' })).toBe('ssh.socket');
  expect(unitOf({ protocol: 'unix', port: 0, address: '@x' }, { ...SSH, value: '@x', directive: 'ListenSequentialPacket' })).toBe('ssh.socket');
});

it('takes the first of several units by name', () => {
  expect(unitOf({}, SSH, { ...SSH, unit: 'another.socket' }, { ...SSH, unit: 'zzz.socket' })).toBe('another.socket');
});
