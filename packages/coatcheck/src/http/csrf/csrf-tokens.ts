import { createHmac } from 'node:crypto'
import { csrfSecretBytes, csrfTokenMatches, maskCsrfSecret } from '../../domain/csrf-token.ts'
import type { CookieJar } from '../cookies/cookie-jar.ts'
import { copyNameLength } from '../cookies/cookie-profile.ts'
import type { SessionState } from '../exchange/session-state.ts'
import type { WebContext } from '../web-context.ts'

/** Issues and verifies the CSRF tokens of one request. */
export interface CsrfTokens {
  token(): Promise<string>
  matches(token: string): Promise<boolean>
  /** Invalidates the anonymous visitor's tokens. */
  expirePreSession(): void
}

/** Pre-session cookies that are looked at in one request. */
const maxPreSessions = 32

/**
 * Binds tokens to the session, or to the pre-session cookie without one. That cookie is a random
 * seed and its signature; it does not have the format of a session token, so it cannot sign in.
 *
 * Two tabs that an anonymous visitor opens at once each get a seed, and the browser keeps the later
 * value of the cookie. So each seed is also set as a cookie of a name of its own, and a token may match
 * any of them: all were issued to this browser (decision 035).
 */
export function createCsrfTokens<Data>(
  { signerFor, cookies, random }: WebContext<Data>,
  { jar, state }: { readonly jar: CookieJar; readonly state: SessionState<Data> },
): CsrfTokens {
  const signer = signerFor('pre-session')
  let issuedSeed: string | null = null
  let expired = false

  function* currentSeeds(): Generator<string> {
    if (issuedSeed !== null) yield issuedSeed
    if (issuedSeed !== null || expired) return
    const names = jar.names(cookies.preSessionCopyPattern).slice(0, maxPreSessions)
    const values = [cookies.preSession, ...names].map(jar.value)
    for (const value of values) {
      const seed = value === null ? null : signer.verify(value)
      if (seed !== null) yield seed
    }
  }

  function currentSeed(): string | null {
    for (const seed of currentSeeds()) return seed
    return null
  }

  function issueSeed(): string {
    issuedSeed = Buffer.from(random.bytes(32)).toString('base64url')
    const value = signer.sign(issuedSeed)
    const copy = cookies.preSessionCopy(toName(random.bytes(copyNameLength)))
    for (const name of [copy, cookies.preSession]) jar.set({ name, value, maxAgeSeconds: null })
    return issuedSeed
  }

  return {
    async token() {
      const active = await state.active()
      const secret = active?.csrfSecret ?? secretOf(currentSeed() ?? issueSeed())
      return maskCsrfSecret(secret, random.bytes(csrfSecretBytes))
    },
    async matches(token) {
      const active = await state.active()
      if (active !== null) return csrfTokenMatches(token, active.csrfSecret)
      for (const seed of currentSeeds()) if (csrfTokenMatches(token, secretOf(seed))) return true
      return false
    },
    expirePreSession() {
      issuedSeed = null
      expired = true
      const names = [cookies.preSession, ...jar.names(cookies.preSessionCopyPattern)]
      for (const name of names) jar.set({ name, value: '', maxAgeSeconds: 0 })
    },
  }
}

function toName(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(0x61 + (byte % 26))).join('')
}

function secretOf(seed: string): Uint8Array {
  return createHmac('sha256', seed).update('csrf token').digest()
}
