import type { Client } from '../domain/client.ts'
import type { Flash } from '../domain/flash.ts'
import type { Session } from '../domain/session.ts'
import type { Milliseconds } from '../domain/time.ts'
import type {
  DataChanges,
  Rotation,
  SignIn,
  SignInOutcome,
  Verification,
  VerifyOptions,
} from '../sessions/sessions.ts'
import type { FormResult } from './form-reader.ts'
import type { RequestHead } from './incoming-request.ts'
import type { Refusal } from './refusal.ts'
import type { ResponseHeader } from './response-header.ts'

export type { Session } from '../domain/session.ts'

/**
 * What became of a sign-in. The token is in the cookie and nowhere else: an
 * outcome may be sent as it is.
 */
export type ExchangeSignIn<Data> =
  | { readonly status: 'signed-in'; readonly session: Session<Data> }
  | Extract<SignInOutcome<Data>, { readonly status: 'refused' }>

/** What became of a rotation; see `ExchangeSignIn`. */
export type ExchangeRotation<Data> =
  | { readonly status: 'rotated'; readonly session: Session<Data> }
  | { readonly status: 'refused' }

/** A cookie of the app's own, beside those of the session. */
export interface SignedCookie {
  /** Without its prefix: 1-32 letters a-z. */
  readonly name: string
  /** `null` expires it. */
  readonly value: string | null
  /** In ms. Held by the browser, and by the signature. */
  readonly maxAge: Milliseconds
}

/**
 * One request's use of a session. Lazy: the session is verified when something is asked that needs
 * it, once, and once more when it is asked for fresh; without a session cookie the store is never
 * read. Changes collect until the response leaves; afterwards whatever needs a cookie rejects with
 * `invalid-argument`, for its cookie would be lost.
 *
 * Every method that returns a promise rejects with `SessionError` of code `store-unavailable` when
 * the store fails, and of code `throttled` where too many unknown tokens came from the client's
 * address (see `unknownTokens` of `SessionsOptions`). The cookie is kept then: nobody is signed out,
 * and nobody in. Guards and `respondToFailure` answer both.
 */
export interface Exchange<Data> {
  /** As it was given to `WebSessions`: with a web-standard server, its `Request`. */
  readonly request: RequestHead
  /** Who asks: the address behind the trusted proxies and the User-Agent. */
  readonly client: Client
  /** Whether the client came over https: the socket's word, or a trusted proxy's. */
  readonly isHttps: boolean

  /**
   * What the presented cookie turned out to be; after `signIn`, `rotate` or `signOut`, what
   * holds since. A session cookie that appears twice is `malformed`: one of the two is planted,
   * and which is not knowable.
   *
   * With `fresh` the store has its say, once in the exchange, and what it says holds from then on,
   * instead of what the verification cache said before. For what must not be done by a session that
   * another process has just revoked.
   */
  verification(options?: VerifyOptions): Promise<Verification<Data>>
  /** The session while it is active, else `null`. */
  session(): Promise<Session<Data> | null>

  /**
   * A token for the form field `csrf_token` or the header `X-CSRF-Token`, masked anew by each
   * call (BREACH). Bound to the session; for an anonymous visitor to the signed pre-session
   * cookie, which is set if it is not there. Works until the session rotates without grace, or
   * the person signs in or out.
   */
  csrfToken(): Promise<string>
  /** Whether a token was made by `csrfToken` for this session or pre-session cookie. */
  matchesCsrfToken(token: string): Promise<boolean>

  /**
   * The fields of an urlencoded or multipart body of up to 64 KiB, none where the body is empty or
   * absent, or `null` when there is no form (larger, malformed: the CSRF guard has refused those; of
   * another type; a GET). The
   * route can still read the body its own way; rejects with `invalid-argument` when
   * something has read from it before.
   */
  form(): Promise<FormData | null>
  /** As `form`, and tells why there is none. */
  readForm(): Promise<FormResult>

  /**
   * Makes a session, ends the one presented and sets the cookie: without Max-Age unless remembered.
   * Expires the pre-session and flash cookies, so CSRF tokens from before no longer match.
   */
  signIn(signIn: Omit<SignIn<Data>, 'client' | 'presentedToken'>): Promise<ExchangeSignIn<Data>>

  /**
   * Ends the session in the store, then expires the cookie and asks the browser to clear its cache
   * and storage (ASVS 5.0 V7.4.1, V14.3.1). A session that is refused for its address or user agent
   * ends too. Without a session it writes nothing and only clears the client.
   */
  signOut(): Promise<void>

  /** Gives the session a new secret and sets the cookie. `refused` without an active session. */
  rotate(rotation?: Rotation): Promise<ExchangeRotation<Data>>

  /**
   * Notes that the person has just proved who they are again, and sets the cookie of the new
   * secret; see `Sessions.stepUp`. Check the credentials first. `refused` without an active
   * session, and where another request was faster: then its cookie holds.
   */
  stepUp(): Promise<ExchangeRotation<Data>>

  /**
   * Changes the named keys of the session's data; see `Sessions.saveData`. `null`
   * without an active session.
   */
  saveData(changes: DataChanges<Data>): Promise<Data | null>

  /**
   * Leaves a value for the next request: with the session, or for an anonymous visitor in a signed
   * cookie that holds for 5 minutes (signed is not encrypted: the visitor can read it, not write
   * it). Where the cookie would grow past its limit the oldest values give way.
   */
  flash(flash: Flash): Promise<void>
  /** Takes the waiting values, oldest first; they are gone afterwards. */
  takeFlashes(): Promise<readonly Flash[]>

  /**
   * What a cookie of the app's own holds, that `setSignedCookie` has set under this name. `null` when there is
   * none, or two; when it was not signed by one of the `keys`, for this very name; and when its time is over.
   */
  signedCookie(name: string): string | null
  /**
   * Sets a cookie of the app's own, or expires it. Signed is not encrypted: its holder can read it, not write
   * it. `HttpOnly` and `SameSite=Lax`, with the same prefix as the session's. Throws `invalid-argument`
   * for a name that is not 1-32 letters a-z or is one of ours, a `maxAge` below one second or above 400
   * days, a value too large for a cookie, and once the response has left.
   */
  setSignedCookie(cookie: SignedCookie): void

  /** Expires the session cookie, if the request carried one. Changes nothing in the store. */
  expireSessionCookie(): void

  /** Dresses a refusal as a response, the way that the app chose when it opened the exchange. */
  respond(refusal: Refusal): Promise<Response>

  /**
   * What to put on the response, whatever the response is: append every `Set-Cookie`, set the
   * others. A response to an exchange that was asked anything is `Cache-Control: no-store`,
   * so that no shared cache gives one person's page, or cookie, to another (ASVS 5.0
   * V14.3.2). Seals the exchange.
   */
  responseHeaders(): readonly ResponseHeader[]
}
