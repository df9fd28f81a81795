import { describe, expect, it } from 'vitest'
import { serializeError } from './logger.ts'

describe('serializeError', () => {
  it('keeps the causes and omits the fields in which drivers put values', () => {
    const cause = Object.assign(new Error('duplicate key'), {
      detail: 'Key (email)=(ada@x) exists',
    })
    const serialized = serializeError(new Error('The database failed', { cause }))
    expect(serialized).toMatchObject({ name: 'Error', cause: { message: 'duplicate key' } })
    expect(JSON.stringify(serialized)).not.toContain('ada@x')
  })

  it('stops at circular causes', () => {
    const error = new Error('a')
    error.cause = error
    expect(serializeError(error).cause?.cause?.cause?.cause?.cause).toBeUndefined()
  })
})
