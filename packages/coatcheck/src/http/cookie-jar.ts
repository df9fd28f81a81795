import { SessionError } from '../domain/errors.ts'
import { cookieValues } from './cookie-header.ts'
import type { RequestHeaders } from './incoming-request.ts'
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
  requireNotSent(): void
  /** The headers; afterwards the jar is closed. */
  close(): readonly ResponseHeader[]
}

const noHeaders: readonly ResponseHeader[] = []
const noStore: ResponseHeader = ['Cache-Control', 'no-store']
const noStoreHeaders: readonly ResponseHeader[] = [noStore]

export function createCookieJar(headers: RequestHeaders): CookieJar {
  let cookies: Map<string, string> | null = null
  let clearsSiteData = false
  let wasRead = false
  let isClosed = false

  function values(name: string): readonly string[] {
    wasRead = true
    return cookieValues(headers.get('cookie'), name)
  }

  function requireNotSent(): void {
    if (!isClosed) return
    const message = 'the response has left: a cookie could no longer be set'
    throw new SessionError('invalid-argument', message)
  }

  return {
    values,
    value(name) {
      const [value = null, ...others] = values(name)
      return others.length === 0 ? value : null
    },
    set(cookie) {
      requireNotSent()
      cookies ??= new Map()
      cookies.set(cookie.name, serializeCookie(cookie))
    },
    clearSiteData() {
      clearsSiteData = true
    },
    requireNotSent,
    close() {
      isClosed = true
      if (cookies === null && !clearsSiteData) return wasRead ? noStoreHeaders : noHeaders
      const set = Array.from(
        cookies?.values() ?? [],
        (value): ResponseHeader => ['Set-Cookie', value],
      )
      // "cookies" would clear those of every sibling host too.
      if (clearsSiteData) set.push(['Clear-Site-Data', '"cache", "storage"'])
      return [...set, noStore]
    },
  }
}
