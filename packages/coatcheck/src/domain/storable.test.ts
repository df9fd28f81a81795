import { describe, expect, it } from 'vitest'
import { aSessionRecord, toSessionId } from '../testing/builders.ts'
import { isStorableId, isStorableText, requireStorable } from './storable.ts'

describe('isStorableText', () => {
  it.each(['', 'ä', '🧥', '\u0001', `'; DROP TABLE sessions; --`, 'x'.repeat(100_000)])(
    'accepts %j',
    (text) => expect(isStorableText(text)).toBe(true),
  )

  it.each(['\0', 'a\0b', '\ud800', 'a\udc00'])('rejects %j', (text) => {
    expect(isStorableText(text)).toBe(false)
  })
})

describe('isStorableId', () => {
  it('accepts 1 to 255 characters', () => {
    expect(['', 'x', 'x'.repeat(255), 'x'.repeat(256)].map(isStorableId)).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

describe('requireStorable', () => {
  it('accepts a record that stores return unchanged', () => {
    expect(() => requireStorable(aSessionRecord())).not.toThrow()
  })

  it.each([
    { id: toSessionId('') },
    { id: toSessionId('a\0') },
    { userId: 'x'.repeat(256) },
    { data: '"\0"' },
    { userAgent: '\ud800' },
    { ipAddress: '\0' },
    { secretHash: new Uint8Array(31) },
    { csrfSecret: new Uint8Array(0) },
    { createdAt: 0.5 },
    { expiresAt: Number.POSITIVE_INFINITY },
    { idleTimeout: Number.NaN },
    { rotatedAt: 2 ** 53 },
  ])('rejects %o', (overrides) => {
    const record = aSessionRecord(overrides)

    expect(() => requireStorable(record)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
  })
})
