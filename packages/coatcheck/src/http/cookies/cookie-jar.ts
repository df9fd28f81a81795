import { requireArgument } from '../../domain/storable.ts'
import type { RequestHeaders } from '../incoming-request.ts'
import { cookieNames, cookieValues } from './cookie-header.ts'
import type { CookieProfile } from './cookie-profile.ts'
import { type ResponseHeader, type SetCookie, serializeCookie } from './set-cookie.ts'

/** A cookie for the response. The jar decides on Secure, and on SameSite by default. */
type ResponseCookie = Omit<SetCookie, 'secure' | 'sameSite'> & Partial<Pick<SetCookie, 'sameSite'>>

/** The cookies of one request and the response headers that result from them. */
export interface CookieJar {
  /** The values of a cookie in the request; more than one means that one was injected. */
  values(name: string): readonly string[]
  /** The value of a cookie that occurs exactly once, else `null`. */
  value(name: string): string | null
  /** The names of cookies in the request that match, in order, each once. */
  names(pattern: RegExp): readonly string[]
  /** Sets a cookie on the response, replacing an earlier one of the same name. */
  set(cookie: ResponseCookie): void
  /** Makes the browser clear this origin's storage, but not its cookies and cache. */
  clearSiteData(): void
  /** Throws `invalid-argument` if the response headers have been sent. */
  requireNotSent(): void
  /** Returns the headers and closes the jar: no cookie can be set afterwards. */
  close(): readonly ResponseHeader[]
}

const noHeaders: readonly ResponseHeader[] = []
const noStore: ResponseHeader = ['Cache-Control', 'no-store']
const noStoreHeaders: readonly ResponseHeader[] = [noStore]

export function createCookieJar(
  headers: RequestHeaders,
  { secure, defaultSameSite }: Pick<CookieProfile, 'secure' | 'defaultSameSite'>,
): CookieJar {
  let cookies: Map<string, string> | null = null
  let clearsSiteData = false
  let wasRead = false
  let isClosed = false

  function values(name: string): readonly string[] {
    wasRead = true
    return cookieValues(headers.get('cookie'), name)
  }

  function requireNotSent(): void {
    requireArgument(
      !isClosed,
      'the response headers have been sent, so no cookie can be set: await the call before you respond',
    )
  }

  return {
    values,
    value(name) {
      const [value = null, ...others] = values(name)
      return others.length === 0 ? value : null
    },
    names(pattern) {
      wasRead = true
      return cookieNames(headers.get('cookie'), pattern)
    },
    set(cookie) {
      requireNotSent()
      cookies ??= new Map()
      cookies.set(cookie.name, serializeCookie({ sameSite: defaultSameSite, ...cookie, secure }))
    },
    clearSiteData() {
      clearsSiteData = true
    },
    requireNotSent,
    close() {
      isClosed = true
      if (cookies === null && !clearsSiteData) return wasRead ? noStoreHeaders : noHeaders
      const added: ResponseHeader[] = []
      for (const value of cookies?.values() ?? []) added.push(['Set-Cookie', value])
      // "cookies" would also clear the cookies of sibling hosts. For "cache" a browser searches its
      // whole cache, which takes seconds; private responses are not stored in it anyway.
      if (clearsSiteData) added.push(['Clear-Site-Data', '"storage"'])
      return [...added, noStore]
    },
  }
}
