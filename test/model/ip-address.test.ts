import { BlockList, isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addressOf, blockHolds, endpoint, formatAddress, parseAddress, parseIpBlock } from '../../src/model/ip-address.ts';
import { fc } from '../support/random-cases.ts';

const near = fc.stringMatching(/^[0-9a-fA-F:.]{1,40}$/);
const hex = fc.stringMatching(/^[0-9a-f]{1,4}$/);
const v6 = fc.tuple(fc.array(hex, { minLength: 8, maxLength: 8 }), fc.nat(8), fc.nat(8)).map(([words, from, gap]) => {
  if (gap === 0) return words.join(':');
  return `${words.slice(0, from).join(':')}::${words.slice(Math.min(8, from + gap)).join(':')}`;
});
const v4 = fc.ipV4();

describe('an address', () => {
  it('is one exactly where the system says so', () => {
    fc.assert(fc.property(fc.oneof(near, v6, v4, fc.ipV6(), v6.map((text) => `${text}:`), v4.map((text) => `::${text}`), v4.map((text) => `0${text}`)), (text) => {
      expect(parseIpBlock(text) !== undefined, text).toBe(isIP(text) !== 0);
    }), { numRuns: 2000 });
  });

  it.each(['', '10', '10.0.0', '10.0.0.256', '010.0.0.1', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.1%eth0', 'fe80::%', 'fe80::1%eth0/64', ':::', '1::2::3', 'localhost', '10.0.0.0/08', '2001:db8::/032'])('is not %j', (text) => {
    expect(parseIpBlock(text)).toBeUndefined();
  });

  it('of IPv4 in IPv6 form is the IPv4 address', () => {
    expect(parseIpBlock('::ffff:10.0.0.1')).toEqual(parseIpBlock('10.0.0.1'));
    expect(parseIpBlock('::FFFF:a00:1')).toEqual(parseIpBlock('10.0.0.1'));
    expect(parseIpBlock('::ffff:10.0.0.0/104')).toEqual(parseIpBlock('10.0.0.0/8'));
  });
});

describe('a block', () => {
  it('holds the addresses that the system says it does', () => {
    const cases = fc.oneof(
      fc.record({ family: fc.constant('ipv4' as const), net: v4, prefix: fc.nat(32), address: v4, same: fc.boolean() }),
      fc.record({ family: fc.constant('ipv6' as const), net: fc.ipV6(), prefix: fc.nat(128), address: fc.ipV6(), same: fc.boolean() }),
    );
    fc.assert(fc.property(cases, ({ family, net, prefix, address, same }) => {
      const block = parseIpBlock(`${net}/${prefix}`);
      const asked = same ? net : address;
      const one = parseIpBlock(asked);
      // A mapped address is another family here than for the system.
      fc.pre(block !== undefined && one !== undefined && block.family === (family === 'ipv4' ? 4 : 6) && one.family === block.family);
      const list = new BlockList();
      list.addSubnet(net, prefix, family);
      expect(blockHolds(block, one)).toBe(list.check(asked, family));
    }), { numRuns: 1000 });
  });

  it('holds smaller blocks and not larger ones, and one family only', () => {
    const holds = (block: string, address: string): boolean => blockHolds(parseIpBlock(block)!, parseIpBlock(address)!);
    expect(holds('10.0.0.0/8', '10.1.0.0/16')).toBe(true);
    expect(holds('10.1.0.0/16', '10.0.0.0/8')).toBe(false);
    expect(holds('0.0.0.0/0', '::1')).toBe(false);
    expect(holds('::/0', '10.0.0.1')).toBe(false);
    expect(holds('0.0.0.0/0', '::ffff:8.8.8.8')).toBe(true);
    expect(holds('fe80::/10', 'fe80::1%eth0')).toBe(true);
    expect(holds('fe80::1%eth0', 'fe80::1%eth1')).toBe(false);
    expect(holds('fe80::1%eth0', 'fe80::1%eth0')).toBe(true);
  });
});

describe('an address of a block', () => {
  it.each([['10.0.0.0/8', 1, '10.0.0.1'], ['10.1.2.3/8', 9, '10.0.0.9'], ['10.0.0.7', 1, '10.0.0.7'], ['10.0.0.0/8', 0x1_0203, '10.1.2.3'], ['10.4.0.0/14', 0xff_ffff, '10.7.255.255'], ['10.0.0.6/31', 9, '10.0.0.7'], ['0.0.0.0/0', 1, '0.0.0.1'], ['2001:db8::/32', 1, '2001:db8::1'], ['::/0', 1, '::1'], ['1:2:3:4:5:6:7:8', 1, '1:2:3:4:5:6:7:8'], ['1:0:2:3:4:5:6:0/112', 0, '1:0:2:3:4:5:6:0'], ['1:0:0:2:0:0:0:3', 1, '1:0:0:2::3']])(
    '%s, %d: %s', (text, nth, address) => expect(addressOf(parseIpBlock(text)!, nth)).toBe(address),
  );

  it('lies in it', () => {
    fc.assert(fc.property(fc.oneof(fc.tuple(v4, fc.nat(32)), fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }))), fc.nat(0xff_ffff), ([text, length], nth) => {
      const block = parseIpBlock(`${text}/${length}`)!;
      expect(blockHolds(block, parseIpBlock(addressOf(block, nth))!)).toBe(true);
    }));
  });
});

it('shortens the first longest row of zeros, and no single one', () => {
  expect(formatAddress(parseAddress('2001:0:0:1:0:0:0:1')!)).toBe('2001:0:0:1::1');
  expect(formatAddress(parseAddress('2001:db8:0:0:1:0:0:1')!)).toBe('2001:db8::1:0:0:1');
  expect(formatAddress(parseAddress('1:0:2:3:4:5:6:7')!)).toBe('1:0:2:3:4:5:6:7');
});

it('puts brackets around IPv6', () => {
  expect(endpoint('::1', 80)).toBe('[::1]:80');
  expect(endpoint('10.0.0.1', 80)).toBe('10.0.0.1:80');
});

it.each(['', '1.2.3', '1.2.3.256', '1.2.3.4.5', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', 'g::', '1.2.3.4::', 'x'.repeat(1000)])('refuses %j', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});
