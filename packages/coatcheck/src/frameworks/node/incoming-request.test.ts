import { describe, expect, it } from 'vitest'
import { headerValue } from './incoming-request.ts'

describe('headerValue', () => {
  it('finds a header in any case', () => {
    const raw = ['Host', 'mjr.example', 'X-CSRF-Token', 'a']
    for (const name of ['host', 'HOST', 'Host']) expect(headerValue(raw, name)).toBe('mjr.example')
    expect(headerValue(raw, 'x-csrf-token')).toBe('a')
  })

  it('returns null for a missing header and does not match values', () => {
    expect(headerValue([], 'host')).toBeNull()
    expect(headerValue(['A', 'Host', 'B', 'mjr.example'], 'host')).toBeNull()
    expect(headerValue(['Hosts', 'a', 'Hos', 'b'], 'host')).toBeNull()
  })

  it('joins repeated headers and drops none', () => {
    const twice = (name: string) => headerValue([name, 'a', 'Other', 'x', name, 'b'], name)
    for (const name of ['host', 'authorization', 'content-type', 'origin', 'user-agent']) {
      expect(twice(name)).toBe('a, b')
    }
    expect(twice('cookie')).toBe('a; b')
    expect(headerValue(['Cookie', '', 'cookie', ''], 'cookie')).toBe('; ')
  })
})
