import { describe, expect, it } from 'vitest'
import { findBlockedDomain, parseBlockedDomain, parseBlocklistLine } from './blocked-domain.ts'

describe('parseBlockedDomain', () => {
  it.each([
    ['Evil.Example', 'evil.example'],
    ['*.evil.example.', 'evil.example'],
    ['https://evil.example:8443/path?q', 'evil.example'],
    [' bücher.example ', 'xn--bcher-kva.example'],
    ['192.0.2.1', '192.0.2.1'],
    ['http://[2001:db8::1]/', '[2001:db8::1]'],
  ])('reads %s', (text, domain) => {
    expect(parseBlockedDomain(text)).toBe(domain)
  })

  it.each(['', 'com', 'a b.example', 'https://', `${'a.'.repeat(200)}example`, '*.com'])(
    'refuses %s',
    (text) => {
      expect(parseBlockedDomain(text)).toBeNull()
    },
  )
})

describe('findBlockedDomain', () => {
  const blocked = new Set(['evil.example', '192.0.2.1', '2.1'])
  const find = (host: string) => findBlockedDomain(host, (domain) => blocked.has(domain))

  it('finds the domain itself, with a final dot, and domains below it', () => {
    expect(find('evil.example')).toBe('evil.example')
    expect(find('evil.example.')).toBe('evil.example')
    expect(find('login.account.evil.example')).toBe('evil.example')
  })

  it('does not find other domains, or a part of an IP address', () => {
    expect(find('notevil.example')).toBeNull()
    expect(find('evil.example.test')).toBeNull()
    expect(find('192.0.2.1')).toBe('192.0.2.1')
    expect(find('198.51.2.1')).toBeNull()
  })

  it('finds an IPv4 address written as an IPv6 one', () => {
    expect(find(new URL('https://[::ffff:192.0.2.1]').hostname)).toBe('192.0.2.1')
    expect(find(new URL('https://[::ffff:192.0.2.2]').hostname)).toBeNull()
  })
})

describe('parseBlocklistLine', () => {
  it.each([
    ['evil.example', 'evil.example'],
    ['0.0.0.0 Evil.example # a hosts file', 'evil.example'],
    ['||evil.example^', 'invalid'],
    ['# comment', null],
    ['   ', null],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['192.0.2.1', '192.0.2.1'],
    ['a b c', 'invalid'],
    ['localhost', 'invalid'],
    ['\0', 'invalid'],
  ])('reads %j', (line, result) => {
    expect(parseBlocklistLine(line)).toBe(result)
  })
})
