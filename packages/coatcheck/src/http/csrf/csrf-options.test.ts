import { describe, expect, it } from 'vitest'
import { setUp } from '../../../test/support/open-web-sessions.ts'

describe('options of the CSRF guard', () => {
  it('rejects unknown protections, and protection by origin with SameSite None', () => {
    const untyped: object = { csrf: 'off' }
    expect(() => setUp(untyped)).toThrow(/^csrf must be token or origin/)
    expect(() => setUp({ csrf: 'origin', sameSite: 'none' })).toThrow(/^csrf must be token/)
    expect(() => setUp({ csrf: 'origin', sameSite: 'strict' })).not.toThrow()
  })

  it('rejects a maxFormSize out of range', () => {
    for (const maxFormSize of [0, 1023, 16 * 1024 * 1024 + 1, 1.5, Number.NaN, Infinity]) {
      expect(() => setUp({ maxFormSize })).toThrow(/^maxFormSize must be a whole number/)
    }
    expect(() => setUp({ maxFormSize: 1024 })).not.toThrow()
  })
})
