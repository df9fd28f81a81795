import { SessionError } from '../../domain/errors.ts'

/** Name and value of a response header. Append `Set-Cookie`; any other name replaces its value. */
export type ResponseHeader = readonly [name: string, value: string]

/** Whether browsers send a cookie with cross-site requests (RFC 6265bis section 5.6.7). */
export type SameSite = 'lax' | 'strict' | 'none'

/** A cookie to set: always `Path=/` and HttpOnly, never with a Domain. */
export interface SetCookie {
  readonly name: string
  readonly value: string
  readonly secure: boolean
  readonly sameSite: SameSite
  /** Seconds until it expires, at most 400 days, or `null` for a non-persistent cookie. */
  readonly maxAgeSeconds: number | null
}

const sameSiteAttributes: Readonly<Record<SameSite, string>> = {
  lax: 'SameSite=Lax',
  strict: 'SameSite=Strict',
  none: 'SameSite=None',
}

/** Browsers reduce longer lifetimes to this (RFC 6265bis section 5.5). In seconds. */
export const maxCookieAgeSeconds = 400 * 24 * 60 * 60

/** Browsers silently ignore larger cookies (RFC 6265bis section 5.6). */
const maxCookieBytes = 4096

const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const cookieOctets = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/

/**
 * Returns the value of a Set-Cookie header. Validates every field at runtime as well, since a cast
 * bypasses types: a field that could end the pair or add an attribute throws `SessionError` with code
 * `invalid-argument`.
 */
export function serializeCookie(cookie: SetCookie): string {
  requireValidFields(cookie)
  const { name, value, secure, sameSite, maxAgeSeconds } = cookie
  const sameSiteAttribute = sameSiteAttributes[sameSite]
  const attributes = ['Path=/', ...(secure ? ['Secure'] : []), 'HttpOnly', sameSiteAttribute]
  if (maxAgeSeconds !== null) attributes.push(`Max-Age=${maxAgeSeconds}`)
  if (maxAgeSeconds === 0) attributes.push('Expires=Thu, 01 Jan 1970 00:00:00 GMT')
  const text = `${name}=${value}; ${attributes.join('; ')}`
  // Validated as ASCII, so characters are bytes.
  requireValid(text.length <= maxCookieBytes, `is larger than ${maxCookieBytes} bytes`)
  return text
}

function requireValidFields({ name, value, secure, sameSite, maxAgeSeconds }: SetCookie): void {
  const isToken = typeof name === 'string' && tokenPattern.test(name)
  requireValid(isToken, 'has a name that is not a token')
  const isValue = typeof value === 'string' && cookieOctets.test(value)
  requireValid(isValue, 'has a value with characters that a cookie cannot contain')
  requireValid(typeof secure === 'boolean', 'must have a boolean `secure`')
  requireValid(isSameSite(sameSite), 'must have the sameSite lax, strict or none')
  requireValid(secure || sameSite !== 'none', 'must be secure for the sameSite none')
  requireValid(secure || !/^__(?:host|secure)-/i.test(name), 'must be secure for its prefix')
  const isAge = Number.isSafeInteger(maxAgeSeconds) && Number(maxAgeSeconds) >= 0
  requireValid(
    maxAgeSeconds === null || (isAge && maxAgeSeconds <= maxCookieAgeSeconds),
    'has a Max-Age out of range',
  )
}

export function isSameSite(value: unknown): value is SameSite {
  return value === 'lax' || value === 'strict' || value === 'none'
}

function requireValid(isValid: boolean, problem: string): void {
  // The message contains neither name nor value: either may be the injected part.
  if (!isValid) throw new SessionError('invalid-argument', `a cookie ${problem}`)
}
