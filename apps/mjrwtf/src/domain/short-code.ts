import { isReservedCode } from './reserved-codes.ts'

const codePattern = /^[A-Za-z0-9_-]{3,20}$/

/** Whether the text has the format of a short code: 3 to 20 of `A-Za-z0-9_-`. */
export function isShortCode(text: string): boolean {
  return codePattern.test(text)
}

/** The form in which codes are compared: two codes with one key are the same code. */
export function codeKey(code: string): string {
  return code.normalize('NFC').toLowerCase()
}

/** Returns a message if a chosen short code is not allowed, or `null`. */
export function shortCodeProblem(text: string): string | null {
  if (!isShortCode(text)) return 'Use 3 to 20 letters, digits, hyphens or underscores.'
  if (isReservedCode(text)) return 'This code is reserved. Choose another.'
  return null
}

// Without look-alikes such as 0, O, 1, l and I: short codes are read aloud and copied from paper.
const alphabet = '23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'
const generatedLength = 7

/** Generates a short code of 7 characters (40 bits). */
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
