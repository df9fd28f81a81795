import { describe, expect, it } from 'vitest'
import { isInNetworks, parseNetwork } from './ip-network.ts'

describe('networks of a token', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    ['203.0.113.7/24', '203.0.113.7/24'],
    ['2001:DB8:0:0::/32', '2001:db8::/32'],
    ['::1', '::1/128'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ])('reads %s as %s', (text, network) => {
    expect(parseNetwork(text)).toBe(network)
  })

  it.each([
    '',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.7/33',
    '203.0.113.7/',
    '203.0.113.7/-1',
    '203.0.113.07',
    '2001:db8::/129',
    'fe80::1%eth0',
    '10.0.0.0/8/8',
    'localhost',
    ' 10.0.0.1',
  ])('rejects %j', (text) => {
    expect(parseNetwork(text)).toBeNull()
  })

  it.each([
    ['203.0.113.7', '203.0.113.0/24', true],
    ['203.0.114.7', '203.0.113.0/24', false],
    ['::ffff:203.0.113.7', '203.0.113.0/24', true],
    ['::ffff:cb00:7107', '203.0.113.0/24', true],
    ['203.0.113.7', '::ffff:203.0.113.0/120', true],
    ['203.0.113.7', '203.0.113.9/24', true],
    ['2001:db8::7', '2001:db8::/32', true],
    ['2001:db9::7', '2001:db8::/32', false],
    ['2001:db8::7', '203.0.113.0/24', false],
    ['unknown', '0.0.0.0/0', false],
    [null, '0.0.0.0/0', false],
  ] as const)('decides that %s in %s is %s', (ipAddress, network, expected) => {
    expect(isInNetworks(ipAddress, ['198.51.100.1', network])).toBe(expected)
  })
})
