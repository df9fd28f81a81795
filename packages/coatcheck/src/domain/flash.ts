import { requireArgument } from './storable.ts'

/** A value for the next request only. */
export interface Flash {
  /** For the page, such as `success` or `error`; 1 to 32 characters. */
  readonly kind: string
  /** Plain text, at most 500 characters. */
  readonly message: string
}

/** Returns a flash without other properties. Throws `invalid-argument` for one outside these limits. */
export function requireFlash({ kind, message }: Flash): Flash {
  // The type does not guarantee strings: the caller may have cast it.
  const areTexts = typeof kind === 'string' && typeof message === 'string'
  const isValid = areTexts && kind.length >= 1 && kind.length <= 32 && message.length <= 500
  const expected = 'a kind of 1-32 characters and a message of up to 500'
  requireArgument(isValid, `a flash must have ${expected}`)
  return { kind, message }
}
