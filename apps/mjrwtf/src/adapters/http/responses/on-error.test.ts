import { describe, expect, it } from 'vitest'
import { serializeError as describeError } from './on-error.ts'

describe('an error in the log', () => {
  it('keeps the causes and leaves out the fields in which drivers put values', () => {
    const cause = Object.assign(new Error('duplicate key'), {
      detail: 'Key (email)=(ada@x) exists',
    })
    const serialized = describeError(new Error('The database failed', { cause }))
    expect(serialized).toMatchObject({ name: 'Error', cause: { message: 'duplicate key' } })
    expect(JSON.stringify(serialized)).not.toContain('ada@x')
  })

  it('ends, also where causes go round in a circle', () => {
    const error = new Error('a')
    error.cause = error
    expect(describeError(error).cause?.cause?.cause?.cause?.cause).toBeUndefined()
  })
})
