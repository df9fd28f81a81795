/** Longer text is rejected before it is evaluated. */
const maxLength = 40

/**
 * The six digits of a code of an authenticator app or a text message, as a user types or pastes them: with spaces or
 * hyphens. `null` for any other text.
 */
export function parseSixDigits(text: string): string | null {
  const digits = text.length > maxLength ? '' : text.replaceAll(/[\s\p{Pd}]/gu, '')
  return /^\d{6}$/.test(digits) ? digits : null
}
