import { describe, expect, it } from 'vitest';
import { canonicalCapabilities, sameCapabilities } from '../../src/verify/capability-text.ts';

describe('sameCapabilities', () => {
  it.each([
    ['cap_net_raw=ep', '= cap_net_raw+ep'],
    ['cap_net_raw,cap_net_admin=ep', 'cap_net_admin,cap_net_raw=ep'],
    ['cap_net_admin=p cap_net_raw=p', 'cap_net_admin,cap_net_raw=p'],
    ['CAP_NET_RAW=EP'.toLowerCase(), 'cap_net_raw=pe'],
    ['cap_chown=eip-i', 'cap_chown=ep'],
    ['', '='],
  ])('%s is %s', (left, right) => expect(sameCapabilities(left, right)).toBe(true));

  it.each([
    ['cap_net_raw=ep', 'cap_net_raw=p'],
    ['cap_net_raw=ep', 'cap_net_raw,cap_sys_admin=ep'],
    ['', 'cap_net_raw=ep'],
    ['cap_net_raw=ep', 'all=ep'],
    ['', 'not a capability'],
  ])('%s is not %s', (left, right) => expect(sameCapabilities(left, right)).toBe(false));

  it('takes time in proportion to the text', () => {
    expect(canonicalCapabilities(`${'=+-'.repeat(50_000)}x`)).not.toBe('');
  });
});
