import { describe, expect, it } from 'vitest'
import { recognizeColumns } from './link-import.ts'

describe('short codes of imported files', () => {
  const read = (names: readonly string[], code: string) => {
    const [name = ''] = names
    return recognizeColumns(names)?.read({ [name]: code }).shortCode
  }
  const ours = ['short_code', 'original_url', 'short_url']
  const bitly = ['Bitlink', 'Long URL']

  it.each([
    [bitly, 'bit.ly/abc', 'abc'],
    [bitly, 'https://bit.ly/abc/', 'abc'],
    [bitly, 'https://bit.ly/caf%C3%A9/x', 'café/x'],
    [bitly, 'abc/def', 'abc/def'],
    [ours, 'v1.2/notes', 'v1.2/notes'],
    [ours, "'-a", '-a'],
  ])('%s: reads %s as %s', (names, code, expected) => {
    expect(read(names, code)).toBe(expected)
  })

  it('are read in linear time', () => {
    expect(read(bitly, '.'.repeat(64_000))).toHaveLength(64_000)
    expect(read(bitly, 'a.'.repeat(32_000))).toHaveLength(64_000)
  })
})
