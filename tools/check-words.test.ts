import { describe, expect, it } from 'vitest'
import { findReplacedWords } from './check-words.ts'

function find(text: string) {
  return findReplacedWords({ path: 'a.ts', text }).map(({ line, word }) => ({ line, word }))
}

describe('findReplacedWords', () => {
  it('finds a whole word in prose, in an identifier and after a hyphen', () => {
    expect(find('// A letter.\nconst toldSessions = 1\nTOLD-x')).toEqual([
      { line: 1, word: 'letter' },
      { line: 2, word: 'told' },
      { line: 3, word: 'told' },
    ])
  })

  it('finds a phrase that continues on the next line of a comment', () => {
    expect(find('/**\n * Reads under\n * way.\n */')).toMatchObject([{ line: 2 }])
  })

  it('ignores other words that contain one', () => {
    expect(find('newsletter, folder, keyword, foretold, bygone')).toEqual([])
  })
})
