import { describe, expect, it } from 'vitest';
import { limitedBy, TrustedProxies } from '../../../src/gateway/client-address.ts';

const PROXIES = new TrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48']);
const STRANGER = '203.0.113.9';

describe('where a request comes from', () => {
  it.each([
    ['nobody is trusted who is not configured', STRANGER, '198.51.100.1', STRANGER],
    ['a proxy says whom it was reached by', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['also one that Node writes as IPv6', '::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['also over IPv6', '2001:db8:1::5', '2001:db8:9::1', '2001:db8:9::1'],
    [
      'what its client made up before is not believed',
      '192.0.2.7',
      `1.1.1.1, ${STRANGER}`,
      STRANGER,
    ],
    ['several proxies in a row', '10.1.2.3', `1.1.1.1,${STRANGER}, 192.0.2.7`, STRANGER],
    ['proxies alone', '10.1.2.3', '10.9.9.9, 192.0.2.7', '10.9.9.9'],
    ['no header', '10.1.2.3', undefined, '10.1.2.3'],
    ['an empty one', '10.1.2.3', '', '10.1.2.3'],
    ['junk', '10.1.2.3', 'unknown', '10.1.2.3'],
    ['junk before a good one', '10.1.2.3', `planted, ${STRANGER}`, STRANGER],
    ['junk that a proxy was told', '10.1.2.3', 'planted, 192.0.2.7', '192.0.2.7'],
    ['an address with a port', '10.1.2.3', '198.51.100.1:4711', '10.1.2.3'],
    ['commas', '10.1.2.3', ',,,', '10.1.2.3'],
    ['a connection that is gone', '', '198.51.100.1', ''],
  ])('%s', (_, peer, forwardedFor, expected) => {
    expect(PROXIES.clientOf(peer, forwardedFor)).toBe(expected);
  });

  it('is the connection alone where there are no proxies', () => {
    expect(new TrustedProxies([]).clientOf('127.0.0.1', STRANGER)).toBe('127.0.0.1');
  });
});

describe('what an address is limited by', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::9:0:0:1', '2001:db8:0:0::/64'],
    ['64:ff9b::203.0.113.9', '64:ff9b:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s by %s', (address, expected) => {
    expect(limitedBy(address)).toBe(expected);
  });
});
