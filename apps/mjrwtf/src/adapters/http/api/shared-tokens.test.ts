import { describe, expect, it } from 'vitest'
import { createSharedTokenCheck } from './shared-tokens.ts'

const isShared = createSharedTokenCheck(['first-token-of-ours', 'second'])

describe('shared bearer tokens', () => {
  it.each(['first-token-of-ours', 'second'])('accepts %s', (token) => {
    expect(isShared(token)).toBe(true)
  })

  it.each([
    '',
    'first-token-of-our',
    'first-token-of-ours ',
    'SECOND',
    'first-token-of-ours,second',
  ])('refuses %j, whatever its length', (token) => {
    expect(isShared(token)).toBe(false)
  })

  it('accepts nothing where none is configured', () => {
    expect(createSharedTokenCheck([])('')).toBe(false)
  })
})
