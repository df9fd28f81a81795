import { describe, expect, it } from 'vitest'
import { createSharedTokenCheck } from './shared-tokens.ts'

const indexOfToken = createSharedTokenCheck(['first-token-of-ours', 'second'])

describe('shared bearer tokens', () => {
  it.each([
    ['first-token-of-ours', 0],
    ['second', 1],
  ])('accepts %s, and says which it is', (token, index) => {
    expect(indexOfToken(token)).toBe(index)
  })

  it.each([
    '',
    'first-token-of-our',
    'first-token-of-ours ',
    'SECOND',
    'first-token-of-ours,second',
  ])('refuses %j, whatever its length', (token) => {
    expect(indexOfToken(token)).toBeNull()
  })

  it('accepts nothing where none is configured', () => {
    expect(createSharedTokenCheck([])('')).toBeNull()
  })
})
