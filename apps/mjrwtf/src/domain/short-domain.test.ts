import { describe, expect, it } from 'vitest'
import { parseShortDomain, parseShortHost } from './short-domain.ts'

describe('parseShortHost', () => {
  it.each([
    ['go.example', 'go.example'],
    [' https://GO.example/ ', 'go.example'],
    ['go.example.:8443', 'go.example:8443'],
    ['go.example:443', 'go.example'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['localhost:9090', 'localhost:9090'],
  ])('reads %s as %s', (text, host) => {
    expect(parseShortHost(text)).toBe(host)
  })

  it.each([
    ...['', 'go.example/path', 'a b', 'u@go.example', 'go.example?x', 'javascript:alert(1)'],
    ...['192.168.0.1', '[::1]', '999.1.1.1', `${'a'.repeat(60)}.${'b.'.repeat(110)}example`],
  ])('refuses %s', (text) => {
    expect(parseShortHost(text)).toBeNull()
  })
})

describe('parseShortDomain', () => {
  const empty = { rootUrl: '', notFoundUrl: '', notFoundText: '' }
  const fieldsOf = (input: Partial<typeof empty>) => {
    const result = parseShortDomain({ ...empty, ...input }, 'go.example')
    return result.status === 'invalid' ? result.fields.map(({ field }) => field) : []
  }

  it('accepts empty fields, a root and either a text or a URL for unknown codes', () => {
    expect(fieldsOf({})).toEqual([])
    expect(fieldsOf({ rootUrl: 'https://example.com', notFoundText: 'Nichts\nhier.' })).toEqual([])
    expect(fieldsOf({ notFoundUrl: 'https://example.com/404' })).toEqual([])
    expect(fieldsOf({ rootUrl: 'https://go.example/menu' })).toEqual([])
  })

  it('names the invalid field', () => {
    expect(fieldsOf({ rootUrl: 'javascript:alert(1)' })).toEqual(['rootUrl'])
    expect(fieldsOf({ rootUrl: 'https://go.example/' })).toEqual(['rootUrl'])
    expect(fieldsOf({ notFoundUrl: 'https://go.example/404' })).toEqual(['notFoundUrl'])
    expect(fieldsOf({ notFoundText: 'x'.repeat(501) })).toEqual(['notFoundText'])
    expect(fieldsOf({ notFoundText: 'a\u202eb' })).toEqual(['notFoundText'])
    expect(fieldsOf({ notFoundText: 'a', notFoundUrl: 'https://example.com' })).toEqual([
      'notFoundText',
    ])
  })
})
