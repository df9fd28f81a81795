import { csrfSecretBytes, csrfTokenMatches, maskCsrfSecret } from '../domain/csrf-token.ts'
import type { CookieJar } from './cookie-jar.ts'
import type { SessionState } from './session-state.ts'
import type { WebContext } from './web-context.ts'

/** Issues and checks the CSRF tokens of one request. */
export interface CsrfTokens {
  token(): Promise<string>
  matches(token: string): Promise<boolean>
  /** Ends what tokens of the anonymous visitor were bound to. */
  expirePreSession(): void
}

/** Binds tokens to the session, or to the pre-session cookie where there is none. */
export function createCsrfTokens<Data>(
  context: WebContext<Data>,
  { jar, state }: { readonly jar: CookieJar; readonly state: SessionState<Data> },
): CsrfTokens {
  const { preSession, cookies } = context
  let issued: string | null = null
  let expired = false

  function setCookie(value: string, maxAge: number | null): void {
    jar.set({
      name: cookies.preSession,
      value,
      secure: cookies.secure,
      sameSite: 'Lax',
      maxAge,
    })
  }

  function preSessionSecret(): Uint8Array | null {
    const value = issued ?? (expired ? null : jar.value(cookies.preSession))
    return value === null ? null : preSession.csrfSecret(value)
  }

  function issueSecret(): Uint8Array | null {
    issued = preSession.issue()
    setCookie(issued, null)
    return preSession.csrfSecret(issued)
  }

  return {
    async token() {
      const active = await state.active()
      const secret = active?.csrfSecret ?? preSessionSecret() ?? issueSecret()
      // Never the case: what was issued just now is ours.
      if (secret === null) throw new Error('the pre-session does not know its own cookie')
      return maskCsrfSecret(secret, context.random.bytes(csrfSecretBytes))
    },
    async matches(token) {
      const active = await state.active()
      const secret = active === null ? preSessionSecret() : active.csrfSecret
      return secret !== null && csrfTokenMatches(token, secret)
    },
    expirePreSession() {
      issued = null
      expired = true
      setCookie('', 0)
    },
  }
}
