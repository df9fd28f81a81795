import { type Flash, requireFlash } from '../domain/flash.ts'
import { second } from '../domain/time.ts'
import type { CookieJar } from './cookie-jar.ts'
import { flashLifetime } from './flash-cookie.ts'
import type { SessionState } from './session-state.ts'
import type { WebContext } from './web-context.ts'

/** The flashes of one request: with the session where there is one, else in a signed cookie. */
export interface Flashes {
  add(flash: Flash): Promise<void>
  take(): Promise<readonly Flash[]>
  /** Drops those of the anonymous visitor, so that they are not shown to who signs in. */
  expireCookie(): void
}

export function createFlashes<Data>(
  context: WebContext<Data>,
  { jar, state }: { readonly jar: CookieJar; readonly state: SessionState<Data> },
): Flashes {
  const { sessions, cookies, flashCookie } = context
  let pending: readonly Flash[] | null = null

  function setCookie(value: string, maxAge: number): void {
    jar.set({ name: cookies.flash, value, secure: cookies.secure, sameSite: 'Lax', maxAge })
  }

  function readCookie(): readonly Flash[] {
    const value = jar.value(cookies.flash)
    pending ??= value === null ? [] : flashCookie.decode(value, context.clock.now())
    return pending
  }

  function expireCookie(): void {
    pending = []
    setCookie('', 0)
  }

  async function addToSession(flash: Flash): Promise<boolean> {
    const active = await state.active()
    if (active === null || !(await sessions.addFlash(active.session.id, flash))) return false
    state.update({ ...active, hasFlash: true })
    return true
  }

  async function takeFromSession(): Promise<readonly Flash[]> {
    const active = await state.active()
    if (active === null || !active.hasFlash) return []
    const flashes = await sessions.takeFlashes(active.session.id)
    state.update({ ...active, hasFlash: false })
    return flashes
  }

  return {
    async add(flash) {
      requireFlash(flash)
      if (await addToSession(flash)) return
      jar.requireNotSent()
      pending = [...readCookie(), flash]
      setCookie(flashCookie.encode(pending, context.clock.now()), flashLifetime / second)
    },
    async take() {
      const fromSession = await takeFromSession()
      const fromCookie = readCookie()
      if (fromCookie.length > 0 || jar.values(cookies.flash).length > 0) expireCookie()
      return [...fromCookie, ...fromSession]
    },
    expireCookie,
  }
}
