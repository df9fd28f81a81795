import { rejectOption } from '../../domain/errors.ts'
import type { PublicOrigin } from '../public-origin.ts'
import type { WebSessionsOptions } from '../web-sessions.ts'
import { isSameSite, type SameSite } from './set-cookie.ts'

/** Names and attributes of our cookies; they depend on the public origin. */
export interface CookieProfile {
  readonly session: string
  /** Binds the CSRF tokens of anonymous visitors; cannot sign in. */
  readonly preSession: string
  /** A second name for a value of `preSession`, which another tab does not overwrite. */
  readonly preSessionCopy: (name: string) => string
  /** Matches the names that `preSessionCopy` returns. */
  readonly preSessionCopyPattern: RegExp
  /** The token of a pending sign-in; cannot sign in. Named after the session cookie. */
  readonly pendingSignIn: string
  /** Flashes of anonymous visitors. */
  readonly flash: string
  readonly secure: boolean
  /** SameSite of the session cookie. */
  readonly sameSite: SameSite
  /** SameSite of the other cookies: `none` if the session cookie has it, so that they are sent together. */
  readonly defaultSameSite: SameSite
}

/**
 * With https, names have the `__Host-` prefix, so no sibling host can set such a cookie (RFC 6265bis
 * section 4.1.3.2). The development profile uses different names, because browsers do not let an http
 * page replace a Secure cookie of the same name.
 */
export function createCookieProfile(
  origin: PublicOrigin,
  { cookieName = 'session', sameSite = 'lax' }: Pick<WebSessionsOptions, 'cookieName' | 'sameSite'>,
): CookieProfile {
  const isText = typeof cookieName === 'string'
  if (!isText || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(cookieName)) {
    rejectOption('cookieName must be 1-64 letters, digits, - and _, the first a letter or digit')
  }
  if (cookieName === 'flash' || cookieName === 'pre' || isPreSessionCopy(cookieName)) {
    rejectOption('cookieName must not be the name of another cookie of the library')
  }
  if (!isSameSite(sameSite)) rejectOption('sameSite must be lax, strict or none')
  if (sameSite === 'none' && !origin.https) rejectOption('sameSite may be none only with https')

  const prefixed = (name: string) => cookieNameFor(name, origin.https)
  return {
    session: prefixed(cookieName),
    preSession: prefixed('pre'),
    preSessionCopy: (name) => prefixed(`pre${name}`),
    preSessionCopyPattern: new RegExp(`^${prefixed(`pre[a-z]{${copyNameLength}}`)}$`),
    pendingSignIn: prefixed(`${cookieName}-pending`),
    flash: prefixed('flash'),
    secure: origin.https,
    sameSite,
    defaultSameSite: sameSite === 'none' ? 'none' : 'lax',
  }
}

/** Length of what distinguishes the names of copies, of a-z: 56 bits. */
export const copyNameLength = 12

/** Whether a name without prefix is reserved for the copies of pre-session cookies. */
export function isPreSessionCopy(name: string): boolean {
  return name.length === 'pre'.length + copyNameLength && /^pre[a-z]+$/.test(name)
}

/** The full name of a cookie, as browsers store it. */
export function cookieNameFor(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : `${name}-dev`
}
