import { describe, expect, it } from 'vitest'
import { toCanonicalKey } from './user-key.ts'

const uuid = '0b2a6f9e-93a4-4a44-9f64-0d2f1c5e7ab1'

describe('toCanonicalKey', () => {
  it.each([
    ['text', '007', '007'],
    ['text', 'Ada', 'Ada'],
    ['uuid', uuid, uuid],
    ['uuid', uuid.toUpperCase(), uuid],
    ['integer', '7', '7'],
    ['integer', '007', '7'],
    ['integer', '+7', '7'],
    ['integer', '-0', '0'],
    ['integer', '2147483647', '2147483647'],
    ['integer', '-2147483648', '-2147483648'],
    ['bigint', '9223372036854775807', '9223372036854775807'],
    ['bigint', '-9223372036854775808', '-9223372036854775808'],
  ] as const)('returns for the %s %s the text %s', (type, userId, canonical) => {
    expect(toCanonicalKey(type, userId)).toBe(canonical)
  })

  it.each([
    ['uuid', 'abc'],
    ['uuid', uuid.replaceAll('-', '')],
    ['uuid', `{${uuid}}`],
    ['uuid', `${uuid}\n`],
    ['integer', 'abc'],
    ['integer', '7.0'],
    ['integer', '1e3'],
    ['integer', '0x7'],
    ['integer', ' 7'],
    ['integer', '+-7'],
    ['integer', '２'],
    ['integer', '2147483648'],
    ['bigint', '9223372036854775808'],
    ['bigint', '9'.repeat(255)],
  ] as const)('returns null for the %s %j', (type, userId) => {
    expect(toCanonicalKey(type, userId)).toBeNull()
  })
})
