import { withoutSpellingJoiners } from './joiners.ts'
import { isReservedCode } from './reserved-codes.ts'

/** Maximum length of a short code in characters (code points). */
export const maxCodeLength = 64

/** In UTF-16, of any text that could be a code before it is normalized. Longer texts are not normalized. */
const maxTextLength = 4 * maxCodeLength

/** Alphabetic characters and digits of any script with their marks, and separators. Each alternative starts with another character. */
const codePattern = /^(?:[-_./]|[\p{L}\p{Nd}][\p{M}\u200c\u200d]*)+$/u
const emptyPart = /^\/|\/\/|\/$/
const periodAtEdge = /(?:^|\/)\.|\.(?:\/|$)/
/** Unicode Technical Standard 39, section 5.4. */
const stackedMarks = /\p{M}{5}/u
const invisible = /\p{Default_Ignorable_Code_Point}/u
const fullWidth = /[\uff01-\uffef]+/g

/**
 * The form in which a code is stored: NFC, without spaces around it, and with the full-width characters of East Asian
 * keyboards replaced by the common ones.
 */
export function normalizeCode(text: string): string {
  const trimmed = text.trim()
  if (trimmed.length > maxTextLength) return trimmed
  return trimmed.replaceAll(fullWidth, (part) => part.normalize('NFKC')).normalize('NFC')
}

/** Whether the text has the format of a short code, as `normalizeCode` returns it. */
export function isShortCode(text: string): boolean {
  return (
    text.length <= maxTextLength && normalizeCode(text) === text && formatProblem(text) === null
  )
}

/** Returns a message if a chosen short code, as `normalizeCode` returns it, is not allowed, or `null`. */
export function shortCodeProblem(code: string): string | null {
  const problem = formatProblem(code)
  if (problem !== null) return problem
  return isReservedCode(code) ? 'This code is reserved. Choose another.' : null
}

function formatProblem(code: string): string | null {
  if (code.length > maxTextLength || [...code].length > maxCodeLength) {
    return `Use at most ${maxCodeLength} characters.`
  }
  if (!codePattern.test(code) || invisible.test(withoutSpellingJoiners(code)))
    return charactersMessage
  if (stackedMarks.test(code)) return charactersMessage
  if (emptyPart.test(code)) return 'A code cannot start or end with a slash, or have two in a row.'
  return periodAtEdge.test(code) ? periodMessage : null
}

const charactersMessage = 'Use letters, digits, periods, hyphens, underscores and slashes only.'
const periodMessage = 'Neither a code nor a part between slashes can start or end with a period.'

// In lower case, because codes are found ignoring case, and without look-alikes such as 0, o, 1, l and i: short codes are
// read aloud and copied from paper.
const alphabet = '23456789abcdefghjkmnpqrstuvwxyz'
const generatedLength = 7

/** Generates a short code of 7 characters (35 bits). */
export function generateShortCode(randomBytes: (count: number) => Uint8Array): string {
  let code = ''
  while (code.length < generatedLength) {
    for (const byte of randomBytes(16)) code += characterFor(byte)
  }
  const generated = code.slice(0, generatedLength)
  return isReservedCode(generated) ? generateShortCode(randomBytes) : generated
}

/** Skips bytes above the last multiple of the alphabet's length, so that all characters are equally likely. */
function characterFor(byte: number): string {
  const fairLimit = Math.floor(256 / alphabet.length) * alphabet.length
  return byte < fairLimit ? alphabet.charAt(byte % alphabet.length) : ''
}
