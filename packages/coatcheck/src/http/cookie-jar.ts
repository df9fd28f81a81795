import { SessionError } from '../domain/errors.ts'
import { cookieValues } from './cookie-header.ts'
import type { ResponseHeader } from './response-header.ts'
import { type SetCookie, serializeCookie } from './set-cookie.ts'

/** The cookies of one request, and the headers that its response gets because of them. */
export interface CookieJar {
  /** The values of a cookie that the request carried; more than one is an attack. */
  values(name: string): readonly string[]
  /** The value of a cookie that the request carried exactly once, else `null`. */
  value(name: string): string | null
  /** Sets a cookie with the response. Of several under one name the last counts. */
  set(cookie: SetCookie): void
  /** Asks the browser to clear what it keeps of this origin, but for cookies. */
  clearSiteData(): void
  /** Throws `invalid-argument` when the response has left already. */
  requireOpen(): void
  /** The headers; afterwards the jar is closed. */
  seal(): readonly ResponseHeader[]
}

export function createCookieJar(header: string | null): CookieJar {
  const cookies = new Map<string, string>()
  let clears = false
  let wasRead = false
  let sealed = false

  function values(name: string): readonly string[] {
    wasRead = true
    return cookieValues(header, name)
  }

  function requireOpen(): void {
    if (!sealed) return
    const why = 'the response has left: a cookie could no longer be set'
    throw new SessionError('invalid-argument', why)
  }

  return {
    values,
    value(name) {
      const [value = null, ...others] = values(name)
      return others.length === 0 ? value : null
    },
    set(cookie) {
      requireOpen()
      cookies.set(cookie.name, serializeCookie(cookie))
    },
    clearSiteData() {
      clears = true
    },
    requireOpen,
    seal() {
      sealed = true
      const set = [...cookies.values()].map((value): ResponseHeader => ['Set-Cookie', value])
      // "cookies" would clear those of every sibling host too.
      if (clears) set.push(['Clear-Site-Data', '"cache", "storage"'])
      if (wasRead || set.length > 0) set.push(['Cache-Control', 'no-store'])
      return set
    },
  }
}
