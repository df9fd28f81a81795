import { SessionError } from '../domain/errors.ts'
import { cookieValues } from './cookie-header.ts'
import type { RequestHeaders } from './request-slice.ts'
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

const nothing: readonly ResponseHeader[] = []
const noStore: ResponseHeader = ['Cache-Control', 'no-store']
const onlyNoStore: readonly ResponseHeader[] = [noStore]

export function createCookieJar(headers: RequestHeaders): CookieJar {
  let cookies: Map<string, string> | null = null
  let clears = false
  let wasRead = false
  let sealed = false

  function values(name: string): readonly string[] {
    wasRead = true
    return cookieValues(headers.get('cookie'), name)
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
      cookies ??= new Map()
      cookies.set(cookie.name, serializeCookie(cookie))
    },
    clearSiteData() {
      clears = true
    },
    requireOpen,
    seal() {
      sealed = true
      if (cookies === null && !clears) return wasRead ? onlyNoStore : nothing
      const set = Array.from(
        cookies?.values() ?? [],
        (value): ResponseHeader => ['Set-Cookie', value],
      )
      // "cookies" would clear those of every sibling host too.
      if (clears) set.push(['Clear-Site-Data', '"cache", "storage"'])
      return [...set, noStore]
    },
  }
}
