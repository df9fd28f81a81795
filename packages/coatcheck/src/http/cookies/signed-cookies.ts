import { parseDuration } from '../../domain/duration.ts'
import { requireArgument } from '../../domain/storable.ts'
import { second } from '../../domain/time.ts'
import type { SignedCookie } from '../exchange/exchange.ts'
import type { WebContext } from '../web-context.ts'
import type { CookieJar } from './cookie-jar.ts'
import { cookieNameFor, isPreSessionCopy } from './cookie-profile.ts'
import { createSignedCodec } from './signed-values.ts'

const tooShort =
  "a signed cookie must have a maxAge of at least 1 s, in ms or as text such as '30m'"

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
    const isValid = /^[a-z]{1,32}$/.test(name)
    requireArgument(isValid, 'a signed cookie must have a name of 1-32 letters a-z')
    const full = cookieNameFor(name, cookies.secure)
    const isReserved = reservedNames.includes(full) || isPreSessionCopy(name)
    requireArgument(!isReserved, 'a signed cookie must not use a name of the library')
    return full
  }

  const codecOf = (name: string) => createSignedCodec<string>(signerFor(`cookie ${name}`))

  return {
    read(name) {
      const value = jar.value(fullName(name))
      return value === null ? null : codecOf(name).decode(value, clock.now())
    },
    set({ name, value, maxAge: duration }) {
      const expires = value === null
      const maxAge = parseDuration(duration)
      requireArgument(expires || maxAge >= second, tooShort)
      jar.set({
        name: fullName(name),
        value: expires ? '' : codecOf(name).encode(value, clock.now() + maxAge),
        maxAgeSeconds: expires ? 0 : Math.floor(maxAge / second),
      })
    },
  }
}
