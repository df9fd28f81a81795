import type { HttpBindings } from '@hono/node-server'
import type { Clock, Session } from 'coatcheck'
import type { HonoSessions } from 'coatcheck/hono'
import type { Exchange, WebSessions } from 'coatcheck/http'
import type { WebSecurity } from 'coatcheck/web-security'
import type { Context, MiddlewareHandler } from 'hono'
import type { Accounts } from '../../application/accounts/accounts.ts'
import type { ShortDomainDirectory } from '../../application/domains/short-domains.ts'
import type { Drafts } from '../../application/drafts/drafts.ts'
import type { FollowLinkResult } from '../../application/links/follow-link.ts'
import type { ResolvedLink } from '../../application/ports/link-repository.ts'
import type { Log } from '../../application/ports/log.ts'
import type { SecurityLog } from '../../application/security-log/security-log.ts'
import type { Scope } from '../../domain/scope.ts'
import type { SecondFactorPolicy } from '../../domain/second-factor-policy.ts'
import type { Site } from '../../domain/site.ts'
import type { TimeZone } from '../../domain/time-zone.ts'
import type { SignUpMode, User, UserId } from '../../domain/user.ts'

/** Data of the app that is stored with a session. */
export interface AppSessionData {
  /** Version of the password at sign-in. Absent for the first password. */
  readonly passwordVersion?: number
}

/** Whether emails are sent by SMTP, printed and shown at /dev/mail (development), or not written at all. */
export type MailMode = 'smtp' | 'log' | 'off'

/** The part of the config that pages and routes use. */
export interface HttpOptions {
  /** Public origin without a trailing slash. */
  readonly baseUrl: string
  /** Whether it may be http on a private IP address. */
  readonly allowPlainHttp: boolean
  /** Origin of short links. If it has a host of its own, only short links respond there. */
  readonly shortBaseUrl: string
  /** Further hosts of short links. */
  readonly domains: ShortDomainDirectory
  /** Where the root of the host of short links redirects to, if it is another one. `null` for an error page. */
  readonly shortRootUrl: string | null
  readonly site: Site
  /** Other origins whose pages may call the API with bearer tokens. */
  readonly corsOrigins: readonly string[]
  /** Referrer-Policy of the redirects of short links. */
  readonly redirectReferrerPolicy: string
  readonly signUp: SignUpMode
  readonly requireSecondFactor: SecondFactorPolicy
  /** In code points. Shown beside the field; the use cases enforce it. */
  readonly passwordMinLength: number
  readonly mail: MailMode
  readonly session: { readonly sameSite: 'lax' | 'strict' | 'none' }
  /** Shared bearer tokens of the old service. Secrets. */
  readonly authTokens: readonly string[]
  /** `null` if no text messages are sent. */
  readonly smsGateway: { readonly url: string } | null
  /** Of visitors, and of users whose account has none. */
  readonly defaultTimeZone: TimeZone
}

/** A static file, read at startup. */
export interface Asset {
  readonly contentType: string
  readonly body: Uint8Array<ArrayBuffer>
}

/** The static files by path, and the paths of those that pages link to. */
export interface Assets {
  readonly paths: {
    readonly styles: string
    readonly script: string
    readonly passkeys: string
    readonly shortcuts: string
    readonly icon: string
    readonly logo: string | null
  }
  /** The icon at the path that browsers request by themselves. */
  readonly favicon: Asset
  find(path: string): Asset | null
}

/** What frames, problem responses, guards and security events need. The context of a route adds its features. */
export interface PageContext {
  readonly options: HttpOptions
  readonly assets: Assets
  readonly web: WebSessions<AppSessionData>
  /** Returns a `next` parameter as path and query of one of the app's pages, or `null`. */
  readonly nextPath: (value: string | null | undefined) => string | null
  /** `web` as middleware. */
  readonly sessions: HonoSessions<AppSessionData>
  readonly webSecurity: WebSecurity
  /** Waits for the turn of a request, before work that occupies the event loop. */
  readonly takeTurn: TakeTurn
  readonly accounts: Pick<Accounts, 'findSessionUser'>
  readonly drafts: Pick<Drafts, 'signOwner'>
  readonly securityLog: Pick<SecurityLog, 'record'>
  readonly clock: Clock
  readonly log: Log
  readonly writes: Writes
}

