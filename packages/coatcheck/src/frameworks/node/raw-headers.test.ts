import { expect, it } from 'vitest'
import { headerValue } from './raw-headers.ts'

it('finds a header whatever its case', () => {
  const raw = ['Host', 'mjr.example', 'X-CSRF-Token', 'a']
  for (const name of ['host', 'HOST', 'Host']) expect(headerValue(raw, name)).toBe('mjr.example')
  expect(headerValue(raw, 'x-csrf-token')).toBe('a')
})

it('finds nothing where there is nothing, and no value for a name', () => {
  expect(headerValue([], 'host')).toBeNull()
  expect(headerValue(['A', 'Host', 'B', 'mjr.example'], 'host')).toBeNull()
  expect(headerValue(['Hosts', 'a', 'Hos', 'b'], 'host')).toBeNull()
})

it('joins what was sent twice, and drops none of it', () => {
  const twice = (name: string) => headerValue([name, 'a', 'Other', 'x', name, 'b'], name)
  for (const name of ['host', 'authorization', 'content-type', 'origin', 'user-agent']) {
    expect(twice(name)).toBe('a, b')
  }
  expect(twice('cookie')).toBe('a; b')
  expect(headerValue(['Cookie', '', 'cookie', ''], 'cookie')).toBe('; ')
})
