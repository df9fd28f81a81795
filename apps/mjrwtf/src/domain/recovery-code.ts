/** Codes that a user receives at once. */
export const recoveryCodeCount = 10

/** With as many unused codes or fewer, the user is asked to create new ones. */
export const fewRecoveryCodes = 3

/** The characters of Crockford's base 32: digits, and a to z without i, l, o and u, so that no two look alike. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Characters of a code. Each has 5 random bits: 140 in total, more than the 128 that are required. */
export const recoveryCodeLength = 28

/** A code from as many random bytes as it has characters. */
export function recoveryCodeFrom(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('')
}

/** The code as it is shown: `k7mx-2qp9-…`, in groups of four. */
export function formatRecoveryCode(code: string): string {
  return code.replace(/.{4}(?=.)/g, '$&-')
}

/**
 * The code in a text as typed: with or without hyphens and spaces, in upper or lower case, and with the characters
 * that are read in place of a digit (i and l for 1, o for 0). `null` if the text has not the format of a code.
 */
export function parseRecoveryCode(text: string): string | null {
  const code = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replace(/[il]/g, '1')
    .replaceAll('o', '0')
  return pattern.test(code) ? code : null
}

const pattern = new RegExp(`^[${alphabet}]{${recoveryCodeLength}}$`)
