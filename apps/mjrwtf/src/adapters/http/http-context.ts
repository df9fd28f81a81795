import type { HttpBindings } from '@hono/node-server'
import type { Clock, Session } from 'coatcheck'
import type { HonoSessions } from 'coatcheck/hono'
import type { Exchange, WebSessions } from 'coatcheck/http'
import type { WebSecurity } from 'coatcheck/web-security'
import type { Context, MiddlewareHandler } from 'hono'
import type { Accounts } from '../../application/accounts/accounts.ts'
import type { Drafts } from '../../application/drafts/drafts.ts'
import type { EmailAddresses } from '../../application/email/email.ts'
import type { FollowLinkResult } from '../../application/links/follow-link.ts'
import type { Links } from '../../application/links/links.ts'
import type { Operator } from '../../application/operator/operator.ts'
import type { Passwords } from '../../application/passwords/passwords.ts'
import type { CapturedEmails } from '../../application/ports/email.ts'
import type { Log } from '../../application/ports/log.ts'
import type { SecurityLog } from '../../application/security-log/security-log.ts'
import type { OwnSessions } from '../../application/sessions/own-sessions.ts'
import type { SessionEndNotifier } from '../../application/sessions/session-end-notifier.ts'
import type { Limits } from '../../application/shared/rate-limits.ts'
import type { SignIn } from '../../application/sign-in/sign-in.ts'
import type { SignUpMode, User, UserId } from '../../domain/user.ts'

/** What the app keeps with a session besides the session itself. */
export interface AppSessionData {
  /** Version of the password with which somebody signed in. Absent for the first one. */
  readonly passwordVersion?: number
}

/**
 * What becomes of letters: they leave by SMTP; are printed and shown at /dev/mail, in development; or are not
 * written at all, so that a page must not promise one.
 */
export type MailMode = 'smtp' | 'log' | 'off'

/** The slice of the config that shows in HTTP. Holds secrets: never log it. */
export interface HttpOptions {
  /** Public origin without a trailing slash. */
  readonly baseUrl: string
  /** Origin of short links. On a host of its own nothing but short links answers there. */
  readonly shortBaseUrl: string
  readonly signUp: SignUpMode
  /** In code points; said beside the field, decided by the use cases. */
  readonly passwordMinLength: number
  /** Shared bearer tokens that act for the operator. */
  readonly authTokens: readonly string[]
  readonly mail: MailMode
}

/** Everything the HTTP side of the app needs from outside. */
export interface AppDependencies {
  readonly accounts: Accounts
  readonly signIn: SignIn
  readonly passwords: Passwords
  readonly email: EmailAddresses
  readonly ownSessions: OwnSessions
  readonly securityLog: SecurityLog
  readonly links: Links
  readonly drafts: Drafts
  readonly operator: Operator
  readonly limits: Limits
  readonly web: WebSessions<AppSessionData>
  /** Tells open pages that their session has ended. */
  readonly sessionEnds: SessionEndNotifier
  /** Letters that were printed instead of being sent; `null` where there are none to be shown. */
  readonly capturedEmails: CapturedEmails | null
  readonly options: HttpOptions
  readonly clock: Clock
  readonly log: Log
  /** Whether the database answers within that many milliseconds. Never rejects. */
  readonly ping: (timeout: number) => Promise<boolean>
  /** Whether the process has been asked to stop, so that no new work should be sent to it. */
  readonly isDraining: () => boolean
}

/** A static file, read once at start. */
export interface Asset {
  readonly contentType: string
  readonly body: Uint8Array<ArrayBuffer>
}

/** The static files by path, and the paths that pages link to. */
export interface Assets {
  readonly paths: { readonly styles: string; readonly script: string; readonly icon: string }
  find(path: string): Asset | null
}

/** What routes and middleware share: the dependencies, and what was made from them once. */
export interface HttpContext extends AppDependencies {
  readonly sessions: HonoSessions<AppSessionData>
  readonly webSecurity: WebSecurity
  readonly assets: Assets
}

/** What a short link turned out to be, or why that cannot be told. */
export type ResolvedShortLink =
  | FollowLinkResult
  | { readonly status: 'failed'; readonly error: unknown }

/** What became of what was typed into a form that is not taken. */
export type SavedDraft =
  /** `path` shows it to the user for whom the form was made, after they have signed in. */
  | { readonly status: 'saved'; readonly path: string; readonly userId: UserId }
  | { readonly status: 'failed' }
  /** There was nothing to keep, or it was not for us to keep. */
  | { readonly status: 'none' }

/** What a request is known by, further and further down the middleware. */
export interface AppVariables {
  requestId: string
  nonce: string
  exchange: Exchange<AppSessionData>
  /** Absent until a route has asked for it. */
  session?: Session<AppSessionData> | null
  /** Who is looking at the page; absent where nobody has asked. */
  viewer?: User | null
  /** Body of an API call, once its type and size were found good. */
  body?: Uint8Array
  /** Keeps what was typed into the request's form, once; only where the route has such a form. */
  saveDraft?: () => Promise<SavedDraft>
  /** Set behind every guard of such a route: from here on the form is in good hands. */
  formAccepted?: true
  /** What a short link turned out to be, when it was asked for and did not redirect. */
  shortLink?: ResolvedShortLink
}

/** The socket is there on a real server; a test calls without one. */
export interface AppEnv {
  Bindings: Partial<HttpBindings>
  Variables: AppVariables
}

/** The part of Hono's context that answers need, the same behind whichever guards. */
interface ResponseContext<Variables>
  extends Pick<Context, 'req' | 'header' | 'html' | 'json' | 'body' | 'redirect'> {
  readonly var: Readonly<Variables>
  readonly env: AppEnv['Bindings']
}

/** Set by `requireUser` and `requireApiUser`. */
export interface UserVariables extends AppVariables {
  user: User
}

export type RequestContext = ResponseContext<AppVariables>
/** Behind `userGuards` or `apiGuards`. */
export type UserRequestContext = ResponseContext<UserVariables>
export type AppMiddleware = MiddlewareHandler<AppEnv>
