import { describe, expect, it } from 'vitest'
import { createProxyTrust, normalizeIpAddress } from './client-address.ts'

const proxies = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8']
const trust = createProxyTrust(proxies)

function addressBehind(peer: string | null, ...forwarded: readonly string[]): string | null {
  const headers = new Headers()
  for (const value of forwarded) headers.append('X-Forwarded-For', value)
  return trust.clientIpAddress(peer, headers)
}

describe('client IP address', () => {
  it("is the socket's if the peer is untrusted, whatever it forwards", () => {
    expect(addressBehind('203.0.113.7', '1.1.1.1')).toBe('203.0.113.7')
    expect(addressBehind('2001:DB8::0:1', '10.0.0.1')).toBe('2001:db8::1')
    const none = createProxyTrust([])
    expect(none.clientIpAddress('127.0.0.1', new Headers({ 'X-Forwarded-For': '1.1.1.1' }))).toBe(
      '127.0.0.1',
    )
  })

  it('is the rightmost untrusted hop behind one or two proxies', () => {
    expect(addressBehind('127.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
    expect(addressBehind('127.0.0.1', '1.1.1.1, 203.0.113.7')).toBe('203.0.113.7')
    expect(addressBehind('127.0.0.1', '1.1.1.1, 203.0.113.7, 10.1.2.3')).toBe('203.0.113.7')
    expect(addressBehind('fd00::1', '2001:db8::7 ,\t[fd12::1]:443')).toBe('2001:db8::7')
    expect(addressBehind('127.0.0.1', '1.1.1.1', '203.0.113.7')).toBe('203.0.113.7')
  })

  it('is the last known proxy if no valid IP address was forwarded', () => {
    expect(addressBehind('127.0.0.1')).toBe('127.0.0.1')
    expect(addressBehind('127.0.0.1', '')).toBe('127.0.0.1')
    expect(addressBehind('127.0.0.1', '10.0.0.9')).toBe('10.0.0.9')
    for (const garbage of [
      'unknown',
      '_hidden',
      '1.1.1',
      '1.1.1.1.1',
      '01.1.1.1',
      'a'.repeat(9_000),
    ]) {
      expect(addressBehind('127.0.0.1', `203.0.113.7, ${garbage}, 10.0.0.9`)).toBe('10.0.0.9')
    }
  })

  it('has one canonical form per client', () => {
    expect(addressBehind('::ffff:127.0.0.1', '::ffff:203.0.113.7')).toBe('203.0.113.7')
    expect(addressBehind('127.0.0.1', '[2001:DB8:0:0::1]:8080')).toBe('2001:db8::1')
    expect(addressBehind('127.0.0.1', '203.0.113.7:49152')).toBe('203.0.113.7')
    expect(normalizeIpAddress('::FFFF:cb00:7107')).toBe('203.0.113.7')
    expect(normalizeIpAddress('fe80::1%eth0')).toBe('fe80::1')
  })

  it('is null if the transport has none or an invalid one', () => {
    expect(addressBehind(null, '203.0.113.7')).toBeNull()
    expect(addressBehind('/run/app.sock', '203.0.113.7')).toBeNull()
    for (const text of [
      '',
      '[',
      '[]',
      '[1.1.1.1]',
      '::1:',
      '1.1.1.1:',
      '1.1.1.1:x',
      '[::1',
      '::1]',
    ]) {
      expect([text, normalizeIpAddress(text)]).toEqual([text, null])
    }
  })

  it('is correct for more IP addresses than the cache holds', () => {
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < 10_000; index += 1) {
        const ipAddress = `203.0.${index >> 8}.${index & 0xff}`
        expect(addressBehind(`::ffff:${ipAddress}`)).toBe(ipAddress)
        expect(addressBehind('127.0.0.1', ipAddress)).toBe(ipAddress)
      }
    }
    expect(addressBehind('10.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
    expect(createProxyTrust([]).clientIpAddress('10.0.0.1', new Headers())).toBe('10.0.0.1')
  })

  it('parses the header in linear time', () => {
    const started = performance.now()
    addressBehind('127.0.0.1', `1.1.1.1,${' '.repeat(500_000)}x${' '.repeat(500_000)}`)
    addressBehind('127.0.0.1', '10.0.0.1,'.repeat(20_000))
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('client scheme', () => {
  const schemeFrom = (peer: string, proto: string) =>
    trust.clientScheme(peer, new Headers({ 'X-Forwarded-Proto': proto }))

  it('is the scheme reported by the nearest trusted proxy', () => {
    expect(schemeFrom('127.0.0.1', 'https')).toBe('https')
    expect(schemeFrom('127.0.0.1', 'https, HTTP')).toBe('http')
  })

  it('is null from an untrusted peer and for invalid values', () => {
    expect(schemeFrom('203.0.113.7', 'https')).toBeNull()
    expect(schemeFrom('127.0.0.1', 'httpsx')).toBeNull()
    expect(trust.clientScheme('127.0.0.1', new Headers())).toBeNull()
    expect(trust.clientScheme(null, new Headers({ 'X-Forwarded-Proto': 'https' }))).toBeNull()
  })
})

describe('trusted proxies', () => {
  it('match only the address family of the range', () => {
    const headers = new Headers({ 'X-Forwarded-For': '1.1.1.1' })
    for (const range of ['::/0', '::/64', '::/80']) {
      expect(createProxyTrust([range]).clientIpAddress('203.0.113.7', headers)).toBe('203.0.113.7')
    }
  })

  it('must be IP addresses or CIDR ranges', () => {
    const bad = ['', 'proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', '10.0.0.0/-1']
    for (const range of [...bad, '10.0.0.0/1e1', '::ffff:10.0.0.0/104', '10.0.0.1:80', '[::1]']) {
      expect(() => createProxyTrust([range])).toThrow(/^trustedProxies/)
    }
  })
})
