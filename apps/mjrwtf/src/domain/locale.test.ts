import { describe, expect, it } from 'vitest'
import { parseLocale, preferredLocale } from './locale.ts'

describe('preferredLocale', () => {
  it('returns the best match of the header by quality, then by order', () => {
    expect(preferredLocale('de-CH')).toBe('de-CH')
    expect(preferredLocale('fr;q=0.5, de-LI;q=0.9, *;q=0.1')).toBe('de-DE')
    expect(preferredLocale('xx, nb, en')).toBe('nb-NO')
    expect(preferredLocale('en-us,en;q=0.9')).toBe('en-US')
  })

  it('returns the default for an empty, unknown or malformed header', () => {
    for (const header of ['', '*', 'xx-YY', ';q=', 'de;q=0', ',,,', '\0', 'q'.repeat(5_000)]) {
      expect([header.slice(0, 8), preferredLocale(header)]).toEqual([header.slice(0, 8), 'en-GB'])
    }
  })
})

describe('parseLocale', () => {
  it('accepts the locales of the list in any case, and nothing else', () => {
    expect(['de-de', 'EN-US'].map(parseLocale)).toEqual(['de-DE', 'en-US'])
    expect(['', 'de', 'en-XX', '__proto__'].map(parseLocale)).toEqual([null, null, null, null])
  })
})
