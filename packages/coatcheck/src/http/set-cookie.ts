import { SessionError } from '../domain/errors.ts'

/** When a cookie goes along with requests that other sites cause (RFC 6265bis section 5.6.7). */
export type SameSite = 'Lax' | 'Strict' | 'None'

/** A cookie to set. Always for `Path=/` and HttpOnly, never with a Domain. */
export interface SetCookie {
  readonly name: string
  readonly value: string
  readonly secure: boolean
  readonly sameSite: SameSite
  /** Seconds until the browser drops it, at most 400 days, or `null`: when the browser closes. */
  readonly maxAge: number | null
}

/** What browsers cut longer lives to (RFC 6265bis section 5.5). */
export const maxCookieAge = 400 * 24 * 60 * 60

/** Larger ones are dropped by browsers without a word (RFC 6265bis section 5.6). */
const maxCookieBytes = 4096

const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const cookieOctets = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/

/**
 * Writes the value of a Set-Cookie header. Every field is checked when it runs, for types do not hold
 * where data was cast: a field that could end the pair, or say a second attribute, throws
 * `SessionError` of code `invalid-argument`.
 */
export function serializeCookie(cookie: SetCookie): string {
  const { name, value, secure, sameSite, maxAge } = cookie
  requireSafeText(name, value)
  requireValidAttributes(cookie)
  const attributes = ['Path=/', ...(secure ? ['Secure'] : []), 'HttpOnly', `SameSite=${sameSite}`]
  if (maxAge !== null) attributes.push(`Max-Age=${maxAge}`)
  if (maxAge === 0) attributes.push('Expires=Thu, 01 Jan 1970 00:00:00 GMT')
  const text = `${name}=${value}; ${attributes.join('; ')}`
  // All ASCII by now, so characters are bytes.
  requireValid(text.length <= maxCookieBytes, `is larger than ${maxCookieBytes} bytes`)
  return text
}

function requireSafeText(name: string, value: string): void {
  requireValid(
    typeof name === 'string' && tokenPattern.test(name),
    'has a name that is not a token',
  )
  const isValue = typeof value === 'string' && cookieOctets.test(value)
  requireValid(isValue, 'has a value with characters that a cookie cannot carry')
}

function requireValidAttributes({ name, secure, sameSite, maxAge }: SetCookie): void {
  requireValid(typeof secure === 'boolean', 'must say whether it is secure')
  requireValid(isSameSite(sameSite), 'must have SameSite Lax, Strict or None')
  requireValid(secure || sameSite !== 'None', 'must be secure for SameSite None')
  requireValid(secure || !/^__(?:host|secure)-/i.test(name), 'must be secure for its prefix')
  const isAge = Number.isSafeInteger(maxAge) && Number(maxAge) >= 0
  requireValid(maxAge === null || (isAge && maxAge <= maxCookieAge), 'has a Max-Age out of range')
}

export function isSameSite(value: unknown): value is SameSite {
  return value === 'Lax' || value === 'Strict' || value === 'None'
}

function requireValid(isValid: boolean, problem: string): void {
  // The name stays out of the message with the value: it may be what was injected.
  if (!isValid) throw new SessionError('invalid-argument', `a cookie ${problem}`)
}
