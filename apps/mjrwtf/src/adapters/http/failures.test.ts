import { describe, expect, it } from 'vitest'
import { describe as describeError } from './failures.ts'

describe('an error in the log', () => {
  it('keeps the causes and leaves out the fields in which drivers put values', () => {
    const cause = Object.assign(new Error('duplicate key'), {
      detail: 'Key (email)=(ada@x) exists',
    })
    const described = describeError(new Error('The database failed', { cause }))
    expect(described).toMatchObject({ name: 'Error', cause: { message: 'duplicate key' } })
    expect(JSON.stringify(described)).not.toContain('ada@x')
  })

  it('ends, also where causes go round in a circle', () => {
    const error = new Error('a')
    error.cause = error
    expect(describeError(error).cause?.cause?.cause?.cause?.cause).toBeUndefined()
  })
})
