import { SessionError } from '../domain/errors.ts'
import type { PublicOrigin } from './public-origin.ts'
import { isSameSite, type SameSite } from './set-cookie.ts'

/** Names and attributes of our cookies, as the public origin allows. */
export interface CookieProfile {
  readonly session: string
  /** Binds CSRF tokens of anonymous visitors. Can never sign in. */
  readonly preSession: string
  /** Flashes of anonymous visitors. */
  readonly flash: string
  readonly secure: boolean
  /** Of the session cookie. */
  readonly sameSite: SameSite
}

export interface CookieOptions {
  readonly cookieName?: string
  readonly sameSite?: SameSite
}

/**
 * Under https names have the `__Host-` prefix: no sibling host can plant such a cookie (RFC 6265bis
 * section 4.1.3.2). The development profile has names of its own, because a browser that holds the
 * Secure cookie of a name would not let a page without https replace it.
 */
export function createCookieProfile(origin: PublicOrigin, options: CookieOptions): CookieProfile {
  const { cookieName = 'session', sameSite = 'Lax' } = options
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(cookieName)) {
    rejectOption('cookieName', 'must be 1-64 letters, digits, - and _, the first a letter or digit')
  }
  if (cookieName === 'pre' || cookieName === 'flash')
    rejectOption('cookieName', 'is taken by another')
  if (!isSameSite(sameSite)) rejectOption('sameSite', 'must be Lax, Strict or None')
  if (sameSite === 'None' && !origin.https) rejectOption('sameSite', 'may be None only with https')

  const prefixed = (name: string) => cookieNameFor(name, origin.https)
  return {
    session: prefixed(cookieName),
    preSession: prefixed('pre'),
    flash: prefixed('flash'),
    secure: origin.https,
    sameSite,
  }
}

/** A cookie's name as browsers have it. */
export function cookieNameFor(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : `${name}-dev`
}

function rejectOption(option: string, reason: string): never {
  throw new SessionError('invalid-option', `${option} ${reason}`)
}
