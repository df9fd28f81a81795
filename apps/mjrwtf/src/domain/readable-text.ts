import type { Parsed } from './results.ts'

/**
 * Embeddings, overrides and isolates (Unicode Standard Annex 9): they reorder the text around them. Marks and joiners do not, and
 * belong to the spelling of some languages.
 */
const directionControls = /[\u202a-\u202e\u2066-\u2069]/u
/** Control characters, line separators and unpaired surrogates. */
const unreadable = /[\p{Cc}\p{Cs}\u2028\u2029]/u

/** A line of text that a user wrote, trimmed and in NFC. `limit` is in code points. */
export function parseLine(text: string, limit: number): Parsed<string> {
  return parseText(text, { limit, refused: unreadable })
}

/** The same with any number of lines. */
export function parseLines(text: string, limit: number): Parsed<string> {
  const lines = text.replaceAll('\r\n', '\n')
  return parseText(lines, { limit, refused: /(?![\n\t])[\p{Cc}\p{Cs}]/u })
}

interface TextRules {
  readonly limit: number
  readonly refused: RegExp
}

function parseText(text: string, { limit, refused }: TextRules): Parsed<string> {
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
