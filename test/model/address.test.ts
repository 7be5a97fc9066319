import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressIn, addressText, blockHolds, parseAddress, parseBlock, type Block } from '../../src/model/address.ts';

function block(text: string): Block {
  const parsed = parseBlock(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

function holds(one: string, address: string): boolean {
  return blockHolds(block(one), parseAddress(address)!);
}

describe('addresses', () => {
  it.each([['10.1.2.3', '10.1.2.3'], ['::', '::'], ['::1', '::1'], ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'], ['fe80:0:1::', 'fe80:0:1::'], ['::ffff:10.0.0.1', '10.0.0.1'], ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'], ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7']])(
    '%s is %s', (text, shown) => expect(addressText(parseAddress(text)!)).toBe(shown),
  );

  it.each(['', '10.1.2', '10.1.2.256', '1.2.3.4.5', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', 'g::', 'fe80::1%eth0', '[::1]', '10.0.0.1:22', '::1.2.3', '1.2.3.4::', 'localhost'])(
    '"%s" is none', (text) => expect(parseAddress(text)).toBeUndefined(),
  );

  it('are read as they are written', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).filter((value) => value >> 32n !== 0xffffn), (value) => {
      expect(parseAddress(addressText({ bits: 128, value }))).toEqual({ bits: 128, value });
    }));
  });
});

describe('blocks', () => {
  it.each([['10.0.0.0/8', '10.255.0.1', true], ['10.0.0.0/8', '11.0.0.1', false], ['0.0.0.0/0', '8.8.8.8', true], ['10.0.0.7', '10.0.0.7', true], ['10.0.0.7', '10.0.0.8', false], ['2001:db8::/32', '2001:db8:1::1', true], ['2001:db8::/32', '10.0.0.1', false], ['::/0', '10.0.0.1', false], ['10.0.0.0/8', '::ffff:10.0.0.1', true], ['::ffff:10.0.0.0/104', '10.9.9.9', true], ['10.1.2.3/8', '10.0.0.1', true]])(
    '%s and %s: %s', (one, address, expected) => expect(holds(one, address)).toBe(expected),
  );

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129', '::ffff:10.0.0.0/95', '/8', 'x/8'])('"%s" is none', (text) => expect(parseBlock(text)).toBeUndefined());

  it('has addresses', () => {
    expect(['10.0.0.0/8', '10.0.0.7/32', '10.0.0.6/31', '2001:db8::/32'].map((text) => addressText(addressIn(block(text), 1n)))).toEqual(['10.0.0.1', '10.0.0.7', '10.0.0.7', '2001:db8::1']);
  });
});
