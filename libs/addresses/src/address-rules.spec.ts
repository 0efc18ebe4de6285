import { describe, expect, it } from 'vitest';
import { parseNetworks, refusalOf } from './address-rules.js';

const none = parseNetworks([]);

describe('a message to a tenant’s endpoint', () => {
  it.each(['1.1.1.1', '8.8.8.8', '2606:4700::1111', '::ffff:1.1.1.1'])(
    'may go to %s',
    (address) => {
      expect(refusalOf(address, none)).toBeNull();
    },
  );

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['10.1.2.3', 'private'],
    ['172.31.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['100.100.100.200', 'carrierGradeNat'],
    ['169.254.169.254', 'linkLocal'],
    ['fe80::1', 'linkLocal'],
    ['fe80::1%eth0', 'linkLocal'],
    ['fd00:ec2::254', 'uniqueLocal'],
    ['fec0::1', 'deprecatedSiteLocal'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['168.63.129.16', 'metadata'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a9fe:a9fe', 'linkLocal'],
    ['::127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'rfc6052'],
    ['2002:7f00:1::', '6to4'],
    ['2001:0:7f00:1::', 'teredo'],
    ['::2', 'special'],
    ['4000::1', 'special'],
    ['localhost', 'no address'],
  ])('may not go to %s (%s)', (address, because) => {
    expect(refusalOf(address, none)).toBe(because);
  });

  it('may go where the operator says so, and nowhere else', () => {
    const allowed = parseNetworks(['10.0.0.0/8', 'fd00::/8']);
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd00:ec2::254']) {
      expect(refusalOf(address, allowed)).toBeNull();
    }
    expect(refusalOf('192.168.1.1', allowed)).toBe('private');
    expect(refusalOf('::1', allowed)).toBe('loopback');
    expect(() => parseNetworks(['10.0.0.0'])).toThrow('10.0.0.0 is no network');
  });
});
