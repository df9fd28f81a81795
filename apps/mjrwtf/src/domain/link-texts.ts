import { parseLine, parseLines } from './readable-text.ts'
import type { Parsed } from './results.ts'

/** In code points, so that a script whose characters take more bytes has the same room. */
export const linkTextLimits = { title: 200, note: 5_000 } as const

/** A title: one line. */
export function parseTitle(text: string): Parsed<string> {
  return parseLine(text, linkTextLimits.title)
}

/** A note: as many lines as its length allows. */
export function parseNote(text: string): Parsed<string> {
  return parseLines(text, linkTextLimits.note)
}
