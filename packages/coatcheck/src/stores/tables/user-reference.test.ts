import { describe, expect, it } from 'vitest'
import { toReference } from './user-reference.ts'

describe('toReference', () => {
  it('returns an empty clause without a reference', () => {
    expect(toReference(undefined)).toBe('')
  })

  it.each([
    ['users', 'id'],
    ['App_Users', '_key2'],
    ['x'.repeat(63), 'y'.repeat(63)],
  ])('quotes the names %j and %j', (table, column) => {
    expect(toReference({ table, column })).toBe(
      `REFERENCES "${table}" ("${column}") ON DELETE CASCADE`,
    )
    expect(toReference({ schema: 'app', table, column })).toBe(
      `REFERENCES "app"."${table}" ("${column}") ON DELETE CASCADE`,
    )
  })

  it.each(['', '2fa', 'a"b', 'users; --', 'a.b', 'ä', 'a\n', 'x'.repeat(64)])(
    'rejects the name %j',
    (name) => {
      for (const reference of [
        { table: name, column: 'id' },
        { table: 'users', column: name },
        { table: 'users', column: 'id', schema: name },
      ]) {
        expect(() => toReference(reference)).toThrow(
          expect.objectContaining({ code: 'invalid-option' }),
        )
      }
    },
  )

  it('rejects a type that user ids cannot have', () => {
    const reference = { table: 'users', column: 'id', type: 'uuid; DROP TABLE users' }
    expect(() => toReference(reference as never)).toThrow(/userReference\.type must be one of/)
  })
})
