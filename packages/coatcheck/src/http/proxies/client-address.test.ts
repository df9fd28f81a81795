import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createProxyTrust } from './client-address.ts'
import { normalizeIpAddress } from './ip-address.ts'

const proxies = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8']
const trust = createProxyTrust({ trustedProxies: proxies })

function addressBehind(peer: string | null, ...forwarded: readonly string[]): string | null {
  const headers = new Headers()
  for (const value of forwarded) headers.append('X-Forwarded-For', value)
  return trust.clientIpAddress(peer, headers)
}

describe('client IP address', () => {
  it("is the socket's if the peer is untrusted, whatever it forwards", () => {
    expect(addressBehind('203.0.113.7', '1.1.1.1')).toBe('203.0.113.7')
    expect(addressBehind('2001:DB8::0:1', '10.0.0.1')).toBe('2001:db8::1')
    const none = createProxyTrust({})
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
    expect(createProxyTrust({}).clientIpAddress('10.0.0.1', new Headers())).toBe('10.0.0.1')
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

  it('is what the outermost trusted proxy has appended', () => {
    expect(schemeFrom('127.0.0.1', 'https')).toBe('https')
    expect(schemeFrom('127.0.0.1', 'https, HTTP')).toBe('http')
    const chained = (forwarded: string, proto: string) => {
      const headers = new Headers({ 'X-Forwarded-For': forwarded, 'X-Forwarded-Proto': proto })
      return trust.clientScheme('127.0.0.1', headers)
    }
    // The edge at 10.0.0.1 terminates TLS and connects to the inner proxy with http.
    expect(chained('203.0.113.7, 10.0.0.1', 'https, http')).toBe('https')
    expect(chained('203.0.113.7, 10.0.0.1', 'http, https, http')).toBe('https')
    // The inner proxy passes on what the edge has sent, or replaces it.
    expect(chained('203.0.113.7, 10.0.0.1', 'https')).toBe('https')
    // The edge is not trusted, so it is the client.
    expect(chained('203.0.113.7, 198.51.100.1', 'https, http')).toBe('http')
    expect(chained('203.0.113.7, unknown', 'https, http')).toBe('http')
  })

  it('is null from an untrusted peer and for invalid values', () => {
    expect(schemeFrom('203.0.113.7', 'https')).toBeNull()
    expect(schemeFrom('127.0.0.1', 'httpsx')).toBeNull()
    expect(trust.clientScheme('127.0.0.1', new Headers())).toBeNull()
    expect(trust.clientScheme(null, new Headers({ 'X-Forwarded-Proto': 'https' }))).toBeNull()
  })
})

describe('trusted hop count', () => {
  const clientOf = (trustedProxies: number, forwarded: string, proto = 'https') => {
    const headers = new Headers({ 'X-Forwarded-For': forwarded, 'X-Forwarded-Proto': proto })
    const counted = createProxyTrust({ trustedProxies })
    return [
      counted.clientIpAddress('198.51.100.9', headers),
      counted.clientScheme('198.51.100.9', headers),
    ]
  }

  it('takes the IP address that the outermost of that many proxies forwards', () => {
    expect(clientOf(1, '203.0.113.7')).toEqual(['203.0.113.7', 'https'])
    expect(clientOf(1, '1.1.1.1, 203.0.113.7')).toEqual(['203.0.113.7', 'https'])
    expect(clientOf(2, '1.1.1.1, 203.0.113.7, 198.51.100.1')).toEqual(['203.0.113.7', 'https'])
    expect(clientOf(3, '203.0.113.7')).toEqual(['203.0.113.7', 'https'])
    expect(clientOf(2, '1.1.1.1, unknown, 198.51.100.1')).toEqual(['198.51.100.1', 'https'])
    expect(clientOf(1, 'unknown')).toEqual(['198.51.100.9', 'https'])
  })

  it('counts the schemes from the right too', () => {
    expect(clientOf(1, '203.0.113.7', 'https, http')[1]).toBe('http')
    expect(clientOf(2, '203.0.113.7, 198.51.100.1', 'http, https, http')[1]).toBe('https')
    expect(clientOf(2, '203.0.113.7', 'https, http')[1]).toBe('http')
  })

  it('applies to unix sockets and transports without an IP address', () => {
    const headers = new Headers({ 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' })
    const counted = createProxyTrust({ trustedProxies: 1 })
    for (const peer of ['unix', null]) {
      expect(counted.clientIpAddress(peer, headers)).toBe('203.0.113.7')
      expect(counted.clientScheme(peer, headers)).toBe('https')
      expect(counted.clientIpAddress(peer, new Headers())).toBeNull()
    }
  })

  it('is a whole number from 1 to 20', () => {
    for (const trustedProxies of [0, -1, 1.5, 21, Number.NaN]) {
      expect(() => createProxyTrust({ trustedProxies })).toThrow(/^trustedProxies/)
    }
  })
})

describe('unix socket', () => {
  const headers = new Headers({ 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' })

  it('is a trusted proxy if it is listed', () => {
    const listed = createProxyTrust({ trustedProxies: ['unix', '10.0.0.1'] })
    expect(listed.clientIpAddress('unix', headers)).toBe('203.0.113.7')
    expect(listed.clientScheme('unix', headers)).toBe('https')
    expect(listed.clientIpAddress('unix', new Headers())).toBeNull()
    const chained = new Headers({ 'X-Forwarded-For': '1.1.1.1, 203.0.113.7, 10.0.0.1' })
    expect(listed.clientIpAddress('unix', chained)).toBe('203.0.113.7')
    // The transport is unknown, as of an aborted request.
    expect(listed.clientIpAddress(null, headers)).toBeNull()
    expect(listed.clientScheme(null, headers)).toBeNull()
  })

  it('is trusted neither by default nor because a header says so', () => {
    expect(trust.clientIpAddress('unix', headers)).toBeNull()
    expect(trust.clientScheme('unix', headers)).toBeNull()
    const listed = createProxyTrust({ trustedProxies: ['unix', '10.0.0.1'] })
    const forged = new Headers({ 'X-Forwarded-For': '1.1.1.1, unix' })
    expect(listed.clientIpAddress('10.0.0.1', forged)).toBe('10.0.0.1')
  })
})

describe('Forwarded header', () => {
  const forwarded = createProxyTrust({ trustedProxies: proxies, forwardedHeader: 'forwarded' })
  const clientOf = (...values: readonly string[]) => {
    const headers = new Headers({ 'X-Forwarded-For': '1.1.1.1', 'X-Forwarded-Proto': 'http' })
    for (const value of values) headers.append('Forwarded', value)
    return [
      forwarded.clientIpAddress('127.0.0.1', headers),
      forwarded.clientScheme('127.0.0.1', headers),
    ]
  }

  it('contains IP address and scheme; the other headers do not count', () => {
    expect(clientOf()).toEqual(['127.0.0.1', null])
    expect(clientOf('for=203.0.113.7;proto=https')).toEqual(['203.0.113.7', 'https'])
    expect(clientOf('For="[2001:DB8::7]:4711" ; PROTO=HTTPS;by=_x')).toEqual([
      '2001:db8::7',
      'https',
    ])
    expect(clientOf('for="203.0.113.7:49152"')).toEqual(['203.0.113.7', null])
    expect(clientOf('for="[2001:db8::7]:_port"')).toEqual(['2001:db8::7', null])
    expect(clientOf('for=203.0.113.7:80;host="a,b;c\\"=d"')).toEqual(['203.0.113.7', null])
    const headers = new Headers({ Forwarded: 'for=1.1.1.1;proto=https' })
    expect(trust.clientIpAddress('127.0.0.1', headers)).toBe('127.0.0.1')
    expect(trust.clientScheme('127.0.0.1', headers)).toBeNull()
  })

  it('is read from the right, over several headers', () => {
    expect(clientOf('for=1.1.1.1', 'for=203.0.113.7;proto=https', 'for=10.0.0.1')).toEqual([
      '203.0.113.7',
      'https',
    ])
    expect(clientOf('for=203.0.113.7;proto=https, for=10.0.0.1;proto=http')).toEqual([
      '203.0.113.7',
      'https',
    ])
  })

  it('ends at an unknown, obfuscated or invalid element', () => {
    for (const element of [
      'for=unknown',
      'for=_hidden',
      'for="_gazonk"',
      'for="unknown:80"',
      'for',
      'for=',
      'by=10.0.0.9',
      'for=203.0.113.7;for=203.0.113.8',
      'for=203.0.113.7;FOR=203.0.113.8',
      'for="203.0.113.7',
      'for = 203.0.113.7',
      ';for=203.0.113.7',
      `for=203.0.113.7;x=${'a'.repeat(2_000)}`,
      '',
    ]) {
      expect([element, ...clientOf(`for=1.1.1.1, ${element}, for=10.0.0.9`)]).toEqual([
        element,
        '10.0.0.9',
        null,
      ])
    }
  })

  it('is read the same whatever a client sends before it', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(...'",;=\\ \t[]:._for1proto'),
      maxLength: 60,
    })
    const appended = fc.constantFrom(
      'for=203.0.113.7;proto=https',
      'for="203.0.113.7:80";proto="https"',
      'host="x\\\\\\"y,z";for=203.0.113.7;proto=https',
    )
    fc.assert(
      fc.property(hostile, appended, (client, element) => {
        expect(clientOf(`${client},${element}`)).toEqual(['203.0.113.7', 'https'])
      }),
      { numRuns: 2_000 },
    )
  })

  it('is parsed in linear time', () => {
    for (const part of ['"', '\\"', 'for=10.0.0.1,', 'a=b;', '"\\', ' ;']) {
      const headers = { get: (name: string) => (name === 'forwarded' ? part.repeat(50_000) : null) }
      expect(forwarded.clientIpAddress('127.0.0.1', headers)).toMatch(/^1(?:27|0)\.0\.0\.1$/)
    }
  })
})

describe('trusted proxies', () => {
  it('match only the address family of the range', () => {
    const headers = new Headers({ 'X-Forwarded-For': '1.1.1.1' })
    for (const range of ['::/0', '::/64', '::/80']) {
      expect(
        createProxyTrust({ trustedProxies: [range] }).clientIpAddress('203.0.113.7', headers),
      ).toBe('203.0.113.7')
    }
  })

  it('must be IP addresses or CIDR ranges', () => {
    const bad = ['', 'proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', '10.0.0.0/-1']
    for (const range of [...bad, '10.0.0.0/1e1', '::ffff:10.0.0.0/104', '10.0.0.1:80', '[::1]']) {
      expect(() => createProxyTrust({ trustedProxies: [range] })).toThrow(/^trustedProxies/)
    }
  })
})
