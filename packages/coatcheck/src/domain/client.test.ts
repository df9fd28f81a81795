import { expect, it } from 'vitest'
import { ipGroup, sameSubnet } from './client.ts'

it.each([
  ['192.0.2.1', '192.0.2.254', true],
  ['192.0.2.1', '192.0.3.1', false],
  ['2001:db8:0:7::1', '2001:db8:0:7:ffff::9', true],
  ['2001:db8::1', '2001:db8:0:0:1::', true],
  ['2001:db8:0:7::1', '2001:db8:0:8::1', false],
  ['::1', '::2', true],
  ['192.0.2.1', '::c000:201', false],
  ['', '', false],
  [':::', ':::', false],
  [null, null, false],
])('sameSubnet of %s and %s is %s', (a, b, expected) => {
  expect(sameSubnet(a, b)).toBe(expected)
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:0:7:ffff::9', '2001:db8:0:7'],
  ['2001:0DB8:0:7:ffff::9', '2001:db8:0:7'],
  ['2001:db8:0:7::', '2001:db8:0:7'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['not an address', 'not an address'],
  [':::', ':::'],
  [null, null],
])('ipGroup of %s is %s', (ipAddress, expected) => {
  expect(ipGroup(ipAddress)).toBe(expected)
})
