import type { Client } from '../../domain/client.ts'
import type { Duration } from '../../domain/duration.ts'
import type { RedirectLoopReason } from '../../domain/events.ts'
import type { Flash } from '../../domain/flash.ts'
import type { Session } from '../../domain/session.ts'
import type {
  NoPendingSignIn,
  PendingSignInAttempt,
  PendingSignInLookup,
  PendingSignInRequest,
  PendingSignInStart,
} from '../../sessions/pending-sign-ins.ts'
import type {
  DataChanges,
  PendingSignInCompletion,
  Rotation,
  SignIn,
  SignInOutcome,
  StepUp,
  Verification,
  VerifyOptions,
} from '../../sessions/sessions.ts'
import type { ResponseHeader } from '../cookies/set-cookie.ts'
import type { FormResult } from '../forms/form-reader.ts'
import type { Refusal } from '../guards/refusals.ts'
import type { RequestHead } from '../incoming-request.ts'

export type { Session } from '../../domain/session.ts'

/** The result of a sign-in. Contains no token, which is only in the cookie; safe to send to clients. */
export type ExchangeSignIn<Data> =
  | { readonly status: 'signed-in'; readonly session: Session<Data> }
  | Extract<SignInOutcome<Data>, { readonly status: 'refused' }>

/** The result of `beginSignIn`. Contains no token, which is only in the cookie. */
export type ExchangeSignInStart =
  | Omit<Extract<PendingSignInStart, { readonly status: 'pending' }>, 'token'>
  | Extract<PendingSignInStart, { readonly status: 'refused' }>

/** The result of a rotation or step-up; see `ExchangeSignIn`. */
export type ExchangeRotation<Data> =
  | { readonly status: 'rotated'; readonly session: Session<Data> }
  | { readonly status: 'refused' }

/** A cookie of the app, in addition to those of the library. */
export interface SignedCookie {
  /** Without its prefix: 1-32 letters a-z. */
  readonly name: string
  /** `null` expires it. */
  readonly value: string | null
  /** Enforced by the browser and by the signature. */
  readonly maxAge: Duration
}

/**
 * One request's use of a session. Lazy: the session is verified on first use, and once more for the
 * first one with `skipCache`; without a session cookie the store is never read. Changes collect until
 * the response headers are sent; afterwards every method that sets a cookie rejects with
 * `invalid-argument`.
 *
 * Every method that returns a promise rejects with `SessionError` of a `StoreFailureCode` if the
 * store fails, of `closed` after the sessions were closed, and of `throttled` if too many unknown tokens came from the client's IP address
 * (see `unknownTokens` of `SessionsOptions`). The cookie is kept in both cases: the user is neither
 * signed out nor signed in. Guards and `respondToFailure` respond to both.
 */
export interface Exchange<Data> {
  /** The request as passed to `WebSessions`; a `Request` on a web-standard server. */
  readonly request: RequestHead
  /** The client: IP address, determined behind trusted proxies, and User-Agent. */
  readonly client: Client
  /** Whether the client used https, as the socket or a trusted proxy reports. */
  readonly isHttps: boolean

  /**
   * Verifies the presented cookie; after `signIn`, `rotate` or `signOut` returns the state after that
   * operation. A session cookie that occurs twice is `malformed`: one of the two was injected, and the
   * header does not show which.
   *
   * With `skipCache` the store is read, once per exchange, and its result replaces an earlier one from the
   * verification cache. Use it where a session must not act after another process revoked it.
   */
  verification(options?: VerifyOptions): Promise<Verification<Data>>
  /** The session if it is active, else `null`. */
  session(): Promise<Session<Data> | null>

  /**
   * Returns a token for the form field `csrf_token` or the header `X-CSRF-Token`, with a new mask at
   * each call (BREACH). Bound to the session; for an anonymous visitor to the signed pre-session
   * cookie, which is set if missing. Valid until the session rotates without grace or the user signs
   * in or out. The tokens of several tabs that a visitor without the cookie opens at once are all valid.
   */
  csrfToken(): Promise<string>
  /** Whether `csrfToken` returned this token for this session or pre-session cookie. */
  matchesCsrfToken(token: string): Promise<boolean>

  /**
   * Returns the fields of an urlencoded or multipart body of up to `maxFormSize`, no fields if the body is
   * empty or absent, or `null` if there is no form: a GET, another media type, or a body that is too
   * large or malformed, which the CSRF guard refuses unless a token in the header or in the first field
   * of a multipart body was valid. The route can still read the body. Rejects with `invalid-argument` if
   * the body was read before, and `provideForm` was not called.
   */
  form(): Promise<FormData | null>
  /** Like `form`, but with the reason why there is no form. */
  readForm(): Promise<FormResult>
  /**
   * Sets the fields of a body that other code has parsed: `request.body` in Express, Fastify or Next,
   * `await c.req.parseBody()` in Hono, a `FormData`. Call it before the CSRF guard, which then reads the
   * token there, as `form` reads the fields. Of an object, text and lists of text count, not files.
   * `null` and `undefined` change nothing. Throws `invalid-argument` if the form was read already.
   */
  provideForm(form: object | null | undefined): void

