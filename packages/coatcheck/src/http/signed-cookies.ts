import { SessionError } from '../domain/errors.ts'
import { second } from '../domain/time.ts'
import type { CookieJar } from './cookie-jar.ts'
import { cookieNameFor } from './cookie-profile.ts'
import type { SignedCookie } from './exchange.ts'
import type { WebContext } from './web-context.ts'

/** The app's own cookies of one request. */
export interface SignedCookies {
  read(name: string): string | null
  set(cookie: SignedCookie): void
}

export function createSignedCookies<Data>(
  { cookies, cookieSigner, clock }: WebContext<Data>,
  jar: CookieJar,
): SignedCookies {
  const reservedNames: readonly string[] = [cookies.session, cookies.preSession, cookies.flash]

  function fullName(name: string): string {
    if (!/^[a-z]{1,32}$/.test(name))
      rejectSignedCookie('must have a name of 1-32 letters from a to z')
    const full = cookieNameFor(name, cookies.secure)
    if (reservedNames.includes(full)) rejectSignedCookie('must not have the name of one of ours')
    return full
  }

  return {
    read(name) {
      const value = jar.value(fullName(name))
      return value === null ? null : cookieSigner.decode(name, value, clock.now())
    },
    set({ name, value, maxAge }) {
      const expires = value === null
      if (!expires && !(maxAge >= second)) rejectSignedCookie('must live for a second at least')
      jar.set({
        name: fullName(name),
        value: expires ? '' : cookieSigner.encode(name, value, clock.now() + maxAge),
        secure: cookies.secure,
        sameSite: 'Lax',
        maxAge: expires ? 0 : Math.floor(maxAge / second),
      })
    },
  }
}

function rejectSignedCookie(reason: string): never {
  throw new SessionError('invalid-argument', `a signed cookie ${reason}`)
}
