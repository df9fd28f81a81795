import { isSessionError } from '../../domain/errors.ts'
import { type Flash, requireFlash } from '../../domain/flash.ts'
import { type Instant, minute, second } from '../../domain/time.ts'
import type { CookieJar } from '../cookies/cookie-jar.ts'
import { createSignedCodec, type SignedCodec } from '../cookies/signed-values.ts'
import type { WebContext } from '../web-context.ts'
import type { SessionState } from './session-state.ts'

/** The flashes of one request: stored with the session, or in a signed cookie without one. */
export interface Flashes {
  add(flash: Flash): Promise<void>
  take(): Promise<readonly Flash[]>
  /** Drops the anonymous visitor's flashes, so that the user who signs in does not see them. */
  expireCookie(): void
}

/** How long a flash waits for an anonymous visitor's next request. */
const flashMaxAge = 5 * minute

/** Leaves space for name and attributes within the 4096 bytes of a cookie. */
const maxValueBytes = 3_800

export function createFlashes<Data>(
  context: WebContext<Data>,
  { jar, state }: { readonly jar: CookieJar; readonly state: SessionState<Data> },
): Flashes {
  const { sessions, cookies, signerFor } = context
  const codec = createSignedCodec<readonly Flash[]>(signerFor('flash'))
  let pending: readonly Flash[] | null = null

  function readCookie(): readonly Flash[] {
    const value = jar.value(cookies.flash)
    pending ??= (value === null ? null : codec.decode(value, context.clock.now())) ?? []
    return pending
  }

  function expireCookie(): void {
    pending = []
    jar.set({ name: cookies.flash, value: '', maxAgeSeconds: 0 })
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
    try {
      const flashes = await sessions.takeFlashes(active.session.id)
      state.update({ ...active, hasFlash: false })
      return flashes
    } catch (error) {
      // A page that is only read works while nothing can be written. The flashes are shown once, later.
      if (isSessionError(error) && error.code === 'read-only') return []
      throw error
    }
  }

  return {
    async add(flash) {
      const added = requireFlash(flash)
      if (await addToSession(added)) return
      jar.requireNotSent()
      pending = [...readCookie(), added]
      const value = encodeWithinLimit(codec, pending, context.clock.now() + flashMaxAge)
      jar.set({ name: cookies.flash, value, maxAgeSeconds: flashMaxAge / second })
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

/** Drops the oldest flashes until the cookie value fits. */
function encodeWithinLimit(
  codec: SignedCodec<readonly Flash[]>,
  flashes: readonly Flash[],
  expiresAt: Instant,
): string {
  const value = codec.encode(flashes, expiresAt)
  if (value.length <= maxValueBytes) return value
  return encodeWithinLimit(codec, flashes.slice(1), expiresAt)
}
