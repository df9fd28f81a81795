import { describe, expect, it } from 'vitest'
import { createSharedTokenCheck } from './shared-tokens.ts'

const placeOf = createSharedTokenCheck(['first-token-of-ours', 'second'])

describe('shared bearer tokens', () => {
  it.each([
    ['first-token-of-ours', 0],
    ['second', 1],
  ])('accepts %s, and says which it is', (token, place) => {
    expect(placeOf(token)).toBe(place)
  })

  it.each([
    '',
    'first-token-of-our',
    'first-token-of-ours ',
    'SECOND',
    'first-token-of-ours,second',
  ])('refuses %j, whatever its length', (token) => {
    expect(placeOf(token)).toBeNull()
  })

  it('accepts nothing where none is configured', () => {
    expect(createSharedTokenCheck([])('')).toBeNull()
  })
})
