import { foldText } from './fold-text.ts'

/** Characters of a tag, and tags of a link, at most. */
export const tagLimits = { length: 50, perLink: 20 } as const

/** Control characters and those that reorder the text around them. */
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** The form in which tags are compared: two tags with one key are the same tag. */
export function tagKey(tag: string): string {
  return foldText(tag)
}

/** Returns a message if the text is not a tag, or `null`. Spaces around it do not count. */
export function tagProblem(text: string): string | null {
  const tag = text.trim()
  if (tagKey(tag) === '') return 'Enter a tag.'
  if ([...tag].length > tagLimits.length)
    return `Use at most ${tagLimits.length} characters for a tag.`
  if (tag.includes(',')) return 'Enter one tag: no tag contains a comma.'
  return unsafe.test(tag) ? 'The tag contains invisible characters. Type it again.' : null
}
