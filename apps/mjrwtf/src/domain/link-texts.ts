import type { Parsed } from './results.ts'
import { tagKey } from './tag.ts'

/** In code points, so that a script whose characters take more bytes has the same room. */
export const linkTextLimits = { title: 200, note: 5_000, tag: 50, tags: 20 } as const

/**
 * Embeddings, overrides and isolates (Unicode Standard Annex 9): they reorder the text around them. Marks and joiners do not, and
 * belong to the spelling of some languages.
 */
const directionControls = /[\u202a-\u202e\u2066-\u2069]/u
/** Control characters, line separators and unpaired surrogates. */
const unreadable = /[\p{Cc}\p{Cs}\u2028\u2029]/u

/** A title: one line. */
export function parseTitle(text: string): Parsed<string> {
  return parseText(text, linkTextLimits.title, unreadable)
}

/** A note: any number of lines. */
export function parseNote(text: string): Parsed<string> {
  const lines = text.replaceAll('\r\n', '\n')
  return parseText(lines, linkTextLimits.note, /(?![\n\t])[\p{Cc}\p{Cs}]/u)
}

/** Of one link, before empty and repeated ones are left out: a hostile list is not read. */
const maxTexts = 10 * linkTextLimits.tags

const tooManyMessage = `Use at most ${linkTextLimits.tags} tags.`

/** Tags, of which one without content is left out, and of two that differ by case only the second. */
export function parseTags(texts: readonly string[]): Parsed<readonly string[]> {
  if (texts.length > maxTexts) return invalid(tooManyMessage)
  const tags = new Map<string, string>()
  for (const text of texts) {
    const parsed = parseText(text, linkTextLimits.tag, unreadable)
    if (parsed.status === 'invalid') return invalid(`A tag is not valid. ${parsed.message}`)
    if (parsed.value.includes(',')) return invalid('Separate tags by commas: no tag contains one.')
    const key = tagKey(parsed.value)
    if (parsed.value !== '' && !tags.has(key)) tags.set(key, parsed.value)
  }
  if (tags.size > linkTextLimits.tags) return invalid(tooManyMessage)
  return { status: 'ok', value: [...tags.values()] }
}

function parseText(text: string, limit: number, refused: RegExp): Parsed<string> {
  const trimmed = text.trim().normalize('NFC')
  if (codePoints(trimmed) > limit) return invalid(`Use at most ${limit} characters.`)
  if (directionControls.test(trimmed))
    return invalid('Remove the invisible characters that change the direction of text.')
  if (refused.test(trimmed)) return invalid('Remove the control characters.')
  return { status: 'ok', value: trimmed }
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

function invalid(message: string) {
  return { status: 'invalid', message } as const
}
