import { SessionError } from '../domain/errors.ts'
import { second } from '../domain/time.ts'
import type { CookieJar } from './cookie-jar.ts'
import { cookieNameFor } from './cookie-profile.ts'
import type { SignedCookie } from './exchange.ts'
import { createSignedCodec } from './signed-values.ts'
import type { WebContext } from './web-context.ts'

/** The app's own cookies in one request. */
export interface SignedCookies {
  read(name: string): string | null
  set(cookie: SignedCookie): void
}

export function createSignedCookies<Data>(
  { cookies, signerFor, clock }: WebContext<Data>,
  jar: CookieJar,
): SignedCookies {
  const reservedNames: readonly string[] = [cookies.session, cookies.preSession, cookies.flash]

  function fullName(name: string): string {
    if (!/^[a-z]{1,32}$/.test(name)) rejectCookie('must have a name of 1-32 letters a-z')
    const full = cookieNameFor(name, cookies.secure)
    if (reservedNames.includes(full)) rejectCookie('must not use a name of the library')
    return full
  }

  const codecOf = (name: string) => createSignedCodec<string>(signerFor(`cookie ${name}`))

  return {
    read(name) {
      const value = jar.value(fullName(name))
      return value === null ? null : codecOf(name).decode(value, clock.now())
    },
    set({ name, value, maxAge }) {
      const expires = value === null
      if (!expires && !(maxAge >= second)) rejectCookie('must have a maxAge of at least 1 s')
      jar.set({
        name: fullName(name),
        value: expires ? '' : codecOf(name).encode(value, clock.now() + maxAge),
        maxAge: expires ? 0 : Math.floor(maxAge / second),
      })
    },
  }
}

function rejectCookie(reason: string): never {
  throw new SessionError('invalid-argument', `a signed cookie ${reason}`)
}
