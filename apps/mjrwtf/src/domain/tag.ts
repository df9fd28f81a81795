import { foldText } from './fold-text.ts'
import { parseLine } from './readable-text.ts'
import type { Parsed } from './results.ts'

/** Code points of a tag, and tags of a link, at most. */
export const tagLimits = { length: 50, perLink: 20 } as const

/** The form in which tags are compared: two tags with one key are the same tag. */
export function tagKey(tag: string): string {
  return foldText(tag)
}

/** One tag, as it is stored. */
export function parseTag(text: string): Parsed<string> {
  const parsed = parseLine(text, tagLimits.length)
  if (parsed.status === 'invalid') return invalid(`A tag is not valid. ${parsed.message}`)
  if (tagKey(parsed.value) === '') return invalid('Enter a tag.')
  if (parsed.value.includes(','))
    return invalid('Separate tags by commas: no tag contains a comma.')
  return parsed
}

/** Of one link, before empty and repeated ones are left out: a hostile list is not read. */
const maxTexts = 10 * tagLimits.perLink

const tooManyMessage = `Use at most ${tagLimits.perLink} tags.`

/** Tags, of which one without content is left out, and of two that differ by case only the second. */
export function parseTags(texts: readonly string[]): Parsed<readonly string[]> {
  if (texts.length > maxTexts) return invalid(tooManyMessage)
  const tags = new Map<string, string>()
  for (const text of texts.filter((each) => each.trim() !== '')) {
    const parsed = parseTag(text)
    if (parsed.status === 'invalid') return parsed
    const key = tagKey(parsed.value)
    if (!tags.has(key)) tags.set(key, parsed.value)
  }
  if (tags.size > tagLimits.perLink) return invalid(tooManyMessage)
  return { status: 'ok', value: [...tags.values()] }
}

function invalid(message: string) {
  return { status: 'invalid', message } as const
}