/** Whether the database can be written. */
export interface Writes {
  /** Whether the last write failed because the database can only be read. */
  isReadOnly(): boolean
  /** Call with each error of the database. Returns whether the reason is that it can only be read. */
  report(error: unknown): boolean
}

/** Middleware for any environment with an exchange. */
export type TakeTurn = <Result>(
  c: { readonly var: Pick<AppVariables, 'exchange'> },
  next: () => Promise<Result>,
) => Promise<Result>

/** The result of looking a short link up, or the error that prevented it. */
export type ResolvedShortLink =
  | FollowLinkResult
  /** A page asks the visitor for it. */
  | { readonly status: 'password-required' | 'button-required'; readonly link: ResolvedLink }
  | { readonly status: 'failed'; readonly error: unknown }

/** The result of saving the input of a form that was not accepted. */
export type SavedDraft =
  /** `path` shows the draft to the user for whom the form was rendered, after signing in. */
  | { readonly status: 'saved'; readonly path: string; readonly userId: UserId }
  | { readonly status: 'failed' }
  /** The form was empty, or the request may not save a draft. */
  | { readonly status: 'none' }

/** A valid bearer token of any kind. */
export interface ApiToken {
  readonly status: 'valid'
  readonly kind: 'personal' | 'grant' | 'shared'
  /** The user for whom it acts, as currently stored. */
  readonly user: User
  /** What it may do now. */
  readonly scopes: readonly Scope[]
  /** `null` if it has none. */
  readonly name: string | null
  readonly expiresAt: number | null
  /** Of the limit of API calls. */
  readonly rateLimitKey: string
  /** Index of a shared token in the configuration; `null` for the other kinds. */
  readonly sharedIndex: number | null
}

/** Variables of a request. Middleware sets them one after the other. */
export interface AppVariables {
  requestId: string
  nonce: string
  exchange: Exchange<AppSessionData>
  /** Absent until a guard has verified the session. */
  session?: Session<AppSessionData> | null
  /** The signed-in user of the page. Absent until a guard has looked the user up. */
  viewer?: User | null
  /** `DEFAULT_TIME_ZONE`. Absent before the first middleware. */
  siteTimeZone?: TimeZone
  /** The bearer token of an API request. `null` for the session cookie, and absent outside the API. */
  token?: ApiToken | null
  /** Body of an API request whose type and size are valid. */
  body?: Uint8Array
  /** Saves the input of the form, once. Only on routes of forms with drafts. */
  saveDraft?: () => Promise<SavedDraft>
  /** Marks that all guards have passed: the handler processes the form, so no draft is saved. */
  acceptForm?: () => void
  /** The short link of the request, if it did not redirect. */
  shortLink?: ResolvedShortLink
}

/** The bindings are absent in tests that call the app without a server. */
export interface AppEnv {
  Bindings: Partial<HttpBindings>
  Variables: AppVariables
}

/** The part of Hono's context that handlers use, the same behind all guards. */
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
/** Behind the guards of users or of the API. */
export type UserRequestContext = ResponseContext<UserVariables>
export type AppMiddleware = MiddlewareHandler<AppEnv>
export type Handler<C extends RequestContext> = (c: C) => Response | Promise<Response>

/** Adds routes behind guards, which guarantee the request context `C`. */
export interface GuardedRoutes<C extends RequestContext> {
  get(path: string, handler: Handler<C>): void
  /** Adds the CSRF guard. `first` runs before all guards. */
  post(path: string, handler: Handler<C>, first?: AppMiddleware): void
}
