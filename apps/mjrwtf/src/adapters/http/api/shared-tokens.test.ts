import { describe, expect, it } from 'vitest'
import { createSharedTokenCheck } from './shared-tokens.ts'

const indexOfToken = createSharedTokenCheck(['first-token-of-ours', 'second'])

describe('shared bearer tokens', () => {
  it.each([
    ['first-token-of-ours', 0],
    ['second', 1],
  ])('returns the index of the configured token %s: %d', (token, index) => {
    expect(indexOfToken(token)).toBe(index)
  })

  it.each([
    '',
    'first-token-of-our',
    'first-token-of-ours ',
    'SECOND',
    'first-token-of-ours,second',
  ])('rejects the unknown token %j of any length', (token) => {
    expect(indexOfToken(token)).toBeNull()
  })

  it('rejects every token if none is configured', () => {
    expect(createSharedTokenCheck([])('')).toBeNull()
  })
})