  /**
   * Creates a session, ends the presented one and sets the cookie: non-persistent unless remembered.
   * Expires the pre-session and flash cookies, and that of a pending sign-in, so earlier CSRF tokens no longer match.
   */
  signIn(signIn: Omit<SignIn<Data>, 'client' | 'presentedToken'>): Promise<ExchangeSignIn<Data>>

  /**
   * Sets the cookie of a sign-in that was made in a transaction of the app (`Sessions.transaction`). Call
   * it after the transaction, which must have passed `client` to `signIn`. Ends the presented session, and
   * expires the same cookies as `signIn`.
   */
  acceptSignIn(outcome: SignInOutcome<Data>): Promise<ExchangeSignIn<Data>>

  /**
   * Keeps a sign-in whose first step has passed, for the next one, and sets its cookie: not the session cookie,
   * non-persistent, and never accepted by a guard. A session of this browser stays as it is. One pending
   * sign-in per browser: a later one, also of another user, replaces it.
   */
  beginSignIn(
    signIn: Omit<PendingSignInRequest, 'client' | 'presentedToken'>,
  ): Promise<ExchangeSignInStart>
  /** The pending sign-in of this browser, for the page of the next step. */
  pendingSignIn(): Promise<PendingSignInLookup>
  /**
   * Counts one of five attempts; see `PendingSignIns`. Call it before each check of a factor, in the same
   * request.
   */
  attemptSignIn(): Promise<PendingSignInAttempt>
  /**
   * Completes the pending sign-in, after a correct factor: creates the session as `signIn` does, and expires
   * the cookie of the pending sign-in too. `none` and `refused` set no cookie. Rejects with
   * `invalid-argument` unless `attemptSignIn` was called before in this request, and returns its `none` if it did
   * not allow the attempt.
   */
  completeSignIn(
    completion: Omit<PendingSignInCompletion<Data>, 'client' | 'presentedToken'>,
  ): Promise<ExchangeSignIn<Data> | NoPendingSignIn>
  /** Removes the pending sign-in of this browser and expires its cookie. */
  cancelSignIn(): Promise<void>

  /**
   * Ends the session in the store, then expires the cookie and makes the browser clear the origin's
   * storage (ASVS 5.0 V7.4.1, V14.3.1). Its cache is not cleared: responses of an exchange that was
   * used are `no-store`, and clearing blocks a browser with a full cache for seconds. Also ends a session that is refused for its IP address or
   * user agent. Without a session it only clears the client. The cookie is expired in any case, also
   * one that a sign-in in another tab has just set: the user has asked to be signed out.
   */
  signOut(): Promise<void>

  /** Gives the session a new secret and sets the cookie. `refused` without an active session. */
  rotate(rotation?: Rotation): Promise<ExchangeRotation<Data>>

  /**
   * Records a reauthentication and sets the cookie with the new secret; see `Sessions.stepUp`. Verify
   * the credentials first. `refused` without an active session, or if a concurrent request replaced
   * the secret first, whose cookie then stays valid.
   */
  stepUp(stepUp?: Omit<StepUp, 'client'>): Promise<ExchangeRotation<Data>>

  /**
   * Changes the given keys of the session's data; see `Sessions.saveData`. `null` without an active
   * session.
   */
  saveData(changes: DataChanges<Data>): Promise<Data | null>

  /**
   * Leaves a value for the next request: with the session, or for an anonymous visitor in a signed
   * cookie that is valid for 5 minutes (signed is not encrypted: the visitor can read it, not change
   * it). The oldest values are dropped if the cookie would become too large.
   */
  flash(flash: Flash): Promise<void>
  /** Returns the waiting values, oldest first, and removes them. */
  takeFlashes(): Promise<readonly Flash[]>

  /**
   * Returns the value of a cookie set by `setSignedCookie`. `null` if it is missing, occurs twice, has
   * expired, or was not signed by one of the `keys` for this name.
   */
  signedCookie(name: string): string | null
  /**
   * Sets or expires a cookie of the app. Signed is not encrypted: the client can read it, not change
   * it. `HttpOnly`, with the prefix of the session cookie, and `SameSite=Lax`, or `None` if `sameSite` is
   * `none`. Throws `invalid-argument` for a name that is not 1-32 letters a-z or is used by the library, a `maxAge`
   * below one second or above 400 days, a value too large for a cookie, and after the response headers
   * were sent.
   */
  setSignedCookie(cookie: SignedCookie): void

  /**
   * Expires the session cookie of the request if the store says that its session has ended and the
   * browser can hold no newer cookie; see `Sessions.mayExpireCookie`. Changes nothing in the store.
   */
  expireEndedCookie(): Promise<void>

  /**
   * For a request that is not `isHttps`: why a redirect to https would lead back here without end, or
   * `null`. Reports `redirect-loop-prevented` once per reason.
   */
  redirectLoop(): RedirectLoopReason | null

  /** Renders a refusal with the responder that the exchange was opened with. */
  respond(refusal: Refusal): Promise<Response>

  /**
   * Returns the headers for the response, whatever its status: append every `Set-Cookie`, set the
   * others. Once the exchange was used, they include `Cache-Control: no-store`, so that no shared
   * cache sends one user's page or cookie to another (ASVS 5.0 V14.3.2). Closes the exchange.
   */
  responseHeaders(): readonly ResponseHeader[]
}
