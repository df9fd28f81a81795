import { createHmac } from 'node:crypto'
import { csrfSecretBytes, csrfTokenMatches, maskCsrfSecret } from '../domain/csrf-token.ts'
import type { CookieJar } from './cookie-jar.ts'
import type { SessionState } from './session-state.ts'
import type { WebContext } from './web-context.ts'

/** Issues and verifies the CSRF tokens of one request. */
export interface CsrfTokens {
  token(): Promise<string>
  matches(token: string): Promise<boolean>
  /** Invalidates the anonymous visitor's tokens. */
  expirePreSession(): void
}

/**
 * Binds tokens to the session, or to the pre-session cookie without one. That cookie is a random
 * seed and its signature; it does not have the format of a session token, so it cannot sign in.
 */
export function createCsrfTokens<Data>(
  { signerFor, cookies, random }: WebContext<Data>,
  { jar, state }: { readonly jar: CookieJar; readonly state: SessionState<Data> },
): CsrfTokens {
  const signer = signerFor('pre-session')
  let issuedSeed: string | null = null
  let expired = false

  function currentSeed(): string | null {
    if (issuedSeed !== null || expired) return issuedSeed
    const value = jar.value(cookies.preSession)
    return value === null ? null : signer.verify(value)
  }

  function issueSeed(): string {
    issuedSeed = Buffer.from(random.bytes(32)).toString('base64url')
    jar.set({ name: cookies.preSession, value: signer.sign(issuedSeed), maxAgeSeconds: null })
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
      const seed = currentSeed()
      return seed !== null && csrfTokenMatches(token, secretOf(seed))
    },
    expirePreSession() {
      issuedSeed = null
      expired = true
      jar.set({ name: cookies.preSession, value: '', maxAgeSeconds: 0 })
    },
  }
}

function secretOf(seed: string): Uint8Array {
  return createHmac('sha256', seed).update('csrf token').digest()
}
